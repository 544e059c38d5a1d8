"""The door: what somebody may open of what privacy keeps about them, and who of the team handles it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.models import User
from moderation.enums import StaffRole
from privacy.models import Breach, DataRequest, ExportArchive, ExportPart

if TYPE_CHECKING:
    from moderation.models import StaffProfile

# Who reads the queue. What somebody wrote is for data protection alone (`privacy.services.desk`).
READERS = (StaffRole.DATA_PROTECTION, StaffRole.AUDITOR)


class BreachNotFound(LookupError):
    """No such breach, or none of which this person was told."""


def get_breach_for_person(*, user: User, public_id: str) -> Breach:
    """A breach of which this person was told, or will be in a moment: that touches them, or everybody.

    Raises:
        BreachNotFound.
    """
    told = Breach.objects.filter(public_id=public_id, persons_told_at__isnull=False)
    found = told.filter(Q(everybody=True) | Q(people__user=user)).distinct().first()
    if found is None:
        raise BreachNotFound(public_id)
    return found


class RequestNotFound(LookupError):
    """No such request, or somebody else's; the two look the same."""


def get_request_for_owner(user: User, public_id: str) -> DataRequest:
    """A request that this person made.

    Raises:
        RequestNotFound.
    """
    found = DataRequest.objects.select_related("user").filter(user=user, public_id=public_id).first()
    if found is None:
        raise RequestNotFound(public_id)
    return found


def get_request_for_staff(*, staff: StaffProfile, public_id: str) -> DataRequest:
    """Anybody's request but their own, for the part of the team that handles them.

    Raises:
        RequestNotFound.
    """
    rows = DataRequest.objects.select_related("user", "handled_by").exclude(user=staff.user_id)
    found = rows.filter(public_id=public_id).first() if staff.has_role(*READERS) else None
    if found is None:
        raise RequestNotFound(public_id)
    return found


class ArchiveNotFound(LookupError):
    """No such archive, somebody else's, or a download that nobody began; they all look the same."""


def get_archive_for_owner(*, user: User, public_id: str) -> ExportArchive:
    """An archive of one's own data, in whatever state.

    Raises:
        ArchiveNotFound.
    """
    found = ExportArchive.objects.select_related("user", "request").filter(user=user, public_id=public_id).first()
    if found is None:
        raise ArchiveNotFound(public_id)
    return found


def get_download(*, user: User, public_id: str, number: int, key: str, now: datetime) -> ExportPart:
    """A part of one's own archive whose download was begun less than a day ago, by what stands in its address.

    Raises:
        ArchiveNotFound: also when the archive is over, or the address another one.
    """
    archive = get_archive_for_owner(user=user, public_id=public_id)
    found = ExportPart.objects.filter(archive=archive, number=number, key_until__gt=now).first() if archive.is_ready(now) else None
    if found is None or not hmac.compare_digest(found.key_sha256, digest_of_key(key)):
        raise ArchiveNotFound(public_id)
    found.archive = archive
    return found


def digest_of_key(key: str) -> str:
    """What is kept of the key in the address of a download."""
    return hashlib.sha256(key.encode()).hexdigest()
