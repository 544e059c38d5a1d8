"""Who is hidden from whom: by a block or a mute, and from everybody by their own wish (`User.restricted_at`)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connections, router
from django.db.models import Q, QuerySet

from accounts.enums import GONE
from accounts.models import Block, DeviceMark, Mute, User
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
    """The inward ids of all whose words this person must not see: blocked either way (or through a shared
    browser, `blockers_by_device`), muted by them, or restricted (GDPR, article 18). One query."""
    return hidden_ids_of(user_id=user.pk)


def hidden_ids_of(*, user_id: int) -> set[int]:
    """`hidden_actor_ids` by the inward id alone."""
    made = Block.objects.filter(blocker_id=user_id).values_list("blocked_id")
    received = Block.objects.filter(blocked_id=user_id).values_list("blocker_id")
    muted = Mute.objects.filter(muter_id=user_id).values_list("muted_id")
    restricted = User.objects.filter(restricted_at__isnull=False).exclude(pk=user_id).values_list("pk")
    return {row[0] for row in made.union(received, muted, blockers_by_device(user_id).values_list("blocker_id"), restricted)}


def hiders_of(*, actor_id: int, among: Collection[int]) -> set[int]:
    """Those among many from whom what this person does is hidden, by the rules of `hidden_actor_ids`. One query, none for nobody."""
    if not among:
        return set()
    people = list(among)
    made = Block.objects.filter(blocker_id__in=people, blocked_id=actor_id).values_list("blocker_id")
    received = Block.objects.filter(blocker_id=actor_id, blocked_id__in=people).values_list("blocked_id")
    muted = Mute.objects.filter(muter_id__in=people, muted_id=actor_id).values_list("muter_id")
    browsers = DeviceMark.objects.filter(user__blocks_received__blocker_id=actor_id).values("mac")
    sharing = DeviceMark.objects.filter(user_id__in=people, mac__in=browsers).exclude(user_id=actor_id).values_list("user_id")
    return {row[0] for row in made.union(received, muted, sharing)}


def hidden_query(user_id: int) -> Statement:
    """The same people by their outward ids, one a row, as a statement that may travel with others."""
    users, blocks, mutes, marks = (model._meta.db_table for model in (User, Block, Mute, DeviceMark))
    person = literal(user_id)
    return Statement(
        f"SELECT u.public_id FROM {users} u JOIN ("  # noqa: S608  (our own tables)
        f"SELECT blocked_id AS id FROM {blocks} WHERE blocker_id = {person} "
        f"UNION SELECT blocker_id FROM {blocks} WHERE blocked_id = {person} "
        f"UNION SELECT muted_id FROM {mutes} WHERE muter_id = {person} "
        f"UNION SELECT b.blocker_id FROM {marks} mine JOIN {marks} theirs ON theirs.mac = mine.mac "
        f"JOIN {blocks} b ON b.blocked_id = theirs.user_id WHERE mine.user_id = {person} AND b.blocker_id <> {person} "
        f"UNION SELECT id FROM {users} WHERE restricted_at IS NOT NULL AND id <> {person}"
        ") hidden ON hidden.id = u.id"
    )


def blockers_by_device(user_id: int) -> QuerySet[Block]:
    """The blocks against the accounts that were used in the same browsers as this one: the same person with another account sees no more
    of who blocked them. Nobody is shown the link. Somebody who blocked an account of their own browser is not hidden from themselves."""
    mine = DeviceMark.objects.filter(user_id=user_id).values("mac")
    return Block.objects.filter(blocked__device_marks__mac__in=mine).exclude(blocker_id=user_id)


def list_browser_sharers(*, user_id: int, limit: int = 50) -> list[User]:
    """The other accounts that were used in the same browsers as this one; for what must reach them too, never to be shown."""
    mine = DeviceMark.objects.filter(user_id=user_id).values("mac")
    return list(User.objects.filter(device_marks__mac__in=mine).exclude(pk=user_id).distinct().order_by("pk")[:limit])


def list_hidden_public_ids(*, user: User) -> frozenset[str]:
    """The rows of `hidden_query`; one query."""
    (rows,) = fetch_all(connections[router.db_for_read(User)], [hidden_query(user.pk)])
    return frozenset(row[0] for row in rows)


def is_blocked(*, a_id: int, b_id: int) -> bool:
    """Whether one of two people blocked the other."""
    return Block.objects.filter(Q(blocker_id=a_id, blocked_id=b_id) | Q(blocker_id=b_id, blocked_id=a_id)).exists()


def is_hidden_from(*, viewer_id: int, person_id: int) -> bool:
    """Whether a person blocked the viewer, or somebody with whom the viewer shares a browser, and is therefore invisible to them."""
    if viewer_id == person_id:
        return False
    mine = DeviceMark.objects.filter(user_id=viewer_id).values("mac")
    either = Q(blocked_id=viewer_id) | Q(blocked__device_marks__mac__in=mine)
    return Block.objects.filter(either, blocker_id=person_id).exists()


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
