"""What rules found is written as places and never as text; a rule that people contradict goes back on trial by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.tests.factories import NOON
from chat.events import HeldDecided, MessageHeld, MessageScreened
from core.models import AuditEntry
from core.purging import empty
from core.screening import Hit
from moderation.enums import RuleOutcome, RuleState, ScreenedFate
from moderation.handlers import on_held_decided, on_message_held, on_message_screened
from moderation.models import RuleHit, RuleVersion
from moderation.models.rule import HITS_KEPT
from moderation.queries.rules import count_hits, list_versions
from moderation.services.hits import FEWEST_SETTLED, JUDGED_OVER, put_noisy_rules_on_trial, record_hits, settle_hits
from moderation.services.purge import SHELVES
from moderation.services.rules import TRIAL
from moderation.tests.rules import make_active, make_editor, make_trial

pytestmark = pytest.mark.django_db
READY = NOON + TRIAL


@pytest.fixture
def active() -> RuleVersion:
    return make_active(make_editor("Redac1"), make_editor("Redac2"))


def hit(version: RuleVersion, start: int = 0, *, shadow: bool = False) -> Hit:
    return Hit(version.rule_id, version.number, start, start + 6, shadow)


def hold(version: RuleVersion, ref: str, fate: str = "", *, at: datetime = READY) -> None:
    record_hits(room_id=7, ref=ref, held=True, hits=[hit(version)], now=at)
    if fate:
        settle_hits(room_id=7, ref=ref, fate=ScreenedFate(fate))


def test_a_hit_is_a_place_written_once(active: RuleVersion) -> None:
    for _delivery in range(2):
        record_hits(room_id=7, ref="42", held=False, hits=[hit(active, 3), hit(active, 20)], now=READY)
    assert list(RuleHit.objects.order_by("start").values_list("room_id", "ref", "start", "end", "held")) == [
        (7, "42", 3, 9, False),
        (7, "42", 20, 26, False),
    ]
    assert {field.name for field in RuleHit._meta.get_fields()} == {
        "id",
        "version",
        "room_id",
        "ref",
        "start",
        "end",
        "shadow",
        "held",
        "fate",
        "at",
    }, "no text, no person"


def test_hits_of_a_version_that_is_unknown_are_left_out(active: RuleVersion) -> None:
    assert record_hits(room_id=7, ref="1", held=True, hits=[Hit(active.rule_id, 99, 0, 1), Hit(10**6, 1, 0, 1)], now=READY) == 0
    assert record_hits(room_id=7, ref="1", held=True, hits=[], now=READY) == 0


def test_what_is_on_trial_held_nothing(active: RuleVersion) -> None:
    record_hits(room_id=7, ref="h1", held=True, hits=[hit(active), hit(active, 9, shadow=True)], now=READY)
    assert settle_hits(room_id=7, ref="h1", fate=ScreenedFate.RELEASED) == 1
    assert list(RuleHit.objects.order_by("start").values_list("shadow", "held", "fate")) == [
        (False, True, ScreenedFate.RELEASED),
        (True, False, ""),
    ]


def test_a_rule_that_is_wrong_in_more_than_three_of_ten_goes_back_on_trial(active: RuleVersion) -> None:
    for number in range(10):
        hold(active, f"h{number}", "RELEASED" if number < 4 else "REFUSED")
    assert put_noisy_rules_on_trial(now=READY + timedelta(days=1)) == ["insultes v1"]
    active.refresh_from_db()
    assert (active.state, active.active_key, active.shadow_since) == (RuleState.SHADOW, None, READY + timedelta(days=1))
    entry = AuditEntry.objects.get(action="rule.fall_back")
    assert (entry.handle, entry.role, entry.reason) == ("", "system", "4 of 10 held texts released in 7 days")
    assert put_noisy_rules_on_trial(now=READY + timedelta(days=1)) == []


def test_three_of_ten_are_borne(active: RuleVersion) -> None:
    for number in range(10):
        hold(active, f"h{number}", "RELEASED" if number < 3 else "REFUSED")
    assert put_noisy_rules_on_trial(now=READY + timedelta(days=1)) == []


def test_a_few_texts_say_nothing_and_waiting_ones_are_not_counted(active: RuleVersion) -> None:
    for number in range(FEWEST_SETTLED - 1):
        hold(active, f"h{number}", "RELEASED")
    for number in range(20):
        hold(active, f"w{number}")
    assert put_noisy_rules_on_trial(now=READY) == []


def test_a_text_that_is_hit_in_many_places_counts_once(active: RuleVersion) -> None:
    record_hits(room_id=7, ref="h0", held=True, hits=[hit(active, 10 * place) for place in range(30)], now=READY)
    settle_hits(room_id=7, ref="h0", fate=ScreenedFate.RELEASED)
    for number in range(1, 10):
        hold(active, f"h{number}", "REFUSED")
    assert put_noisy_rules_on_trial(now=READY) == []


def test_what_is_older_than_a_week_is_forgiven(active: RuleVersion) -> None:
    for number in range(10):
        hold(active, f"h{number}", "RELEASED")
    assert put_noisy_rules_on_trial(now=READY + JUDGED_OVER) == []


def test_a_rule_that_only_asks_holds_nothing_and_stays() -> None:
    asking = make_active(make_editor("Redac1"), make_editor("Redac2"), outcome=RuleOutcome.NUDGE)
    for number in range(20):
        record_hits(room_id=7, ref=f"h{number}", held=True, hits=[hit(asking)], now=READY)  # another rule held it
        settle_hits(room_id=7, ref=f"h{number}", fate=ScreenedFate.RELEASED)
    assert put_noisy_rules_on_trial(now=READY) == []


def test_falling_back_ends_the_trial_of_the_next_version(active: RuleVersion) -> None:
    waiting = make_trial(make_editor("Redac3"), rule=active.rule, text="abruti")
    for number in range(10):
        hold(active, f"h{number}", "RELEASED")
    put_noisy_rules_on_trial(now=READY)
    waiting.refresh_from_db()
    assert waiting.state == RuleState.RETIRED


def test_hits_are_deleted_after_ninety_days(active: RuleVersion) -> None:
    hold(active, "old")
    hold(active, "new", at=READY + timedelta(days=1))
    end = READY + timedelta(days=90)
    assert empty(SHELVES["RULE_HIT"][0], now=end, before=end - HITS_KEPT) == 1
    assert list(RuleHit.objects.values_list("ref", flat=True)) == ["new"]


def test_counts_for_the_team(active: RuleVersion) -> None:
    hold(active, "h1", "RELEASED")
    hold(active, "h2", "REFUSED")
    record_hits(room_id=7, ref="9", held=False, hits=[hit(active)], now=READY - timedelta(days=8))
    assert count_hits(now=READY) == [{"key": "insultes", "title": "Insultes", "hits": 2, "held": 2, "released": 1}]
    version: Any = list_versions(rule=active.rule)[0]
    assert (version.hit_count, version.released, version.refused) == (3, 1, 1)


def test_what_chat_tells_becomes_rows(active: RuleVersion) -> None:
    plain = {"rule_id": active.rule_id, "version": active.number, "start": 0, "end": 6, "shadow": False}
    told: dict[str, Any] = {"held_id": "h2", "room_id": 7, "author_id": 1}
    on_message_screened(MessageScreened(room_id=7, seq=42, hits=(plain,)))
    on_message_held(MessageHeld(why="SHIELD", hits=(plain,), at=READY.isoformat(), **told))
    on_held_decided(HeldDecided(state="RELEASED", by_staff=False, **told))
    rows = RuleHit.objects.order_by("ref").values_list("ref", "held", "fate")
    assert list(rows) == [("42", False, ""), ("h2", False, "")], "what a tool of the room kept back was held by no rule"
    assert RuleHit.objects.get(ref="h2").at == READY


def test_a_message_that_nobody_looked_at_in_time_says_nothing(active: RuleVersion) -> None:
    hold(active, "h3")
    on_held_decided(HeldDecided(held_id="h3", room_id=7, author_id=1, state="RETURNED", by_staff=False))
    assert RuleHit.objects.get(ref="h3").fate == ""
    on_held_decided(HeldDecided(held_id="h3", room_id=7, author_id=1, state="RELEASED", by_staff=False))
    assert RuleHit.objects.get(ref="h3").fate == "RELEASED"
