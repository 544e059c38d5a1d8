"""Messages turned into what the templates draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.template.defaultfilters import date as date_filter
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.queries import PersonRef
from chat.enums import EventKind
from chat.queries.attachments import Image
from chat.queries.messages import Message, Quote, Reaction
from chat.views.segments import split_text
from core.links import Segment

_SAME_BREATH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class MessageView:
    """One entry of the page. `first` begins a new block of one author, `new_day` holds the day to announce before it; `names` are the ids
    of those whom a system line names."""

    seq: int
    author: PersonRef | None
    mine: bool
    at: datetime
    edited: bool
    deleted: bool
    pinned: bool
    segments: tuple[Segment, ...]
    reply: Quote | None
    images: tuple[Image, ...]
    reactions: tuple[Reaction, ...]
    system: str
    new_day: date | None
    first_unread: bool
    first: bool
    mentions_me: bool
    read: bool = False
    body: str = ""
    written: datetime | None = None
    names: str = ""


def build_views(messages: Sequence[Message], *, me: str, read_seq: int | None) -> list[MessageView]:
    """The views of a page in order; `read_seq` is the reader's cursor (None: no divider)."""
    views: list[MessageView] = []
    divided = read_seq is None
    before: Message | None = None
    for message in messages:
        unread = not divided and read_seq is not None and message.seq > read_seq and not message.mine
        divided = divided or unread
        new_day = _day(message) if before is None or _day(before) != _day(message) else None
        first = unread or new_day is not None or before is None or _starts_block(before, message)
        views.append(_view(message, me, new_day=new_day, first_unread=unread, first=first))
        before = message
    return views


def _view(message: Message, me: str, *, new_day: date | None, first_unread: bool, first: bool) -> MessageView:
    return MessageView(
        seq=message.seq,
        author=message.author,
        mine=message.mine,
        at=message.at,
        edited=message.edited,
        deleted=message.deleted,
        pinned=message.pinned,
        segments=split_text(message.body, message.mentions),
        reply=message.reply,
        images=message.images,
        reactions=message.reactions,
        system=system_sentence(message),
        new_day=new_day,
        first_unread=first_unread,
        first=first,
        mentions_me=any(public_id == me for public_id, _name in message.mentions),
        body=message.body,
        written=message.written,
        names=" ".join(person.public_id for person in (message.author, message.who) if person),
    )


def _day(message: Message) -> date:
    return timezone.localtime(message.at).date()


def _starts_block(before: Message, message: Message) -> bool:
    same = before.author == message.author and before.kind == message.kind == EventKind.MESSAGE
    return not same or message.at - before.at >= _SAME_BREATH


def system_sentence(message: Message) -> str:
    """A change of members or of the room in words; empty for messages."""
    if message.kind == EventKind.MEMBER:
        return _member_sentence(message)
    if message.kind == EventKind.ROOM:
        return _("%(name)s a modifié les réglages du salon.") % {"name": _actor(message)}
    return ""


def _member_sentence(message: Message) -> str:
    words = {
        "join": _("%(who)s est arrivé dans le groupe."),
        "leave": _("%(who)s a quitté le groupe."),
        "kick": _("%(name)s a fait sortir %(who)s."),
        "ban": _("%(name)s a exclu %(who)s."),
        "unban": _("%(name)s a levé l’exclusion de %(who)s."),
        "role": _("%(name)s a changé le rôle de %(who)s."),
    }
    sentence = words.get(str(message.act.get("act")), "")
    return sentence % {"name": _actor(message), "who": _name(message.who)} if sentence else ""


def _actor(message: Message) -> str:
    return _("L’équipe de Resaka") if message.by_house else _name(message.author)


def _name(person: PersonRef | None) -> str:
    return person.name if person else _("Une personne partie")


def day_label(day: date) -> str:
    """A day as a divider shows it."""
    return date_filter(day, "l j F")
