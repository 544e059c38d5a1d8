"""Requests to the team, for whoever asked and for whoever answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from billing.enums import SupportState
from billing.models import SupportRequest

PAGE = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request in the queue; `taken_by` is empty while it is free."""

    asked: SupportRequest
    late: bool
    taken_by: str


def list_own_requests(*, user: User) -> list[SupportRequest]:
    """The last twenty of a person, the newest first."""
    return list(SupportRequest.objects.filter(user=user).order_by("-created_at")[:20])


def list_waiting_requests(*, now: datetime) -> list[Waiting]:
    """The fifty most urgent ones: safety first whatever anybody pays, then by when an answer is due. One query."""
    rows = SupportRequest.objects.filter(state=SupportState.OPEN).select_related("claimed_by")
    return [_waiting(asked, now) for asked in rows.defer("sealed", "sealed_answer").order_by("-urgent", "due_at", "pk")[:PAGE]]


def list_answered_requests() -> list[SupportRequest]:
    """The fifty answered last."""
    rows = SupportRequest.objects.filter(state=SupportState.ANSWERED).select_related("answered_by")
    return list(rows.defer("sealed", "sealed_answer").order_by("-answered_at")[:PAGE])


def find_request(*, public_id: str) -> SupportRequest | None:
    """The request of that name, for the team."""
    return SupportRequest.objects.select_related("claimed_by", "user").filter(public_id=public_id).first()


def _waiting(asked: SupportRequest, now: datetime) -> Waiting:
    held = asked.claimed_by is not None and asked.claim_expires_at is not None and asked.claim_expires_at > now
    return Waiting(asked, late=asked.due_at <= now, taken_by=asked.claimed_by.username if held and asked.claimed_by else "")
