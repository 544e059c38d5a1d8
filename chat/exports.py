"""What a person may take with them of the rooms (`core.exporting`)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from chat.enums import AttachmentState, EventKind, ImageSight
from chat.models import Attachment, HeldMessage, Membership, RoomBoost, RoomDeed, RoomProposal, RoomTip
from chat.queries import own
from chat.queries.held import open_kept
from core.clock import to_wire_exact
from core.exporting import MOMENT, TEXT, WHOLE, Asked, ExportFile, ExportMedia, MediaPage, Medium, Page, Place, Row, list_of, maybe, shape
from core.exporttables import PAGE, table

_MEDIA_PAGE = 20
_ACTS = (EventKind.PIN, EventKind.MEMBER, EventKind.ROOM)
_CONTRACT = "GDPR 6(1)(b)"
# What its owner may look at: an image that is held or sealed waits for a person of the team, and goes to nobody.
_OWN_SIGHTS = (ImageSight.OPEN, ImageSight.CHECKING)


# ---- Messages ----------------------------------------------------------------------------------------------------------------------
def _traces(asked: Asked, after: Place | None) -> list[own.OwnTrace]:
    return own.list_own_traces(user_id=asked.user_id, after=UUID(after) if after else None, limit=PAGE, now=asked.now)


def _next(traces: list[own.OwnTrace]) -> str | None:
    return str(traces[-1].client_id) if len(traces) == PAGE else None


def _count_traces(asked: Asked) -> int:
    return own.count_own_traces(user_id=asked.user_id, now=asked.now)


def _read_messages(asked: Asked, after: Place | None) -> Page:
    traces = _traces(asked, after)
    found = own.read_own_messages(traces, user_id=asked.user_id, now=asked.now)
    return Page([_message(one) for one in found], _next(traces), len(traces))


def _message(one: own.OwnMessage) -> Row:
    return {
        "room": one.room.public_id,
        "room_title": one.room.title,
        "number": one.seq,
        "client_id": str(one.client_id),
        "at": to_wire_exact(one.at),
        "written_at": one.written_at,
        "text": one.text,
        "before": [{"at": to_wire_exact(at), "text": text} for at, text in one.before],
        "state": one.state,
        "reply_to": dict(zip(("number", "pseudonym", "line"), one.reply, strict=True)) if one.reply else None,
        "mentions": list(one.mentions),
        "images": list(one.images),
    }


def _read_traces(asked: Asked, after: Place | None) -> Page:
    traces = _traces(asked, after)
    places = own.name_rooms(trace.room_id for trace in traces)
    rows = [
        {
            "room": places[one.room_id].public_id if one.room_id in places else "",
            "number": one.seq,
            "client_id": str(one.client_id),
            "at": to_wire_exact(one.at),
        }
        for one in traces
    ]
    return Page(rows, _next(traces))


# ---- What else they did there ------------------------------------------------------------------------------------------------------
def _reading(kinds: tuple[EventKind, ...], make: Callable[[own.OwnEvent], Row]) -> Callable[[Asked, Place | None], Page]:
    def read(asked: Asked, after: Place | None) -> Page:
        room_id, seq = after or (0, 0)
        rows, more = own.list_own_events(user_id=asked.user_id, kinds=kinds, after=(room_id, seq), limit=PAGE, now=asked.now)
        return Page([make(one) for one in rows], [rows[-1].room_id, rows[-1].seq] if more else None)

    return read


def _counting(kinds: tuple[EventKind, ...]) -> Callable[[Asked], int]:
    return lambda asked: own.count_own_events(user_id=asked.user_id, kinds=kinds, now=asked.now)


def _place(one: own.OwnEvent) -> Row:
    return {"room": one.room.public_id, "room_title": one.room.title, "number": one.seq, "at": to_wire_exact(one.at)}


def _reaction(one: own.OwnEvent) -> Row:
    said = {"to_number": one.target_seq, "emoji": one.payload.get("emoji", ""), "on": bool(one.payload.get("on"))}
    return _place(one) | said


def _act(one: own.OwnEvent) -> Row:
    said = {"kind": one.kind.name, "act": one.payload.get("act", ""), "to_number": one.target_seq, "pseudonym": one.who}
    return _place(one) | said | {"fields": one.payload.get("fields", {}), "on": one.payload.get("on")}


def _with_rooms(_asked: Asked, rows: list[Row]) -> list[Row]:
    """The room of each image, and where it lies in the archive."""
    places = own.name_rooms(row["room_id"] for row in rows)
    return [_image(row, places.get(row.pop("room_id"))) for row in rows]


def _image(row: Row, place: own.Place | None) -> Row:
    sight = ImageSight.HELD.value if row["sight"] == ImageSight.SEALED else row["sight"]  # that it is sealed is told to nobody
    own_file = row.pop("file_name") and row["state"] in _GIVEN and sight in _OWN_SIGHTS
    return row | {"sight": sight, "room": place.public_id if place else "", "path": f"media/{_path(row['public_id'])}" if own_file else ""}


def _with_words(asked: Asked, rows: list[Row]) -> list[Row]:
    """The words of what waits, or waited, to be read first."""
    held = {
        one.public_id: one for one in HeldMessage.objects.filter(public_id__in=[row["public_id"] for row in rows], author_id=asked.user_id)
    }
    payloads = {public_id: open_kept(one) or {} for public_id, one in held.items()}
    return [row | {"text": payloads.get(row["public_id"], {}).get("body", "")} for row in rows]


# ---- Images ------------------------------------------------------------------------------------------------------------------------
_GIVEN = (AttachmentState.READY, AttachmentState.SENT, AttachmentState.HELD)


def _images(asked: Asked) -> QuerySet[Attachment]:
    rows = Attachment.objects.filter(owner_id=asked.user_id, state__in=_GIVEN, sight__in=_OWN_SIGHTS, expires_at__gt=asked.now)
    return rows.exclude(file_name="")


def _path(public_id: str) -> str:
    return f"images/{public_id}.webp"


def _read_media(asked: Asked, after: Place | None) -> MediaPage:
    rows = _images(asked).filter(pk__gt=after or 0).order_by("pk").values_list("pk", "public_id", "file_name")[:_MEDIA_PAGE]
    found = list(rows)
    return MediaPage(
        [Medium(_path(public_id), name) for _pk, public_id, name in found], found[-1][0] if len(found) == _MEDIA_PAGE else None
    )


def _open_image(name: str) -> bytes | None:
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:  # purged since its row was read
        return None


MEDIA: tuple[ExportMedia, ...] = (
    ExportMedia("images", "MEDIA", _CONTRACT, 20, _read_media, _open_image, lambda asked: _images(asked).count()),
)

_WHERE = {"room": TEXT, "room_title": TEXT, "number": WHOLE, "at": MOMENT}

FILES: tuple[ExportFile, ...] = (
    table(
        "rooms",
        code="PROFILE",
        basis=_CONTRACT,
        article=20,
        model=Membership,
        rows=lambda asked: Membership.objects.filter(user_id=asked.user_id),
        columns=(
            *("room=room__public_id", "room_title=room__title", "room_kind=room__kind", "state", "role", "joined_at", "joined_seq"),
            *(
                "read_seq",
                "read_n",
                "last_sent_at",
                "sent_n",
                "held_at",
                "notify_level",
                "hushed_until",
                "muted_until",
                "ban_reason",
                "ban_until",
            ),
        ),
        shows=("chat.Membership.room",),
    ),
    ExportFile(
        name="messages",
        title=_("Messages"),
        code="MESSAGE_BODY",
        basis=_CONTRACT,
        article=20,
        fields={
            **_WHERE,
            "client_id": TEXT,
            "written_at": TEXT,
            "text": TEXT,
            "before": list_of(shape({"at": MOMENT, "text": TEXT})),
            "state": {"enum": ["SHOWN", "HIDDEN"]},
            "reply_to": maybe(shape({"number": WHOLE, "pseudonym": TEXT, "line": TEXT})),
            "mentions": list_of(TEXT),
            "images": list_of(TEXT),
        },
        read=_read_messages,
        count=_count_traces,
        columns=frozenset(
            {"chat.RoomEvent.payload", "chat.HiddenBody.payload", "chat.RoomEvent.room_id", "chat.RoomEvent.seq", "chat.RoomEvent.at"}
        ),
    ),
    ExportFile(
        name="message_traces",
        title=_("Traces de messages"),
        code="MESSAGE_META",
        basis="GDPR 6(1)(c); décret 2021-1362, art. 5",
        article=15,
        fields={"room": TEXT, "number": WHOLE, "client_id": TEXT, "at": MOMENT},
        read=_read_traces,
        count=_count_traces,
        columns=frozenset({"chat.MessageMeta.room_id", "chat.MessageMeta.seq", "chat.MessageMeta.client_id", "chat.MessageMeta.at"}),
    ),
    ExportFile(
        name="reactions",
        title=_("Réactions"),
        code="MESSAGE_BODY",
        basis=_CONTRACT,
        article=20,
        fields={**_WHERE, "to_number": maybe(WHOLE), "emoji": TEXT, "on": {"type": "boolean"}},
        read=_reading((EventKind.REACT,), _reaction),
        count=_counting((EventKind.REACT,)),
        columns=frozenset({"chat.RoomEvent.kind", "chat.RoomEvent.target_seq"}),
    ),
    ExportFile(
        name="room_acts",
        title=_("Ce que vous avez fait dans les salons"),
        code="MESSAGE_BODY",
        basis=_CONTRACT,
        article=20,
        fields={
            **_WHERE,
            "kind": {"enum": [kind.name for kind in _ACTS]},
            "act": TEXT,
            "to_number": maybe(WHOLE),
            "pseudonym": TEXT,
            "fields": {"type": "object"},
            "on": maybe({"type": "boolean"}),
        },
        read=_reading(_ACTS, _act),
        count=_counting(_ACTS),
        columns=frozenset({"chat.RoomEvent.kind", "chat.RoomEvent.target_seq"}),
    ),
    table(
        "files",
        code="MEDIA",
        basis=_CONTRACT,
        article=20,
        model=Attachment,
        rows=lambda asked: Attachment.objects.filter(owner_id=asked.user_id, expires_at__gt=asked.now),
        columns=("public_id", "kind", "state", "seq", "size", "width", "height", "created_at", "checked_at", "expires_at"),
        needs=("room_id", "sight", "file_name"),
        adds={"sight": {"enum": ["OPEN", "CHECKING", "HELD"]}, "room": TEXT, "path": TEXT},
        shows=("chat.Attachment.room_id", "chat.Attachment.sight"),
        finish=_with_rooms,
    ),
    table(
        "held_messages",
        code="HELD_MESSAGE",
        basis=_CONTRACT,
        article=20,
        model=HeldMessage,
        rows=lambda asked: HeldMessage.objects.filter(author_id=asked.user_id, expires_at__gt=asked.now),
        columns=(
            *("public_id", "room=room__public_id", "client_id", "target_seq", "why", "state", "at", "expires_at", "decided_at"),
            *("reason", "seq"),
        ),
        adds={"text": TEXT},
        shows=("chat.HeldMessage.room", "chat.HeldMessage.payload"),
        finish=_with_words,
    ),
    table(
        "room_deeds",
        code="MESSAGE_META",
        basis="GDPR 6(1)(f)",
        article=15,
        model=RoomDeed,
        rows=lambda asked: RoomDeed.objects.filter(actor_id=asked.user_id),
        columns=(
            *("public_id", "room=room__public_id", "role", "act", "pseudonym=who__profile__pseudonym", "reason", "before", "after"),
            *("at", "undone_at"),
        ),
        shows=("chat.RoomDeed.room", "chat.RoomDeed.who"),
    ),
    table(
        "room_deeds_received",
        title=_("Mesures prises envers vous dans les salons"),
        code="MESSAGE_META",
        basis="GDPR 6(1)(f)",
        article=15,
        model=RoomDeed,
        rows=lambda asked: RoomDeed.objects.filter(who_id=asked.user_id),
        columns=("public_id", "room=room__public_id", "role", "act", "reason", "at", "undone_at"),
    ),
    table(
        "room_proposals",
        code="PROFILE",
        basis=_CONTRACT,
        article=20,
        model=RoomProposal,
        rows=lambda asked: RoomProposal.objects.filter(proposer_id=asked.user_id),
        columns=(
            *("public_id", "theme=theme__slug", "language", "title", "description", "rules", "state", "reason", "room=room__public_id"),
            *("created_at", "decided_at"),
        ),
        shows=("chat.RoomProposal.theme", "chat.RoomProposal.room"),
    ),
    table(
        "thanks_given",
        title=_("Remerciements donnés"),
        code="INVOICE",
        basis="GDPR 6(1)(c); C. com. L123-22",
        article=15,
        model=RoomTip,
        rows=lambda asked: RoomTip.objects.filter(giver_id=asked.user_id),
        columns=(
            *("public_id", "room=room__public_id", "pseudonym=owner__profile__pseudonym", "amount_minor", "currency", "given_at"),
            "returned_at",
        ),
        shows=("chat.RoomTip.room", "chat.RoomTip.owner"),
    ),
    table(
        "thanks_received",
        title=_("Remerciements reçus"),
        code="INVOICE",
        basis="GDPR 6(1)(c); C. com. L123-22",
        article=15,
        model=RoomTip,
        rows=lambda asked: RoomTip.objects.filter(owner_id=asked.user_id),
        columns=("public_id", "room=room__public_id", "amount_minor", "currency", "given_at", "returned_at"),
    ),
    table(
        "boosts",
        code="INVOICE",
        basis="GDPR 6(1)(c); C. com. L123-22",
        article=15,
        model=RoomBoost,
        rows=lambda asked: RoomBoost.objects.filter(buyer_id=asked.user_id),
        columns=(
            *("public_id", "room=room__public_id", "span", "amount_minor", "currency", "starts_at", "ends_at", "paused_at"),
            "refunded_at",
        ),
        shows=("chat.RoomBoost.room",),
    ),
)
