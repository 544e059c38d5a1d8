"""Stable words of the notices: what is stored and what crosses the wire."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class NoticeKind(TextChoices):
    """What somebody is told. Each has its row in `notifications.kinds`, its texts in three languages and its test."""

    NEW_LOGIN = "NEW_LOGIN", _("Nouvelle connexion")
    PASSWORD_CHANGED = "PASSWORD_CHANGED", _("Mot de passe changé")
    MFA_CHANGED = "MFA_CHANGED", _("Second facteur changé")
    EMAIL_CHANGED = "EMAIL_CHANGED", _("Adresse principale changée")
    AGE_PROOF_EXPIRING = "AGE_PROOF_EXPIRING", _("Preuve d’âge bientôt finie")
    AGE_DOCUMENT = "AGE_DOCUMENT", _("Document examiné")
    TERMS_CHANGED = "TERMS_CHANGED", _("Texte changé")
    LEGAL_EMERGENCY = "LEGAL_EMERGENCY", _("Urgence d’une autorité")
    LEGAL_DEADLINE = "LEGAL_DEADLINE", _("Échéance d’une autorité")
    HOLD_ENDING = "HOLD_ENDING", _("Gel bientôt fini")
    DATA_RELEASED = "DATA_RELEASED", _("Données remises à une autorité")
    DECISION = "DECISION", _("Décision de l’équipe")
    REPORT_ANSWERED = "REPORT_ANSWERED", _("Signalement examiné")
    APPEAL_ANSWERED = "APPEAL_ANSWERED", _("Recours examiné")
    CASE_OVERDUE = "CASE_OVERDUE", _("Dossier en retard")
    HELD_REFUSED = "HELD_REFUSED", _("Message non publié")
    HELD_RETURNED = "HELD_RETURNED", _("Message rendu")
    SUPPORT_ANSWERED = "SUPPORT_ANSWERED", _("Réponse de l’aide")
    RECEIPT = "RECEIPT", _("Facture ou avoir")
    MONEY_ALARM = "MONEY_ALARM", _("Alarme de l’argent")
    PAYMENT_UNKNOWN = "PAYMENT_UNKNOWN", _("Paiement sans issue connue")
    PAYMENT_DECIDED = "PAYMENT_DECIDED", _("Issue d’un paiement")
    REFUND_SENT = "REFUND_SENT", _("Remboursement parti")
    SUBSCRIPTION_ENDING = "SUBSCRIPTION_ENDING", _("Abonnement bientôt fini")
    SUBSCRIPTION_LATE = "SUBSCRIPTION_LATE", _("Paiement en retard")
    SUBSCRIPTION_ENDED = "SUBSCRIPTION_ENDED", _("Abonnement fini")
    TRIAL_ENDING = "TRIAL_ENDING", _("Essai bientôt fini")
    BANK_ASKS = "BANK_ASKS", _("Confirmation demandée par la banque")
    BREACH = "BREACH", _("Incident sur des données")
    BREACH_CLOCK = "BREACH_CLOCK", _("Échéance d’une violation de données")
    MENTION = "MENTION", _("Mention dans un salon")
    REPLY = "REPLY", _("Réponse dans un salon")
    ROOM_MESSAGE = "ROOM_MESSAGE", _("Messages d’un salon suivi")
    EXPORT_READY = "EXPORT_READY", _("Copie des données prête")
    ERASURE_DONE = "ERASURE_DONE", _("Compte effacé")
    DATA_REQUEST_RECEIVED = "DATA_REQUEST_RECEIVED", _("Demande sur les données reçue")
    DATA_REQUEST_EXTENDED = "DATA_REQUEST_EXTENDED", _("Demande sur les données prolongée")
    LIMITS_ENDING = "LIMITS_ENDING", _("Fin annoncée d’une limitation")
    PRIVACY_ALARM = "PRIVACY_ALARM", _("Alarme des données personnelles")
    DATA_REQUEST_ANSWERED = "DATA_REQUEST_ANSWERED", _("Réponse à une demande sur les données")
    DIGEST = "DIGEST", _("Résumé")
    TRIAL = "TRIAL", _("Avis d’essai")


class Category(TextChoices):
    """What kinds have in common for the person who chooses how to be told."""

    ROOMS = "ROOMS", _("Mentions et réponses dans les salons")
    ROOMS_ALL = "ROOMS_ALL", _("Tous les messages des salons suivis")
    MONEY = "MONEY", _("Paiements et abonnement")
    ACCOUNT = "ACCOUNT", _("Vie du compte")
    JUSTICE = "JUSTICE", _("Décisions de l’équipe")
    SECURITY = "SECURITY", _("Sécurité du compte")
    DUTY = "DUTY", _("Service de l’équipe")
    SUMMARY = "SUMMARY", _("Résumé de ce qui attend")


class Road(TextChoices):
    """The roads as people choose among them. PUSH is every device that they switched on; the pages themselves cannot be switched off."""

    PUSH = "PUSH", _("Sur mes appareils")
    MAIL = "MAIL", _("Par courriel")


class Transport(TextChoices):
    """The roads to a person. EMAIL_FORMER leads to the address that the account had before."""

    IN_APP = "IN_APP", _("Dans Resaka")
    EMAIL = "EMAIL", _("Courriel")
    EMAIL_FORMER = "EMAIL_FORMER", _("Courriel à l’ancienne adresse")
    WEB_PUSH = "WEB_PUSH", _("Appareil, par son navigateur")
    FCM = "FCM", _("Appareil, par une application")

    @property
    def road(self) -> Road | None:
        """The road among which people choose that this is a way of; None for the pages, and for what nobody may refuse."""
        if self in PUSH_TRANSPORTS:
            return Road.PUSH
        return Road.MAIL if self is Transport.EMAIL else None


# The roads that lead to each device of a person, so that one notice may go several times by the same.
PUSH_TRANSPORTS = (Transport.WEB_PUSH, Transport.FCM)


class Level(TextChoices):
    """How a category goes by a road. Only mail knows DIGEST."""

    NOW = "NOW", _("Tout de suite")
    DIGEST = "DIGEST", _("Dans le résumé")
    OFF = "OFF", _("Jamais")


class Quiet(TextChoices):
    """What quiet hours do to a kind: HELD until their end; DROPPED, since the digest has it; IGNORED, because it cannot wait."""

    HELD = "HELD", _("Attend la fin")
    DROPPED = "DROPPED", _("Laissé au résumé")
    IGNORED = "IGNORED", _("Passe quand même")


class Content(TextChoices):
    """How much a notice about a room says outside of the pages."""

    HIDDEN = "HIDDEN", _("Rien : ni nom, ni salon")
    SENDER = "SENDER", _("Qui et où, sans le texte")
    PREVIEW = "PREVIEW", _("Qui, où, et le début du texte")


class Pace(TextChoices):
    """How often the digest comes."""

    DAILY = "DAILY", _("Chaque jour")
    WEEKLY = "WEEKLY", _("Chaque semaine, le dimanche")
    NEVER = "NEVER", _("Jamais")


class SuppressionReason(TextChoices):
    """Why an address gets no mail of ours: its server says that it does not exist, or its owner asked for peace."""

    HARD_BOUNCE = "HARD_BOUNCE", _("Adresse refusée par son serveur")
    UNSUBSCRIBED = "UNSUBSCRIBED", _("Désinscription")


class DeliveryState(TextChoices):
    """Where a delivery stands. GONE: there is nobody any more to whom it could go."""

    WAITING = "WAITING", _("En attente")
    SENT = "SENT", _("Partie")
    SUPPRESSED = "SUPPRESSED", _("Retenue")
    FAILED = "FAILED", _("Échouée")
    GONE = "GONE", _("Sans destinataire")
