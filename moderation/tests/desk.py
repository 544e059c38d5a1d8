"""Cases for tests of the desk, as rows: how reports become cases is tested beside the reports."""

from __future__ import annotations

import hashlib
import itertools
import random
from datetime import datetime, timedelta
from typing import Any

from PIL import Image

from accounts.models import User
from accounts.tests.factories import NOON
from core.images import encode
from core.sealing import seal
from moderation.enums import CaseState, Reason, ReportSource, Severity, TargetKind
from moderation.models import Case, Evidence, Report

_numbers = itertools.count(1)


def make_case(*, severity: Severity = Severity.S2, age: timedelta = timedelta(0), now: datetime = NOON, **fields: Any) -> Case:
    """An open case of this age; `due_at` follows its severity unless it is given."""
    ref = f"target{next(_numbers)}"
    opened = now - age
    fields.setdefault("due_at", opened + severity.due_in)
    fields.setdefault("reason", Reason.HARASSMENT)
    fields.setdefault("target_kind", TargetKind.MESSAGE)
    return Case.objects.create(target_ref=ref, open_key=f"MESSAGE:{ref}", severity=severity, opened_at=opened, **fields)


def make_report(case: Case, *, reporter: User | None = None, source: ReportSource = ReportSource.MEMBER, now: datetime = NOON) -> Report:
    """One report joined to a case."""
    return Report.objects.create(
        source=source,
        reporter=reporter,
        target_kind=case.target_kind,
        target_ref=case.target_ref,
        reason=case.reason,
        explanation="Il m’insulte depuis hier.",
        case=case,
        created_at=now,
    )


def close_case(case: Case) -> None:
    """As a decision leaves it."""
    Case.objects.filter(pk=case.pk).update(state=CaseState.DECIDED, open_key=None, claimed_by=None)


def noise(side: int) -> Image.Image:
    """A picture that no encoder makes small: every pixel another."""
    return Image.frombytes("RGB", (side, side), random.Random(side).randbytes(side * side * 3))


def make_media(case: Case, data: bytes = b"", *, now: datetime = NOON) -> Evidence:
    """A picture as evidence, sealed as `file_report` seals it."""
    data = data or encode(noise(200), 80)
    made = Evidence(case=case, kind="MEDIA", content_type="image/webp", size=len(data), taken_at=now)
    made.blob, made.sha256 = seal("evidence", data, made.sealing_ad), hashlib.sha256(data).hexdigest()
    made.save()
    return made
