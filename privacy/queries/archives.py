"""The archive of a person, for their own page."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from privacy.enums import OPEN_STATES, ArchiveState, RequestKind
from privacy.models import DataRequest, ExportArchive


def find_last_archive(*, user: User) -> ExportArchive | None:
    """The last archive that somebody asked for, with its request and its parts; None when there is none any more. Two queries."""
    rows = ExportArchive.objects.select_related("request").prefetch_related("zips").filter(user=user)
    return rows.order_by("-asked_at", "-pk").first()


def can_be_fetched(*, request: DataRequest, now: datetime) -> bool:
    """Whether the archive that a request was answered with is still there. One query."""
    return request.archives.filter(state=ArchiveState.READY, expires_at__gt=now).exists()


def is_erasure_asked(*, user: User) -> bool:
    """Whether this person has asked that everything be erased. One query."""
    return DataRequest.objects.filter(user=user, kind=RequestKind.ERASURE, state__in=OPEN_STATES).exists()
