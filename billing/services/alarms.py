"""Waking those of the team who work on money, by all roads that notices have."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.urls import reverse

from billing.queries.staff import list_money_staff
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify


class Alarm(StrEnum):
    """Why somebody is woken; each has its words in `notifications.kinds`."""

    LEDGER_RED = "LEDGER_RED"
    UNKNOWN_OLD = "UNKNOWN_OLD"
    PAYMENT_FLAGGED = "PAYMENT_FLAGGED"
    WRONG_VERSION = "WRONG_VERSION"
    PROVIDER_DOWN = "PROVIDER_DOWN"
    DISPUTE_DUE = "DISPUTE_DUE"
    FRAUD_WARNING = "FRAUD_WARNING"
    UNKNOWN_RENEWAL = "UNKNOWN_RENEWAL"
    REFUND_FAILED = "REFUND_FAILED"
    STATEMENT_GAPS = "STATEMENT_GAPS"
    STATEMENT_MISSING = "STATEMENT_MISSING"
    STATEMENT_WAITS = "STATEMENT_WAITS"
    SUPPORT_LATE = "SUPPORT_LATE"
    SUBSCRIBED_TWICE = "SUBSCRIBED_TWICE"
    RENEWAL_UNPROVEN = "RENEWAL_UNPROVEN"
    CONTRACT_UNMATCHED = "CONTRACT_UNMATCHED"
    LETTER_BOUNCED = "LETTER_BOUNCED"
    REVENUE_STRANGE = "REVENUE_STRANGE"


def raise_alarm(*, alarm: Alarm, ref: str, once: str = "", path: str = "", now: datetime) -> int:
    """Tell everybody of the money team, in the caller's transaction; how many were told. The same `alarm` and `once` (default: `ref`) is
    told to each person once. `ref` is a reference or a day, never the words of anybody; `path`: where to look (default: the admin).
    """
    key = f"{alarm}:{once or ref}"[:80]
    return sum(
        notify(
            user_id=user.pk,
            kind=NoticeKind.MONEY_ALARM,
            subject=Subject("billing", "ALARM", ref[:20]),
            dedupe_key=key,
            group_key=f"money:{alarm}"[:80],
            args={"what": alarm.value, "ref": ref},
            path=path or reverse("admin:index"),
            now=now,
        )
        for user in list_money_staff()
    )
