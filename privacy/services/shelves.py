"""All shelves of the house by the code of their retention. A new app is added here, and its rows to the rules by a migration."""

from __future__ import annotations

from accounts.services import purge as accounts
from chat.services import purge as chat
from core.purging import Shelf
from moderation.services import purge as moderation
from notifications.services import purge as notifications

_APPS: tuple[dict[str, tuple[Shelf, ...]], ...] = (chat.SHELVES, accounts.SHELVES, notifications.SHELVES, moderation.SHELVES)
SHELVES: dict[str, tuple[Shelf, ...]] = {code: shelves for app in _APPS for code, shelves in app.items()}
