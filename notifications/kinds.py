"""Everything that somebody may be told, one row a kind: how it goes to them, how long it is of use, and what it says.

Texts are made from codes and dates when they are shown, in the reader's language; nothing that another person wrote is ever among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.enums import DocumentType, MfaChange, ReviewState
from core.money import Money, format_money
from notifications.enums import Category, Level, NoticeKind, Quiet, Transport
from notifications.words import data, digest, rooms
from notifications.words.base import Args as Args
from notifications.words.base import Words as Words

# A browser names itself, so its name may be anything; what looks like an address of the web would become a link in a mail.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ·_-]{1,60}\Z")


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind is told. What is `owed` goes out by every road even if it was read meanwhile: whoever reads it first may be a thief.

    `told_to_barred`: also to somebody whose account is barred. `of_subject`: it is about something that can be gone, read or open on the
    person's screen when it is to leave, so the app of its subject is asked (`notifications.subjects`), it waits a moment first, and those
    of one group are merged.
    """

    category: Category
    transports: tuple[Transport, ...]
    useful: timedelta
    owed: bool
    say: Callable[[Args], Words]
    quiet: Quiet = Quiet.HELD
    told_to_barred: bool = False
    of_subject: bool = False


@dataclass(frozen=True, slots=True)
class Habit:
    """How a category goes by default to the person's devices and by mail, and which of the two they may change."""

    push: Level
    mail: Level
    push_free: bool
    mail_free: bool


HABITS: dict[str, Habit] = {
    Category.ROOMS: Habit(push=Level.NOW, mail=Level.DIGEST, push_free=True, mail_free=True),
    Category.ROOMS_ALL: Habit(push=Level.OFF, mail=Level.DIGEST, push_free=True, mail_free=True),
    Category.MONEY: Habit(push=Level.NOW, mail=Level.NOW, push_free=True, mail_free=False),
    Category.ACCOUNT: Habit(push=Level.OFF, mail=Level.NOW, push_free=True, mail_free=True),
    Category.JUSTICE: Habit(push=Level.OFF, mail=Level.NOW, push_free=True, mail_free=False),
    Category.SECURITY: Habit(push=Level.NOW, mail=Level.NOW, push_free=False, mail_free=False),
    Category.DUTY: Habit(push=Level.NOW, mail=Level.NOW, push_free=False, mail_free=False),
    Category.SUMMARY: Habit(push=Level.OFF, mail=Level.NOW, push_free=False, mail_free=True),
}


def _not_me() -> str:
    return _("Si ce n’était pas vous, changez votre mot de passe et terminez les connexions que vous ne connaissez pas.")


def _new_login(args: Args) -> Words:
    agent = str(args.get("agent", ""))
    device = agent if _PLAIN_NAME.match(agent) else _("un appareil inconnu")
    text = _("Quelqu’un s’est connecté à votre compte avec un navigateur encore jamais vu : %(device)s.") % {"device": device}
    return Words(_("Nouvelle connexion à votre compte"), f"{text} {_not_me()}", _("Voir mes connexions"))


def _password_changed(args: Args) -> Words:
    text = _("Le mot de passe de votre compte a été changé, et les autres connexions sont terminées.")
    return Words(_("Votre mot de passe a changé"), f"{text} {_not_me()}", _("Voir mes connexions"))


def _mfa_changed(args: Args) -> Words:
    words: dict[object, str] = {
        MfaChange.TOTP_ADDED: _("Une application de codes a été ajoutée."),
        MfaChange.TOTP_REMOVED: _("L’application de codes a été retirée."),
        MfaChange.PASSKEY_ADDED: _("Une clé d’accès a été ajoutée."),
        MfaChange.PASSKEY_REMOVED: _("Une clé d’accès a été retirée."),
        MfaChange.CODES_MADE: _("De nouveaux codes de secours ont été faits."),
    }
    what = words.get(args.get("change"), _("Un second facteur a été changé."))
    return Words(_("La protection de votre compte a changé"), f"{what} {_not_me()}", _("Voir mon compte"))


def _email_changed(args: Args) -> Words:
    text = _("Votre compte a maintenant une autre adresse principale. Les prochains courriels iront là.")
    return Words(_("Votre adresse principale a changé"), f"{text} {_not_me()}", _("Voir mes adresses"))


def _age_proof_expiring(args: Args) -> Words:
    day = date_format(date.fromisoformat(args["ends_on"]), "j F Y")
    text = _("Elle vaut jusqu’au %(day)s. Sans une nouvelle preuve, les salons se ferment ensuite pour vous ; tout le reste demeure.")
    return Words(_("Votre preuve d’âge se termine bientôt"), text % {"day": day}, _("Montrer mon âge"))


def _age_document(args: Args) -> Words:
    texts: dict[str, str] = {
        ReviewState.PASSED: _("Le document montre votre âge : les salons ordinaires vous sont ouverts. L’image est détruite."),
        ReviewState.REFUSED: _("Il n’a pas suffi à montrer votre âge. La page de votre âge dit pourquoi. L’image est détruite."),
    }
    missed = _("Personne n’a pu le regarder à temps : l’image est détruite, et vous pouvez recommencer.")
    return Words(_("Votre document a été examiné"), texts.get(args.get("outcome", ""), missed), _("Voir la page de mon âge"))


def _terms_changed(args: Args) -> Words:
    kind, version = str(args["doc_type"]), str(args["version"])
    name = str(DocumentType(kind).label) if kind in DocumentType.values else kind
    day = date_format(date.fromisoformat(args["from_date"]), "j F Y")
    text = _("%(name)s : la version %(version)s vaut à partir du %(day)s.") % {"name": name, "version": version, "day": day}
    then = _("Il faudra l’accepter pour continuer d’écrire.") if args["again"] else _("Vous n’avez rien à faire.")
    return Words(_("Un de nos textes change"), f"{text} {then}", _("Lire le texte"))


def _legal_emergency(args: Args) -> Words:
    text = _("Demande %(ref)s : une vie est en danger. La réponse est due avant le %(ends_at)s UTC.") % _due(args)
    return Words(_("Urgence d’une autorité"), text, _("Ouvrir le bureau des réquisitions"))


def _legal_deadline(args: Args) -> Words:
    text = _("Demande %(ref)s : la réponse est due le %(ends_at)s UTC. Passé cette heure, elle est en retard.") % _due(args)
    return Words(_("Une autorité attend sa réponse"), text, _("Ouvrir le bureau des réquisitions"))


def _hold_ending(args: Args) -> Words:
    text = _("Gel %(ref)s : il se termine le %(ends_at)s UTC. Ensuite les données suivent leur durée ordinaire.") % _due(args)
    return Words(_("Un gel se termine"), text, _("Ouvrir le bureau des réquisitions"))


def _decision(args: Args) -> Words:
    if args.get("action") == "WARN":
        text = _("L’équipe vous avertit. Rien n’est restreint ; la page dit pourquoi, et comment demander un autre avis.")
        return Words(_("Vous avez reçu un avertissement"), text, _("Lire l’avertissement"))
    text = _("L’équipe a pris une mesure qui vous restreint. La page dit laquelle, pourquoi, et comment la contester.")
    return Words(_("Une décision vous concerne"), text, _("Lire la décision"))


def _report_answered(args: Args) -> Words:
    text = _("Une personne de l’équipe a examiné votre signalement %(ref)s. La page dit ce qui a été décidé.")
    return Words(_("Réponse à votre signalement"), text % {"ref": str(args["ref"])}, _("Lire la réponse"))


def _appeal_answered(args: Args) -> Words:
    won, lost = _("Une autre personne a annulé la décision."), _("Une autre personne a maintenu la décision.")
    text = _("La page dit pourquoi, et à qui vous pouvez encore vous adresser.")
    return Words(_("Réponse à votre recours"), f"{won if args.get('won') else lost} {text}", _("Lire la réponse"))


def _case_overdue(args: Args) -> Words:
    text = _("Le dossier %(ref)s, gravité S%(severity)s, attend une première mesure depuis le %(due_at)s UTC.")
    return Words(
        _("Un dossier a dépassé son délai"), text % {key: str(args[key]) for key in ("ref", "severity", "due_at")}, _("Ouvrir la file")
    )


def _data_released(args: Args) -> Words:
    day = date_format(date.fromisoformat(args["day"]), "j F Y")
    text = _("Une autorité a demandé des données de votre compte, et la loi nous obligeait à les lui remettre le %(day)s.") % {"day": day}
    then = _("Nous avons maintenant le droit de vous le dire.")
    return Words(_("Des données de votre compte ont été remises à une autorité"), f"{text} {then}", _("Voir mon compte"))


def _due(args: Args) -> dict[str, str]:
    return {"ref": str(args["ref"]), "ends_at": str(args["ends_at"])}


def _held_refused(args: Args) -> Words:
    text = _("Une personne l’a relu. La raison est sur la page, et votre texte y reste sept jours pour que vous puissiez le reprendre.")
    return Words(_("Un de vos messages n’a pas été publié"), text, _("Lire la raison"))


def _held_returned(args: Args) -> Words:
    text = _("Personne ne l’a relu en trois jours. Votre texte reste sept jours sur la page ; vous pouvez l’envoyer de nouveau.")
    return Words(_("Un de vos messages vous est rendu"), text, _("Reprendre mon texte"))


def _support_answered(args: Args) -> Words:
    text = _("L’équipe a répondu à votre demande %(ref)s. La réponse est sur la page.") % {"ref": str(args["ref"])}
    return Words(_("Réponse à votre demande d’aide"), text, _("Lire la réponse"))


def _receipt(args: Args) -> Words:
    words = {"number": str(args["number"]), "amount": _say_money(args, "amount_minor"), "vat": _say_money(args, "vat_minor")}
    if args.get("returned"):
        text = _("%(amount)s vous sont rendus, dont TVA %(vat)s : avoir %(number)s. La page le montre et donne le fichier à garder.")
        return Words(_("Votre remboursement"), text % words, _("Voir mon avoir"))
    text = _("Nous avons reçu %(amount)s, dont TVA %(vat)s : facture %(number)s. La page la montre et donne le fichier à garder.")
    return Words(_("Votre reçu"), text % words, _("Voir ma facture"))


def _say_money(args: Args, name: str) -> str:
    return format_money(Money(int(args[name]), str(args["currency"])), get_language() or "fr")


def _money_alarm(args: Args) -> Words:
    ref = {"ref": str(args.get("ref", ""))}
    words: dict[object, str] = {
        "LEDGER_RED": _("La preuve du grand livre n’est pas juste (%(ref)s). Les versements sont arrêtés.") % ref,
        "UNKNOWN_OLD": _("Le paiement %(ref)s est sans issue connue depuis plus de quinze minutes.") % ref,
        "PAYMENT_FLAGGED": _("Le paiement %(ref)s ne s’accorde pas avec ce que dit le prestataire. Rien n’a été crédité.") % ref,
        "WRONG_VERSION": _("Un prestataire envoie des événements d’une autre version (%(ref)s). Ils attendent.") % ref,
        "PROVIDER_DOWN": _("Le prestataire %(ref)s ne répond pas.") % ref,
        "DISPUTE_DUE": _("La contestation %(ref)s attend nos preuves dans moins de trois jours.") % ref,
        "FRAUD_WARNING": _("Une banque prend le paiement %(ref)s pour une fraude. Mieux vaut rendre l’argent que d’attendre.") % ref,
        "UNKNOWN_RENEWAL": _("Le prestataire renouvelle quelque chose que nos livres ne connaissent pas (%(ref)s).") % ref,
        "REFUND_FAILED": _("Un remboursement du paiement %(ref)s n’est pas parti. Quelqu’un doit regarder.") % ref,
        "STATEMENT_GAPS": _("Le relevé %(ref)s et nos livres ne s’accordent pas. Quelqu’un doit regarder.") % ref,
        "STATEMENT_MISSING": _("Le relevé %(ref)s manque depuis plus de deux jours.") % ref,
        "STATEMENT_WAITS": _("Le relevé %(ref)s attend qu’une seconde personne le confirme.") % ref,
        "REVENUE_STRANGE": _("La recette de la veille sort de l’ordinaire (%(ref)s).") % ref,
        "SUPPORT_LATE": _("La demande d’aide %(ref)s a dépassé son délai.") % ref,
        "SUBSCRIBED_TWICE": _("Une personne a deux abonnements ouverts, dont le contrat %(ref)s.") % ref,
        "RENEWAL_UNPROVEN": _("L’avis de reconduction du contrat %(ref)s n’est pas parti, et son dernier jour approche.") % ref,
        "CONTRACT_UNMATCHED": _("Une résiliation ou une rétractation attend que l’on retrouve son contrat (%(ref)s).") % ref,
        "LETTER_BOUNCED": _("La lettre %(ref)s sur un contrat est revenue.") % ref,
    }
    text = words.get(args.get("what"), _("Quelque chose demande un regard (%(ref)s).") % ref)
    return Words(_("L’argent demande un regard"), text, _("Ouvrir la page de l’équipe"))


def _payment_unknown(args: Args) -> Words:
    text = _(
        "Nous ne savons pas encore si le paiement %(ref)s a abouti. Ne payez pas une seconde fois. Nous vous le disons sous 24 heures."
    )
    return Words(_("Un paiement attend sa réponse"), text % {"ref": str(args["ref"])}, _("Voir le paiement"))


def _payment_decided(args: Args) -> Words:
    ref = {"ref": str(args["ref"])}
    if args["paid"]:
        return Words(_("Votre paiement a abouti"), _("Le paiement %(ref)s est confirmé.") % ref, _("Voir le paiement"))
    text = _("Le paiement %(ref)s n’a pas abouti, et rien ne vous a été pris. Vous pouvez payer de nouveau.") % ref
    return Words(_("Votre paiement n’a pas abouti"), text, _("Voir le paiement"))


def _refund_sent(args: Args) -> Words:
    amount = format_money(Money(int(args["amount"]), str(args["currency"])), get_language() or "fr")
    text = _("Nous vous avons rendu %(amount)s sur le paiement %(ref)s, par le moyen avec lequel vous aviez payé.")
    return Words(_("Votre remboursement est parti"), text % {"amount": amount, "ref": str(args["ref"])}, _("Voir le paiement"))


def _bank_asks(_args: Args) -> Words:
    text = _("Votre banque veut que vous confirmiez le renouvellement de votre abonnement. Rien n’est perdu d’ici là pendant sept jours.")
    return Words(_("Votre banque demande une confirmation"), text, _("Confirmer auprès de ma banque"))


def _subscription_ending(args: Args) -> Words:
    day = {"day": _day(args["ends_on"])}
    text = _("Votre abonnement est payé jusqu’au %(day)s. Rien n’est prélevé : pour continuer, prolongez-le vous-même.") % day
    then = _("Sinon vous revenez à la formule gratuite, et rien n’est effacé.")
    return Words(_("Votre abonnement se termine bientôt"), f"{text} {then}", _("Voir mon abonnement"))


def _subscription_late(args: Args) -> Words:
    text = _("Le dernier paiement de votre abonnement n’a pas abouti. Sans paiement, il s’arrête le %(day)s.")
    then = _("Vous revenez alors à la formule gratuite, et rien n’est effacé.")
    return Words(_("Un paiement n’a pas abouti"), f"{text % {'day': _day(args['ends_on'])}} {then}", _("Voir mon abonnement"))


def _subscription_ended(args: Args) -> Words:
    text = _("Vous avez de nouveau la formule gratuite depuis le %(day)s. Rien n’est effacé ; ce qui dépasse se lit encore.")
    return Words(_("Votre abonnement est fini"), text % {"day": _day(args["ends_on"])}, _("Voir mon abonnement"))


def _trial_ending(args: Args) -> Words:
    text = _("Votre essai se termine de lui-même le %(day)s. Vous ne payez rien, et vous n’avez rien à faire.")
    return Words(_("Votre essai se termine bientôt"), text % {"day": _day(args["ends_on"])}, _("Voir mon abonnement"))


def _breach(args: Args) -> Words:
    text = _("Un incident a touché des données de votre compte. La page dit ce qui est arrivé, ce que cela peut entraîner et que faire.")
    return Words(_("Un incident a touché vos données"), text, _("Lire ce qui est arrivé"))


def _breach_clock(args: Args) -> Words:
    if args.get("late"):
        text = _("Violation %(ref)s : les soixante-douze heures sont passées depuis le %(ends_at)s UTC, et l’autorité n’est pas prévenue.")
        return Words(_("Une violation de données est en retard"), text % _due(args), _("Ouvrir le registre des violations"))
    text = _("Violation %(ref)s : l’autorité doit être prévenue avant le %(ends_at)s UTC.") % _due(args)
    return Words(_("Une autorité attend une notification"), text, _("Ouvrir le registre des violations"))


def _day(iso: str) -> str:
    return date_format(date.fromisoformat(iso), "j F Y")


_FOUR_HOURS, _ONE_DAY, _THREE_DAYS, _A_WEEK = (timedelta(hours=hours) for hours in (4, 24, 72, 168))
_BOTH = (Transport.IN_APP, Transport.EMAIL)


def _security(say: Callable[[Args], Words], transports: tuple[Transport, ...] = _BOTH) -> Kind:
    return Kind(Category.SECURITY, transports, _THREE_DAYS, owed=True, say=say, quiet=Quiet.IGNORED, told_to_barred=True)


def _duty(say: Callable[[Args], Words], *, owed: bool) -> Kind:
    return Kind(Category.DUTY, _BOTH, _THREE_DAYS, owed=owed, say=say, quiet=Quiet.IGNORED)


def _of_data(say: Callable[[Args], Words]) -> Kind:
    """What the law owes about a person's data, whatever became of their account."""
    return Kind(Category.ACCOUNT, _BOTH, _THREE_DAYS, owed=True, say=say, told_to_barred=True)


KINDS: dict[str, Kind] = {
    NoticeKind.NEW_LOGIN: _security(_new_login),
    NoticeKind.PASSWORD_CHANGED: _security(_password_changed),
    NoticeKind.MFA_CHANGED: _security(_mfa_changed),
    NoticeKind.EMAIL_CHANGED: _security(_email_changed, (*_BOTH, Transport.EMAIL_FORMER)),
    NoticeKind.AGE_PROOF_EXPIRING: Kind(Category.ACCOUNT, _BOTH, _THREE_DAYS, owed=False, say=_age_proof_expiring),
    NoticeKind.AGE_DOCUMENT: Kind(Category.ACCOUNT, _BOTH, _THREE_DAYS, owed=False, say=_age_document),
    NoticeKind.TERMS_CHANGED: Kind(Category.ACCOUNT, _BOTH, _THREE_DAYS, owed=True, say=_terms_changed),
    NoticeKind.LEGAL_EMERGENCY: _duty(_legal_emergency, owed=True),
    NoticeKind.LEGAL_DEADLINE: _duty(_legal_deadline, owed=True),
    NoticeKind.DATA_RELEASED: _of_data(_data_released),
    NoticeKind.HOLD_ENDING: _duty(_hold_ending, owed=True),
    NoticeKind.DECISION: Kind(Category.JUSTICE, _BOTH, _THREE_DAYS, owed=True, say=_decision, told_to_barred=True),
    NoticeKind.REPORT_ANSWERED: Kind(Category.JUSTICE, _BOTH, _THREE_DAYS, owed=True, say=_report_answered, told_to_barred=True),
    NoticeKind.APPEAL_ANSWERED: Kind(Category.JUSTICE, _BOTH, _THREE_DAYS, owed=True, say=_appeal_answered, told_to_barred=True),
    NoticeKind.CASE_OVERDUE: _duty(_case_overdue, owed=False),
    NoticeKind.HELD_REFUSED: Kind(Category.ACCOUNT, (Transport.IN_APP,), _THREE_DAYS, owed=False, say=_held_refused),
    NoticeKind.HELD_RETURNED: Kind(Category.ACCOUNT, (Transport.IN_APP,), _THREE_DAYS, owed=False, say=_held_returned),
    NoticeKind.SUPPORT_ANSWERED: Kind(Category.ACCOUNT, _BOTH, _THREE_DAYS, owed=True, say=_support_answered),
    NoticeKind.RECEIPT: Kind(Category.MONEY, _BOTH, _THREE_DAYS, owed=True, say=_receipt),
    NoticeKind.MONEY_ALARM: _duty(_money_alarm, owed=True),
    NoticeKind.PAYMENT_UNKNOWN: Kind(Category.MONEY, _BOTH, _THREE_DAYS, owed=False, say=_payment_unknown),
    NoticeKind.PAYMENT_DECIDED: Kind(Category.MONEY, _BOTH, _THREE_DAYS, owed=True, say=_payment_decided),
    NoticeKind.REFUND_SENT: Kind(Category.MONEY, _BOTH, _THREE_DAYS, owed=True, say=_refund_sent),
    NoticeKind.SUBSCRIPTION_ENDING: Kind(Category.MONEY, _BOTH, _ONE_DAY, owed=False, say=_subscription_ending),
    NoticeKind.SUBSCRIPTION_LATE: Kind(Category.MONEY, _BOTH, _ONE_DAY, owed=True, say=_subscription_late),
    NoticeKind.SUBSCRIPTION_ENDED: Kind(Category.MONEY, _BOTH, _THREE_DAYS, owed=True, say=_subscription_ended),
    NoticeKind.TRIAL_ENDING: Kind(Category.MONEY, _BOTH, _ONE_DAY, owed=False, say=_trial_ending),
    NoticeKind.BANK_ASKS: Kind(Category.MONEY, _BOTH, _THREE_DAYS, owed=True, say=_bank_asks),
    NoticeKind.MENTION: Kind(Category.ROOMS, _BOTH, _ONE_DAY, owed=False, say=rooms.mention, of_subject=True),
    NoticeKind.REPLY: Kind(Category.ROOMS, _BOTH, _ONE_DAY, owed=False, say=rooms.reply, of_subject=True),
    NoticeKind.ROOM_MESSAGE: Kind(
        Category.ROOMS_ALL, _BOTH, _FOUR_HOURS, owed=False, say=rooms.room_message, quiet=Quiet.DROPPED, of_subject=True
    ),
    NoticeKind.EXPORT_READY: _of_data(data.export_ready),
    NoticeKind.ERASURE_DONE: _of_data(data.erasure_done),
    NoticeKind.DATA_REQUEST_RECEIVED: Kind(
        Category.SECURITY, _BOTH, _THREE_DAYS, owed=True, say=data.data_request_received, told_to_barred=True
    ),
    NoticeKind.DATA_REQUEST_EXTENDED: _of_data(data.data_request_extended),
    NoticeKind.DATA_REQUEST_ANSWERED: _of_data(data.data_request_answered),
    NoticeKind.LIMITS_ENDING: _of_data(data.limits_ending),
    NoticeKind.PRIVACY_ALARM: _duty(data.privacy_alarm, owed=True),
    NoticeKind.BREACH: Kind(Category.SECURITY, _BOTH, _A_WEEK, owed=True, say=_breach, told_to_barred=True),
    NoticeKind.BREACH_CLOCK: _duty(_breach_clock, owed=True),
    NoticeKind.DIGEST: Kind(Category.SUMMARY, (Transport.EMAIL,), _ONE_DAY, owed=False, say=digest.digest, quiet=Quiet.IGNORED),
    NoticeKind.TRIAL: Kind(Category.SECURITY, _BOTH, _FOUR_HOURS, owed=True, say=data.trial, quiet=Quiet.IGNORED),
}


def words_of(*, kind: str, args: Args) -> Words:
    """What a notice says, in the language that is active."""
    return KINDS[kind].say(args)
