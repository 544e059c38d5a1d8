"""The retention matrix as it ships: how long each kind of data is kept, and on which ground. What is in force lies in the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_noop as _

from privacy.enums import Clock
from privacy.retention import Rule

_DAY = timedelta(days=1)
_NOW = timedelta(0)
# Six months in which a decision may be appealed (DSA 20), and thirty days more.
_APPEAL = timedelta(days=184 + 30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: the rule, and the law or reason behind it."""

    rule: Rule
    basis: str


def _entry(code: str, clock: Clock, keep: timedelta, basis: str, *, erasable: bool = True, under: str = "") -> Entry:
    return Entry(Rule(code, clock, keep, erasable, jurisdiction=under), basis)


_YEAR = 365 * _DAY
_FIVE_YEARS = 1826 * _DAY
# Madagascar, law 2014-006: traffic data on judicial requisition alone (articles 26 to 41), for security while it is needed (29), never
# content (31). So nothing is kept there for a requisition that may never come.
_MG = "MG"
_MG_LAW = _("loi malgache 2014-006 : rien n’est gardé d’avance")

# The grounds are sentences of the catalogues: whoever reads the matrix reads them in their language (`privacy.queries.rules.say_basis`).
MATRIX: tuple[Entry, ...] = (
    _entry("MESSAGE_BODY", Clock.EXPIRY, _NOW, _("contrat, minimisation")),
    _entry("MESSAGE_DELETED", Clock.EXPIRY, _NOW, _("sécurité : un signalement peut l’ouvrir pendant 24 heures")),
    _entry("MESSAGE_META", Clock.WRITTEN, _YEAR, "décret 2021-1362, art. 5", erasable=False),
    _entry("HELD_MESSAGE", Clock.EXPIRY, _NOW, _("contrat : l’auteur lit pendant une semaine ce qu’il est devenu")),
    _entry("MEDIA", Clock.EXPIRY, _NOW, _("minimisation")),
    _entry("CONNECTION", Clock.EXPIRY, _NOW, "décret 2021-1362, art. 5", erasable=False),
    _entry("CONNECTION", Clock.EXPIRY, _NOW, _("loi malgache 2014-006, art. 29 : trente jours, pour la sécurité"), under=_MG),
    _entry("DEVICE_MARK", Clock.EXPIRY, _NOW, _("sécurité")),
    _entry("BAN_KEY", Clock.EXPIRY, _NOW, _("sécurité"), erasable=False),
    _entry("PROFILE", Clock.ENDED, _NOW, _("contrat")),
    _entry("AGE_ASSERTION", Clock.ENDED, _NOW, _("minimisation")),
    _entry("AGE_CHECK", Clock.EXPIRY, _DAY, _("sécurité")),
    _entry("ID_DOCUMENT", Clock.EXPIRY, _NOW, _("minimisation")),
    _entry("IDENTITY", Clock.ENDED, _FIVE_YEARS, "décret 2021-1362, art. 2", erasable=False),
    _entry("IDENTITY", Clock.ENDED, _NOW, _MG_LAW, under=_MG),
    _entry("IDENTITY_WITHDRAWN", Clock.EXPIRY, _NOW, _("la personne l’a retirée ; seul un gel de la justice la garde")),
    _entry("ACCOUNT_OTHER", Clock.ENDED, _YEAR, "décret 2021-1362, art. 3", erasable=False),
    _entry("ACCOUNT_OTHER", Clock.ENDED, _NOW, _MG_LAW, under=_MG),
    _entry("SESSION", Clock.EXPIRY, _NOW, _("sécurité")),
    _entry("CONSENT", Clock.OVER, _FIVE_YEARS, _("RGPD, art. 7(1) : prouver l’accord"), erasable=False),
    _entry("DATA_REQUEST", Clock.CLOSED, _FIVE_YEARS, _("RGPD, art. 12 : prouver ce que nous avons fait de la demande"), erasable=False),
    _entry("EXPORT_ARCHIVE", Clock.EXPIRY, _NOW, _("sécurité : sept jours pour la télécharger")),
    _entry("UNCONFIRMED", Clock.WRITTEN, 7 * _DAY, _("minimisation")),
    _entry("DELIVERY", Clock.WRITTEN, 7 * _DAY, _("contrat")),
    _entry("NOTIFICATION", Clock.WRITTEN, 30 * _DAY, _("contrat")),
    _entry("EMAIL_SUPPRESSION", Clock.WRITTEN, 1096 * _DAY, _("respecter une désinscription ; trois ans, comme le demande la CNIL")),
    _entry("OUTBOX", Clock.EXPIRY, _NOW, _("fonctionnement")),
    _entry(
        "CONTRACT_PAPER",
        Clock.WRITTEN,
        _FIVE_YEARS,
        _("Code civil, art. 2224 : tant que l’on peut discuter d’un contrat"),
        erasable=False,
    ),
    _entry("REPORT", Clock.CLOSED, _APPEAL, "DSA 16, 20", erasable=False),
    _entry("EVIDENCE", Clock.CLOSED, _APPEAL, _("DSA 17, 20 ; RGPD 17(3)(b) et (e)"), erasable=False),
    _entry(
        "CHILD_ABUSE_EVIDENCE",
        Clock.EXPIRY,
        _NOW,
        _("DSA 18 : jusqu’à la confirmation de l’autorité, un an au plus"),
        erasable=False,
    ),
    _entry("DECISION", Clock.CLOSED, 730 * _DAY, "DSA 15, 24", erasable=False),
    _entry("RULE_HIT", Clock.WRITTEN, 90 * _DAY, _("qualité des règles")),
    _entry("SUPPORT_REQUEST", Clock.CLOSED, _YEAR, _("contrat : la personne retrouve la réponse")),
    _entry("INVOICE", Clock.WRITTEN, 3653 * _DAY, "Code de commerce, L123-22", erasable=False),
    _entry("BREACH", Clock.CLOSED, _FIVE_YEARS, _("RGPD, art. 33(5)"), erasable=False),
    _entry("AUDIT", Clock.WRITTEN, _FIVE_YEARS, _("RGPD, art. 5(2) : rendre compte de ce qui a été fait"), erasable=False),
    _entry(
        "DELETION_LOG",
        Clock.WRITTEN,
        2192 * _DAY,
        _("RGPD, art. 5(2) : prouver ce qui a été détruit, le temps de la prescription"),
        erasable=False,
    ),
    _entry("PAYMENT", Clock.ENDED, _YEAR, "décret 2021-1362, art. 4", erasable=False),
    _entry("PAYMENT", Clock.ENDED, 30 * _DAY, _("loi malgache 2014-006 ; le temps de rendre ce qui est dû"), erasable=False, under=_MG),
    _entry("TOP_UP_DRAFT", Clock.EXPIRY, 30 * _DAY, _("minimisation")),
    _entry("LEGAL_REQUEST", Clock.CLOSED, _FIVE_YEARS, _("prouver notre coopération avec la justice"), erasable=False),
    _entry("PROVIDER_EVENT", Clock.WRITTEN, 395 * _DAY, _("les banques contestent jusqu’à treize mois après"), erasable=False),
    _entry(
        "PAYMENT_NUMBER",
        Clock.WRITTEN,
        395 * _DAY,
        _("remboursements à la main ; les banques contestent jusqu’à treize mois après"),
        erasable=False,
    ),
)
