"""Blocking and muting people."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Block, Mute, User
from accounts.queries.relations import hidden_actor_ids, list_browser_sharers
from realtime import services as live


class NotOneself(ValueError):
    """Nobody can block or mute themselves."""


def block_person(*, user: User, person: User, now: datetime) -> None:
    """From now on the two do not see each other, anywhere, also on sockets that are open. Doing it twice changes nothing.

    Raises:
        NotOneself.
    """
    _refuse_self(user, person)
    with transaction.atomic():
        Block.objects.get_or_create(blocker=user, blocked=person, defaults={"created_at": now})
        _tell_sockets(user, person)


def unblock_person(*, user: User, person: User) -> None:
    """Take one's own block back; a block from the other side stays."""
    with transaction.atomic():
        Block.objects.filter(blocker=user, blocked=person).delete()
        _tell_sockets(user, person)


def mute_person(*, user: User, person: User, now: datetime) -> None:
    """`user` no longer sees what `person` writes; nobody is told. Doing it twice changes nothing.

    Raises:
        NotOneself.
    """
    _refuse_self(user, person)
    with transaction.atomic():
        Mute.objects.get_or_create(muter=user, muted=person, defaults={"created_at": now})
        _tell_sockets(user, person)


def unmute_person(*, user: User, person: User) -> None:
    """See again what `person` writes."""
    with transaction.atomic():
        Mute.objects.filter(muter=user, muted=person).delete()
        _tell_sockets(user, person)


def _refuse_self(user: User, person: User) -> None:
    if user.pk == person.pk:
        raise NotOneself


def _tell_sockets(user: User, person: User) -> None:
    transaction.on_commit(lambda: _set_hidden(user, person))


def _set_hidden(user: User, person: User) -> None:
    """Both ways as the tables say now: what remains after an unblock may be a mute, or the other's block."""
    live.set_hidden(user=user.public_id, actor=person.public_id, hidden=person.pk in hidden_actor_ids(user=user))
    for other in (person, *list_browser_sharers(user_id=person.pk)):
        if other.pk != user.pk:
            live.set_hidden(user=other.public_id, actor=user.public_id, hidden=user.pk in hidden_actor_ids(user=other))
