"""The gate: what each request may have, case by case, and the words of each refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.courts.gate import Facts, Gated, Refused, check_gate, refusals_of
from moderation.courts.terms import DataCategory, GateCase, MissingArticle, OffenceClass, RequestKind

S, I, T, C = DataCategory.SUBSCRIBER, DataCategory.IDENTIFY_ONLY, DataCategory.TRAFFIC, DataCategory.CONTENT  # noqa: E741  (one letter each: the table below is read by columns)
FRENCH = [
    RequestKind.CPP_60_1,
    RequestKind.CPP_60_2,
    RequestKind.CPP_77_1_1,
    RequestKind.CPP_77_1_2,
    RequestKind.MLA,
]
GRAVE = Facts(RequestKind.CPP_77_1_1, "extorsion (CP 312-1)", OffenceClass.DELIT, penalty_months=84, gate_case=GateCase.GRAVE)
NETWORK = Facts(
    RequestKind.CPP_60_1,
    "envoi réitéré de messages malveillants (CP 222-16)",
    OffenceClass.DELIT,
    penalty_months=12,
    gate_case=GateCase.NETWORK,
    network=True,
    only_author=True,
)
VICTIM = Facts(RequestKind.CPP_60_1, "vol", OffenceClass.DELIT, penalty_months=6, gate_case=GateCase.VICTIM, victim_asks=True)
MISSING = Facts(RequestKind.CPP_60_1, gate_case=GateCase.MISSING, missing_article=MissingArticle.ART_74_1)
EPOC = Facts(RequestKind.EPOC, "fraud", penalty_months=36, judge=True)


@pytest.mark.parametrize("kind", FRENCH)
def test_who_subscribed_is_outside_of_the_gate_and_all_else_needs_a_case(kind: RequestKind) -> None:
    assert refusals_of(Facts(kind)) == {I: Refused.NO_CASE, T: Refused.NO_CASE, C: Refused.NO_JUDGE}


@pytest.mark.parametrize(
    ("facts", "may"),
    [
        (GRAVE, [S, I, T]),
        (replace(GRAVE, penalty_months=36), [S, I, T]),
        (replace(GRAVE, offence_class=OffenceClass.CRIME, penalty_months=None), [S, I, T]),
        (replace(GRAVE, judge=True), [S, I, T, C]),
        (replace(GRAVE, kind=RequestKind.CPP_99_3), [S, I, T, C]),
        (replace(GRAVE, kind=RequestKind.CPP_99_4), [S, I, T, C]),
        (NETWORK, [S, I]),
        (VICTIM, [S, I, T]),
        (MISSING, [S, I, T]),
        (replace(MISSING, judge=True), [S, I, T, C]),
        (EPOC, [S, I, T, C]),
        (replace(EPOC, penalty_months=6, listed=True), [S, I, T, C]),
        (replace(EPOC, penalty_months=6), [S, I]),
        (replace(EPOC, judge=False), [S, I]),
        (Facts(RequestKind.EPOC_PR, "fraud", judge=True), []),
        (Facts(RequestKind.DSA_9), []),
        (Facts(RequestKind.DSA_10), [S]),
        (Facts(RequestKind.ADMIN_REMOVAL), []),
        (Facts(RequestKind.MG_JUDICIAL, "escroquerie", judge=True), [S, I, T]),
        (Facts(RequestKind.EMERGENCY_DISCLOSURE, danger="enlèvement en cours"), [S, I, T, C]),
        (Facts(RequestKind.EMERGENCY_DISCLOSURE), []),
    ],
)
def test_what_each_may_have(facts: Facts, may: list[DataCategory]) -> None:
    shut = refusals_of(facts)
    assert [category for category in DataCategory if category not in shut] == may


@pytest.mark.parametrize(
    ("facts", "category", "why"),
    [
        (replace(GRAVE, offence=" "), I, Refused.NO_OFFENCE),
        (replace(GRAVE, penalty_months=None), I, Refused.NO_PENALTY),
        (replace(GRAVE, gate_case=None), T, Refused.NO_CASE),
        (replace(GRAVE, penalty_months=35), T, Refused.NOT_GRAVE),
        (replace(GRAVE, offence_class=OffenceClass.CONTRAVENTION), T, Refused.NOT_GRAVE),
        (replace(GRAVE, offence_class=OffenceClass.NONE), I, Refused.NOT_GRAVE),
        (GRAVE, C, Refused.NO_JUDGE),
        (replace(GRAVE, judge=True, offence=""), C, Refused.NO_OFFENCE),
        (replace(NETWORK, penalty_months=None), I, Refused.NO_PENALTY),
        (replace(NETWORK, penalty_months=11), I, Refused.NOT_ONE_YEAR),
        (replace(NETWORK, network=False), I, Refused.NOT_NETWORK),
        (replace(NETWORK, only_author=False), I, Refused.NOT_ONLY_AUTHOR),
        (NETWORK, T, Refused.BEYOND_IDENTITY),
        (replace(VICTIM, victim_asks=False), I, Refused.NOT_VICTIM),
        (replace(VICTIM, penalty_months=None), I, Refused.NO_PENALTY),
        (replace(VICTIM, penalty_months=0), T, Refused.NO_PRISON),
        (replace(MISSING, missing_article=None), T, Refused.NO_ARTICLE),
        (replace(EPOC, offence=""), S, Refused.NO_OFFENCE),
        (replace(EPOC, judge=False), C, Refused.NO_JUDGE),
        (replace(EPOC, penalty_months=35), T, Refused.BELOW_THREE_YEARS),
        (Facts(RequestKind.EPOC_PR), S, Refused.ONLY_PRESERVED),
        (Facts(RequestKind.DSA_9), S, Refused.ACTS_ONLY),
        (Facts(RequestKind.ADMIN_REMOVAL), C, Refused.ACTS_ONLY),
        (Facts(RequestKind.DSA_10), I, Refused.INFORMS_ONLY),
        (Facts(RequestKind.MG_JUDICIAL, "escroquerie", judge=True), C, Refused.NEVER_CONTENT),
        (Facts(RequestKind.MG_JUDICIAL), S, Refused.NO_OFFENCE),
        (Facts(RequestKind.EMERGENCY_DISCLOSURE, danger="  "), C, Refused.NO_DANGER),
    ],
)
def test_every_refusal_has_its_words(facts: Facts, category: DataCategory, why: Refused) -> None:
    assert refusals_of(facts)[category] == why
    assert str(why.label).endswith(".")
    with pytest.raises(Gated) as found:
        check_gate(facts, [category])
    assert found.value.refusals == {category: why}


def test_no_refusal_is_never_given() -> None:
    table = next(mark for mark in test_every_refusal_has_its_words.pytestmark if mark.name == "parametrize")  # type: ignore[attr-defined]  # pytest writes its marks onto the function
    assert {row[2] for row in table.args[1]} == set(Refused)


def test_what_is_open_passes_and_one_shut_category_stops_all() -> None:
    check_gate(GRAVE, [S, I, T])
    check_gate(NETWORK, [])
    with pytest.raises(Gated) as found:
        check_gate(NETWORK, [S, I, T])
    assert found.value.refusals == {T: Refused.BEYOND_IDENTITY}


@given(
    facts=st.builds(
        Facts,
        kind=st.sampled_from([RequestKind.CPP_60_1, RequestKind.CPP_77_1_2, RequestKind.CPP_99_3, RequestKind.MLA]),
        offence=st.sampled_from(["", "vol"]),
        offence_class=st.sampled_from(OffenceClass),
        penalty_months=st.none() | st.integers(0, 240),
        gate_case=st.none() | st.sampled_from(GateCase),
        network=st.booleans(),
        only_author=st.booleans(),
        victim_asks=st.booleans(),
        missing_article=st.none() | st.sampled_from(MissingArticle),
        judge=st.booleans(),
        listed=st.booleans(),
        danger=st.sampled_from(["", "oui"]),
    )
)
def test_traffic_passes_in_the_words_of_the_article_and_in_no_other_case(facts: Facts) -> None:
    """The article written once more, straight from its text; two readings of it must agree."""
    prison = facts.penalty_months or 0
    delit = facts.offence_class == OffenceClass.DELIT
    named = bool(facts.offence)
    first = facts.gate_case == GateCase.GRAVE and named and (facts.offence_class == OffenceClass.CRIME or (delit and prison >= 36))
    second = facts.gate_case == GateCase.NETWORK and named and delit and prison >= 12 and facts.network and facts.only_author
    third = facts.gate_case == GateCase.VICTIM and named and facts.victim_asks and delit and prison > 0
    fourth = facts.gate_case == GateCase.MISSING and facts.missing_article is not None
    shut = refusals_of(facts)
    assert (I not in shut) == (first or second or third or fourth)
    assert (T not in shut) == (first or third or fourth)
    assert S not in shut
