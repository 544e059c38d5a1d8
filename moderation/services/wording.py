"""What the sender of a text is told when a rule asks, holds or refuses: kindly, and what to do next."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from core.screening import Outcome
from moderation.enums import RuleTopic

_NUDGES: dict[RuleTopic, StrOrPromise] = {
    RuleTopic.INSULT: _("Ces mots peuvent blesser. Voulez-vous les envoyer quand même ?"),
    RuleTopic.HATE: _("Ces mots visent un groupe de personnes et peuvent blesser. Voulez-vous les envoyer quand même ?"),
    RuleTopic.THREAT: _("Ces mots peuvent faire peur. Voulez-vous les envoyer quand même ?"),
    RuleTopic.PERSONAL_DATA: _(
        "Ce texte semble contenir un numéro, une adresse ou un compte. Tout le salon le verra. Voulez-vous l’envoyer quand même ?"
    ),
    RuleTopic.ROOM: _("Ce salon demande d’éviter ces mots. Voulez-vous les envoyer quand même ?"),
    RuleTopic.SCAM: _("On demande souvent cela dans les arnaques. Voulez-vous l’envoyer quand même ?"),
}
_ASK = _("Voulez-vous vraiment envoyer ce texte ?")
_HOLDS: dict[RuleTopic, StrOrPromise] = {
    RuleTopic.HATE: _("Votre texte semble viser un groupe de personnes. Quelqu’un de l’équipe le lit avant sa publication."),
    RuleTopic.THREAT: _("Votre texte ressemble à une menace. Quelqu’un de l’équipe le lit avant sa publication."),
    RuleTopic.ROOM: _("Ce salon relit les messages qui contiennent ces mots. Sa modération lit le vôtre avant sa publication."),
    RuleTopic.BEHAVIOUR: _("Votre compte est récent et envoie beaucoup. Quelqu’un de l’équipe lit ce texte avant sa publication."),
}
_HELD = _("Quelqu’un de l’équipe lit ce texte avant sa publication.")
_REFUSALS: dict[RuleTopic, StrOrPromise] = {
    RuleTopic.FLOOD: _("Vous avez envoyé presque le même texte à beaucoup d’endroits. Attendez une heure avant de recommencer."),
    RuleTopic.LINK: _("Ce lien mène à un site connu pour voler des mots de passe. Retirez-le pour envoyer votre texte."),
}
_REFUSED = _("Ce texte ne peut pas être publié.")


def explain(outcome: Outcome, topic: RuleTopic) -> StrOrPromise:
    """The words for the sender."""
    if outcome is Outcome.NUDGE:
        return _NUDGES.get(topic, _ASK)
    return _HOLDS.get(topic, _HELD) if outcome is Outcome.HOLD else _REFUSALS.get(topic, _REFUSED)
