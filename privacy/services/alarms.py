"""Waking those of the team who protect data, by all roads that notices have."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.urls import reverse

from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify
from privacy.queries.staff import list_data_protection


class Alarm(StrEnum):
    """Why somebody is woken; each has its words in `notifications.kinds`."""

    REQUEST_DUE = "REQUEST_DUE"
    REQUEST_LATE = "REQUEST_LATE"
    PURGE_LATE = "PURGE_LATE"
    ERASURE_STUCK = "ERASURE_STUCK"


def raise_alarm(*, alarm: Alarm, ref: str, once: str = "", path: str = "", now: datetime) -> int:
    """Tell everybody of data protection, in the caller's transaction; how many were told. The same `alarm` and `once` (default: `ref`) is
    told to each person once. `ref` is a reference or a code, never the words of anybody; `path`: where to look (default: the admin)."""
    return sum(
        notify(
            user_id=staff.user_id,
            kind=NoticeKind.PRIVACY_ALARM,
            subject=Subject("privacy", "ALARM", ref[:20]),
            dedupe_key=f"{alarm}:{once or ref}"[:80],
            group_key=f"privacy:{alarm}"[:80],
            args={"what": alarm.value, "ref": ref},
            path=path or reverse("admin:index"),
            now=now,
        )
        for staff in list_data_protection()
    )
