"""One matrix, several laws: the rule of a person's own law in the place of the general one, decided in the database."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import IntegrityError, transaction
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.enums import Jurisdiction, UserStatus
from accounts.models import CivilIdentity, DeviceMark, PseudonymHistory, User
from accounts.queries.jurisdictions import people_under
from accounts.tests.factories import NOON, make_user
from core.purging import Owners, Spared
from moderation.courts.terms import HoldScope
from moderation.enums import StaffRole
from moderation.services.holds import place_hold
from moderation.tests.factories import make_staff_member
from privacy.enums import Clock
from privacy.matrix import MATRIX
from privacy.models import DeletionRecord, RetentionRule
from privacy.queries.reaches import list_reaches
from privacy.queries.rules import find_rule, list_matrix, say_rule
from privacy.services.changes import agree_to_change, propose_change
from privacy.services.purge import purge_due
from privacy.services.shelves import SHELVES
from privacy.tests.conftest import seed_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def closed(name: str, law: str, *, days_ago: float) -> User:
    """An account that closed, with what its law keeps of it."""
    user = make_user(name)
    values = {"jurisdiction": law, "status": UserStatus.CLOSED, "closed_at": NOON - days_ago * DAY}
    User.objects.filter(pk=user.pk).update(**values)
    CivilIdentity.objects.create(user=user, blob=b"x", parts="name", given_at=NOON - 9 * DAY)
    return user


def left() -> set[str]:
    return set(CivilIdentity.objects.values_list("user__username", flat=True))


# ---- Whose rows a rule speaks for ---------------------------------------------------------------------------------------------


def test_every_person_is_spoken_for_by_one_rule_of_each_code() -> None:
    reaches = list_reaches()
    assert len(reaches) == len(MATRIX)
    probes = {law: make_user(f"Sonde{number}") for number, law in enumerate(Jurisdiction.values)}
    for law, probe in probes.items():
        User.objects.filter(pk=probe.pk).update(jurisdiction=law)
    for code, law in itertools.product({entry.rule.code for entry in MATRIX}, probes):
        speaking = [rule for rule, owners in reaches if rule.code == code and _covers(owners, probes[law])]
        assert len(speaking) == 1, (code, law)
        own = [entry.rule for entry in MATRIX if entry.rule.code == code and entry.rule.jurisdiction == law]
        assert speaking[0].jurisdiction == (law if own else "")


def _covers(owners: Owners, probe: User) -> bool:
    inside = owners.only is None or owners.only.filter(pk=probe.pk).exists()
    without = owners.without is not None and owners.without.filter(pk=probe.pk).exists()
    return bool(inside and not without)


def test_the_rules_are_read_in_two_queries_and_the_owners_in_none(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        list_reaches()


def test_five_years_by_one_law_and_nothing_by_the_other() -> None:
    for name, law, days in (("Amina", "MG", 0), ("Ben", "FR", 0), ("Carol", "EU", 1825), ("Dina", "OTHER", 1826), ("Elsa", "FR", 1827)):
        closed(name, law, days_ago=days)
    assert purge_due(now=NOON)["IDENTITY"] == 3
    assert left() == {"ben", "carol"}
    records = DeletionRecord.objects.filter(code="IDENTITY").order_by("kept").values_list("rows", "kept")
    assert list(records) == [(1, timedelta(0)), (2, 1826 * DAY)]


def test_an_account_that_is_open_keeps_what_its_owner_gave_under_either_law() -> None:
    for name, law in (("Amina", "MG"), ("Ben", "FR")):
        user = make_user(name)
        User.objects.filter(pk=user.pk).update(jurisdiction=law)
        CivilIdentity.objects.create(user=user, blob=b"x", parts="name", given_at=NOON - 4000 * DAY)
    assert "IDENTITY" not in purge_due(now=NOON)
    assert left() == {"amina", "ben"}


def test_a_hold_wins_under_every_law() -> None:
    amina, ben = closed("Amina", "MG", days_ago=9), closed("Ben", "FR", days_ago=2000)
    by = make_staff_member("Modo1", StaffRole.LEGAL_DESK)
    place_hold(scope=HoldScope.USER, subject_ids=[amina.pk, ben.pk], by=by, reason="réquisition", now=NOON - DAY)
    assert "IDENTITY" not in purge_due(now=NOON)
    assert left() == {"amina", "ben"}


def test_who_moved_is_under_the_law_of_where_they_live(amina: User) -> None:
    """What each row says itself (connections) keeps what was promised to it; what ends with the account follows the law of its end."""
    user = closed("Ben", "MG", days_ago=9)
    User.objects.filter(pk=user.pk).update(jurisdiction="FR")
    assert "IDENTITY" not in purge_due(now=NOON)
    User.objects.filter(pk=user.pk).update(jurisdiction="MG")
    assert purge_due(now=NOON)["IDENTITY"] == 1


class AnyPeople(TestCase):
    """A database of its own for every example."""

    databases = {"default", "keys"}

    @given(st.lists(st.tuples(st.sampled_from(Jurisdiction.values), st.integers(0, 2000)), max_size=8))
    @settings(max_examples=25, deadline=None)
    def test_exactly_those_go_whose_own_rule_says_so(self, people: list[tuple[str, int]]) -> None:
        seed_rules()
        rules = {rule.jurisdiction: rule for entry in MATRIX if (rule := entry.rule).code == "IDENTITY"}
        stay = set()
        for number, (law, days) in enumerate(people):
            user = closed(f"Habitante{number}", law, days_ago=days)
            if days * DAY < rules.get(law, rules[""]).keep:
                stay.add(user.username)
        purge_due(now=NOON)
        assert left() == stay


# ---- Shelves and owners -------------------------------------------------------------------------------------------------------


def test_rows_of_nobody_follow_the_general_rule_alone(amina: User) -> None:
    PseudonymHistory.objects.create(user=None, pseudonym="Vieille", skeleton="vieille", from_at=NOON - 900 * DAY, to_at=NOON - 400 * DAY)
    shelf = SHELVES["ACCOUNT_OTHER"][-1]
    given: Any = {"before": NOON, "spared": Spared(), "limit": 9, "now": NOON}
    mg = people_under(["MG"])
    assert len(shelf.list_due(owners=Owners(without=mg), **given)) == 1
    assert shelf.list_due(owners=Owners(only=mg), **given) == []


def test_owners_are_taken_and_left_out_in_one_query(amina: User, ben: User, django_assert_num_queries: Any) -> None:
    User.objects.filter(pk=amina.pk).update(jurisdiction="MG")
    for person in (amina, ben):
        DeviceMark.objects.create(user=person, mac=person.public_id, set_at=NOON - 9 * DAY, expires_at=NOON - DAY)
    [shelf] = SHELVES["DEVICE_MARK"]
    given: Any = {"before": NOON, "spared": Spared(), "limit": 9, "now": NOON}
    with django_assert_num_queries(2):
        only = shelf.list_due(owners=Owners(only=people_under(["MG"])), **given)
        without = shelf.list_due(owners=Owners(without=people_under(["MG", "EU"])), **given)
    assert [one.owner_id for one in only] == [amina.pk]
    assert [one.owner_id for one in without] == [ben.pk]
    assert len(shelf.list_due(**given)) == 2


def test_every_shelf_can_be_narrowed_to_owners_on_this_engine() -> None:
    """Every column that is called an owner is one: the query runs."""
    for shelves in SHELVES.values():
        for shelf in shelves:
            for owners in (Owners(only=people_under(["MG"])), Owners(without=people_under(["MG"]))):
                shelf.list_due(before=NOON, spared=Spared(), limit=1, owners=owners, now=NOON)


# ---- Rules as rows ------------------------------------------------------------------------------------------------------------


def test_a_code_has_one_rule_for_each_law() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionRule.objects.create(code="IDENTITY", jurisdiction="MG", clock=Clock.ENDED, keep=DAY, erasable=True, basis="x")
    RetentionRule.objects.create(code="IDENTITY", jurisdiction="EU", clock=Clock.ENDED, keep=DAY, erasable=True, basis="x")


def test_a_rule_is_found_by_its_name_in_an_address() -> None:
    general, special = find_rule(ref="IDENTITY"), find_rule(ref="IDENTITY-MG")
    assert general is not None
    assert special is not None
    assert (general.jurisdiction, special.jurisdiction) == ("", "MG")
    assert (general.ref, special.ref, special.rule.ref) == ("IDENTITY", "IDENTITY-MG", "IDENTITY-MG")
    assert special.label.endswith("· Madagascar")
    for ref in ("IDENTITY-XX", "IDENTITY-", "-MG", "", "MG-IDENTITY", "IDENTITY-MG-"):
        assert find_rule(ref=ref) is None


def test_each_clock_has_its_sentence() -> None:
    def said(ref: str) -> str:
        rule = find_rule(ref=ref)
        assert rule is not None
        return say_rule(rule).replace("\xa0", " ")

    assert said("IDENTITY") == "5 ans après la fin du compte"
    assert said("IDENTITY-MG") == "jusqu’à la fin du compte"
    assert said("CONSENT") == "5 ans après le retrait, ou après la fin du compte"
    assert said("DATA_REQUEST") == "5 ans après la clôture"
    assert said("PAYMENT-MG") == "30 jours après la fin du compte"


def test_the_matrix_reads_in_the_language_of_its_reader() -> None:
    with override("en"):
        english = {row.rule.ref: row.basis for row in list_matrix(now=NOON)}
    with override("fr"):
        french = {row.rule.ref: row.basis for row in list_matrix(now=NOON)}
    assert english["MESSAGE_META"] == french["MESSAGE_META"] == "décret 2021-1362, art. 5"
    assert english["IDENTITY-MG"] != french["IDENTITY-MG"]
    assert set(english) == {entry.rule.ref for entry in MATRIX}


def test_a_change_of_one_law_leaves_the_other_as_it_is(dora: Any, dino: Any) -> None:
    rule = find_rule(ref="PAYMENT-MG")
    assert rule is not None
    change = propose_change(rule=rule, keep=10 * DAY, erasable=True, basis="loi 2027-1", by=dora, reason="la loi change", now=NOON)
    agree_to_change(change=change, by=dino, reason="lu", now=NOON)
    kept = dict(RetentionRule.objects.filter(code="PAYMENT").values_list("jurisdiction", "keep"))
    assert kept == {"": 365 * DAY, "MG": 10 * DAY}
    [earlier] = RetentionRule.objects.get(code="PAYMENT", jurisdiction="MG").rule.earlier
    assert (earlier.keep, earlier.erasable) == (30 * DAY, False)


def test_a_special_rule_alone_is_no_rule_for_everybody() -> None:
    RetentionRule.objects.filter(code="PAYMENT", jurisdiction="").delete()
    assert [error.msg for error in run_checks(databases=["default"], tags=["database"])] == ["no RetentionRule for PAYMENT"]
