"""What privacy does when something happened: load by id, one service call."""

from __future__ import annotations

from django.utils import timezone

from core.clock import shared_now
from privacy.events import BreachTold, ExportAsked, ExportsDropped
from privacy.export.building import continue_export
from privacy.export.pieces import drop_pieces
from privacy.services.breachletters import tell_next


def on_breach_told(event: BreachTold) -> None:
    """Some were told of a breach; the next ones follow."""
    tell_next(told=event, now=timezone.now())


def on_export_asked(event: ExportAsked) -> None:
    """Somebody asked for an archive, or there is more of it to do."""
    continue_export(archive_id=event.archive_id, now=shared_now())


def on_exports_dropped(event: ExportsDropped) -> None:
    """Archives are gone: so are their pieces."""
    for public_id in event.public_ids:
        drop_pieces(public_id)
