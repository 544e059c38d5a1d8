"""What becomes of words that others will read, once the rules of the house have looked at them (`core.screening`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models import Room
from chat.services.drafts import Draft
from chat.services.errors import ChatError
from chat.services.rows import RoomRow, SeatRow
from core.screening import Actor, Context, Outcome, Verdict, screen, strictest

FIRST_MESSAGES = 5  # as core.screening counts them
_HURTS = _("Cela peut blesser. Envoyer quand même ?")
_NOT_SO = _("Ce texte ne peut pas être publié ainsi. Écrivez-le autrement.")


class Screened(ChatError):
    """Refused by a rule; `words` are its explanation."""

    code, words, explains = "screened", _NOT_SO, True

    def __init__(self, explanation: Any = "") -> None:
        super().__init__()
        self.words = explanation or _NOT_SO


class Nudge(ChatError):
    """Not refused: asked once. Whoever says `sure` sends it as it is, and nothing of it is kept."""

    code, words, explains = "nudge", _HURTS, True

    def __init__(self, explanation: Any = "") -> None:
        super().__init__()
        self.words = explanation or _HURTS


def is_held(verdict: Verdict, *, sure: bool) -> bool:
    """Whether a person looks first; what may pass is not.

    Raises:
        Screened, Nudge: unless the author is `sure`.
    """
    if verdict.outcome is Outcome.REFUSE:
        raise Screened(verdict.explanation)
    if verdict.outcome is Outcome.NUDGE and not sure:
        raise Nudge(verdict.explanation)
    return verdict.outcome is Outcome.HOLD


def plain_hits(verdict: Verdict) -> tuple[dict[str, Any], ...]:
    """The rules that matched, as an event carries them. Of a question that was answered with yes nothing is kept, but for rules on trial,
    from which nothing follows for anybody."""
    kept = [hit for hit in verdict.hits if hit.shadow or verdict.outcome is not Outcome.NUDGE]
    return tuple(asdict(hit) for hit in kept)


def check_texts(
    *,
    user: User,
    texts: Mapping[str, str],
    now: datetime,
    room: Room | None = None,
    kind: str = "",
    sure: bool = False,
    read_anyway: bool = False,
) -> None:
    """Judge what somebody writes of a room: its title, description and rules, each once; empty ones are not asked about.

    There is no room where such a text could wait, so what a person would have to read first is refused with words; with `read_anyway`
    a person does read it first (proposals), and it passes.

    Raises:
        Screened, Nudge.
    """
    actor = Actor(user_id=user.pk, account_age=now - user.created_at)
    where = Context(
        kind=room.kind if room else kind,
        room_id=room.pk if room else None,
        age_gate=room.age_gate if room else "",
        languages=tuple(room.language_list) if room else (),
        nudged=sure,
    )
    verdict = strictest([screen(name, text, actor, where) for name, text in texts.items() if text])
    if is_held(verdict, sure=sure) and not read_anyway:
        raise Screened(verdict.explanation)


def screen_message(draft: Draft, room: RoomRow, seat: SeatRow, since: datetime | None) -> Verdict:
    """What the rules say of a message before it goes anywhere; `since` is when the account was made."""
    age = draft.now - since if since is not None else timedelta(0)
    context = Context(
        kind=room.kind,
        room_id=room.id,
        age_gate=room.age_gate,
        languages=tuple(room.languages.split(",")),
        nudged=draft.sure,
        shield=room.is_shielded(draft.now),
        first_messages=seat.sent_n < FIRST_MESSAGES,
    )
    return screen("MESSAGE", draft.text, Actor(user_id=draft.user_id, account_age=age, trusted=seat.moderates), context)
