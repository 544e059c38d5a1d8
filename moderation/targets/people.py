"""A person: how they show themselves, and their account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import User
from accounts.queries import find_user
from accounts.queries.evidence import find_connection_ref
from accounts.services import restrictions
from moderation.targets.base import NothingToDo, Snapshot, TargetNotFound
from moderation.targets.rooms import profile_facts


class AccountTarget:
    """An account by its outward id. Blocks count for nothing here: who blocks those they have hurt is reported all the same."""

    def check_seen(self, *, ref: str, user: User, session: SessionBase | None, now: datetime) -> int:
        _get(ref)
        return 0

    def snapshot(self, *, ref: str, after: int, now: datetime) -> Snapshot:
        user = _get(ref)
        facts = {"profile": profile_facts(user.pk), "connection_ref": find_connection_ref(user_id=user.pk, at=now)}
        return Snapshot(facts=facts, subject_id=user.pk, language=user.language)

    def take_away(self, *, ref: str, now: datetime) -> dict[str, Any]:
        raise NothingToDo(ref)

    def put_back(self, *, ref: str, effect: dict[str, Any], now: datetime) -> None:
        raise NothingToDo(ref)

    def room_of(self, *, ref: str, now: datetime) -> str:
        return ""


class ProfileTarget(AccountTarget):
    """The words of a profile, by the outward id of its owner."""

    def take_away(self, *, ref: str, now: datetime) -> dict[str, Any]:
        try:
            restrictions.hide_words(user_id=_get(ref).pk, now=now)
        except (restrictions.NothingToHide, TargetNotFound):
            return {"gone": True}
        return {}

    def put_back(self, *, ref: str, effect: dict[str, Any], now: datetime) -> None:
        user = find_user(public_id=ref)
        if user is not None and not effect.get("gone"):
            restrictions.show_words(user_id=user.pk)


def _get(ref: str) -> User:
    user = find_user(public_id=ref)
    if user is None:
        raise TargetNotFound(ref)
    return user
