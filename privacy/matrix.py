"""The retention matrix as it ships: how long each kind of data is kept, and on which ground. What is in force lies in the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

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


def _entry(code: str, clock: Clock, keep: timedelta, basis: str, *, erasable: bool = True) -> Entry:
    return Entry(Rule(code, clock, keep, erasable), basis)


MATRIX: tuple[Entry, ...] = (
    _entry("MESSAGE_BODY", Clock.EXPIRY, _NOW, "contract, minimisation"),
    _entry("MESSAGE_DELETED", Clock.EXPIRY, _NOW, "safety: a report can open it for 24 hours"),
    _entry("MESSAGE_META", Clock.WRITTEN, 365 * _DAY, "décret 2021-1362, art. 5", erasable=False),
    _entry("HELD_MESSAGE", Clock.EXPIRY, _NOW, "contract: its author reads for a week what became of it"),
    _entry("MEDIA", Clock.EXPIRY, _NOW, "minimisation"),
    _entry("CONNECTION", Clock.EXPIRY, _NOW, "décret 2021-1362, art. 5", erasable=False),
    _entry("DEVICE_MARK", Clock.EXPIRY, _NOW, "security"),
    _entry("BAN_KEY", Clock.EXPIRY, _NOW, "security", erasable=False),
    _entry("AGE_CHECK", Clock.EXPIRY, _DAY, "security"),
    _entry("ID_DOCUMENT", Clock.EXPIRY, _NOW, "minimisation"),
    _entry("IDENTITY_WITHDRAWN", Clock.EXPIRY, _NOW, "its owner took it back; a legal hold alone keeps it"),
    _entry("UNCONFIRMED", Clock.WRITTEN, 7 * _DAY, "minimisation"),
    _entry("DELIVERY", Clock.WRITTEN, 7 * _DAY, "contract"),
    _entry("NOTIFICATION", Clock.WRITTEN, 30 * _DAY, "contract"),
    _entry(
        "CONTRACT_PAPER", Clock.WRITTEN, 1826 * _DAY, "Code civil, art. 2224: as long as a contract may be argued about", erasable=False
    ),
    _entry("REPORT", Clock.CLOSED, _APPEAL, "DSA 16, 20", erasable=False),
    _entry("EVIDENCE", Clock.CLOSED, _APPEAL, "DSA 17, 20; GDPR 17(3)(b), (e)", erasable=False),
    _entry("CHILD_ABUSE_EVIDENCE", Clock.EXPIRY, _NOW, "DSA 18: until the authority confirms, a year at most", erasable=False),
    _entry("DECISION", Clock.CLOSED, 730 * _DAY, "DSA 15, 24", erasable=False),
    _entry("RULE_HIT", Clock.WRITTEN, 90 * _DAY, "quality"),
    _entry("SUPPORT_REQUEST", Clock.CLOSED, 365 * _DAY, "contract: the person finds the answer again"),
    _entry("INVOICE", Clock.WRITTEN, 3653 * _DAY, "Code de commerce, L123-22", erasable=False),
    _entry("BREACH", Clock.CLOSED, 1826 * _DAY, "GDPR 33(5)", erasable=False),
    _entry("LEGAL_REQUEST", Clock.CLOSED, 1826 * _DAY, "proof of cooperation", erasable=False),
    _entry("PROVIDER_EVENT", Clock.WRITTEN, 395 * _DAY, "disputes of banks reach back thirteen months", erasable=False),
    _entry("PAYMENT_NUMBER", Clock.WRITTEN, 395 * _DAY, "refunds by hand; disputes reach back thirteen months", erasable=False),
)
