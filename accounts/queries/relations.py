"""Who is hidden from whom."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections, router
from django.db.models import Q

from accounts.enums import GONE
from accounts.models import Block, Mute, User
from core.sql import Statement, fetch_all, literal


@dataclass(frozen=True, slots=True)
class Relation:
    """What one person has set towards another."""

    blocked: bool
    muted: bool


@dataclass(frozen=True, slots=True)
class HiddenPerson:
    """One line of the page of blocked and muted people."""

    public_id: str
    name: str
    blocked: bool
    muted: bool


def hidden_actor_ids(*, user: User) -> set[int]:
    """The inward ids of all whose words this person must not see: blocked either way, or muted by them. One query."""
    return hidden_ids_of(user_id=user.pk)


def hidden_ids_of(*, user_id: int) -> set[int]:
    """`hidden_actor_ids` by the inward id alone."""
    made = Block.objects.filter(blocker_id=user_id).values_list("blocked_id")
    received = Block.objects.filter(blocked_id=user_id).values_list("blocker_id")
    muted = Mute.objects.filter(muter_id=user_id).values_list("muted_id")
    return {row[0] for row in made.union(received, muted)}


def hidden_query(user_id: int) -> Statement:
    """The same people by their outward ids, one a row, as a statement that may travel with others."""
    users, blocks, mutes = User._meta.db_table, Block._meta.db_table, Mute._meta.db_table
    person = literal(user_id)
    return Statement(
        f"SELECT u.public_id FROM {users} u JOIN ("  # noqa: S608  (our own tables)
        f"SELECT blocked_id AS id FROM {blocks} WHERE blocker_id = {person} "
        f"UNION SELECT blocker_id FROM {blocks} WHERE blocked_id = {person} "
        f"UNION SELECT muted_id FROM {mutes} WHERE muter_id = {person}) hidden ON hidden.id = u.id"
    )


def list_hidden_public_ids(*, user: User) -> frozenset[str]:
    """The rows of `hidden_query`; one query."""
    (rows,) = fetch_all(connections[router.db_for_read(User)], [hidden_query(user.pk)])
    return frozenset(row[0] for row in rows)


def is_blocked(*, a_id: int, b_id: int) -> bool:
    """Whether one of two people blocked the other."""
    return Block.objects.filter(Q(blocker_id=a_id, blocked_id=b_id) | Q(blocker_id=b_id, blocked_id=a_id)).exists()


def is_hidden_from(*, viewer_id: int, person_id: int) -> bool:
    """Whether a person blocked the viewer and is therefore invisible to them."""
    return Block.objects.filter(blocker_id=person_id, blocked_id=viewer_id).exists()


def relation_between(*, viewer_id: int, person_id: int) -> Relation:
    """What the viewer has set towards a person; two queries."""
    return Relation(
        blocked=Block.objects.filter(blocker_id=viewer_id, blocked_id=person_id).exists(),
        muted=Mute.objects.filter(muter_id=viewer_id, muted_id=person_id).exists(),
    )


def list_blocked(*, user: User, limit: int = 500) -> list[HiddenPerson]:
    """The people whom this person blocked or muted, by name; those who blocked them are never listed."""
    blocked = set(Block.objects.filter(blocker=user).values_list("blocked_id", flat=True)[:limit])
    muted = set(Mute.objects.filter(muter=user).values_list("muted_id", flat=True)[:limit])
    rows = User.objects.filter(pk__in=blocked | muted, profile__isnull=False).exclude(status__in=GONE)
    found = rows.order_by("profile__pseudonym").values_list("pk", "public_id", "profile__pseudonym")
    return [HiddenPerson(public_id, name, pk in blocked, pk in muted) for pk, public_id, name in found]
