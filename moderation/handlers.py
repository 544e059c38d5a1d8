"""What moderation does when something happened: load by id, one service call."""

from __future__ import annotations

from django.utils import timezone

from moderation.events import DecisionTaken, FlaggerWarned, NoticeAnswered, NoticeReceived
from moderation.services.letters import send_outcome, send_receipt, warn_flagger
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
