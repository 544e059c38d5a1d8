"""Stable words of moderation: what is stored, what stands in audit entries and exports."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class StaffRole(TextChoices):
    """What a member of staff may do. Roles add up; being senior contains no other role."""

    MODERATOR = "MODERATOR", _("Modération")
    SENIOR = "SENIOR", _("Modération, référent")
    APPEALS = "APPEALS", _("Recours")
    CHILD_SAFETY = "CHILD_SAFETY", _("Protection de l’enfance")
    LEGAL_DESK = "LEGAL_DESK", _("Bureau des réquisitions")
    RULE_EDITOR = "RULE_EDITOR", _("Rédaction des règles")
    DATA_PROTECTION = "DATA_PROTECTION", _("Protection des données")
    AUDITOR = "AUDITOR", _("Audit, lecture seule")


class TargetKind(TextChoices):
    """What can be reported and acted on (`moderation.targets` has one entry each)."""

    MESSAGE = "MESSAGE", _("Message")
    ATTACHMENT = "ATTACHMENT", _("Image")
    PROFILE = "PROFILE", _("Profil")
    ROOM = "ROOM", _("Salon")
    ACCOUNT = "ACCOUNT", _("Compte")
    HELD_MESSAGE = "HELD_MESSAGE", _("Message retenu")


class ReportSource(TextChoices):
    MEMBER = "MEMBER", _("Membre")
    NOTICE_16 = "NOTICE_16", _("Notification publique")
    TRUSTED_FLAGGER = "TRUSTED_FLAGGER", _("Signaleur de confiance")
    AUTHORITY = "AUTHORITY", _("Autorité")
    AUTOMATIC = "AUTOMATIC", _("Contrôle automatique")
    ROOM_MODERATOR = "ROOM_MODERATOR", _("Modération du salon")


class ReportState(TextChoices):
    RECEIVED = "RECEIVED", _("Reçu")
    JOINED = "JOINED", _("Joint à un dossier")
    ANSWERED = "ANSWERED", _("Répondu")
    REJECTED_FORMAL = "REJECTED_FORMAL", _("Irrecevable")


class Severity(IntegerChoices):
    """How soon the first action is due, from the first report on; smaller is more urgent."""

    S0 = 0, _("S0, quinze minutes")
    S1 = 1, _("S1, une heure")
    S2 = 2, _("S2, quatre heures")
    S3 = 3, _("S3, un jour")

    @property
    def due_in(self) -> timedelta:
        return _DUE[self]


_DUE = {
    Severity.S0: timedelta(minutes=15),
    Severity.S1: timedelta(hours=1),
    Severity.S2: timedelta(hours=4),
    Severity.S3: timedelta(hours=24),
}


class Reason(TextChoices):
    """Why something is reported, in the words of the team; `moderation.reasons` has severity, category and keywords of each."""

    IMMINENT_DANGER = "IMMINENT_DANGER", _("Une vie est en danger maintenant")
    MINOR_ON_SERVICE = "MINOR_ON_SERVICE", _("Cette personne semble mineure")
    CHILD_ABUSE_MATERIAL = "CHILD_ABUSE_MATERIAL", _("Abus sexuel sur un enfant")
    GROOMING = "GROOMING", _("Un adulte approche un enfant")
    THREAT = "THREAT", _("Menace")
    AMBUSH_PLANNING = "AMBUSH_PLANNING", _("Guet-apens en préparation")
    SEXTORTION = "SEXTORTION", _("Chantage avec des images intimes")
    TERRORISM = "TERRORISM", _("Terrorisme")
    HATE_GROUP = "HATE_GROUP", _("Haine contre un groupe")
    HATE_PERSON = "HATE_PERSON", _("Haine contre une personne")
    HARASSMENT = "HARASSMENT", _("Insultes ou harcèlement")
    STALKING = "STALKING", _("Quelqu’un me suit ou me traque")
    DOXXING = "DOXXING", _("Adresse, numéro ou nom révélés")
    INTIMATE_IMAGE = "INTIMATE_IMAGE", _("Image intime sans accord")
    SUICIDE_SELF_HARM = "SUICIDE_SELF_HARM", _("Suicide ou automutilation")
    TRAFFICKING = "TRAFFICKING", _("Traite ou proxénétisme")
    SCAM = "SCAM", _("Arnaque")
    IMPERSONATION = "IMPERSONATION", _("Usurpation d’identité")
    DRUGS_WEAPONS = "DRUGS_WEAPONS", _("Drogue ou armes")
    SEXUAL_IN_GENERAL_ROOM = "SEXUAL_IN_GENERAL_ROOM", _("Contenu sexuel hors de sa place")
    COPYRIGHT = "COPYRIGHT", _("Droit d’auteur")
    SPAM = "SPAM", _("Publicité ou messages en masse")
    OTHER = "OTHER", _("Autre chose")


class CaseState(TextChoices):
    OPEN = "OPEN", _("Ouvert")
    CLAIMED = "CLAIMED", _("Pris")
    ESCALATED = "ESCALATED", _("Transmis à un référent")
    DECIDED = "DECIDED", _("Décidé")
    CLOSED = "CLOSED", _("Clos")


class Action(TextChoices):
    """What a decision does; `moderation.actions` says over which targets and with which words of the statement."""

    NO_ACTION = "NO_ACTION", _("Aucune mesure")
    WARN = "WARN", _("Avertir")
    REMOVE = "REMOVE", _("Retirer")
    DISABLE = "DISABLE", _("Masquer")
    SLOW_ROOM = "SLOW_ROOM", _("Ralentir le salon")
    FREEZE_ROOM = "FREEZE_ROOM", _("Mettre le salon en pause")
    CLOSE_ROOM = "CLOSE_ROOM", _("Fermer le salon")
    MUTE_IN_ROOM = "MUTE_IN_ROOM", _("Rendre muet dans le salon")
    BAN_FROM_ROOM = "BAN_FROM_ROOM", _("Exclure du salon")
    RESTRICT_POSTING = "RESTRICT_POSTING", _("Interdire d’écrire partout")
    SUSPEND_REPORTING = "SUSPEND_REPORTING", _("Suspendre le droit de signaler")
    SUSPEND_ACCOUNT = "SUSPEND_ACCOUNT", _("Suspendre le compte")
    TERMINATE_ACCOUNT = "TERMINATE_ACCOUNT", _("Fermer le compte")


class Ground(TextChoices):
    LAW = "LAW", _("Contenu illégal")
    TERMS = "TERMS", _("Contraire aux conditions")


class AppealState(TextChoices):
    PENDING = "PENDING", _("À examiner")
    UPHELD = "UPHELD", _("Décision maintenue")
    OVERTURNED = "OVERTURNED", _("Décision annulée")


class AppellantKind(TextChoices):
    """On whose side an appeal stands: of the person whom a decision restricts, or of a reporter whose report led to nothing."""

    RESTRICTED = "RESTRICTED", _("Personne visée")
    REPORTER = "REPORTER", _("Personne qui a signalé")


class ApprovalKind(TextChoices):
    """What one person of the team must not do alone."""

    TERMINATE_OLD_ACCOUNT = "TERMINATE_OLD_ACCOUNT", _("Fermer un compte de plus de trente jours")
    READ_PRIVATE = "READ_PRIVATE", _("Lire des messages privés hors d’un signalement")
    OPEN_IDENTITY = "OPEN_IDENTITY", _("Ouvrir une identité civile")
    RELEASE_DATA = "RELEASE_DATA", _("Remettre des données à une autorité")
    LIFT_HOLD = "LIFT_HOLD", _("Lever un gel")
    DELETE_EVIDENCE = "DELETE_EVIDENCE", _("Détruire une preuve")
    ACTIVATE_RULE = "ACTIVATE_RULE", _("Activer une règle qui retient")
    VIEW_CHILD_ABUSE = "VIEW_CHILD_ABUSE", _("Voir une image d’abus présumé sur un enfant")
    TRANSMIT_CHILD_ABUSE = "TRANSMIT_CHILD_ABUSE", _("Signaler un abus présumé sur un enfant aux autorités")
    CHANGE_RETENTION = "CHANGE_RETENTION", _("Changer une règle de conservation")
    REFUSE_DATA_REQUEST = "REFUSE_DATA_REQUEST", _("Refuser une demande sur des données")
    CLOSE_BREACH = "CLOSE_BREACH", _("Clore une violation de données")


class RuleKind(TextChoices):
    """What the text of a rule is made of; `moderation.screening.ruletext` reads each."""

    TERMS = "TERMS", _("Liste de termes")
    PATTERNS = "PATTERNS", _("Expressions")
    HOSTS = "HOSTS", _("Sites d’hameçonnage")
    BEHAVIOUR = "BEHAVIOUR", _("Poids du comportement")


class RuleState(TextChoices):
    """The life of a version: tried on the past, watched without effect, in force, over."""

    DRAFT = "DRAFT", _("Brouillon")
    BACKTEST = "BACKTEST", _("Essayée sur le passé")
    SHADOW = "SHADOW", _("À l’essai, sans effet")
    ACTIVE = "ACTIVE", _("En vigueur")
    RETIRED = "RETIRED", _("Retirée")


class RuleOutcome(TextChoices):
    """What follows from a hit. SCORE alone stops nothing: it adds to what behaviour weighs."""

    SCORE = "SCORE", _("Compter")
    NUDGE = "NUDGE", _("Demander avant d’envoyer")
    HOLD = "HOLD", _("Retenir")
    REFUSE = "REFUSE", _("Refuser")


class RuleTopic(TextChoices):
    """What a rule is about, which is what its sender is told."""

    INSULT = "INSULT", _("Insulte")
    THREAT = "THREAT", _("Menace")
    HATE = "HATE", _("Haine")
    PERSONAL_DATA = "PERSONAL_DATA", _("Coordonnées")
    SCAM = "SCAM", _("Arnaque")
    GROOMING = "GROOMING", _("Approche d’un mineur")
    MINOR = "MINOR", _("Âge")
    LINK = "LINK", _("Lien dangereux")
    BEHAVIOUR = "BEHAVIOUR", _("Comportement")
    FLOOD = "FLOOD", _("Envoi en masse")
    ROOM = "ROOM", _("Mots d’un salon")


class ScreenedFate(TextChoices):
    """What people made of a held text."""

    RELEASED = "RELEASED", _("Publié")
    REFUSED = "REFUSED", _("Refusé")


class HashBankKind(TextChoices):
    """Whose pictures a bank knows. All of them hold; CHILD_ABUSE alone seals."""

    CHILD_ABUSE = "CHILD_ABUSE", _("Abus sexuels sur enfants")
    INTIMATE = "INTIMATE", _("Images intimes sans accord")
    TERRORISM = "TERRORISM", _("Terrorisme")
    SCAM_PHOTO = "SCAM_PHOTO", _("Photos d’arnaques")
    BANNED_PHOTO = "BANNED_PHOTO", _("Photos de personnes exclues")
    LOCAL_ACTIONED = "LOCAL_ACTIONED", _("Images retirées ici")


class ImageVerdict(TextChoices):
    """What becomes of an image by its check. None of them removes it."""

    CLEAR = "CLEAR", _("Rien trouvé")
    HOLD = "HOLD", _("À regarder")
    QUARANTINE = "QUARANTINE", _("Sous scellés")
    UNCHECKED = "UNCHECKED", _("Pas vérifiée à temps")


class Hotline(TextChoices):
    """Who takes reports of the abuse of children: the police platform, and the association that passes them on to the country concerned."""

    PHAROS = "PHAROS", _("PHAROS (police, internet-signalement.gouv.fr)")
    POINT_DE_CONTACT = "POINT_DE_CONTACT", _("Point de Contact (association, INHOPE)")
