"""What crosses REST, typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal, NotRequired, TypedDict

from ninja import Field, Schema

from chat.converters import LARGEST_SEQ


class Event(TypedDict, total=False):
    """A message with its changes folded in."""

    seq: int
    k: str
    n: int
    by: dict[str, Any] | None
    at: str
    mine: bool
    cid: str
    body: str
    edited: bool
    deleted: bool
    pinned: bool
    reply: dict[str, Any] | None
    att: list[dict[str, Any]]
    mentions: list[str]
    reactions: list[dict[str, Any]]
    written: str | None
    act: NotRequired[dict[str, Any] | None]


class Refusal(Schema):
    """Why something was refused: a stable code, a sentence in the reader's language, seconds to wait if waiting helps."""

    code: str
    message: str
    retry: float | None = None


class PersonOut(Schema):
    id: str
    name: str
    av: int


class QuoteOut(Schema):
    seq: int
    name: str
    text: str


class ImageOut(Schema):
    id: str
    kind: str
    w: int
    h: int
    size: int
    url: str
    thumb: str
    sight: str = Field("", description="checking: its author alone sees it; held: nobody does; empty: everybody")


class ReactionOut(Schema):
    emoji: str
    count: int
    mine: bool


class MessageOut(Schema):
    seq: int
    k: str
    n: int
    by: PersonOut | None
    at: str
    mine: bool
    cid: str
    body: str
    edited: bool
    deleted: bool
    pinned: bool
    reply: QuoteOut | None
    att: list[ImageOut]
    mentions: list[str]
    reactions: list[ReactionOut]
    written: str | None = None
    act: dict[str, Any] | None = None


class MessagesOut(Schema):
    messages: list[MessageOut]
    last: int
    read: int
    older: bool
    newer: bool


class Events(Schema):
    """Event bodies exactly as in the frames of the socket."""

    events: list[dict[str, Any]]
    last: int


class RoomOut(Schema):
    id: str
    slug: str
    kind: str
    title: str
    description: str
    rules: str
    theme: str | None
    languages: list[str]
    state: str
    slow_mode_s: int
    members_only_until: str | None
    shield_until: str | None
    hold_first: bool
    hold_links: bool
    hold_media: bool
    notes: list[str]
    visible_hours: int
    members: int
    present: int
    joined: bool
    role: str | None
    unread: int
    last: int


class RoomsOut(Schema):
    rooms: list[RoomOut]
    more: bool


class MemberOut(Schema):
    person: PersonOut
    role: str
    present: bool


class MessageIn(Schema):
    body: str = ""
    reply: int | None = Field(None, ge=1, le=LARGEST_SEQ)
    attachments: list[str] = Field(default_factory=list, max_length=4)
    sure: bool = False


class SentOut(Schema):
    room: str
    cid: str
    seq: int
    at: str


class TextIn(Schema):
    body: str
    sure: bool = False


class ReadIn(Schema):
    seq: int = Field(ge=0, le=LARGEST_SEQ)


class Code(Schema):
    """`art9`: the box of a sensitive room was shown and ticked."""

    code: str = ""
    art9: bool = False


class GroupIn(Schema):
    title: str
    description: str = ""
    rules: str = ""
    languages: list[Literal["fr", "mg", "en"]]
    sure: bool = False


class SettingsIn(Schema):
    title: str | None = None
    description: str | None = None
    rules: str | None = None
    languages: list[Literal["fr", "mg", "en"]] | None = None
    state: Literal["ACTIVE", "FROZEN", "CLOSED"] | None = None
    slow_mode_s: int | None = Field(None, ge=0, le=3600)
    visible_hours: int | None = Field(None, ge=1, le=720)
    history: Literal["ALL", "FROM_JOIN"] | None = None
    members_only_hours: int | None = Field(None, ge=0, le=24)
    shield_hours: int | None = Field(None, ge=0, le=24)
    hold_first: bool | None = None
    hold_links: bool | None = None
    hold_media: bool | None = None
    rules_pinned: bool | None = None
    reason: str = Field("", max_length=300)
    sure: bool = False


class ReasonIn(Schema):
    reason: str = Field("", max_length=300)
    hours: int | None = Field(None, ge=1, le=8760)

    def lasts(self) -> timedelta | None:
        return timedelta(hours=self.hours) if self.hours else None


class HeldOut(Schema):
    """A message that waits for a person, or waited; `target` is the message that it corrects."""

    id: str
    by: PersonOut | None
    body: str
    att: list[ImageOut]
    reply: int | None
    target: int | None
    why: str
    state: str
    reason: str
    at: str
    until: str
    cid: str


class WhyIn(Schema):
    reason: str = Field(max_length=300)


class DeedOut(Schema):
    """One line of a room's journal. `role` is empty for the team of the house; who did it is told to those who moderate alone."""

    id: str
    act: str
    role: str
    reason: str
    at: str
    undone: bool
    fields: dict[str, Any]
    by: PersonOut | None = None
    who: PersonOut | None = None


class RoleIn(Schema):
    role: Literal["OWNER", "MODERATOR", "MEMBER"]
