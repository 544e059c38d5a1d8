"""An erasure and its certificate as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from privacy.enums import DataKind, RequestState
from privacy.erasure.certificate import Certificate, read_certificate
from privacy.models import DataRequest, ErasureRun


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One step in the reader's words."""

    what: str
    at: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class ShownStay:
    """Something that stays, in the reader's words."""

    what: str
    until: datetime
    law: str


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """A certificate that holds."""

    reference: str
    asked_at: datetime
    finished_at: datetime
    erased: tuple[ShownLine, ...]
    remains: tuple[ShownStay, ...]
    backups_until: datetime
    keys_until: datetime


@dataclass(frozen=True, slots=True)
class ShownErasure:
    """Where an erasure stands. It says "in progress" of one that works, of one that fails and of one that justice holds: the page must not
    tell them apart."""

    reference: str
    asked_at: datetime
    owed_by: datetime
    withdrawn: bool
    refused: bool
    certificate: ShownCertificate | None


def show_erasure(*, request: DataRequest) -> ShownErasure:
    """The page of one erasure."""
    run = ErasureRun.objects.filter(request=request).first()
    return ShownErasure(
        reference=request.public_id,
        asked_at=request.asked_at,
        owed_by=request.owed_by,
        withdrawn=request.state == RequestState.WITHDRAWN,
        refused=request.state == RequestState.REFUSED,
        certificate=show_certificate(read_certificate(run.certificate)) if run is not None and run.is_over else None,
    )


def show_certificate(found: Certificate) -> ShownCertificate:
    """A certificate with its codes in words of the active language."""
    return ShownCertificate(
        reference=found.reference,
        asked_at=found.asked_at,
        finished_at=found.finished_at,
        erased=tuple(ShownLine(str(line.step.label), line.at, line.rows) for line in found.erased),
        remains=tuple(ShownStay(_name(stay.code), stay.until, _(stay.law)) for stay in found.remains),
        backups_until=found.backups_until,
        keys_until=found.keys_until,
    )


def _name(code: str) -> str:
    return str(DataKind(code).label) if code in DataKind.values else code
