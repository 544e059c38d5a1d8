"""What a person was told, for their own pages: the newest first, unread notices of one room in one line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from notifications import subjects
from notifications.enums import Category
from notifications.kinds import KINDS, Words, words_of
from notifications.models import Notification
from notifications.words.rooms import named_in_pages

PAGE = 20
GROUPED = [kind for kind, row in KINDS.items() if row.of_subject]
_STAMP = Coalesce("again_at", "created_at", output_field=DateTimeField())
_UNSHOWN = [kind for kind, row in KINDS.items() if row.category == Category.SUMMARY]
_SYMBOLS = {Category.SECURITY: "shield", Category.ROOMS: "rooms", Category.ROOMS_ALL: "rooms", Category.MONEY: "wallet"}


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as its person's page shows it; for several of one group, the newest, with their number in `count`."""

    public_id: str
    kind: str
    words: Words
    path: str
    at: datetime
    new: bool
    read: bool
    count: int = 1

    @property
    def symbol(self) -> str:
        """The icon of its category."""
        return _SYMBOLS.get(KINDS[self.kind].category, "info")


@dataclass(frozen=True, slots=True)
class Centre:
    """A page of notices, the newest first. `after` is the place where the next page goes on; empty at the end."""

    lines: tuple[Line, ...]
    after: str
    unread: bool

    @property
    def has_new(self) -> bool:
        """Whether something on this page was not looked at before."""
        return any(line.new for line in self.lines)


def list_notices(*, user: User, after: str = "") -> Centre:
    """A page of at most 20 lines before the one named `after` (its outward id; an unknown one begins anew). Three queries, two more when
    rooms are among them, and one for a place."""
    rows = Notification.objects.filter(user=user).exclude(kind__in=_UNSHOWN).annotate(stamp=_STAMP)
    place = rows.filter(public_id=after).values_list("stamp", "pk").first() if after else None
    wanted = rows.filter(Q(stamp__lt=place[0]) | Q(stamp=place[0], pk__lt=place[1])) if place else rows
    merged = Q(read_at__isnull=True, kind__in=GROUPED) & Q(Exists(_newer_of_group()))
    page = list(wanted.exclude(merged).order_by("-stamp", "-pk")[: PAGE + 1])
    lines = _draw(user, page[:PAGE])
    unread = any(not line.read for line in lines) or rows.filter(read_at=None).exists()
    return Centre(lines=lines, after=lines[-1].public_id if len(page) > PAGE else "", unread=unread)


def list_people_with_unread(*, user_ids: Collection[int], group_key: str) -> set[int]:
    """Those among many who have an unread notice of a group. One query, none for nobody."""
    if not user_ids:
        return set()
    unread = Notification.objects.filter(user_id__in=user_ids, group_key=group_key, read_at=None)
    return set(unread.values_list("user_id", flat=True))


def _newer_of_group() -> QuerySet[Notification]:
    """The unread notices of the group of the row in hand that are newer than it: one of them stands for it."""
    same = Notification.objects.filter(user=OuterRef("user"), group_key=OuterRef("group_key"), read_at=None, kind__in=GROUPED)
    same = same.annotate(moment=_STAMP)
    return same.filter(Q(moment__gt=OuterRef("stamp")) | Q(moment=OuterRef("stamp"), pk__gt=OuterRef("pk")))


def _draw(user: User, rows: Sequence[Notification]) -> tuple[Line, ...]:
    of_rooms = [row for row in rows if row.kind in GROUPED]
    counts = _count_groups(user, of_rooms)
    places: dict[str, str] = {}
    for app in {row.subject_app for row in of_rooms}:
        ids = {row.subject_public_id for row in of_rooms if row.subject_app == app}
        places |= subjects.name_places(app, user_id=user.pk, public_ids=ids)
    return tuple(_line(row, counts, places) for row in rows)


def _count_groups(user: User, rows: Sequence[Notification]) -> Mapping[str, int]:
    keys = {row.group_key for row in rows if row.read_at is None}
    if not keys:
        return {}
    unread = Notification.objects.filter(user=user, group_key__in=keys, read_at=None, kind__in=GROUPED)
    return {row["group_key"]: row["facts"] for row in unread.values("group_key").annotate(facts=Sum(F("count"))).order_by()}


def _line(row: Notification, counts: Mapping[str, int], places: Mapping[str, str]) -> Line:
    words, count = words_of(kind=row.kind, args=row.args), row.count
    if row.kind in GROUPED:
        count = counts.get(row.group_key, row.count) if row.read_at is None else row.count
        words = named_in_pages(row.kind, words, place=places.get(row.subject_public_id, ""), count=count)
    new, read = row.seen_at is None, row.read_at is not None
    return Line(row.public_id, row.kind, words, row.path, row.latest_at, new=new, read=read, count=count)
