"""Many rules over one text: scopes, guards, quotations, hosts, and where each found what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.screening import Actor, Context
from moderation.enums import RuleKind, RuleOutcome, RuleTopic
from moderation.screening.ruletext import BadRuleText
from moderation.screening.snapshot import RuleSnapshot, RuleSource, Scope

AMINA = Actor(user_id=1, account_age=timedelta(days=40))
ROOM = Context(kind="OPEN", room_id=7, age_gate="GENERAL", languages=("fr",))


def rule(text: str, kind: RuleKind = RuleKind.TERMS, **fields: Any) -> RuleSource:
    fields = {"rule_id": 1, "version": 1, "outcome": RuleOutcome.HOLD, "topic": RuleTopic.INSULT, **fields}
    return RuleSource(kind=kind, text=text, **fields)


def found(text: str, *rules: RuleSource, kind: str = "MESSAGE", actor: Actor = AMINA, context: Context = ROOM) -> list[tuple[int, str]]:
    _views, matches = RuleSnapshot(rules).find(kind, text, actor, context)
    return [(match.rule.rule_id, text[match.start : match.end]) for match in matches]


def test_rules_of_every_kind_in_the_order_of_the_text() -> None:
    rules = [
        rule("crétin(s)"),
        rule("words: va t'en", RuleKind.PATTERNS, rule_id=2),
        rule(r"digits: 03\d{8}", RuleKind.PATTERNS, rule_id=3),
        rule("voleur.example", RuleKind.HOSTS, rule_id=4),
    ]
    text = "0341234567 CRÉTINS ! Va t’en, https://www.voleur.example/login"
    assert found(text, *rules) == [(3, "0341234567"), (1, "CRÉTINS"), (2, "Va t’en"), (4, "www.voleur.example")]


@pytest.mark.parametrize(
    ("scope", "there", "elsewhere"),
    [
        (Scope(rooms=frozenset({7})), {"context": ROOM}, {"context": Context(room_id=8)}),
        (Scope(age_gates=frozenset({"GENERAL"})), {"context": ROOM}, {"context": Context(age_gate="SEXUAL")}),
        (Scope(kinds=frozenset({"TITLE"})), {"kind": "TITLE"}, {"kind": "MESSAGE"}),
        (Scope(first_messages=True), {"context": Context(first_messages=True)}, {"context": Context()}),
        (Scope(account_age_below=timedelta(days=50)), {"actor": AMINA}, {"actor": Actor(1, timedelta(days=50))}),
        (Scope(account_age_below=timedelta(days=50)), {"actor": AMINA}, {"actor": Actor(1, timedelta(days=1), trusted=True)}),
    ],
)
def test_a_rule_counts_in_its_scope_alone(scope: Scope, there: dict[str, Any], elsewhere: dict[str, Any]) -> None:
    one = rule("crétin", scope=scope)
    assert found("crétin", one, **there) == [(1, "crétin")]
    assert found("crétin", one, **elsewhere) == []


def test_the_words_of_a_room_count_there_and_never_for_its_moderation() -> None:
    house, seven, eight = rule("crétin"), rule("moto\nbelle mère", rule_id=2, room_id=7), rule("moto\ncrétin", rule_id=3, room_id=8)
    text = "Crétin, ta belle-mère vend sa m0to"
    assert found(text, house, seven, eight) == [(1, "Crétin"), (2, "belle-mère"), (2, "m0to")]
    assert found(text, house, seven, eight, context=Context(room_id=8)) == [(1, "Crétin"), (3, "Crétin"), (3, "m0to")]
    assert found(text, seven, eight, context=Context(room_id=9)) == found(text, seven, eight, context=Context()) == []
    assert found(text, house, seven, actor=Actor(1, timedelta(0), trusted=True)) == [(1, "Crétin")]


def test_a_place_without_an_age_gate_is_covered_by_rules_for_some_gates() -> None:
    one = rule("crétin", scope=Scope(age_gates=frozenset({"GENERAL"})))
    assert found("crétin", one, kind="PROFILE", context=Context()) == [(1, "crétin")]


def test_a_rule_of_one_language_leaves_the_others_alone() -> None:
    english = rule("retard", scope=Scope(languages=frozenset({"en"})))
    assert found("Désolée pour le retard, le bus était en panne ce matin", english) == []
    assert found("You are such a retard, everybody in this room knows that", english) == [(1, "retard")]
    assert found("retard", english, context=Context(languages=("en",))) == [(1, "retard")], "too short to tell: the place decides"
    assert found("retard", english, context=ROOM) == []


def test_a_guard_silences_its_own_rule_alone() -> None:
    guarded = rule("words: je te tue\nunless: au scrabble", RuleKind.PATTERNS)
    other = rule("scrabble", rule_id=2)
    assert found("je te tue au scrabble", guarded, other) == [(2, "scrabble")]
    assert found("je te tue ce soir", guarded, other) == [(1, "je te tue")]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("les cons sont partout", True),
        ("dire « les cons sont partout » n'est pas gentil", False),
        ("\"les cons sont partout\" c'est ce qu'il a dit", False),
        ("« les cons sont partout »", True),  # nothing but the quotation: it is said
        ("« oui » les cons sont partout, dit-elle « ah »", True),
        ('les cons " sont partout ici même', True),
    ],
)
def test_what_is_quoted_is_not_said(text: str, counts: bool) -> None:
    one = rule("words: les cons\nquotes: skip", RuleKind.PATTERNS)
    assert bool(found(text, one)) is counts


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("voleur.example", True),
        ("HTTPS://VOLEUR.EXAMPLE/x", True),
        ("a.b.voleur.example", True),
        ("ｖｏｌｅｕｒ．example", True),
        ("voleur\u200b.example", True),
        ("vоleur.example", True),  # a Cyrillic o, which browsers would show as another host and people read as this one
        ("monvoleur.example", False),
        ("voleur.example.org", False),
    ],
)
def test_hosts_and_what_lies_below_them(text: str, hit: bool) -> None:
    assert bool(found(text, rule("voleur.example", RuleKind.HOSTS))) is hit


def test_a_bad_host_behind_many_good_ones_is_found() -> None:
    text = " ".join(f"site{number}.example" for number in range(100)) + " voleur.example"
    assert found(text, rule("voleur.example", RuleKind.HOSTS)) == [(1, "voleur.example")]


def test_spelled_out_words_are_read_by_expressions_too() -> None:
    one = rule(r"words: \bje deteste les chats\b", RuleKind.PATTERNS)
    assert found("je d é t e s t e les chats", one) == [(1, "je d é t e s t e les chats")]


def test_places_lead_to_the_text_as_it_was_written() -> None:
    text = "ah \u200bсr\u00adé\u0301t1n va"
    assert found(text, rule("cretin")) == [(1, "сr\u00adé\u0301t1n")]


def test_no_rules_find_nothing() -> None:
    assert found("n'importe quoi") == []


def test_a_stored_rule_that_cannot_be_read_is_no_silence() -> None:
    with pytest.raises(BadRuleText):
        RuleSnapshot([rule("words: (", RuleKind.PATTERNS)])
