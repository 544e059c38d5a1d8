"""The archive of one's data: asked for, fetched, cut off. It is made by `privacy.export.building`."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from core import audit
from core.outbox import publish
from privacy.access import digest_of_key
from privacy.enums import ArchiveState, RequestKind
from privacy.events import ExportAsked, ExportsDropped
from privacy.models import ExportArchive, ExportPart
from privacy.queries.archives import is_erasure_asked
from privacy.services.requests import ask

KEPT = timedelta(days=7)
AGAIN_AFTER = timedelta(days=1)
DOWNLOADS = 3
# So long a download that broke off goes on at the same address, uncounted: two gigabytes over a slow line take a night.
RESUMED_WITHIN = timedelta(hours=24)
_BATCH = 20


class TooSoon(Exception):
    """There was one less than a day ago; `next_at` is when another may be asked for."""

    def __init__(self, next_at: datetime) -> None:
        super().__init__(next_at)
        self.next_at = next_at


class ErasureAsked(Exception):
    """Its person has asked that all of it be erased: nothing new is made of it."""


class ArchiveOver(Exception):
    """It is not ready, or no longer there."""


class DownloadsUsed(Exception):
    """It was fetched as often as it may be."""


def ask_export(*, user: User, now: datetime) -> ExportArchive:
    """Have an archive made of all that the house holds of a person, whatever was decided against them. Asked while one is being made,
    that one comes back.

    Raises:
        TooSoon: one a day; ErasureAsked; core.ratelimit.RateLimited.
    """
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)
        found = ExportArchive.objects.filter(open_key=str(user.pk)).first()
        if found is not None:
            return found
        _check_may_ask(user, now)
        asked = ask(user=user, kind=RequestKind.EXPORT, now=now)
        made = ExportArchive.objects.create(request=asked, user=user, open_key=str(user.pk), language=user.language, asked_at=now)
        _note("export.ask", made, now)
        publish(ExportAsked(archive_id=made.pk))
    return made


def may_ask_from(*, user: User) -> datetime | None:
    """From when on another archive may be asked for; None when none was made yet. One query."""
    last = (
        ExportArchive.objects.filter(user=user, state=ArchiveState.READY).order_by("-asked_at").values_list("asked_at", flat=True).first()
    )
    return last + AGAIN_AFTER if last else None


def begin_download(*, archive: ExportArchive, number: int, now: datetime) -> str:
    """Count a download of one part, and give the key that its address needs; a download begun before goes on no longer.

    Raises:
        ArchiveOver, DownloadsUsed.
    """
    key = secrets.token_urlsafe(32)
    with transaction.atomic():
        locked = ExportArchive.objects.select_for_update().get(pk=archive.pk)
        parts = ExportPart.objects.filter(archive=locked, number=number)
        if not locked.is_ready(now) or not parts.exists():
            raise ArchiveOver(archive.public_id)
        counted = {"downloads": F("downloads") + 1, "key_sha256": digest_of_key(key), "key_until": now + RESUMED_WITHIN}
        if not parts.filter(downloads__lt=DOWNLOADS).update(**counted):
            raise DownloadsUsed(archive.public_id)
        ExportArchive.objects.filter(pk=locked.pk).update(downloads=F("downloads") + 1)
        _note("export.download", archive, now)
    return key


def cancel_exports(*, user_id: int, now: datetime) -> int:
    """Cut off what is being made of a person and take away what was made, at once; how many archives. Doing it twice changes nothing."""
    with transaction.atomic():
        rows = ExportArchive.objects.filter(user_id=user_id).exclude(state=ArchiveState.CANCELLED)
        return cancel(rows, now=now)


def has_exports(*, user_id: int) -> bool:
    """Whether anything is kept, or made, of which a person could be read."""
    return ExportArchive.objects.filter(user_id=user_id).exclude(state=ArchiveState.CANCELLED).exists()


def cancel(rows: QuerySet[ExportArchive], *, now: datetime) -> int:
    """Cancel these archives in the transaction of the caller; their pieces go after its end, and the rows with the next purge."""
    found = list(rows.select_for_update().values_list("pk", "public_id"))
    gone = {"state": ArchiveState.CANCELLED, "open_key": None, "lease": "", "lease_until": None, "expires_at": now}
    ExportArchive.objects.filter(pk__in=[pk for pk, _public_id in found]).update(**gone)
    if found:
        publish(ExportsDropped(public_ids=tuple(public_id for _pk, public_id in found)))
    return len(found)


def wake_exports(*, now: datetime) -> int:
    """Have archives worked on that nobody works on: their worker is gone, or never came. How many."""
    with transaction.atomic():
        waiting = ExportArchive.objects.filter(state__in=(ArchiveState.ASKED, ArchiveState.BUILDING))
        due = waiting.filter(lease_until__lte=now) | waiting.filter(lease_until=None, asked_at__lte=now - timedelta(minutes=1))
        ids = list(due.order_by("asked_at").values_list("pk", flat=True)[:_BATCH])
        for pk in ids:
            publish(ExportAsked(archive_id=pk))
    return len(ids)


def _check_may_ask(user: User, now: datetime) -> None:
    if is_erasure_asked(user=user):
        raise ErasureAsked(user.public_id)
    next_at = may_ask_from(user=user)
    if next_at is not None and now < next_at:
        raise TooSoon(next_at)


def _note(action: str, archive: ExportArchive, now: datetime) -> None:
    entry = audit.Entry(
        action=action,
        object_kind="export",
        object_ref=archive.public_id,
        reason="GDPR 15, 20",
        actor=archive.user.public_id,
        role="person",
    )
    audit.append(entry, now=now)
