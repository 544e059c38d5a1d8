"""Notices for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from core import outbox
from core.relay import pump
from core.tests.moments import NOON as NOON
from notifications.enums import NoticeKind
from notifications.models import Delivery
from notifications.services.notices import Subject, notify

ARGS: dict[str, dict[str, Any]] = {
    NoticeKind.NEW_LOGIN: {"agent": "Firefox · Android"},
    NoticeKind.MFA_CHANGED: {"change": "TOTP_ADDED"},
    NoticeKind.AGE_PROOF_EXPIRING: {"ends_on": "2026-12-07"},
    NoticeKind.AGE_DOCUMENT: {"outcome": "PASSED"},
    NoticeKind.TERMS_CHANGED: {"doc_type": "TERMS", "version": "2.0", "from_date": "2026-12-01", "again": True},
    NoticeKind.LEGAL_EMERGENCY: {"ref": "aaaaaaaaaaaaaaaaaaaa", "ends_at": "2026-11-26 13:00"},
    NoticeKind.LEGAL_DEADLINE: {"ref": "aaaaaaaaaaaaaaaaaaaa", "ends_at": "2026-11-26 13:00"},
    NoticeKind.DECISION: {"action": "REMOVE"},
    NoticeKind.REPORT_ANSWERED: {"ref": "aaaaaaaaaaaaaaaaaaaa"},
    NoticeKind.APPEAL_ANSWERED: {"won": True},
    NoticeKind.CASE_OVERDUE: {"ref": "aaaaaaaaaaaaaaaaaaaa", "severity": 0, "due_at": "2026-11-26 13:00"},
    NoticeKind.DATA_RELEASED: {"day": "2026-11-26"},
    NoticeKind.SUPPORT_ANSWERED: {"ref": "aaaaaaaaaaaaaaaaaaaa"},
    NoticeKind.RECEIPT: {"number": "F2026-000001", "amount_minor": 499, "vat_minor": 83, "currency": "EUR", "returned": False},
    NoticeKind.MONEY_ALARM: {"what": "UNKNOWN_OLD", "ref": "AAAAAAAAAAAAAAAAAAAA"},
    NoticeKind.PAYMENT_UNKNOWN: {"ref": "AAAAAAAAAAAAAAAAAAAA"},
    NoticeKind.PAYMENT_DECIDED: {"ref": "AAAAAAAAAAAAAAAAAAAA", "paid": True},
    NoticeKind.BANK_ASKS: {},
    NoticeKind.MENTION: {"seq": 7},
    NoticeKind.REPLY: {"seq": 7},
    NoticeKind.ROOM_MESSAGE: {"seq": 7},
    NoticeKind.EXPORT_READY: {"ends_on": "2026-12-03"},
    NoticeKind.ERASURE_DONE: {"ref": "aaaaaaaaaaaaaaaaaaaa"},
    NoticeKind.DATA_REQUEST_ANSWERED: {"ref": "aaaaaaaaaaaaaaaaaaaa"},
    NoticeKind.DIGEST: {"rows": [["MENTION", "chat", "aaaaaaaaaaaaaaaaaaaa", 3], ["AGE_PROOF_EXPIRING", "", "", 1]]},
    NoticeKind.BREACH_CLOCK: {"ref": "AAAAAAAAAAAAAAAAAAAA", "ends_at": "2026-11-26 13:00", "late": False},
    NoticeKind.REFUND_SENT: {"ref": "AAAAAAAAAAAAAAAAAAAA", "amount": 499, "currency": "EUR"},
    NoticeKind.SUBSCRIPTION_ENDING: {"ends_on": "2026-12-26"},
    NoticeKind.SUBSCRIPTION_LATE: {"ends_on": "2026-12-26"},
    NoticeKind.SUBSCRIPTION_ENDED: {"ends_on": "2026-12-26"},
    NoticeKind.TRIAL_ENDING: {"ends_on": "2026-12-26"},
    NoticeKind.DATA_REQUEST_RECEIVED: {"right": "ERASURE", "ref": "aaaaaaaaaaaaaaaaaaaa", "due_on": "2026-12-26"},
    NoticeKind.DATA_REQUEST_EXTENDED: {"right": "OBJECTION", "ref": "aaaaaaaaaaaaaaaaaaaa", "due_on": "2027-02-24"},
    NoticeKind.LIMITS_ENDING: {"ref": "aaaaaaaaaaaaaaaaaaaa", "ends_on": "2026-12-03"},
    NoticeKind.PRIVACY_ALARM: {"what": "REQUEST_DUE", "ref": "aaaaaaaaaaaaaaaaaaaa"},
    NoticeKind.HOLD_ENDING: {"ref": "aaaaaaaaaaaaaaaaaaaa", "ends_at": "2026-11-26 13:00"},
}


def tell(user: User, kind: str = NoticeKind.NEW_LOGIN, *, key: str = "1", group: str = "", now: datetime = NOON, **extra: Any) -> bool:
    """Tell somebody something, as the handlers do."""
    return notify(
        user_id=user.pk,
        kind=kind,
        subject=Subject.account(user),
        dedupe_key=f"{kind}:{key}",
        group_key=group or f"account:{kind}",
        args=ARGS.get(kind, {}),
        path="/account/sessions/",
        now=now,
        **extra,
    )


def deliver_all() -> int:
    """Let the outbox do all that is due now, as the relay would."""
    return pump(outbox.deliver)


def only(transport: str = "EMAIL") -> Delivery:
    """The one delivery of this road."""
    return Delivery.objects.select_related("notification__user").get(transport=transport)
