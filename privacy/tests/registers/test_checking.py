"""What the registers leave out or get wrong is said, each fault by its name; what is right is passed over in silence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.hosts import read_host, read_pattern
from privacy.registers.checking import check_activities, check_assessment, check_exports, check_fields, check_transfers
from privacy.registers.reading import Activity, Named
from privacy.tests.registers.examples import CLASSIFIED, TODAY, activity, assessment, line, risk, transfer

ROOT = Path(__file__).resolve().parents[3]


def faults_of(*activities: Activity, classified: Mapping[str, Mapping[str, bool]] = CLASSIFIED, **change: Any) -> list[str]:
    known: dict[str, Any] = {"codes": {"PROFILE"}, "steps": {"IDENTITY"}, "transfers": {"bank"}}
    return check_activities(activities or (activity(),), classified=classified, **(known | change))


# ---- Fields ------------------------------------------------------------------------------------------------------------------------
def test_every_field_is_classified_and_none_that_is_not_there() -> None:
    present = {model: set(fields) for model, fields in CLASSIFIED.items()}
    assert check_fields(CLASSIFIED, present) == []
    grown = present | {"app.Person": {"name", "colour", "email"}, "app.New": {"x"}}
    assert check_fields(CLASSIFIED, grown) == ["gdpr.yml: app.New.x is not classified", "gdpr.yml: app.Person.email is not classified"]
    shrunk = {"app.Person": {"name"}, "app.Theme": {"slug"}}
    assert check_fields(CLASSIFIED, shrunk) == ["gdpr.yml: there is no app.Letter.text", "gdpr.yml: there is no app.Person.colour"]


# ---- Activities --------------------------------------------------------------------------------------------------------------------
def test_a_register_that_is_whole_has_no_fault() -> None:
    assert faults_of() == []


def test_a_personal_table_without_activity_is_named() -> None:
    assert faults_of(activity(line("app.Person"))) == ["processing.yml: app.Letter belongs to no activity"]


def test_a_table_belongs_to_one_activity_alone() -> None:
    twice = [activity(), activity(line("app.Person"), key="more")]
    assert faults_of(*twice) == ["processing.yml: app.Person stands twice"]


def test_a_table_without_a_personal_field_has_no_place() -> None:
    named = activity(line("app.Person", "app.Letter", "app.Theme"))
    assert faults_of(named) == ["processing.yml: app.Theme has no personal field"]
    gone = activity(line("app.Person", "app.Letter", "app.Gone"))
    assert faults_of(gone) == ["processing.yml: app.Gone has no personal field"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"retention": Named("NOTHING")}, "there is no retention rule NOTHING"),
        ({"erasure": Named("NOTHING")}, "there is no step of an erasure NOTHING"),
        ({"retention": Named("", " ")}, "no retention rule, and no reason"),
        ({"erasure": Named("", "")}, "no step of an erasure, and no reason"),
    ],
)
def test_rules_and_steps_exist_or_a_reason_stands_in_their_place(change: dict[str, Named], fault: str) -> None:
    assert faults_of(activity(line(**change))) == [f"processing.yml, people, app.Person/app.Letter: {fault}"]
    excused = {name: Named("", "six years, the limitation period") for name in change}
    assert faults_of(activity(line(**excused))) == []


def test_every_activity_names_its_basis_its_key_once_and_transfers_that_exist() -> None:
    assert faults_of(activity(basis=())) == ["processing.yml, people: no basis"]
    assert faults_of(activity(transfers=("bank", "post"))) == ["processing.yml, people: no transfer post"]
    halves = [activity(line("app.Person")), activity(line("app.Letter"))]
    assert faults_of(*halves) == ["processing.yml: people stands twice"]


def test_every_fault_is_told_at_once() -> None:
    bad = activity(line("app.Person", retention=Named("NOTHING")), basis=())
    assert len(faults_of(bad)) == 3


# ---- Export ------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shown", "omitted", "faulty"),
    [
        ({"app.Person.name", "app.Letter.text"}, set(), []),
        ({"app.Person.name"}, {"app.Letter.text"}, []),
        ({"app.Person.name"}, {"app.Letter"}, []),
        ({"app.Person.name"}, {"app.Lett"}, ["app.Letter.text"]),
        (set(), set(), ["app.Letter.text", "app.Person.name"]),
    ],
)
def test_a_personal_field_is_shown_or_left_out_in_writing(shown: set[str], omitted: set[str], faulty: list[str]) -> None:
    faults = check_exports(CLASSIFIED, shown=shown, omitted=omitted)
    assert [fault.split()[1] for fault in faults] == faulty


# ---- Transfers ---------------------------------------------------------------------------------------------------------------------
def asked(*hosts: Any, **change: Any) -> list[str]:
    known: dict[str, Any] = {
        "addresses": {"BANK_URL": "pay.bank.example"},
        "variables": {"RESAKA_BANK_KEY"},
        "used": {"bank"},
    }
    return check_transfers(change.pop("transfers", (transfer(),)), hosts=hosts, **(known | change))


@pytest.mark.parametrize("host", ["api.bank.example", "pay.bank.example", "a.push.bank.example", "127.0.0.1:8420", "localhost:1"])
def test_a_server_of_the_register_may_be_asked(host: str) -> None:
    assert asked(read_host(host)) == []


@pytest.mark.parametrize("host", ["evil.example", "bank.example", "xapi.bank.example", "push.bank.example", "10.0.0.1"])
def test_a_server_that_no_transfer_names_is_a_fault(host: str) -> None:
    assert asked(read_host(host)) == [f"OUTBOUND_HOSTS: {host} belongs to no transfer"]


def test_a_whole_family_of_servers_needs_a_family_in_the_register() -> None:
    assert asked(read_pattern("*.push.bank.example")) == []
    assert asked(read_pattern("*.eu.push.bank.example")) == []
    assert asked(read_pattern("*.bank.example")) == ["OUTBOUND_HOSTS: bank.example belongs to no transfer"]
    assert asked(read_pattern("*.api.bank.example")) == ["OUTBOUND_HOSTS: api.bank.example belongs to no transfer"]


def test_a_setting_for_an_address_belongs_to_a_transfer_even_while_it_is_empty() -> None:
    assert asked(addresses={"BANK_URL": "", "POST_URL": ""}) == ["transfers.yml: no transfer names the setting POST_URL"]
    assert asked(addresses={}) == ["transfers.yml, bank: there is no setting BANK_URL"]
    assert asked(read_host("pay.bank.example"), addresses={"BANK_URL": ""}) == [
        "OUTBOUND_HOSTS: pay.bank.example belongs to no transfer"
    ], "the setting names it no more"


def test_a_transfer_is_turned_on_by_a_variable_that_exists_and_somebody_uses_it() -> None:
    assert asked(variables=set()) == ["transfers.yml, bank: there is no variable RESAKA_BANK_KEY"]
    assert asked(used=set()) == ["transfers.yml, bank: no activity uses it"]
    assert asked(transfers=(transfer(), transfer())) == ["transfers.yml: bank stands twice"]


# ---- Risks -------------------------------------------------------------------------------------------------------------------------
def test_the_assessment_is_looked_at_within_a_year_and_not_late() -> None:
    people = [activity()]
    assert check_assessment(assessment(), activities=people, root=ROOT, today=TODAY) == []
    assert check_assessment(assessment(), activities=people, root=ROOT, today=date(2027, 11, 26)) == []
    late = check_assessment(assessment(), activities=people, root=ROOT, today=date(2027, 11, 27))
    assert late == ["dpia.yml: the review was due on 2027-11-26"]
    far = assessment(next_review=date(2027, 11, 28))
    assert check_assessment(far, activities=people, root=ROOT, today=TODAY) == ["dpia.yml: the next review is more than a year away"]


def test_special_data_has_a_risk_and_a_risk_an_activity_and_its_evidence() -> None:
    sensitive = [activity(special=True), activity(key="more", special=True)]
    assert check_assessment(assessment(), activities=sensitive, root=ROOT, today=TODAY) == ["dpia.yml: more has special data and no risk"]
    lost = assessment(risk(activities=("people", "gone"), evidence=("no/such/file.py",)))
    assert check_assessment(lost, activities=[activity()], root=ROOT, today=TODAY) == [
        "dpia.yml: there is no activity gone",
        "dpia.yml, x: there is no no/such/file.py",
    ]
