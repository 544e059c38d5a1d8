"""A person says how they want to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from core import ratelimit
from core.ids import new_public_id
from notifications.enums import Category, Content, Level, NoticeKind, Pace, Road
from notifications.kinds import HABITS
from notifications.models import NotificationSettings, Preference
from notifications.queries.choices import find_settings, list_own_levels, may_choose
from notifications.services.clocks import next_digest
from notifications.services.notices import Subject, notify
from notifications.services.suppressions import lift_unsubscribed, list_unsubscribed

TRIALS_AN_HOUR = 3
Levels = Mapping[str, Mapping[Road, Level]]


class TooManyTrials(Exception):
    """Three trials an hour are enough to see whether a road works; `retry` is in seconds."""

    def __init__(self, retry: float) -> None:
        super().__init__(retry)
        self.retry = retry


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything of the page. `quiet` is None where there are no quiet hours; `days` are those on which they begin, Monday 0."""

    levels: Levels
    content: Content
    digest: Pace
    digest_hour: int
    quiet: tuple[time, time] | None
    days: frozenset[int]
    zone: str


def choices_of(*, user: User) -> Choices:
    """What holds for a person now, with what they ended by a link in a mail. Four queries."""
    row, gone = find_settings(user=user), list_unsubscribed(user=user)
    levels = {name: {**of, Road.MAIL: Level.OFF} if name in gone else dict(of) for name, of in list_own_levels(user=user).items()}
    return Choices(
        levels=levels,
        content=Content(row.content),
        digest=Pace.NEVER if Category.SUMMARY in gone else Pace(row.digest),
        digest_hour=row.digest_hour,
        quiet=row.quiet,
        days=row.weekdays,
        zone=row.zone or row.place.key,
    )


def choose(*, user: User, choices: Choices, now: datetime) -> None:
    """Keep what a person chose; from now on everything that has not left goes by it. What nobody may choose is left as it is.

    Asking again for mails that were ended by a link in one takes that back.
    """
    with transaction.atomic():
        for category in HABITS:
            for road in Road:
                if may_choose(category=category, road=road) and road in choices.levels.get(category, {}):
                    _keep_level(user, category, road, choices.levels[category][road])
        _keep_settings(user, choices, now)
        lift_unsubscribed(user=user, categories=_wanted_mails(choices))


def _keep_level(user: User, category: str, road: Road, level: Level) -> None:
    habit = HABITS[category]
    mine = Preference.objects.filter(user=user, category=category, transport=road)
    if level == (habit.push if road == Road.PUSH else habit.mail):
        mine.delete()
    else:
        Preference.objects.update_or_create(user=user, category=category, transport=road, defaults={"level": level})


def _keep_settings(user: User, choices: Choices, now: datetime) -> None:
    row, _new = NotificationSettings.objects.select_for_update().get_or_create(user=user)
    row.user = user
    row.content, row.digest, row.digest_hour, row.zone = choices.content, choices.digest, choices.digest_hour, choices.zone
    row.quiet_from, row.quiet_to = choices.quiet or (None, None)
    row.quiet_days = sum(1 << day for day in choices.days)
    if row.digest_at is not None or choices.digest == Pace.NEVER:
        row.digest_at = next_digest(now=now, zone=row.place, hour=row.digest_hour, pace=choices.digest)
    row.save()


def _wanted_mails(choices: Choices) -> list[Category]:
    wanted = [Category(name) for name, levels in choices.levels.items() if levels.get(Road.MAIL, Level.OFF) != Level.OFF]
    wanted = [category for category in wanted if category != Category.SUMMARY]
    return [*wanted, Category.SUMMARY] if choices.digest != Pace.NEVER else wanted


def send_trial(*, user: User, now: datetime) -> None:
    """Tell the person something by every road that they have, at once, so that they see how it arrives.

    Raises:
        TooManyTrials.
    """
    try:
        ratelimit.hit("notice-trial", str(user.pk), limit=TRIALS_AN_HOUR, seconds=3600)
    except ratelimit.RateLimited as error:
        raise TooManyTrials(error.retry) from error
    notify(
        user_id=user.pk,
        kind=NoticeKind.TRIAL,
        subject=Subject.account(user),
        dedupe_key=f"trial:{new_public_id()}",
        group_key="trial",
        args={},
        path=reverse("notifications:settings"),
        now=now,
    )
