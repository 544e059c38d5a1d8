"""What somebody is about to report, as they see it themselves: exactly that is sent, and nothing that is hidden from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext as _

from accounts.access import PersonNotFound, get_person_for_member
from accounts.models import User
from accounts.queries import PersonRef, find_person, get_person_ref, hidden_actor_ids
from chat.access import AccessRefused, get_room, get_seat
from chat.access.images import get_attachment
from chat.enums import EventKind
from chat.queries.attachments import media_url
from chat.queries.messages import Message, read_page
from chat.queries.rooms import get_room_line
from chat.queries.veils import Reader
from moderation.enums import TargetKind

AROUND = 10  # messages before and after that go with the one that is reported


class NothingThere(LookupError):
    """Nothing that this person may see stands under this address."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the context; `picked` is the reported one."""

    name: str
    at: datetime
    body: str
    images: int
    deleted: bool
    picked: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a report of this target would carry. `author` is whom it is about, None where nobody is; `mine`: the reader themselves."""

    kind: TargetKind
    ref: str
    title: str
    author: PersonRef | None
    mine: bool
    back: str
    text: str = ""
    image: str = ""
    lines: tuple[Line, ...] = ()


def preview_message(*, user: User, session: SessionBase, slug: str, seq: int, now: datetime) -> Preview:
    """A message with up to ten before it and ten after it. A message that its author took back is offered too: what was written may
    still be opened by the team for a day.

    Raises:
        NothingThere.
    """
    try:
        seat = get_seat(user=user, session=session, slug=slug, now=now)
    except AccessRefused as error:
        raise NothingThere(slug) from error
    hidden = hidden_actor_ids(user=user)
    page = read_page(room=seat.room, membership=seat.membership, hidden=hidden, now=now, around=seq, limit=2 * AROUND)
    picked = next((message for message in page.messages if message.seq == seq and message.kind == EventKind.MESSAGE), None)
    if picked is None:
        raise NothingThere(f"{slug}/{seq}")
    lines = tuple(
        _line(message, seq) for message in page.messages if message.kind == EventKind.MESSAGE and abs(message.n - picked.n) <= AROUND
    )
    return Preview(
        kind=TargetKind.MESSAGE,
        ref=f"{seat.room.public_id}:{seq}",
        title=_("Un message dans « %(room)s »") % {"room": seat.room.title},
        author=picked.author,
        mine=picked.mine,
        back=f"/rooms/{seat.room.slug}/#m{seq}",
        lines=lines,
    )


def preview_image(*, user: User, session: SessionBase, public_id: str, now: datetime) -> Preview:
    """An image that this person may see.

    Raises:
        NothingThere.
    """
    try:
        shown = get_attachment(user=user, session=session, public_id=public_id, now=now)
    except AccessRefused as error:
        raise NothingThere(public_id) from error
    owner = shown.attachment.owner
    return Preview(
        kind=TargetKind.ATTACHMENT,
        ref=public_id,
        title=_("Une image"),
        author=get_person_ref(user=owner),
        mine=owner == user,
        back=media_url(public_id, "full"),
        image=media_url(public_id, "thumb"),
    )


def preview_profile(*, user: User, public_id: str, now: datetime) -> Preview:
    """What a person lets this reader see of themselves.

    Raises:
        NothingThere.
    """
    page = find_person(viewer=user, public_id=public_id, now=now)
    if page is None:
        raise NothingThere(public_id)
    return Preview(
        kind=TargetKind.PROFILE,
        ref=public_id,
        title=_("Le profil de %(name)s") % {"name": page.person.name},
        author=page.person,
        mine=page.is_me,
        back=f"/people/{public_id}/",
        text=page.bio,
    )


def preview_room(*, user: User, session: SessionBase | None, slug: str, now: datetime) -> Preview:
    """A room's name, description and rules, as far as this visit may read them (`chat.queries.veils`).

    Raises:
        NothingThere.
    """
    try:
        room, membership = get_room(user=user, slug=slug)
    except AccessRefused as error:
        raise NothingThere(slug) from error
    line = get_room_line(room, membership, reader=Reader(user, session, now))
    return Preview(
        kind=TargetKind.ROOM,
        ref=room.public_id,
        title=_("Le salon « %(room)s »") % {"room": line.title},
        author=None,
        mine=False,
        back=f"/rooms/{line.slug}/about/",
        text="\n".join(filter(None, (line.description, line.rules))),
    )


def find_blockable(*, user: User, preview: Preview) -> User | None:
    """Whom the reporter may block in the same go: the author, as far as they may deal with them."""
    if preview.author is None or preview.mine:
        return None
    try:
        return get_person_for_member(user=user, public_id=preview.author.public_id)
    except PersonNotFound:
        return None


def _line(message: Message, seq: int) -> Line:
    return Line(
        name=message.author.name if message.author else _("Une personne partie"),
        at=message.at,
        body=message.body,
        images=len(message.images),
        deleted=message.deleted,
        picked=message.seq == seq,
    )
