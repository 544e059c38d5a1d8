"""The words of the desk for authorities: what is stored, what stands in audit entries and packages."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RequestKind(TextChoices):
    """On which law an authority asks. CPP 60-1 flagrancy, 77-1-1 preliminary, 99-3 a judge; 60-2, 77-1-2, 99-4 by electronic means."""

    CPP_60_1 = "CPP_60_1", _("Réquisition, flagrance (CPP 60-1)")
    CPP_60_2 = "CPP_60_2", _("Réquisition informatique, flagrance (CPP 60-2)")
    CPP_77_1_1 = "CPP_77_1_1", _("Réquisition, enquête préliminaire (CPP 77-1-1)")
    CPP_77_1_2 = "CPP_77_1_2", _("Réquisition informatique, préliminaire (CPP 77-1-2)")
    CPP_99_3 = "CPP_99_3", _("Juge d’instruction (CPP 99-3)")
    CPP_99_4 = "CPP_99_4", _("Juge d’instruction, informatique (CPP 99-4)")
    EPOC = "EPOC", _("Injonction européenne de production (EPOC)")
    EPOC_PR = "EPOC_PR", _("Injonction européenne de conservation (EPOC-PR)")
    DSA_9 = "DSA_9", _("Injonction d’agir (DSA, article 9)")
    DSA_10 = "DSA_10", _("Injonction d’informer (DSA, article 10)")
    MG_JUDICIAL = "MG_JUDICIAL", _("Réquisition malgache (loi 2014-006)")
    MLA = "MLA", _("Entraide judiciaire")
    EMERGENCY_DISCLOSURE = "EMERGENCY_DISCLOSURE", _("Urgence vitale")
    ADMIN_REMOVAL = "ADMIN_REMOVAL", _("Retrait administratif")


# Those that the French code of criminal procedure gates, also when they carry out what another state asks.
FRENCH = frozenset(
    {
        RequestKind.CPP_60_1,
        RequestKind.CPP_60_2,
        RequestKind.CPP_77_1_1,
        RequestKind.CPP_77_1_2,
        RequestKind.CPP_99_3,
        RequestKind.CPP_99_4,
        RequestKind.MLA,
    }
)
# Issued by a judge by their very nature.
BY_JUDGE = frozenset({RequestKind.CPP_99_3, RequestKind.CPP_99_4})


class RequestState(TextChoices):
    RECEIVED = "RECEIVED", _("Reçue")
    AUTHENTICATED = "AUTHENTICATED", _("Authentifiée")
    SCOPED = "SCOPED", _("Délimitée")
    COLLECTED = "COLLECTED", _("Réunie")
    APPROVED = "APPROVED", _("Approuvée à deux")
    RELEASED = "RELEASED", _("Remise")
    CLOSED = "CLOSED", _("Close")
    REFUSED_FORMAL = "REFUSED_FORMAL", _("Refusée en la forme")
    PRESERVED = "PRESERVED", _("Conservée")


# Nothing more is owed: it was answered, refused, or the data lie frozen as was asked.
ANSWERED = (RequestState.RELEASED, RequestState.CLOSED, RequestState.REFUSED_FORMAL, RequestState.PRESERVED)


class DataCategory(TextChoices):
    """What can be asked for, in the words of Regulation (EU) 2023/1543, article 3, which fit the French law too."""

    SUBSCRIBER = "SUBSCRIBER", _("Identité et compte")
    IDENTIFY_ONLY = "IDENTIFY_ONLY", _("Adresses IP, pour identifier seulement")
    TRAFFIC = "TRAFFIC", _("Données de trafic")
    CONTENT = "CONTENT", _("Contenu")


class GateCase(TextChoices):
    """The four cases of article 60-1-2 of the code of criminal procedure."""

    GRAVE = "GRAVE", _("1° Crime, ou délit puni de trois ans au moins")
    NETWORK = "NETWORK", _("2° Délit d’un an au moins commis par un réseau, pour identifier son auteur")
    VICTIM = "VICTIM", _("3° Terminal de la victime, à sa demande")
    MISSING = "MISSING", _("4° Personne disparue")


class OffenceClass(TextChoices):
    CRIME = "CRIME", _("Crime")
    DELIT = "DELIT", _("Délit")
    CONTRAVENTION = "CONTRAVENTION", _("Contravention")
    NONE = "NONE", _("Aucune infraction (disparition)")


class MissingArticle(TextChoices):
    ART_74_1 = "74-1", _("Article 74-1")
    ART_80_4 = "80-4", _("Article 80-4")
    ART_706_106_4 = "706-106-4", _("Article 706-106-4")


class Channel(TextChoices):
    PORTAL = "PORTAL", _("Plateforme de l’autorité")
    EMAIL = "EMAIL", _("Courriel")
    POST = "POST", _("Courrier")
    PHONE = "PHONE", _("Téléphone")
    IN_PERSON = "IN_PERSON", _("En main propre")


class FormalReason(TextChoices):
    """Why a request is not carried out; those of Annex III of Regulation (EU) 2023/1543 among them."""

    NOT_AUTHENTIC = "NOT_AUTHENTIC", _("L’autorité n’a pas pu être authentifiée")
    INCOMPLETE = "INCOMPLETE", _("La demande est incomplète")
    MANIFEST_ERROR = "MANIFEST_ERROR", _("La demande contient une erreur manifeste")
    UNCLEAR = "UNCLEAR", _("La demande ne permet pas d’identifier la personne ou la période")
    NOT_COMPETENT = "NOT_COMPETENT", _("L’autorité n’est pas compétente pour cette demande")
    NOT_COVERED = "NOT_COVERED", _("L’infraction ou le service n’entre pas dans le texte invoqué")
    GATE = "GATE", _("Article 60-1-2 : aucun des quatre cas n’est rempli")
    PROTECTED = "PROTECTED", _("Données protégées : avocat, journaliste, immunité")
    IMPOSSIBLE = "IMPOSSIBLE", _("Impossible à exécuter, sans faute de notre part")
    CONFLICT = "CONFLICT", _("Contraire au droit d’un pays tiers")
    CONTENT_NEVER = "CONTENT_NEVER", _("Ce texte ne permet jamais de remettre un contenu")


class IdentifierKind(TextChoices):
    """By what an authority names somebody."""

    PSEUDONYM = "PSEUDONYM", _("Pseudonyme")
    ACCOUNT = "ACCOUNT", _("Identifiant du compte")
    EMAIL = "EMAIL", _("Adresse électronique")


class HoldScope(TextChoices):
    """What the subjects of a hold are."""

    USER = "USER", _("Personnes")
    ROOM = "ROOM", _("Salons")
    CASE = "CASE", _("Dossiers")
    ROWS = "ROWS", _("Messages désignés")
