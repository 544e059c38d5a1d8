"""Ready-made texts of decisions, by reason and language: what a tired moderator should not have to write for the hundredth time.

They name nobody and quote nothing, for what stands in a statement is published. Whoever decides reads them and may change every word.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from moderation.enums import Reason, TargetKind

# Why it is against the rules; one sentence or two, in the words of the person who reads them.
_WHY: dict[Reason, Promise] = {
    Reason.IMMINENT_DANGER: _("Ce contenu met une vie en danger. Rien n’autorise cela, et nous prévenons les secours s’il le faut."),
    Reason.MINOR_ON_SERVICE: _("Ce service est réservé aux adultes. Les comptes de personnes mineures sont fermés pour les protéger."),
    Reason.CHILD_ABUSE_MATERIAL: _("Tout contenu sexuel montrant un enfant est un crime. Il est retiré et signalé à la justice."),
    Reason.GROOMING: _("Approcher un enfant à des fins sexuelles est un crime. Ces échanges sont interdits et signalés à la justice."),
    Reason.THREAT: _("Menacer quelqu’un est interdit, ici comme par la loi."),
    Reason.AMBUSH_PLANNING: _("Attirer quelqu’un pour l’agresser ou le voler est un crime. Préparer cela ici est interdit."),
    Reason.SEXTORTION: _("Exiger de l’argent ou des images sous la menace d’en publier d’autres est un chantage, puni par la loi."),
    Reason.TERRORISM: _("Faire l’éloge du terrorisme ou y appeler est interdit par la loi."),
    Reason.HATE_GROUP: _(
        "Ce contenu s’en prend à des personnes pour ce qu’elles sont : origine, religion, orientation, genre, handicap. C’est interdit."
    ),
    Reason.HATE_PERSON: _("Ce contenu s’en prend à une personne pour ce qu’elle est. C’est interdit."),
    Reason.HARASSMENT: _("Ce contenu insulte ou poursuit une personne. Les règles demandent de parler sans blesser, même en désaccord."),
    Reason.STALKING: _("Suivre ou traquer une personne, ici ou dehors, est interdit."),
    Reason.DOXXING: _("Révéler le nom, l’adresse ou le numéro de quelqu’un sans son accord est interdit."),
    Reason.INTIMATE_IMAGE: _("Publier une image intime sans l’accord de la personne est interdit et puni par la loi."),
    Reason.SUICIDE_SELF_HARM: _("Ce contenu encourage à se faire du mal. Nous le retirons, et de l’aide existe : voyez la page Aide."),
    Reason.TRAFFICKING: _("Vendre ou exploiter une personne est un crime. Ce contenu y participe."),
    Reason.SCAM: _("Ce contenu cherche à obtenir de l’argent ou des données par tromperie. C’est interdit."),
    Reason.IMPERSONATION: _("Se faire passer pour quelqu’un d’autre est interdit."),
    Reason.DRUGS_WEAPONS: _("Vendre ou demander des drogues ou des armes est interdit."),
    Reason.SEXUAL_IN_GENERAL_ROOM: _("Un contenu sexuel n’a sa place que dans les salons prévus pour cela, derrière une preuve d’âge."),
    Reason.COPYRIGHT: _("Ce contenu appartient à quelqu’un d’autre, qui n’a pas permis qu’il soit publié ici."),
    Reason.SPAM: _("La publicité et les messages en masse sont interdits dans les salons."),
    Reason.OTHER: _("Ce contenu est contraire aux règles du service."),
}
_WHAT: dict[TargetKind, Promise] = {
    TargetKind.MESSAGE: _(
        "Un message écrit dans un salon a été signalé. Une personne de l’équipe l’a lu avec ce qui l’entoure. Motif : %(reason)s."
    ),
    TargetKind.HELD_MESSAGE: _(
        "Une règle automatique a retenu un message avant sa publication. Une personne de l’équipe l’a lu. Motif : %(reason)s."
    ),
    TargetKind.ATTACHMENT: _("Une image envoyée dans un salon a été signalée. Une personne de l’équipe l’a examinée. Motif : %(reason)s."),
    TargetKind.PROFILE: _("Un profil a été signalé. Une personne de l’équipe l’a lu. Motif : %(reason)s."),
    TargetKind.ROOM: _(
        "Un salon a été signalé. Une personne de l’équipe a lu son titre, ses règles et sa présentation. Motif : %(reason)s."
    ),
    TargetKind.ACCOUNT: _("Un compte a été signalé. Une personne de l’équipe a examiné ce qui lui est reproché. Motif : %(reason)s."),
}
_RULE = _("Règles de Resaka")


def list_texts(kind: TargetKind) -> dict[str, dict[str, dict[str, str]]]:
    """Language -> reason -> field -> text, for everything that may be chosen about a target of this kind."""
    return {code: {reason.value: ready_texts(kind, reason, code) for reason in Reason} for code, _name in settings.LANGUAGES}


def ready_texts(kind: TargetKind, reason: Reason, language: str) -> dict[str, str]:
    """The two texts of one reason in one language."""
    with override(language):
        return {"explanation": str(_WHY[reason]), "facts": str(_WHAT[kind]) % {"reason": str(reason.label)}}


def rule_name(language: str) -> str:
    """What the ground of a decision by our terms is called."""
    with override(language):
        return str(_RULE)
