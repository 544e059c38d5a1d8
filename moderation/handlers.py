"""What moderation does when something happened: load by id, one service call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from chat.enums import HeldWhy
from chat.events import HeldDecided, ImagesPurged, ImageStored, MessageHeld, MessageScreened
from core.screening import Hit
from moderation.enums import ScreenedFate
from moderation.events import DecisionReversed, DecisionTaken, FlaggerWarned, NoticeAnswered, NoticeReceived
from moderation.services.held import close_held_case, concerns_team, open_held_case
from moderation.services.hits import record_hits, settle_hits
from moderation.services.images import check_image
from moderation.services.letters import send_outcome, send_receipt, warn_flagger
from moderation.services.settling import end_checks, settle_image, settle_reversed
from moderation.services.telling import tell_reporters
from moderation.services.unfounded import watch_reporters


def on_flagger_warned(event: FlaggerWarned) -> None:
    """Write to the organisation."""
    warn_flagger(flagger_id=event.flagger_id)


def on_decision_taken(event: DecisionTaken) -> None:
    """Tell those who reported."""
    tell_reporters(decision_id=event.decision_id, now=timezone.now())


def on_decision_taken_watch(event: DecisionTaken) -> None:
    """Look at those whose reports keep leading to nothing."""
    watch_reporters(decision_id=event.decision_id, now=timezone.now())


def on_notice_received(event: NoticeReceived) -> None:
    """Send the receipt to the address that was given."""
    send_receipt(report_ids=event.report_ids)


def on_notice_answered(event: NoticeAnswered) -> None:
    """Write to the address that was given that there is an answer."""
    send_outcome(report_id=event.report_id)


def on_message_held(event: MessageHeld) -> None:
    """What a rule of the house keeps back is the team's to decide; what a tool or a word of its room keeps back is the room's."""
    by_rule, at = event.why == HeldWhy.RULE, datetime.fromisoformat(event.at)
    record_hits(room_id=event.room_id, ref=event.held_id, held=by_rule, hits=_hits(event.hits), now=at)
    if by_rule and concerns_team(hits=event.hits):
        open_held_case(held_id=event.held_id, hits=event.hits, score=event.score, now=timezone.now())


def on_held_decided(event: HeldDecided) -> None:
    """What became of a held text counts for the rules that held it; where the team did not decide, its case is closed."""
    if event.state in ScreenedFate.values:  # given back says nothing about the rule
        settle_hits(room_id=event.room_id, ref=event.held_id, fate=ScreenedFate(event.state))
    if not event.by_staff:
        close_held_case(held_id=event.held_id, state=event.state, now=timezone.now())


def on_message_screened(event: MessageScreened) -> None:
    """Rules matched a message that was let through: how often is what a trial is for."""
    record_hits(room_id=event.room_id, ref=str(event.seq), held=False, hits=_hits(event.hits), now=timezone.now())


def _hits(plain: Sequence[dict[str, Any]]) -> list[Hit]:
    return [Hit(**hit) for hit in plain]


def on_image_stored(event: ImageStored) -> None:
    """Check it."""
    check_image(public_id=event.public_id, now=timezone.now())


def on_image_rows_purged(event: ImagesPurged) -> None:
    """What was measured of images that are gone may go."""
    end_checks(public_ids=event.public_ids, now=timezone.now())


def on_image_decided(event: DecisionTaken) -> None:
    """Let an image go of which the team thinks nothing bad."""
    settle_image(decision_id=event.decision_id, now=timezone.now())


def on_image_decision_reversed(event: DecisionReversed) -> None:
    """Show an image again that was taken away by mistake."""
    settle_reversed(decision_id=event.decision_id, now=timezone.now())
