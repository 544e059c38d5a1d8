"""Opening, proposing and changing rooms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import is_age_sufficient
from chat.access import AgeNotProven, get_moderator_seat, get_owner_seat
from chat.enums import LANGUAGES, EventKind, History, MemberState, ProposalState, Role, RoomKind, RoomState
from chat.models import Membership, Room, RoomProposal, Theme
from chat.services import tools
from chat.services.deeds import note_deed
from chat.services.errors import ChatError, check_may_post
from chat.services.log import append_event, lock_room
from chat.services.owning import check_groups
from chat.services.screens import check_texts
from core import ratelimit
from core.ids import is_public_id, new_public_id
from core.text import clean, is_blank

VISIBLE_HOURS = (1, 720)
SLOW_MODE_S = (0, 3600)
_TWICE = timedelta(minutes=1)
_TAKEN_SLUGS = {"new", "propose"}  # pages of their own under /rooms/
_WORDS = {"title": "TITLE", "description": "DESCRIPTION", "rules": "RULES"}  # and how the rules of the house call them
_SETTINGS = {*_WORDS, "languages", "visible_hours", "history"} | tools.NAMES


class BadRoom(ChatError):
    code, words = "bad_room", _("Donnez un titre de 3 à 60 caractères et au moins une langue.")


class TooManyRooms(ChatError):
    code, words = "limit", _("Vous avez déjà ouvert ou proposé plusieurs salons aujourd’hui. Revenez demain.")


class AlreadyDecided(ChatError):
    code, words = "decided", _("Cette proposition a déjà reçu une réponse.")


def open_group(
    *, user: User, title: str, description: str, languages: Sequence[str], now: datetime, rules: str = "", sure: bool = False
) -> Room:
    """Open a group room of which `user` is the owner; it is known only to those who are invited.

    The same title again within a minute is the same form sent twice, and gets the first room.

    Raises:
        BadRoom, PostingRestricted, TooManyRooms, TooManyGroups, AgeNotProven, Nudge, Screened.
    """
    title = _checked_title(title, languages)
    check_may_post(user)
    check_texts(user=user, texts=_texts(title, description, rules), kind=RoomKind.GROUP, now=now, sure=sure)
    if not is_age_sufficient(user=user, session=None, gate="GENERAL", now=now):
        raise AgeNotProven(title)
    public_id = new_public_id()
    with transaction.atomic():
        _wait_for_own_forms(user)
        if first := _group_just_opened(user, title, now):
            return first
        check_groups(user=user, now=now)
        _check_daily(user)
        room = Room.objects.create(
            public_id=public_id,
            slug=public_id,
            kind=RoomKind.GROUP,
            title=title,
            description=_cleaned("description", description),
            rules=_cleaned("rules", rules),
            languages=_joined(languages),
            history=History.FROM_JOIN,
            created_at=now,
            members=1,
        )
        Membership.objects.create(room=room, user=user, state=MemberState.JOINED, role=Role.OWNER, joined_at=now)
    return room


def propose_room(
    *, user: User, theme: Theme, language: str, title: str, description: str, rules: str, now: datetime, sure: bool = False
) -> RoomProposal:
    """Ask for a new theme room; staff answer in the admin. The same title again within a minute gets the first proposal.

    Raises:
        BadRoom, PostingRestricted, TooManyRooms, Nudge, Screened.
    """
    title = _checked_title(title, [language])
    check_may_post(user)
    check_texts(user=user, texts=_texts(title, description, rules), kind=RoomKind.OPEN, now=now, sure=sure, read_anyway=True)
    with transaction.atomic():
        _wait_for_own_forms(user)
        just_now = RoomProposal.objects.filter(proposer=user, title=title, created_at__gt=now - _TWICE)
        if first := just_now.first():
            return first
        _check_daily(user)
        return RoomProposal.objects.create(
            proposer=user,
            theme=theme,
            language=language,
            title=title,
            description=_cleaned("description", description),
            rules=_cleaned("rules", rules),
            created_at=now,
        )


def _texts(title: str, description: str, rules: str) -> dict[str, str]:
    """What people read of a room, as it will be kept, by the names under which it is screened."""
    typed = {"title": title, "description": description, "rules": rules}
    return {_WORDS[name]: _cleaned(name, text) for name, text in typed.items()}


def _wait_for_own_forms(user: User) -> None:
    """One form of a person after the other, so that the second of two equal ones sees what the first has made."""
    User.objects.select_for_update().only("pk").get(pk=user.pk)


def _group_just_opened(user: User, title: str, now: datetime) -> Room | None:
    mine = Membership.objects.filter(user=user, role=Role.OWNER, room__title=title, room__kind=RoomKind.GROUP)
    found = mine.filter(room__created_at__gt=now - _TWICE).select_related("room").first()
    return found.room if found else None


def accept_proposal(*, proposal: RoomProposal, now: datetime) -> Room:
    """Open the theme room that was asked for; its proposer becomes a moderator of it.

    Raises:
        AlreadyDecided.
    """
    with transaction.atomic():
        if not _decide(proposal, ProposalState.ACCEPTED, "", now):
            raise AlreadyDecided
        room = create_theme_room(
            slug=_free_slug(proposal.title),
            theme=proposal.theme,
            title=proposal.title,
            description=proposal.description,
            rules=proposal.rules,
            languages=[proposal.language],
            now=now,
        )
        Membership.objects.create(room=room, user=proposal.proposer, state=MemberState.JOINED, role=Role.MODERATOR, joined_at=now)
        Room.objects.filter(pk=room.pk).update(members=1)
        RoomProposal.objects.filter(pk=proposal.pk).update(room=room)
    return room


def refuse_proposal(*, proposal: RoomProposal, reason: str, now: datetime) -> None:
    """Say no, with a reason that the proposer reads.

    Raises:
        AlreadyDecided.
    """
    if not _decide(proposal, ProposalState.REFUSED, clean(reason)[:500], now):
        raise AlreadyDecided


def _decide(proposal: RoomProposal, state: ProposalState, reason: str, now: datetime) -> bool:
    pending = RoomProposal.objects.filter(pk=proposal.pk, state=ProposalState.PENDING)
    return bool(pending.update(state=state, reason=reason, decided_at=now))


def ensure_theme(*, slug: str, names: Sequence[str]) -> Theme:
    """The theme of that slug, made if it is missing; `names` in French, Malagasy and English."""
    fr, mg, en = names
    return Theme.objects.get_or_create(slug=slug, defaults={"name_fr": fr, "name_mg": mg, "name_en": en})[0]


def create_theme_room(
    *,
    slug: str,
    theme: Theme,
    title: str,
    description: str,
    rules: str,
    languages: Sequence[str],
    now: datetime,
    age_gate: str = "GENERAL",
    visible_hours: int = 168,
) -> Room:
    """An open room of the directory, without members yet."""
    return Room.objects.create(
        slug=slug,
        kind=RoomKind.OPEN,
        theme=theme,
        title=title,
        description=description,
        rules=rules,
        languages=",".join(languages),
        age_gate=age_gate,
        visible_hours=visible_hours,
        created_at=now,
    )


def change_room(
    *,
    user: User,
    session: SessionBase | None = None,
    slug: str,
    changes: dict[str, Any],
    now: datetime,
    reason: str = "",
    sure: bool = False,
) -> Room:
    """Change settings and tools of a room (moderators: all but closing; owners: all); members see what changed in the log, and which tool
    was used why in the journal.

    A shorter visible time holds for what is written from now on.

    Raises:
        AccessRefused, PostingRestricted, BadRoom, BadTool, Nudge, Screened.
    """
    closing = changes.get("state") == RoomState.CLOSED
    seat = (get_owner_seat if closing else get_moderator_seat)(user=user, session=session, slug=slug, now=now)
    check_may_post(user)
    with transaction.atomic():
        room = lock_room(seat.room.pk)
        typed = {name: _cleaned(name, value) for name, value in changes.items() if name in _SETTINGS}
        fresh = {name: value for name, value in typed.items() if getattr(room, name) != value}
        if not fresh:
            return room
        check_texts(user=user, texts={_WORDS[name]: fresh[name] for name in _WORDS if name in fresh}, room=room, now=now, sure=sure)
        before = {name: tools.plain(name, getattr(room, name)) for name in fresh}
        for name, value in fresh.items():
            setattr(room, name, value)
        _check_settings(room)
        tools.check_tools(room, now=now)
        if "rules" in fresh:
            room.rules_version += 1
        room.save()
        after = {name: tools.plain(name, value) for name, value in fresh.items()}
        append_event(
            room=room, kind=EventKind.ROOM, actor=user, payload={"fields": after | ({"rules": True} if "rules" in after else {})}, now=now
        )
        for act, names in tools.acts_of(fresh).items():
            old, new = ({name: values[name] for name in names} for values in (before, after))
            note_deed(room=room, act=act, by=seat, reason=reason, before=old, after=new, now=now)
    return room


def renew_invitation(*, user: User, session: SessionBase | None = None, slug: str, now: datetime) -> Room:
    """Give a group a new invitation code; links sent before no longer work.

    Raises:
        AccessRefused.
    """
    room = get_owner_seat(user=user, session=session, slug=slug, now=now).room
    room.invite_code = new_public_id()
    room.save(update_fields=["invite_code"])
    return room


def _cleaned(name: str, value: Any) -> Any:
    """A setting as it is kept: what people typed is made safe to show, the rest is taken as it is."""
    if name == "rules":
        return clean(value)[:4000]
    if name in ("title", "description"):
        text = clean(value, lines=False)
        return text[:300] if name == "description" else text
    return _joined(value.split(",")) if name == "languages" else value


def _joined(languages: Sequence[str]) -> str:
    """Languages as a room keeps them, each once."""
    return ",".join(dict.fromkeys(languages))


def _check_settings(room: Room) -> None:
    _checked_title(room.title, room.language_list)
    in_range = VISIBLE_HOURS[0] <= room.visible_hours <= VISIBLE_HOURS[1] and SLOW_MODE_S[0] <= room.slow_mode_s <= SLOW_MODE_S[1]
    if not in_range or room.state not in RoomState.values or room.history not in History.values:
        raise BadRoom


def _checked_title(title: str, languages: Sequence[str]) -> str:
    title = clean(title, lines=False)
    if is_blank(title) or not 3 <= len(title) <= 60 or not languages or not set(languages) <= set(LANGUAGES):
        raise BadRoom
    return title


def _free_slug(title: str) -> str:
    base = slugify(title)[:48] or "salon"
    free = base not in _TAKEN_SLUGS and not is_public_id(base) and not Room.objects.filter(slug=base).exists()
    return base if free else f"{base}-{new_public_id()[:8]}"


def _check_daily(user: User) -> None:
    try:
        ratelimit.hit("room", str(user.pk), limit=5, seconds=24 * 3600)
    except ratelimit.RateLimited as error:
        raise TooManyRooms(retry=error.retry) from error
