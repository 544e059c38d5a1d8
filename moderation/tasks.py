"""What moderation does from time to time (superapp.schedule)."""

from __future__ import annotations

from core.clock import shared_now
from moderation.services.disclosing import tell_named
from moderation.services.flaggers import warn_poor_flaggers
from moderation.services.hits import put_noisy_rules_on_trial
from moderation.services.holdings import count_holds
from moderation.services.holdjournal import journal_holds
from moderation.services.holds import end_holds
from moderation.services.images import follow_up, hold_unchecked
from moderation.services.overdue import alarm_overdue, end_due_measures
from moderation.services.recipients import count_recipients
from moderation.services.requests import ring_deadlines
from moderation.services.sending import send_due_statements
from moderation.services.staff import end_terms


def send_statements() -> object:
    """Send what is due to the Commission's database."""
    return send_due_statements(now=shared_now())


def warn_flaggers() -> object:
    """Warn the trusted flaggers whose notices are too often unfounded."""
    return warn_poor_flaggers(now=shared_now())


def watch_clocks() -> object:
    """Alarm for cases past their clock."""
    return alarm_overdue(now=shared_now())


def end_measures() -> object:
    """Lift the measures over rooms whose day has come."""
    return end_due_measures(now=shared_now())


def end_terms_of_staff() -> object:
    """End the work of those who came until a day."""
    return end_terms(now=shared_now())


def watch_rules() -> object:
    """Put back on trial the rules that people contradict."""
    return put_noisy_rules_on_trial(now=shared_now())


def count_members() -> object:
    """Count who used the house this month."""
    return count_recipients(now=shared_now())


def count_held() -> object:
    """Count what rules held back on the last days."""
    return count_holds(now=shared_now())


def watch_courts() -> object:
    """Wake the legal desk before answers are due and before holds end; tell people what may be told now; write holds down outside."""
    now = shared_now()
    return ring_deadlines(now=now), end_holds(now=now), tell_named(now=now), journal_holds(now=now)


def follow_images() -> object:
    """Bring before a person what was found in images, and what nothing has checked in time."""
    now = shared_now()
    return {"followed": follow_up(now=now), "unchecked": hold_unchecked(now=now)}
