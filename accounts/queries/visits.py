"""Proofs of age of one visit: they live in the session on the server, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session

from accounts.enums import ConsentPurpose
from accounts.models import User
from accounts.queries.gates import Visit
from accounts.queries.legal import list_agreeing
from core.sessions import LOCKED_AT, is_locked

# Where the session keeps the proof of this visit: whose, by which method, and when the person was last about (ISO).
SESSION_PROOF = "age_proof"


def open_session(session_key: str) -> SessionBase:
    """The session of a key, as a socket has it. Nothing is read before something asks for what is in it; then it is one query."""
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
    return store


def stamp_of(user_id: int, age_epoch: int) -> str:
    """To whom a proof of a visit belongs. Raising the account's epoch ends all of them, in sessions that nobody could find."""
    return f"{user_id}:{age_epoch}"


def find_visit(*, session: SessionBase | None, user: User) -> Visit | None:
    """The proof of age that this session holds for this person, however old it is."""
    found = session.get(SESSION_PROOF) if session is not None and not is_locked(session) else None
    return _visit_of(found, stamp_of(user.pk, user.age_epoch))


def _visit_of(found: Any, stamp: str) -> Visit | None:
    if not isinstance(found, dict) or found.get("of") != stamp:
        return None
    return Visit(str(found["method"]), datetime.fromisoformat(found["seen"]))


@dataclass(frozen=True, slots=True)
class Beyond:
    """What the gates of some rooms ask beyond proofs of the account, read for many senders at once."""

    proofs: Mapping[str, Any] = field(default_factory=dict)
    consenting: Collection[int] = ()

    def find_visit(self, *, session_key: str, user_id: int, age_epoch: int) -> Visit | None:
        """As `find_visit`, out of what was read."""
        return _visit_of(self.proofs.get(session_key), stamp_of(user_id, age_epoch))


def read_beyond(people: Collection[tuple[int, str]], *, now: datetime) -> Beyond | None:
    """The proofs of visits and the words of art. 9 of people (inward id, session key) who wish to pass a gate of `ASKING_MORE`.

    None without a query when nobody does; else two queries, whatever their number.
    """
    if not people:
        return None
    keys = {key for _user, key in people if key}
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=now) if keys else ()
    opened = {row.session_key: row.get_decoded() for row in rows}
    proofs = {key: data.get(SESSION_PROOF) for key, data in opened.items() if LOCKED_AT not in data}
    consenting = list_agreeing(user_ids={user for user, _key in people}, purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS, now=now)
    return Beyond(proofs, consenting)
