"""Stable words of privacy: what is stored and what tests say."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Verdict(TextChoices):
    """What becomes of one record now."""

    KEEP = "KEEP", _("Garder")
    KEEP_HOLD = "KEEP_HOLD", _("Garder, gelé")
    KEEP_RESTRICTED = "KEEP_RESTRICTED", _("Garder, restreint")
    DESTROY = "DESTROY", _("Détruire")


class DataKind(TextChoices):
    """The kinds of data by the code of their rule, as people say it."""

    MESSAGE_BODY = "MESSAGE_BODY", _("Textes des messages des salons")
    MESSAGE_DELETED = "MESSAGE_DELETED", _("Messages que leur auteur a effacés")
    MESSAGE_META = "MESSAGE_META", _("Qui a écrit quel message et quand, sans le texte")
    HELD_MESSAGE = "HELD_MESSAGE", _("Messages retenus avant publication")
    MEDIA = "MEDIA", _("Images des messages")
    CONNECTION = "CONNECTION", _("Connexions : adresse IP, port, heure")
    DEVICE_MARK = "DEVICE_MARK", _("Marque d’un appareil")
    BAN_KEY = "BAN_KEY", _("Empreintes des comptes exclus")
    AGE_CHECK = "AGE_CHECK", _("Essais de vérification de l’âge")
    ID_DOCUMENT = "ID_DOCUMENT", _("Document montré à l’équipe")
    SUPPORT_REQUEST = "SUPPORT_REQUEST", _("Ce que l’on a demandé à l’équipe, et ses réponses")
    INVOICE = "INVOICE", _("Factures et avoirs")
    PROVIDER_EVENT = "PROVIDER_EVENT", _("Ce que les prestataires de paiement ont écrit")
    PAYMENT_NUMBER = "PAYMENT_NUMBER", _("Numéro de téléphone d’un paiement")
    IDENTITY_WITHDRAWN = "IDENTITY_WITHDRAWN", _("Identité civile que la personne a retirée")
    UNCONFIRMED = "UNCONFIRMED", _("Inscriptions jamais confirmées")
    DELIVERY = "DELIVERY", _("Envoi d’un avis par un canal")
    NOTIFICATION = "NOTIFICATION", _("Avis, sans contenu")
    EMAIL_SUPPRESSION = "EMAIL_SUPPRESSION", _("Adresses qui refusent nos courriels, par leur empreinte")
    CONTRACT_PAPER = "CONTRACT_PAPER", _("Lettres et demandes sur un contrat, scellées")
    REPORT = "REPORT", _("Nom et adresse de qui a signalé")
    EVIDENCE = "EVIDENCE", _("Preuves scellées d’un dossier")
    CHILD_ABUSE_EVIDENCE = "CHILD_ABUSE_EVIDENCE", _("Preuves d’abus sur un enfant, jusqu’à leur confirmation")
    DECISION = "DECISION", _("Sur qui porte une décision")
    RULE_HIT = "RULE_HIT", _("Ce qu’une règle a relevé, sans le texte")
    LEGAL_REQUEST = "LEGAL_REQUEST", _("Demandes des autorités")
    BREACH = "BREACH", _("Violations de données")
    IDENTITY = "IDENTITY", _("Identité civile que la personne a donnée, et son adresse électronique")
    ACCOUNT_OTHER = "ACCOUNT_OTHER", _("Pseudonymes portés, avec leurs dates")
    PAYMENT = "PAYMENT", _("Qui a fait quel paiement, et quand")
    PROFILE = "PROFILE", _("Profil : pseudonyme, genre, présentation, année de naissance, lieu")
    AGE_ASSERTION = "AGE_ASSERTION", _("Preuve de majorité, sans date de naissance")
    SESSION = "SESSION", _("Connexions en cours au compte")
    CONSENT = "CONSENT", _("Ce que la personne a accepté, et quand")
    DATA_REQUEST = "DATA_REQUEST", _("Demandes de la personne sur ses données")
    AUDIT = "AUDIT", _("Registre de ce que l’équipe et la machine ont fait")
    OUTBOX = "OUTBOX", _("Livraisons internes faites, sans contenu")
    TOP_UP_DRAFT = "TOP_UP_DRAFT", _("Rechargements et commandes jamais payés")
    EXPORT_ARCHIVE = "EXPORT_ARCHIVE", _("Archives que des personnes ont demandées")
    DELETION_LOG = "DELETION_LOG", _("Journal de ce qui a été détruit, sans nom")


class Clock(TextChoices):
    """From what a duration is counted. EXPIRY: the row says itself when it ends."""

    EXPIRY = "EXPIRY", _("Fin inscrite dans la ligne")
    WRITTEN = "WRITTEN", _("Écriture")
    CLOSED = "CLOSED", _("Clôture du dossier")
    ENDED = "ENDED", _("Fin du compte")
    OVER = "OVER", _("Retrait, ou fin du compte")


class DeletionReason(TextChoices):
    DUE = "DUE", _("Durée écoulée")
    HOLD_OVER = "HOLD_OVER", _("Fin du gel")
    REQUEST = "REQUEST", _("Demande de la personne")
    WITHDRAWAL = "WITHDRAWAL", _("Consentement retiré")


class ErasureStep(TextChoices):
    """The thirteen steps of an erasure, in their order (privacy.erasure.steps), as its certificate names what each is about."""

    SESSIONS = "SESSIONS", _("Connexions, appareils, mot de passe et seconds facteurs")
    REACH = "REACH", _("Envois en attente et réglages des notifications")
    CACHES = "CACHES", _("Mémoires provisoires")
    ROOMS = "ROOMS", _("Messages, réactions, images et places dans les salons")
    RELATIONS = "RELATIONS", _("Blocages et masquages")
    PROFILE = "PROFILE", _("Profil, lieu et preuves d’âge")
    BILLING = "BILLING", _("Abonnements, client du prestataire de paiement, nom sur les factures")
    NOTICES = "NOTICES", _("Avis reçus")
    MODERATION = "MODERATION", _("Nom dans les dossiers de la modération")
    IDENTITY = "IDENTITY", _("Adresse électronique, pseudonymes et réglages du compte")
    MEDIA = "MEDIA", _("Fichiers")
    DATA_KEY = "DATA_KEY", _("Clé de chiffrement de la personne")
    CERTIFICATE = "CERTIFICATE", _("Attestation")


class ArchiveState(TextChoices):
    """Where the archive of a person's data stands."""

    ASKED = "ASKED", _("Demandée")
    BUILDING = "BUILDING", _("En préparation")
    READY = "READY", _("Prête")
    CANCELLED = "CANCELLED", _("Annulée")
    FAILED = "FAILED", _("Échouée")


class EntryKind(TextChoices):
    """What a file of an archive is: rows, something that goes along, how rows are written, and what is made for whoever reads."""

    DATA = "DATA", _("Données")
    MEDIA = "MEDIA", _("Fichier joint")
    SCHEMA = "SCHEMA", _("Schéma")
    PAGE = "PAGE", _("Page")


class BreachHarm(TextChoices):
    """What of the data was harmed (GDPR, article 4(12); EDPB guidelines 9/2022)."""

    CONFIDENTIALITY = "CONFIDENTIALITY", _("Confidentialité : vues par qui ne devait pas")
    INTEGRITY = "INTEGRITY", _("Intégrité : changées à tort")
    AVAILABILITY = "AVAILABILITY", _("Disponibilité : perdues ou hors d’atteinte")


class BreachRisk(TextChoices):
    """What it may mean for the people, which says who is to be told (articles 33 and 34)."""

    NONE = "NONE", _("Aucun risque probable : inscrite, personne à prévenir")
    RISK = "RISK", _("Un risque : l’autorité est prévenue")
    HIGH = "HIGH", _("Un risque élevé : l’autorité et les personnes sont prévenues")


class SilenceGround(TextChoices):
    """Why people are not told one by one of a high risk: the three cases of article 34(3), and no other."""

    UNREADABLE = "UNREADABLE", _("Données incompréhensibles pour qui les a, article 34(3)(a)")
    AVERTED = "AVERTED", _("Risque élevé écarté depuis, article 34(3)(b)")
    PUBLIC_NOTICE = "PUBLIC_NOTICE", _("Effort disproportionné : communication publique, article 34(3)(c)")


class RequestKind(TextChoices):
    """The rights of a person over their data, by the article of the GDPR."""

    EXPORT = "EXPORT", _("Recevoir une copie")
    ERASURE = "ERASURE", _("Effacer")
    RECTIFICATION = "RECTIFICATION", _("Rectifier")
    RESTRICTION = "RESTRICTION", _("Limiter")
    OBJECTION = "OBJECTION", _("S’opposer")


class RequestState(TextChoices):
    """Where a request stands. WAITING: nothing of it may be done now. Its person is told of RECEIVED, RUNNING and WAITING by one word."""

    RECEIVED = "RECEIVED", _("Reçue")
    RUNNING = "RUNNING", _("En cours")
    WAITING = "WAITING", _("En attente")
    DONE = "DONE", _("Faite")
    REFUSED = "REFUSED", _("Refusée")
    WITHDRAWN = "WITHDRAWN", _("Retirée")


OPEN_STATES = (RequestState.RECEIVED, RequestState.RUNNING, RequestState.WAITING)


class RequestTopic(TextChoices):
    """What a request is about, where its kind alone does not say it."""

    BIRTH_YEAR = "BIRTH_YEAR", _("Mon année de naissance")
    INVOICE = "INVOICE", _("Une facture déjà faite")
    MESSAGE = "MESSAGE", _("Un message que je ne peux plus corriger")
    DECISION = "DECISION", _("Ce qui est écrit de moi dans une décision")
    ACCURACY = "ACCURACY", _("Des données sont inexactes, et je veux qu’on le vérifie")
    UNLAWFUL = "UNLAWFUL", _("Le traitement n’est pas permis, mais je ne veux pas d’effacement")
    CLAIMS = "CLAIMS", _("J’ai besoin de ces données pour défendre un droit")
    OBJECTING = "OBJECTING", _("Je me suis opposé, et la réponse n’est pas encore là")
    SCREENING = "SCREENING", _("La lecture de mes messages par les règles automatiques")
    SECURITY = "SECURITY", _("La reconnaissance de mes appareils")
    FIGURES = "FIGURES", _("Les chiffres d’utilisation")
    OTHER = "OTHER", _("Autre chose")


# What may be chosen for each kind; a kind that is not here has no topic.
TOPICS: dict[str, tuple[RequestTopic, ...]] = {
    RequestKind.RECTIFICATION: (
        RequestTopic.BIRTH_YEAR,
        RequestTopic.INVOICE,
        RequestTopic.MESSAGE,
        RequestTopic.DECISION,
        RequestTopic.OTHER,
    ),
    RequestKind.RESTRICTION: (RequestTopic.ACCURACY, RequestTopic.UNLAWFUL, RequestTopic.CLAIMS, RequestTopic.OBJECTING),
    RequestKind.OBJECTION: (RequestTopic.SCREENING, RequestTopic.SECURITY, RequestTopic.FIGURES, RequestTopic.OTHER),
}


class RefusalGround(TextChoices):
    """On which ground of the law a request is refused; `privacy.reasons` says the article and the words for its person."""

    UNFOUNDED = "UNFOUNDED", _("Manifestement infondée")
    EXCESSIVE = "EXCESSIVE", _("Manifestement excessive, par sa répétition")
    UNIDENTIFIED = "UNIDENTIFIED", _("La personne n’a pas pu être identifiée")
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION", _("La loi oblige à conserver")
    EXPRESSION = "EXPRESSION", _("Liberté d’expression et d’information")
    PUBLIC_INTEREST = "PUBLIC_INTEREST", _("Intérêt public")
    CLAIMS = "CLAIMS", _("Constatation, exercice ou défense de droits en justice")
    OTHERS_RIGHTS = "OTHERS_RIGHTS", _("Droits et libertés d’autrui")
    ACCURATE = "ACCURATE", _("Les données sont exactes")
    NO_GROUND = "NO_GROUND", _("Aucun des cas de la loi")
    COMPELLING = "COMPELLING", _("Motifs légitimes et impérieux")


class ExtensionGround(TextChoices):
    """Why an answer takes longer than a month (GDPR, article 12(3)); there are no others."""

    COMPLEX = "COMPLEX", _("La demande est complexe")
    NUMEROUS = "NUMEROUS", _("Les demandes sont nombreuses")
