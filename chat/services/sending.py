"""Many messages written in one transaction: the rules of writing, the numbers, the rows.

A message that a rule refuses is refused alone; the others go on. The right to write is judged under the lock of the room, so a ban that
committed before is always seen. Round trips are few and do not grow with the number of messages: one to lock and read, one to write.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from accounts.queries import (
    ASKING_MORE,
    Beyond,
    NoSuchMember,
    Sender,
    asks_for_visit,
    get_user,
    open_session,
    read_beyond,
    read_senders,
    required_to_write,
    senders_query,
)
from accounts.queries.relations import hidden_ids_of
from chat.access import AccessRefused, get_seat
from chat.enums import AttachmentState, EventKind, HeldWhy, History, MemberState, RoomState
from chat.events import MessageAddressed, MessageScreened, room_topic
from chat.models import Attachment, Membership, MessageMeta, Room, RoomEvent
from chat.queries.attachments import sight_word, with_sights
from chat.queries.mentions import resolve_mentions
from chat.queries.payloads import scope_of
from chat.queries.wire import Body, WireEvent, message_fields
from chat.services.drafts import Draft, Sent
from chat.services.errors import AgreementRequired, ChatError, PostingRestricted, ProcessingRestricted
from chat.services.held import KEPT, WAITS, Held, answer_of, check_room_left, find_kept, keep
from chat.services.log import seal_payloads
from chat.services.replays import ClientIdTaken, find_sent
from chat.services.rows import RoomRow, SeatRow, lock_query, read_seats, seats_query
from chat.services.screens import is_held, plain_hits, screen_message
from chat.services.shields import find_hold
from core import outbox, sealing
from core.clock import to_wire
from core.sql import Statement, fetch_all, insert, literal, numbers, update_each
from realtime.registry import LogEntry

MAX_IMAGES = 4
_JOINED, _CLOSED, _FROZEN = MemberState.JOINED.value, RoomState.CLOSED.value, RoomState.FROZEN.value
_MESSAGE = int(EventKind.MESSAGE)
_META_COLUMNS = ("room_id", "seq", "author_id", "client_id", "at")
_EVENT_COLUMNS = ("room_id", "seq", "kind", "n", "actor_id", "target_seq", "payload", "at", "expires_at")


class RoomFrozen(ChatError):
    code, words = "frozen", _("Ce salon est en pause. Vous pouvez lire, mais pas écrire pour le moment.")


class SlowMode(ChatError):
    code, words = "slow_mode", _("Ce salon est en mode lent. Patientez un peu avant d’écrire de nouveau.")


class MutedHere(ChatError):
    """A decision lets somebody read and not write in this room."""

    code, words = "muted", _("Une décision de l’équipe vous rend muet dans ce salon pour le moment. Le détail est dans « Moi ».")


class TooFast(ChatError):
    code, words = "rate", _("Vous envoyez beaucoup de messages. Patientez quelques secondes.")


class MessageNotFound(ChatError):
    code, words = "not_found", _("Ce message n’est plus disponible.")


class BadAttachment(ChatError):
    code, words = "bad_attachment", _("Cette image n’est plus disponible. Ajoutez-la de nouveau.")


@dataclass(frozen=True, slots=True)
class _Written:
    """A message with its place and everything that follows from it."""

    draft: Draft
    seq: int
    n: int
    expires_at: datetime
    payload: dict[str, Any]
    images: tuple[int, ...]
    sights: dict[str, str]  # of those images that not everybody may see yet


@dataclass(frozen=True, slots=True)
class _Kept:
    """A message that waits for a person instead of being written."""

    draft: Draft
    why: HeldWhy
    payload: dict[str, Any]
    images: tuple[int, ...]


class Batch:
    """One attempt to write drafts in the transaction that is open on `connection`.

    `judge` reads and locks; afterwards `outcomes` says what became of each draft, `statements` what is left to execute and `events`
    what to tell once it is committed. With `find_first` every client id is looked up before anything is numbered; without it a
    repeated client id makes the statements fail with IntegrityError, and nothing of the batch is written.
    """

    def __init__(self, connection: BaseDatabaseWrapper, drafts: Sequence[Draft]) -> None:
        self.outcomes: dict[Draft, Sent | Exception] = {}
        self._connection = connection
        self._drafts = drafts
        self._rooms: dict[int, RoomRow] = {}
        self._seats: dict[tuple[int, int], SeatRow] = {}
        self._senders: dict[int, Sender] = {}
        self._beyond: Beyond | None = None
        self._written: list[_Written] = []
        self._first: dict[tuple[int, uuid.UUID], Sent] = {}
        self._claimed: set[int] = set()
        self._kept: dict[tuple[int, uuid.UUID], _Kept] = {}

    # ---- Reading and judging ------------------------------------------------------------------------------------------------
    def judge(self, *, find_first: bool) -> None:
        """Lock the rooms in order of their ids, and decide on every draft."""
        self._read()
        if find_first:
            self._answer_replays([draft for draft in self._drafts if self._has_seat(draft)])
        for draft in self._drafts:
            if draft not in self.outcomes:
                self._judge(draft)
        refused = [draft for draft, outcome in self.outcomes.items() if isinstance(outcome, ChatError)]
        if refused:  # whoever sends again what was sent already has the first answer, whatever the rules say now
            self._answer_replays(refused)

    def _read(self) -> None:
        rooms = sorted({draft.room_id for draft in self._drafts})
        people = {draft.user_id for draft in self._drafts}
        agreements = required_to_write(now=max(draft.now for draft in self._drafts))
        queries = [lock_query(rooms, self._connection), seats_query(self._drafts), senders_query(people, agreements=agreements)]
        found, seats, senders = fetch_all(self._connection, queries)
        self._rooms = {row[0]: RoomRow(*row) for row in found}
        self._seats = read_seats(seats)
        self._senders = read_senders(senders)
        asking = {room.id for room in self._rooms.values() if room.age_gate in ASKING_MORE}  # most batches end here, without a query
        pairs = [(draft.user_id, draft.session_key) for draft in self._drafts if draft.room_id in asking] if asking else []
        self._beyond = read_beyond(pairs, now=self._drafts[0].now)

    def _has_seat(self, draft: Draft) -> bool:
        room, seat = self._rooms.get(draft.room_id), self._seats.get((draft.room_id, draft.user_id))
        sender = self._senders.get(draft.user_id)
        if room is None or seat is None or sender is None:
            return False
        may_enter = seat.state == _JOINED and room.state != _CLOSED
        if not may_enter or not sender.is_member:
            return False
        return sender.may_pass(room.age_gate, now=draft.now, session_key=draft.session_key, beyond=self._beyond)

    def _judge(self, draft: Draft) -> None:
        try:
            if not self._has_seat(draft):
                raise _why_not(draft)
            self.outcomes[draft] = self._find_twin(draft) or self._place(draft)
        except (ChatError, AccessRefused, NoSuchMember) as refusal:
            self.outcomes[draft] = refusal

    def _find_twin(self, draft: Draft) -> Sent | None:
        """What the same client id already has in this batch, or had when it was kept back before."""
        if (draft.user_id, draft.client_id) in self._kept:
            raise Held
        held_at = self._seats[draft.room_id, draft.user_id].held_at
        if held_at is not None and draft.now - held_at < WAITS + KEPT:  # most people never had a message kept back: no query
            self._answer_kept(draft)
        first = self._first.get((draft.user_id, draft.client_id))
        if first is not None and first.room_public_id != draft.room_public_id:
            raise ClientIdTaken
        return replace(first, replayed=True) if first else None

    def _answer_kept(self, draft: Draft) -> None:
        kept = find_kept(author_id=draft.user_id, client_id=draft.client_id)
        if kept is None:
            return
        if kept.room_id != draft.room_id:
            raise ClientIdTaken
        if (answer := answer_of(kept, now=draft.now)) is not None:
            raise answer

    def _check_rules(self, draft: Draft) -> None:
        room, seat = self._rooms[draft.room_id], self._seats[draft.room_id, draft.user_id]
        if self._senders[draft.user_id].silenced:
            raise PostingRestricted
        if self._senders[draft.user_id].restricted:
            raise ProcessingRestricted
        if not self._senders[draft.user_id].agreed:
            raise AgreementRequired
        if draft.wait:
            raise TooFast(retry=draft.wait)
        check_not_muted(seat.muted_until, draft.now)
        if seat.moderates:
            return
        if room.state == _FROZEN:
            raise RoomFrozen
        if room.slow_mode_s and seat.last_sent_at is not None:
            left = (seat.last_sent_at + timedelta(seconds=room.slow_mode_s) - draft.now).total_seconds()
            if left > 0:
                raise SlowMode(retry=left)

    def _answer_replays(self, drafts: Sequence[Draft]) -> None:
        for draft, sent in find_sent(self._connection, drafts).items():
            self.outcomes[draft] = sent

    # ---- Whether a person looks first ---------------------------------------------------------------------------------------
    def _place(self, draft: Draft) -> Sent:
        """Where the message goes: into the log, or aside until somebody has looked."""
        self._check_rules(draft)
        why = self._find_hold(draft)
        if why is None:
            return self._write(draft)
        for sent in find_sent(self._connection, [draft]).values():  # it went through before the rules were stricter
            if isinstance(sent, Exception):
                raise sent
            return sent
        raise self._hold(draft, why)

    def _find_hold(self, draft: Draft) -> HeldWhy | None:
        room, seat = self._rooms[draft.room_id], self._seats[draft.room_id, draft.user_id]
        since = self._senders[draft.user_id].since
        if draft.text and not draft.verdicts:
            draft.verdicts.append(screen_message(draft, room, seat, since))
        if any(is_held(verdict, sure=draft.sure) for verdict in draft.verdicts):
            return HeldWhy.RULE
        if seat.moderates:
            return None
        media = bool(draft.attachment_ids)
        return find_hold(room=room, sent_n=seat.sent_n, since=since, text=draft.text, media=media, now=draft.now)

    def _hold(self, draft: Draft, why: HeldWhy) -> Held:
        self._answer_kept(draft)
        check_room_left(room_id=draft.room_id, author_id=draft.user_id, now=draft.now)
        payload, images = self._compose(draft)
        self._kept[draft.user_id, draft.client_id] = _Kept(draft, why, payload, tuple(image.pk for image in images))
        self._seats[draft.room_id, draft.user_id].last_sent_at = draft.now  # waiting or not, it counts for the slow mode
        return Held()

    # ---- Numbering ----------------------------------------------------------------------------------------------------------
    def _compose(self, draft: Draft) -> tuple[dict[str, Any], list[Attachment]]:
        """What a message says, with its images, which nobody else can send from now on."""
        room, seat = self._rooms[draft.room_id], self._seats[draft.room_id, draft.user_id]
        payload: dict[str, Any] = {"cid": draft.cid, "body": draft.text}
        if draft.reply_seq is not None:
            payload["reply"] = _checked_reply(room, seat, draft, draft.reply_seq)
        images = self._claim_images(draft)
        if images:
            payload["att"] = [{"id": i.public_id, "w": i.width, "h": i.height, "size": i.size} for i in images]
        return payload, images

    def _write(self, draft: Draft) -> Sent:
        room, seat = self._rooms[draft.room_id], self._seats[draft.room_id, draft.user_id]
        payload, images = self._compose(draft)
        if mentions := resolve_mentions(room_id=room.id, text=draft.text, author_id=draft.user_id):
            payload["men"] = mentions
        room.last_seq += 1
        room.last_n += 1
        room.last_at = draft.now if room.last_at is None else max(room.last_at, draft.now)
        seat.read_seq, seat.read_n, seat.last_sent_at, seat.sent = room.last_seq, room.last_n, draft.now, True
        seat.sent_n += 1
        expires_at = draft.now + timedelta(hours=room.visible_hours)
        sights = {image.public_id: word for image in images if (word := sight_word(image.sight))}
        keys = tuple(image.pk for image in images)
        self._written.append(_Written(draft, room.last_seq, room.last_n, expires_at, payload, keys, sights))
        sent = self._first[draft.user_id, draft.client_id] = Sent(
            room.public_id, room.last_seq, draft.now, replayed=False, of_visit=asks_for_visit(room.age_gate)
        )
        return sent

    def _claim_images(self, draft: Draft) -> list[Attachment]:
        wanted = list(dict.fromkeys(draft.attachment_ids))
        if not wanted:
            return []
        ready = Attachment.objects.filter(
            public_id__in=wanted, owner_id=draft.user_id, room_id=draft.room_id, state=AttachmentState.READY, expires_at__gt=draft.now
        )
        rows = {row.public_id: row for row in ready if row.pk not in self._claimed}
        if len(wanted) > MAX_IMAGES or len(rows) != len(wanted):
            raise BadAttachment
        self._claimed |= {row.pk for row in rows.values()}
        return [rows[public_id] for public_id in wanted]

    # ---- What is left to do ---------------------------------------------------------------------------------------------------
    @property
    def has_news(self) -> bool:
        """Whether `write_news` has something to do: a message was kept back, or a rule has matched one."""
        return bool(self._kept) or any(verdict.hits for w in self._written for verdict in w.draft.verdicts)

    def write_news(self) -> None:
        """Put aside what waits, and publish what the rules have matched; in a transaction of Django's own."""
        for k in self._kept.values():
            keep(
                room_id=k.draft.room_id,
                author_id=k.draft.user_id,
                client_id=k.draft.client_id,
                payload=k.payload,
                why=k.why,
                now=k.draft.now,
                hits=[hit for verdict in k.draft.verdicts for hit in plain_hits(verdict)],
                score=max((verdict.score for verdict in k.draft.verdicts), default=0.0),
                images=k.images,
            )
        found = [(w, hit) for w in self._written for verdict in w.draft.verdicts for hit in [plain_hits(verdict)] if hit]
        outbox.publish_many([MessageScreened(room_id=w.draft.room_id, seq=w.seq, hits=hits) for w, hits in found])

    def statements(self) -> list[Statement]:
        """What to execute in this transaction, sealed and ready; empty when nothing is to be written."""
        if not self._written:
            return []
        sealing.load_keys(scope_of(written.draft.user_id) for written in self._written)
        native = self._connection.features.has_native_uuid_field
        metas, events, images = [], [], []
        blobs = seal_payloads([(w.draft.room_id, w.seq, w.draft.user_id, w.payload) for w in self._written])
        for w, blob in zip(self._written, blobs, strict=True):  # `:d` and X'…' let nothing in but numbers and digits
            draft = w.draft
            room_id, user_id, at = draft.room_id, draft.user_id, literal(draft.now)
            cid = draft.cid if native else draft.cid.replace("-", "")
            metas.append(f"({room_id:d}, {w.seq:d}, {user_id:d}, '{cid}', {at})")
            numbers_of = f"{room_id:d}, {w.seq:d}, {_MESSAGE:d}, {w.n:d}, {user_id:d}"
            events.append(f"({numbers_of}, NULL, X'{blob.hex()}', {at}, {literal(w.expires_at)})")
            if w.images:
                images.append(_image_statement(w))
        return [
            insert(MessageMeta._meta.db_table, _META_COLUMNS, metas),
            insert(RoomEvent._meta.db_table, _EVENT_COLUMNS, events),
            update_each(Room._meta.db_table, {room.id: room.changes() for room in self._rooms.values() if room.last_at is not None}),
            update_each(Membership._meta.db_table, {seat.id: seat.changes() for seat in self._seats.values() if seat.sent}),
            *images,
            *outbox.statements_of(self._addressed(), vendor=self._connection.vendor),
        ]

    def _addressed(self) -> list[MessageAddressed]:
        """The messages that mean somebody; most mean nobody in particular."""
        meant = [w for w in self._written if "men" in w.payload or "reply" in w.payload]
        return [MessageAddressed(room_id=w.draft.room_id, seq=w.seq) for w in meant]

    def events(self) -> list[tuple[str, LogEntry]]:
        """What was written, for those who listen, each with its topic."""
        told = []
        for w in self._written:
            sender, room = self._senders[w.draft.user_id], self._rooms[w.draft.room_id]
            body: Body = {"seq": w.seq, "k": "message", "at": to_wire(w.draft.now), "by": sender.wire, "n": w.n}
            body.update(message_fields(with_sights(w.payload, w.sights)))
            told.append((room_topic(room.public_id), WireEvent(w.seq, sender.public_id, body).as_entry()))
        return told


def _image_statement(w: _Written) -> Statement:
    sql = f"UPDATE {Attachment._meta.db_table} SET seq = {literal(w.seq)}, state = '{AttachmentState.SENT.value}', "  # noqa: S608  (ours, and numbers)
    return Statement(f"{sql}expires_at = {literal(w.expires_at)} WHERE id IN ({numbers(w.images)})")


def check_not_muted(muted_until: datetime | None, now: datetime) -> None:
    """In a room where a decision made somebody mute they change nothing that others read, whatever their role.

    Raises:
        MutedHere.
    """
    if muted_until is not None and now < muted_until:
        raise MutedHere(retry=(muted_until - now).total_seconds())


def _why_not(draft: Draft) -> Exception:
    """The refusal of a draft without a seat, in the words of the door."""
    try:
        session = open_session(draft.session_key)
        get_seat(user=get_user(user_id=draft.user_id), session=session, public_id=draft.room_public_id, now=draft.now)
    except (AccessRefused, NoSuchMember) as refusal:
        return refusal
    return AccessRefused(draft.room_public_id)


def _checked_reply(room: RoomRow, seat: SeatRow, draft: Draft, reply_seq: int) -> int:
    """The `seq` of the message that is answered, if the sender can see it."""
    rows = RoomEvent.objects.filter(room_id=room.id, seq=reply_seq, kind=EventKind.MESSAGE, expires_at__gt=draft.now)
    found = rows.exclude(payload=b"").values_list("seq", "actor_id").first()
    if found is None or found[1] in hidden_ids_of(user_id=draft.user_id):
        raise MessageNotFound
    if room.history == History.FROM_JOIN and found[0] <= seat.joined_seq:
        raise MessageNotFound
    return found[0]
