"""Waking the legal desk: every person of it is told by all roads that notices have."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from moderation.enums import StaffRole
from moderation.models import StaffProfile
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify


def tell_desk(*, kind: NoticeKind, ref: str, once: str, ends_at: datetime, now: datetime) -> int:
    """Tell everybody of the legal desk who is in service, in the caller's transaction; how many were told. Each `once` is told once.

    The notice names the request or the hold by its reference alone: whom it is about stands on the page behind it.
    """
    return sum(
        notify(
            user_id=one.user_id,
            kind=kind,
            subject=Subject("moderation", "LEGAL", ref),
            dedupe_key=f"{kind}:{once}"[:80],
            group_key=f"{kind}:{ref}"[:80],
            args={"ref": ref, "ends_at": ends_at.strftime("%Y-%m-%d %H:%M")},
            path=reverse("admin:moderation_legalrequest_changelist"),
            now=now,
        )
        for one in list_desk()
    )


def list_desk() -> list[StaffProfile]:
    """The people of the legal desk who are in service."""
    return list_role(StaffRole.LEGAL_DESK)


def list_role(role: StaffRole) -> list[StaffProfile]:
    """The people in service who have a role, in the order of their handles."""
    rows = StaffProfile.objects.filter(active=True, roles__contains=role.value).select_related("user").order_by("handle")
    return [one for one in rows if one.has_role(role)]
