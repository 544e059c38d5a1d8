"""What a person may take with them of what they asked about their data, and of what went wrong with it (`core.exporting`)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.exporting import TEXT, Asked, ExportFile, Row
from core.exporttables import table
from core.sealing import SealingError, open_sealed
from privacy.models import BreachPerson, DataRequest


def _with_words(asked: Asked, rows: list[Row]) -> list[Row]:
    """What the person wrote, and what was answered."""
    refs = [row["public_id"] for row in rows]
    found = {one.public_id: one for one in DataRequest.objects.filter(user_id=asked.user_id, public_id__in=refs)}
    return [row | {name: _open(found[row["public_id"]], name) for name in ("wrote", "answer")} for row in rows if row["public_id"] in found]


def _open(request: DataRequest, column: str) -> str:
    blob = getattr(request, column)
    try:
        return open_sealed(request.scope, bytes(blob), request.sealing_ad(column)).decode() if blob else ""
    except SealingError:
        return ""


FILES: tuple[ExportFile, ...] = (
    table(
        "requests",
        code="DATA_REQUEST",
        basis="GDPR 6(1)(c), 12",
        clock="closed_at",
        article=15,
        model=DataRequest,
        rows=lambda asked: DataRequest.objects.filter(user_id=asked.user_id),
        columns=(
            *("public_id", "kind", "topic", "state", "asked_at", "due_at", "target_at", "extended_until", "extension_ground"),
            *("closed_at", "refusal_ground", "ends_at"),
        ),
        adds={"wrote": TEXT, "answer": TEXT},
        shows=("privacy.DataRequest.wrote", "privacy.DataRequest.answer"),
        finish=_with_words,
    ),
    table(
        "breaches",
        title=_("Incidents sur vos données dont vous avez été averti"),
        code="BREACH",
        basis="GDPR 6(1)(c), 34",
        article=15,
        model=BreachPerson,
        rows=lambda asked: BreachPerson.objects.filter(user_id=asked.user_id, told_at__isnull=False),
        columns=("breach=breach__public_id", "found_at=breach__found_at", "told_at"),
        shows=("privacy.BreachPerson.breach",),
    ),
)
