"""Rules reach every process within seconds, and people are judged by what the tables know of them."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries

from accounts.enums import BanKeyKind, SignalStrength
from accounts.models import EvasionSignal
from accounts.tests.factories import NOON, make_user
from core.screening import Actor, Context, Outcome, screen
from moderation.enums import RuleState
from moderation.models import RuleVersion
from moderation.screening.snapshot import RuleSnapshot
from moderation.services import rulebook
from moderation.services.packaged import load_packaged, read_packaged
from moderation.services.rulebook import Watcher, read_number, read_snapshot, read_suspicion, turn_page
from moderation.services.screening import screener
from moderation.tests.desk import make_case, make_report

pytestmark = pytest.mark.django_db
AMINA = Actor(user_id=1, account_age=timedelta(days=400))


def outcome(text: str = "espèce de crétin") -> Outcome:
    return screen("MESSAGE", text, AMINA, Context(room_id=1, age_gate="GENERAL")).outcome


def test_a_page_turns_with_each_change() -> None:
    assert read_number() == 0
    turn_page()
    turn_page()
    assert read_number() == 2


def test_a_snapshot_holds_what_is_in_force_and_on_trial(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    load_packaged(rules=read_packaged(), now=NOON)
    with django_assert_num_queries(4):  # the page, the versions, reports, signals
        snapshot = read_snapshot(now=NOON)
    states = {(rule.rule_id, rule.version): rule.shadow for rule in snapshot.rules}
    live = RuleVersion.objects.values_list("rule_id", "number", "state")
    assert states == {(rule, number): state == RuleState.SHADOW for rule, number, state in live}
    assert snapshot.number == read_number()


def test_a_look_reads_again_only_when_the_page_has_turned(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    watcher = Watcher()
    assert watcher.look(now=NOON) is False, "an empty rule book stands at the page of an empty snapshot"
    load_packaged(rules=read_packaged(), now=NOON)
    assert outcome() is Outcome.ALLOW
    assert watcher.look(now=NOON) is True
    assert outcome() is Outcome.NUDGE
    with django_assert_num_queries(1):
        assert watcher.look(now=NOON) is False


def test_what_is_known_of_people_is_read_again_from_time_to_time() -> None:
    watcher = Watcher()
    looks = [watcher.look(now=NOON) for _round in range(30)]
    assert looks.count(True) == 2
    assert looks[14]


def test_reporters_are_counted_as_people_and_for_a_day() -> None:
    ben, amina, carol = make_user("Ben"), make_user("Amina"), make_user("Carol")
    case, other = make_case(subject=ben), make_case(subject=ben)
    for one, reporter, age in [(case, amina, 1), (other, amina, 2), (other, carol, 3), (case, None, 1), (make_case(), carol, 1)]:
        make_report(one, reporter=reporter, now=NOON - timedelta(hours=age))
    old = make_user("Dina")
    make_report(case, reporter=old, now=NOON - timedelta(hours=24))
    assert read_suspicion(now=NOON).reporters == {ben.pk: 2}


def test_a_banned_device_is_remembered_for_thirty_days() -> None:
    ben, carol = make_user("Ben"), make_user("Carol")
    for user, days in ((ben, 29), (carol, 30)):
        EvasionSignal.objects.create(
            user=user, kind=BanKeyKind.values[0], priority=SignalStrength.values[0], decision_ref="D-1", seen_at=NOON - timedelta(days=days)
        )
    assert read_suspicion(now=NOON).on_banned_device == {ben.pk}


def test_a_database_that_is_away_leaves_the_last_rules_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    load_packaged(rules=read_packaged(), now=NOON)
    Watcher().look(now=NOON)

    def gone() -> int:
        raise OperationalError(2006, "gone")

    monkeypatch.setattr(rulebook, "read_number", gone)
    assert Watcher().look(now=NOON) is False
    assert outcome() is Outcome.NUDGE


def test_a_web_process_that_could_not_read_its_rules_refuses_until_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> int:
        raise OperationalError(2006, "gone")

    screener.use(None)
    with monkeypatch.context() as away:
        away.setattr(rulebook, "read_number", gone)
        assert Watcher().look(now=NOON) is False
        assert outcome("salut") is Outcome.REFUSE
    assert Watcher().look(now=NOON) is True
    assert outcome("salut") is Outcome.ALLOW


@pytest.mark.django_db(transaction=True)
def test_a_running_process_follows_within_five_seconds() -> None:
    rulebook.start()
    try:
        assert outcome() is Outcome.ALLOW
        load_packaged(rules=read_packaged(), now=NOON)
        begun = time.monotonic()
        while outcome() is Outcome.ALLOW and time.monotonic() - begun < 60:
            time.sleep(0.05)
        assert outcome() is Outcome.NUDGE
        assert rulebook.LOOK_SECONDS < 5.0
    finally:
        rulebook.stop()
        screener.use(RuleSnapshot())
