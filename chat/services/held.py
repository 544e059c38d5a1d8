"""Messages kept back until a person has looked: putting them aside, and what their author hears when they send again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from chat.enums import AttachmentState, HeldState, HeldWhy
from chat.events import MessageHeld
from chat.models import Attachment, HeldMessage, Membership
from chat.queries.held import held_ad
from chat.queries.payloads import scope_of
from chat.services.errors import ChatError
from core import outbox, sealing

WAITS = timedelta(hours=72)
KEPT = timedelta(days=7)  # after the decision: so long its author can copy it, and its client id is answered
MOST_WAITING = 10


class Held(ChatError):
    """Not a refusal: the message is kept, and a person decides."""

    code = "held"
    words = _("Votre message attend une relecture. Vous seul le voyez. Une personne le lira, au plus tard dans trois jours.")


class HeldRefused(ChatError):
    code, words = "held_refused", _("Une personne a relu ce message et ne l’a pas publié.")


class HeldReturned(ChatError):
    code, words = "held_returned", _("Personne n’a relu ce message à temps. Il vous est rendu ; vous pouvez l’écrire de nouveau.")


class TooManyHeld(ChatError):
    code, words = "rate", _("Dix de vos messages attendent déjà une relecture dans ce salon. Patientez.")


_ANSWERS: dict[HeldState, type[ChatError]] = {
    HeldState.WAITING: Held,
    HeldState.REFUSED: HeldRefused,
    HeldState.RETURNED: HeldReturned,
}


def answer_of(held: HeldMessage, *, now: datetime) -> ChatError | None:
    """What the author hears who sends a kept message again; None once it is in the log, which has its own answer."""
    answer = _ANSWERS.get(held.state_at(now))
    return answer() if answer else None


def find_kept(*, author_id: int, client_id: uuid.UUID) -> HeldMessage | None:
    """The kept message of this client id."""
    return HeldMessage.objects.filter(author_id=author_id, client_id=client_id).first()


def check_room_left(*, room_id: int, author_id: int, now: datetime) -> None:
    """A person has no more than ten messages waiting in a room.

    Raises:
        TooManyHeld.
    """
    waiting = HeldMessage.objects.filter(room_id=room_id, author_id=author_id, state=HeldState.WAITING, expires_at__gt=now)
    if waiting.count() >= MOST_WAITING:
        raise TooManyHeld


def keep(
    *,
    room_id: int,
    author_id: int,
    client_id: uuid.UUID,
    payload: Mapping[str, Any],
    why: HeldWhy,
    now: datetime,
    hits: Sequence[Any] = (),
    score: float = 0.0,
    target_seq: int | None = None,
    images: Sequence[int] = (),
) -> HeldMessage:
    """Put a message aside, with its images, in the transaction of the caller who holds the room's lock."""
    held = HeldMessage(
        room_id=room_id, author_id=author_id, client_id=client_id, target_seq=target_seq, why=why, at=now, expires_at=now + WAITS
    )
    held.payload = sealing.seal(scope_of(author_id), msgspec.json.encode(payload), held_ad(held.public_id))
    held.save(force_insert=True)
    Membership.objects.filter(room_id=room_id, user_id=author_id).update(held_at=now, **({} if target_seq else {"last_sent_at": now}))
    if images:
        Attachment.objects.filter(pk__in=images).update(state=AttachmentState.HELD, expires_at=held.expires_at + KEPT)
    told = MessageHeld(held.public_id, room_id, author_id, why=why.value, hits=tuple(hits), at=now.isoformat(), score=score)
    outbox.publish(told)
    return held
