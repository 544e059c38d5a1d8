"""Words that the owners of a room watch in it: each asks before it is sent, or has the moderation of the room read first.

Two lists a room, each a rule of its own (`Rule.room_id`) whose every change is a new version, in force at once: no trial and no second
person, because nothing of it reaches beyond the room. Its journal says who changed it and why; the audit chain is the team's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from accounts.models import User
from chat.access import Seat, get_owner_seat
from chat.enums import RoomAct
from chat.services.deeds import note_deed
from core import ratelimit
from core.text import clean
from moderation.enums import RuleKind, RuleOutcome, RuleState, RuleTopic
from moderation.models import Rule, RuleVersion
from moderation.screening.normalize import normalize
from moderation.services.rulebook import turn_page
from moderation.services.rules import add_version, withdraw_active

OUTCOMES = (RuleOutcome.NUDGE, RuleOutcome.HOLD)
MOST_WORDS = 50  # in both lists together
LONGEST = 60
_AN_HOUR = 30  # changes by one person: each has every process compile its rules anew
_KINDS = ("MESSAGE", "EDIT")
_WORD = re.compile(r"[^\W_]+(?:[ '’-][^\W_]+)*")
_FORGOTTEN_AFTER = timedelta(days=1)  # what was found by a wording may still be on its way


class WordRefused(ValueError):
    """The list stays as it is; `words` say why."""

    words: StrOrPromise = ""


class BadWord(WordRefused):
    words = _("Écrivez un mot ou une expression de 2 à 60 signes : lettres, chiffres, espaces, apostrophe et trait d’union.")


class WordKnown(WordRefused):
    words = _("Le salon surveille déjà ce mot.")


class WordUnknown(WordRefused):
    words = _("Le salon ne surveille plus ce mot.")


class TooManyWords(WordRefused):
    words = _("Un salon surveille cinquante mots au plus. Retirez-en un d’abord.")


class ChangedTooOften(WordRefused):
    words = _("Trop de changements en une heure. Revenez plus tard.")


@dataclass(frozen=True, slots=True)
class _List:
    """One of the two lists of a room, locked."""

    rule: Rule
    words: list[str]


def read_word(typed: str) -> str:
    """A word as it is kept: small letters, one blank between words.

    Raises:
        BadWord: no word, or one with signs that are none, as those of a pattern.
    """
    word = clean(typed, lines=False).casefold()
    if not (2 <= len(word) <= LONGEST and _WORD.fullmatch(word) and any(map(str.isalpha, normalize(word).digits))):
        raise BadWord(word)
    return word


def add_word(
    *, user: User, session: SessionBase | None = None, slug: str, word: str, outcome: RuleOutcome, reason: str = "", now: datetime
) -> str:
    """Watch a word in a room from now on; the word as it is kept. What differs by accents or disguise alone is the same word.

    Raises:
        BadWord, WordKnown, TooManyWords, ChangedTooOften; chat.access.AccessRefused: not an owner of the room.
    """
    seat = get_owner_seat(user=user, session=session, slug=slug, now=now)
    kept = read_word(word)
    _check_pace(user)
    with transaction.atomic():
        lists = _lock_lists(seat, now)
        known = [one for each in lists.values() for one in each.words]
        if normalize(kept).words in {normalize(one).words for one in known}:
            raise WordKnown(kept)
        if len(known) >= MOST_WORDS:
            raise TooManyWords
        _replace(seat, lists[outcome], outcome, [*lists[outcome].words, kept], reason, now)
        note_deed(room=seat.room, act=RoomAct.ADD_WORD, by=seat, reason=reason, now=now)
    return kept


def drop_word(*, user: User, session: SessionBase | None = None, slug: str, word: str, reason: str = "", now: datetime) -> None:
    """Watch a word no longer.

    Raises:
        WordUnknown, ChangedTooOften; chat.access.AccessRefused.
    """
    seat = get_owner_seat(user=user, session=session, slug=slug, now=now)
    _check_pace(user)
    with transaction.atomic():
        lists = _lock_lists(seat, now)
        outcome = next((outcome for outcome, each in lists.items() if word in each.words), None)
        if outcome is None:
            raise WordUnknown(word)
        _replace(seat, lists[outcome], outcome, [one for one in lists[outcome].words if one != word], reason, now)
        note_deed(room=seat.room, act=RoomAct.DROP_WORD, by=seat, reason=reason, now=now)


def _check_pace(user: User) -> None:
    try:
        ratelimit.hit("room-words", str(user.pk), limit=_AN_HOUR, seconds=3600)
    except ratelimit.RateLimited as error:
        raise ChangedTooOften from error


def _lock_lists(seat: Seat, now: datetime) -> dict[RuleOutcome, _List]:
    """Both lists of a room, made if there are none: two owners at once come one after the other."""
    for outcome in OUTCOMES:
        fixed = {"kind": RuleKind.TERMS, "topic": RuleTopic.ROOM, "room_id": seat.room.pk, "created_at": now, "title": _title(seat)}
        Rule.objects.get_or_create(key=_key(seat, outcome), defaults=fixed)
    rules = {rule.key: rule for rule in Rule.objects.select_for_update().filter(room_id=seat.room.pk).order_by("pk")}
    live = RuleVersion.objects.filter(rule__room_id=seat.room.pk, state__in=[RuleState.ACTIVE, RuleState.SHADOW])
    texts = {version.rule_id: version.text.splitlines() for version in live}
    found = {outcome: rules[_key(seat, outcome)] for outcome in OUTCOMES}
    return {outcome: _List(rule, texts.get(rule.pk, [])) for outcome, rule in found.items()}


def _replace(seat: Seat, old: _List, outcome: RuleOutcome, words: list[str], reason: str, now: datetime) -> None:
    """The next version of a list, in force at once, also where people's decisions had put the last one to rest; none for an empty list."""
    rule = old.rule
    withdraw_active(rule=rule, now=now)
    rule.versions.filter(state=RuleState.SHADOW).update(state=RuleState.RETIRED, retired_at=now)
    if words:
        scope = {"rooms": [seat.room.pk], "kinds": list(_KINDS)}
        why = clean(reason, lines=False)[:300]
        made = add_version(rule=rule, text="\n".join(words), outcome=outcome, scope=scope, weight=0.0, why=why, by=None, now=now)
        RuleVersion.objects.filter(pk=made.pk).update(state=RuleState.ACTIVE, active_key=rule.pk, activated_at=now)
        Rule.objects.filter(pk=rule.pk).update(title=_title(seat))
        rule.versions.filter(state=RuleState.RETIRED, retired_at__lt=now - _FORGOTTEN_AFTER, hits__isnull=True).delete()
    turn_page()


def _key(seat: Seat, outcome: RuleOutcome) -> str:
    return f"room-{seat.room.public_id}-{outcome.lower()}"


def _title(seat: Seat) -> str:
    return f"« {seat.room.title} »"[:120]
