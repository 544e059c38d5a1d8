"""What fills the slot: the verdict on a text, from rules and from what its writer does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core import screening
from core.screening import ALLOWED, UNSCREENED, Actor, Context, Hit, Outcome
from moderation.enums import RuleKind, RuleOutcome, RuleTopic
from moderation.screening.behaviour import Suspicion
from moderation.screening.snapshot import RuleSnapshot, RuleSource
from moderation.services.screening import RuleScreener, screener

AMINA = Actor(user_id=1, account_age=timedelta(days=400))
NEWCOMER = Actor(user_id=2, account_age=timedelta(hours=2))
ROOM = Context(kind="OPEN", room_id=7, age_gate="GENERAL")
AD = "bonjour ma belle je cherche une femme serieuse pour mariage ecris moi vite"


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def rule(rule_id: int, text: str, outcome: RuleOutcome, topic: RuleTopic = RuleTopic.INSULT, **fields: Any) -> RuleSource:
    fields.setdefault("kind", RuleKind.TERMS)
    return RuleSource(rule_id=rule_id, version=1, text=text, outcome=outcome, topic=topic, **fields)


NUDGING = rule(1, "cretin", RuleOutcome.NUDGE)
HOLDING = rule(2, "je te tue", RuleOutcome.HOLD, RuleTopic.THREAT)
REFUSING = rule(3, "voleur.example", RuleOutcome.REFUSE, RuleTopic.LINK, kind=RuleKind.HOSTS)
MONEY = rule(4, "mvola", RuleOutcome.SCORE, RuleTopic.SCAM, weight=0.4)
WEIGHTS = "new_account = 0.3\nsame_text = 0.6\nsame_text_limit = 3\nreporter = 0.25\nbanned_device = 0.5\nhold_at = 1.0\nflood_at = 5"
BEHAVIOUR = rule(5, WEIGHTS, RuleOutcome.HOLD, RuleTopic.BEHAVIOUR, kind=RuleKind.BEHAVIOUR)


def judge(*rules: RuleSource, suspicion: Suspicion | None = None) -> RuleScreener:
    made = RuleScreener(clock=Clock())
    made.use(RuleSnapshot(rules, suspicion=suspicion))
    return made


def test_superapp_fills_the_slot_and_no_rules_hold_nothing() -> None:
    assert screening.get_filling() is screener
    assert screening.screen("MESSAGE", "cretin, je te tue", AMINA, ROOM) == ALLOWED


def test_before_the_rules_were_read_everything_is_refused() -> None:
    waiting = RuleScreener()
    waiting.use(None)
    assert waiting.screen("MESSAGE", "salama", AMINA, ROOM) == UNSCREENED


@pytest.mark.parametrize(
    ("text", "outcome", "code"),
    [
        ("salut", Outcome.ALLOW, ""),
        ("cretin", Outcome.NUDGE, "INSULT"),
        ("cretin, je te tue", Outcome.HOLD, "THREAT"),
        ("cretin, je te tue, voleur.example", Outcome.REFUSE, "LINK"),
        ("je te paie par mvola", Outcome.ALLOW, ""),
    ],
)
def test_the_strictest_rule_decides(text: str, outcome: Outcome, code: str) -> None:
    verdict = judge(NUDGING, HOLDING, REFUSING, MONEY).screen("MESSAGE", text, AMINA, ROOM)
    assert (verdict.outcome, verdict.code) == (outcome, code)
    assert bool(str(verdict.explanation)) is (outcome is not Outcome.ALLOW)


def test_every_hit_is_told_with_its_place() -> None:
    verdict = judge(NUDGING, HOLDING).screen("MESSAGE", "Crétin ! Je te tue", AMINA, ROOM)
    assert verdict.hits == (Hit(1, 1, 0, 6), Hit(2, 1, 9, 18))


def test_whoever_was_asked_and_said_yes_is_not_asked_again_but_still_held() -> None:
    judged = judge(NUDGING, HOLDING)
    asked = Context(room_id=7, nudged=True)
    verdict = judged.screen("MESSAGE", "cretin", AMINA, asked)
    assert (verdict.outcome, verdict.code, verdict.hits) == (Outcome.ALLOW, "", (Hit(1, 1, 0, 6),))
    assert judged.screen("MESSAGE", "cretin, je te tue", AMINA, asked).outcome is Outcome.HOLD


def test_a_rule_on_trial_is_counted_and_does_nothing() -> None:
    on_trial = rule(2, "je te tue", RuleOutcome.HOLD, RuleTopic.THREAT, shadow=True)
    verdict = judge(on_trial).screen("MESSAGE", "je te tue", AMINA, ROOM)
    assert (verdict.outcome, verdict.hits) == (Outcome.ALLOW, (Hit(2, 1, 0, 9, shadow=True),))


def test_one_text_to_three_places_by_a_newcomer_who_speaks_of_money_is_held() -> None:
    judged = judge(MONEY, BEHAVIOUR)
    verdicts = [judged.screen("MESSAGE", f"{AD} mvola", NEWCOMER, Context(room_id=room)) for room in (1, 2, 3)]
    assert [one.outcome for one in verdicts] == [Outcome.ALLOW, Outcome.ALLOW, Outcome.HOLD]
    assert [one.score for one in verdicts] == pytest.approx([0.7, 0.7, 1.3])
    assert verdicts[2].code == "BEHAVIOUR"
    assert verdicts[2].hits[-1] == Hit(5, 1, 0, len(AD) + 6)


def test_the_same_text_everywhere_is_refused_until_the_hour_is_over() -> None:
    clock = Clock()
    judged = RuleScreener(clock=clock)
    judged.use(RuleSnapshot([BEHAVIOUR]))
    actor = Actor(user_id=3, account_age=timedelta(days=10))
    outcomes = [judged.screen("MESSAGE", AD, actor, Context(room_id=room)).code for room in range(6)]
    assert outcomes == ["", "", "", "", "FLOOD", "FLOOD"]
    clock.now += 3601
    assert judged.screen("MESSAGE", AD, actor, Context(room_id=9)).code == ""


def test_old_accounts_and_trusted_people_are_not_counted() -> None:
    judged = judge(BEHAVIOUR)
    for actor in (AMINA, Actor(user_id=4, account_age=timedelta(hours=1), trusted=True)):
        codes = {judged.screen("MESSAGE", AD, actor, Context(room_id=room)).code for room in range(8)}
        assert codes == {""}


def test_what_is_no_place_and_what_is_edited_is_no_deed() -> None:
    judged = judge(BEHAVIOUR)
    actor = Actor(user_id=3, account_age=timedelta(days=10))
    codes = {judged.screen("EDIT", AD, actor, Context(room_id=room)).code for room in range(8)}
    codes |= {judged.screen("PROFILE", AD, actor, Context()).code for _again in range(8)}
    assert codes == {""}


def test_reports_by_several_people_and_a_banned_device_weigh() -> None:
    suspicion = Suspicion(reporters={2: 1, 3: 4}, on_banned_device=frozenset({2}))
    judged = judge(BEHAVIOUR, suspicion=suspicion)
    assert judged.screen("MESSAGE", "salut", NEWCOMER, ROOM).outcome is Outcome.HOLD  # 0.3 + 0.25 + 0.5
    assert judged.screen("MESSAGE", "salut", Actor(3, timedelta(hours=1)), ROOM).outcome is Outcome.HOLD  # 0.3 + 3 × 0.25
    assert judged.screen("MESSAGE", "salut", Actor(9, timedelta(hours=1)), ROOM).outcome is Outcome.ALLOW


def test_behind_a_shield_half_the_weight_holds() -> None:
    judged = judge(MONEY, BEHAVIOUR)
    shielded = Context(room_id=7, shield=True)
    assert judged.screen("MESSAGE", "mvola", NEWCOMER, shielded).outcome is Outcome.HOLD  # 0.7 >= 0.5
    assert judged.screen("MESSAGE", "mvola", AMINA, shielded).outcome is Outcome.ALLOW


def test_weights_on_trial_hold_nothing() -> None:
    on_trial = rule(5, "new_account = 2\nhold_at = 1", RuleOutcome.HOLD, RuleTopic.BEHAVIOUR, kind=RuleKind.BEHAVIOUR, shadow=True)
    verdict = judge(on_trial).screen("MESSAGE", "salut", NEWCOMER, ROOM)
    assert (verdict.outcome, verdict.hits) == (Outcome.ALLOW, (Hit(5, 1, 0, 5, shadow=True),))


def test_text_alone_is_never_refused() -> None:
    """REFUSE is for floods and hosts: whatever terms weigh, a person looks."""
    heavy = rule(6, "mvola", RuleOutcome.SCORE, RuleTopic.SCAM, weight=100.0)
    assert judge(heavy, BEHAVIOUR).screen("MESSAGE", "mvola", NEWCOMER, ROOM).outcome is Outcome.HOLD
