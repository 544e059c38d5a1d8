"""All shelves of the house by the code of their retention. A new app is added here, and its rows to the rules by a migration."""

from __future__ import annotations

from accounts.services import purge as accounts
from billing.services import purge as billing
from chat.services import purge as chat
from core.audit.cutting import OLDEST
from core.outbox import DONE_SHELF
from core.purging import Shelf
from moderation.services import purge as moderation
from notifications.services import purge as notifications
from privacy.services import ownshelves as own

_CORE: dict[str, tuple[Shelf, ...]] = {"OUTBOX": (DONE_SHELF,), "AUDIT": (OLDEST,)}
_APPS: tuple[dict[str, tuple[Shelf, ...]], ...] = (
    chat.SHELVES,
    accounts.SHELVES,
    notifications.SHELVES,
    billing.SHELVES,
    moderation.SHELVES,
    own.SHELVES,
    _CORE,
)


def _gather() -> dict[str, tuple[Shelf, ...]]:
    """A code may have shelves in several apps: an image lies in one, its hash in another."""
    found: dict[str, tuple[Shelf, ...]] = {}
    for app in _APPS:
        for code, shelves in app.items():
            found[code] = found.get(code, ()) + shelves
    return found


SHELVES = _gather()
