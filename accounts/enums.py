"""Stable words of the people: what is stored, what crosses the wire, what other apps compare with."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class UserStatus(TextChoices):
    """Where an account stands in its life. Suspension is not a status."""

    PENDING_EMAIL = "PENDING_EMAIL", _("Adresse à confirmer")
    ACTIVE = "ACTIVE", _("Actif")
    DEACTIVATED = "DEACTIVATED", _("En pause")
    CLOSING = "CLOSING", _("En cours de fermeture")
    CLOSED = "CLOSED", _("Fermé")


# An account in one of these states is gone for everybody else.
GONE = (UserStatus.CLOSING, UserStatus.CLOSED)
# An account whose owner has pages of their own, if only the one on which they can come back.
LIVING = (UserStatus.ACTIVE, UserStatus.CLOSING)


class SuspensionKind(TextChoices):
    """A measure against an account. SUSPENDED and TERMINATED leave it one page; a termination has no end."""

    POSTING_RESTRICTED = "POSTING_RESTRICTED", _("Écriture suspendue")
    SUSPENDED = "SUSPENDED", _("Compte suspendu")
    TERMINATED = "TERMINATED", _("Compte exclu")
    REPORTING_SUSPENDED = "REPORTING_SUSPENDED", _("Signalements suspendus")


BARRING = (SuspensionKind.SUSPENDED, SuspensionKind.TERMINATED)


class BanKeyKind(TextChoices):
    """What a ban remembers."""

    EMAIL = "EMAIL", _("Adresse électronique")
    DEVICE = "DEVICE", _("Appareil")


class SignalStrength(IntegerChoices):
    """How far a signal can be believed, which is also its place in the queue."""

    MEDIUM = 10, _("Moyen")
    STRONG = 20, _("Fort")


class ConnectionKind(TextChoices):
    """What began: a session, or a socket."""

    LOGIN = "LOGIN", _("Connexion au compte")
    SOCKET = "SOCKET", _("Liaison en direct")


class Jurisdiction(TextChoices):
    """Whose law an account is under, by the country that its owner declared."""

    FR = "FR", _("France")
    EU = "EU", _("Union européenne")
    OTHER = "OTHER", _("Autre pays")
    MG = "MG", _("Madagascar")


class Language(TextChoices):
    FR = "fr", "Français"
    MG = "mg", "Malagasy"
    EN = "en", "English"


class Theme(TextChoices):
    """The look of the pages; SYSTEM follows the device."""

    SYSTEM = "", _("Comme l’appareil")
    LIGHT = "light", _("Clair")
    DARK = "dark", _("Sombre")
    HIGH = "high", _("Contraste élevé")


class Accent(TextChoices):
    """The colour of links, buttons and one's own bubbles. LEAF is the house's; the others belong to the entitlement THEMES."""

    LEAF = "", _("Feuille")
    OCEAN = "ocean", _("Océan")
    PLUM = "plum", _("Prune")
    ROSE = "rose", _("Rose")
    CLAY = "clay", _("Terre cuite")
    SLATE = "slate", _("Ardoise")


class Tip(StrEnum):
    """The moments that have an advice (`accounts.queries.tips`)."""

    FIRST_PROFILE = "FIRST_PROFILE"
    FIRST_POST = "FIRST_POST"
    LINK = "LINK"
    PHONE = "PHONE"
    ADDRESS = "ADDRESS"
    PHOTO = "PHOTO"


class DistanceBand(StrEnum):
    """How far somebody is: the only form in which a distance is ever told (`accounts.queries.distances`)."""

    SAME_AREA = "SAME_AREA"
    UNDER_10 = "UNDER_10"
    UNDER_25 = "UNDER_25"
    UNDER_50 = "UNDER_50"
    UNDER_100 = "UNDER_100"
    UNDER_250 = "UNDER_250"
    FURTHER = "FURTHER"
    UNKNOWN = "UNKNOWN"


class Gender(TextChoices):
    UNDISCLOSED = "UNDISCLOSED", _("Je préfère ne pas le dire")
    WOMAN = "WOMAN", _("Femme")
    MAN = "MAN", _("Homme")
    NON_BINARY = "NON_BINARY", _("Non binaire")
    SELF_DESCRIBED = "SELF_DESCRIBED", _("Je me décris moi-même")


class AgeBand(TextChoices):
    """The only form in which an age leaves this app."""

    FROM_18 = "18-24", _("18–24 ans")
    FROM_25 = "25-34", _("25–34 ans")
    FROM_35 = "35-44", _("35–44 ans")
    FROM_45 = "45-54", _("45–54 ans")
    FROM_55 = "55-64", _("55–64 ans")
    FROM_65 = "65+", _("65 ans et plus")


class AgeGate(TextChoices):
    """What a place asks about age before it opens (`accounts.queries.is_age_sufficient` judges)."""

    HELP = "HELP", _("Aide, ouverte à tous")
    GENERAL = "GENERAL", _("Adultes")
    MEETING = "MEETING", _("Rencontres")
    SENSITIVE = "SENSITIVE", _("Sujets sensibles")
    SEXUAL = "SEXUAL", _("Contenu sexuel")
    GOODS = "GOODS", _("Produits réservés aux adultes")


class AgeMethod(TextChoices):
    """How somebody showed their age."""

    EU_AV_MDOC = "EU_AV_MDOC", _("Application européenne de preuve d’âge")
    EU_AV_ZK = "EU_AV_ZK", _("Preuve d’âge sans divulgation")
    SDJWT_VC = "SDJWT_VC", _("Portefeuille d’identité numérique")
    STRIPE_IDENTITY = "STRIPE_IDENTITY", _("Vérification par un tiers")
    OIDC_THIRD_PARTY = "OIDC_THIRD_PARTY", _("Compte chez un fournisseur d’identité")
    STAFF_DOCUMENT_REVIEW = "STAFF_DOCUMENT_REVIEW", _("Document montré à l’équipe")
    DEMO_WALLET = "DEMO_WALLET", _("Portefeuille de démonstration")
    DENIED = "DENIED", _("Méthode fermée")


class Assurance(IntegerChoices):
    """How far a method can be believed; the numbers have an order."""

    DECLARED = 0, _("Déclarée")
    LOW = 10, _("Faible")
    SUBSTANTIAL = 20, _("Substantielle")
    HIGH = 30, _("Élevée")


class AgePurpose(TextChoices):
    """What a proof is for: the account, or this one visit."""

    ACCOUNT = "ACCOUNT", _("Compte")
    SESSION = "SESSION", _("Visite")


class AgeFlow(TextChoices):
    """The road of a proof."""

    SAME_DEVICE = "SAME_DEVICE", _("Cet appareil")
    CROSS_DEVICE = "CROSS_DEVICE", _("Un autre appareil")
    DC_API = "DC_API", _("Navigateur")
    FORM = "FORM", _("Formulaire")


class AgeCheckState(TextChoices):
    """Where one attempt stands. ANSWERED: the wallet has spoken; the person has not come back yet, or it is being judged."""

    STARTED = "STARTED", _("Commencée")
    ANSWERED = "ANSWERED", _("Répondue")
    PASSED = "PASSED", _("Réussie")
    REFUSED = "REFUSED", _("Refusée")
    EXPIRED = "EXPIRED", _("Expirée")


class ReviewState(TextChoices):
    """Where the image of a document stands. It is there while OPEN, and in no other state."""

    OPEN = "OPEN", _("En cours d’examen")
    PASSED = "PASSED", _("Acceptée")
    REFUSED = "REFUSED", _("Refusée")
    EXPIRED = "EXPIRED", _("Expirée")
    WITHDRAWN = "WITHDRAWN", _("Retirée")


class DocumentVerdict(TextChoices):
    """What somebody of the team says who looked at a document."""

    ADULT = "ADULT", _("La personne est majeure")
    UNDER_AGE = "UNDER_AGE", _("La personne n’est pas majeure")
    UNREADABLE = "UNREADABLE", _("La photo ou la date de naissance est illisible")
    UNCOVERED = "UNCOVERED", _("D’autres informations ne sont pas cachées")
    DOUBTFUL = "DOUBTFUL", _("Le document est douteux")


class DocumentType(TextChoices):
    """The published texts. A purpose that can be agreed to has the text of the same name."""

    CHARTER = "CHARTER", _("Charte")
    TERMS = "TERMS", _("Conditions d’utilisation")
    SALES = "SALES", _("Conditions de vente")
    PRIVACY = "PRIVACY", _("Vie privée")
    COOKIES = "COOKIES", _("Cookies")
    ART9_SENSITIVE_ROOMS = "ART9_SENSITIVE_ROOMS", _("Salons sensibles")


# What everybody accepts before writing; it ends with the account alone.
AGREEMENTS = (DocumentType.CHARTER, DocumentType.TERMS)


class ConsentPurpose(TextChoices):
    """What a person may agree to."""

    CHARTER = "CHARTER", _("Charte")
    TERMS = "TERMS", _("Conditions d’utilisation")
    ART9_SENSITIVE_ROOMS = "ART9_SENSITIVE_ROOMS", _("Salons sensibles")


# Agreed to freely, and taken back as easily; nothing else depends on it.
FREE_PURPOSES = (ConsentPurpose.ART9_SENSITIVE_ROOMS,)


class ConsentChannel(StrEnum):
    """Where the person ticked the box."""

    SIGNUP = "SIGNUP"
    PAGE = "PAGE"
    DEMO = "DEMO"


class MfaChange(StrEnum):
    """What happened to the second factors of an account (accounts.events.MfaChanged)."""

    TOTP_ADDED = "TOTP_ADDED"
    TOTP_REMOVED = "TOTP_REMOVED"
    PASSKEY_ADDED = "PASSKEY_ADDED"
    PASSKEY_REMOVED = "PASSKEY_REMOVED"
    CODES_MADE = "CODES_MADE"


class Country(TextChoices):
    """Countries a person may choose; the overseas territories of France come out of the postal code alone."""

    FR = "FR", _("France (métropole et outre-mer)")
    MG = "MG", _("Madagascar")
    BE = "BE", _("Belgique")
    CA = "CA", _("Canada")
    KM = "KM", _("Comores")
    CI = "CI", _("Côte d’Ivoire")
    DE = "DE", _("Allemagne")
    ES = "ES", _("Espagne")
    GB = "GB", _("Royaume-Uni")
    IT = "IT", _("Italie")
    LU = "LU", _("Luxembourg")
    MC = "MC", _("Monaco")
    MU = "MU", _("Maurice")
    SC = "SC", _("Seychelles")
    SN = "SN", _("Sénégal")
    CH = "CH", _("Suisse")
    US = "US", _("États-Unis")
    ZA = "ZA", _("Afrique du Sud")
    ZZ = "ZZ", _("Autre pays")
    GF = "GF", _("Guyane")
    GP = "GP", _("Guadeloupe")
    MQ = "MQ", _("Martinique")
    NC = "NC", _("Nouvelle-Calédonie")
    PF = "PF", _("Polynésie française")
    PM = "PM", _("Saint-Pierre-et-Miquelon")
    RE = "RE", _("La Réunion")
    WF = "WF", _("Wallis-et-Futuna")
    YT = "YT", _("Mayotte")


OVERSEAS = (
    Country.GF,
    Country.GP,
    Country.MQ,
    Country.NC,
    Country.PF,
    Country.PM,
    Country.RE,
    Country.WF,
    Country.YT,
)
