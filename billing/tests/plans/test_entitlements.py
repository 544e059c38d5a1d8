"""What somebody may do: a code, a whole number, one query; the best of what they have, never worse than what everybody has."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from billing.enums import EntitlementCode, EntitlementSource, PlanCode
from billing.freemium import GRANTS, GROUPS_CEILING, MEGABYTE, grants_of
from billing.models import Entitlement
from billing.queries.entitlements import forget_entitlements, get_entitlement, list_entitlements
from billing.services.entitling import end_at, give_plan
from billing.tests.plans.selling import DAY, NOON

pytestmark = pytest.mark.django_db
FREE = {"STORAGE_BYTES": 250_000_000, "ATTACHMENT_BYTES": 10_000_000, "GROUPS_OWNED": 3, "THEMES": 0, "SUPPORT_PRIORITY": 72, "ADS": 1}
PREMIUM = {
    "STORAGE_BYTES": 10_000_000_000,
    "ATTACHMENT_BYTES": 50_000_000,
    "GROUPS_OWNED": 200,
    "THEMES": 1,
    "SUPPORT_PRIORITY": 24,
    "ADS": 0,
}


def give(user: User, key: str = "k1", *, starts_at: datetime = NOON, ends_at: datetime | None = NOON + 30 * DAY) -> None:
    source = EntitlementSource.ORDER
    give_plan(user_id=user.pk, plan=PlanCode.PREMIUM, source=source, source_key=key, starts_at=starts_at, ends_at=ends_at)


def test_everybody_has_what_free_gives_and_a_guest_too(amina: User) -> None:
    assert {code.value: get_entitlement(None, code, NOON) for code in EntitlementCode} == FREE
    assert {code.value: value for code, value in list_entitlements(user=amina, now=NOON).items()} == FREE


def test_premium_gives_what_its_table_says(amina: User) -> None:
    give(amina)
    assert {code.value: value for code, value in list_entitlements(user=amina, now=NOON).items()} == PREMIUM
    assert {code.value: value for code, value in grants_of(PlanCode.PREMIUM).items()} == PREMIUM
    assert (MEGABYTE, GROUPS_CEILING) == (1_000_000, 200)


@pytest.mark.parametrize(
    ("now", "value"),
    [
        (NOON - DAY, 3),  # not yet
        (NOON, 200),
        (NOON + 30 * DAY, 3),  # at the very moment of its end it is over
        (NOON + 29 * DAY, 200),
    ],
)
def test_it_counts_from_its_start_to_its_end(amina: User, now: datetime, value: int) -> None:
    give(amina)
    assert get_entitlement(amina, EntitlementCode.GROUPS_OWNED, now) == value


def test_without_an_end_it_stays(amina: User) -> None:
    give(amina, ends_at=None)
    assert get_entitlement(amina, "GROUPS_OWNED", NOON + 10_000 * DAY) == 200


def test_the_best_of_several_counts_whether_more_or_less_is_better(amina: User) -> None:
    rows = [
        ("a", "STORAGE_BYTES", 500_000_000),
        ("b", "STORAGE_BYTES", 400_000_000),
        ("a", "SUPPORT_PRIORITY", 48),
        ("b", "SUPPORT_PRIORITY", 96),
    ]
    for key, code, value in rows:
        Entitlement.objects.create(user=amina, code=code, value=value, source="ORDER", source_key=key, starts_at=NOON, ends_at=None)
    assert get_entitlement(amina, "STORAGE_BYTES", NOON) == 500_000_000
    assert get_entitlement(amina, "SUPPORT_PRIORITY", NOON) == 48
    Entitlement.objects.filter(source_key="a").delete()
    forget_entitlements(amina)
    assert get_entitlement(amina, "SUPPORT_PRIORITY", NOON) == 72  # 96 hours would be worse than what everybody has


def test_one_query_for_a_person_however_often_a_page_asks(amina: User, ben: User) -> None:
    give(amina)
    with CaptureQueriesContext(connection) as seen:
        assert [get_entitlement(amina, code, NOON) for code in EntitlementCode] == list(PREMIUM.values())
        get_entitlement(None, "ADS", NOON)
    assert len(seen) == 1
    with CaptureQueriesContext(connection) as seen:
        get_entitlement(ben, "ADS", NOON)
        get_entitlement(amina, "ADS", NOON)
    assert len(seen) == 1


def test_what_was_given_meanwhile_is_seen_after_forgetting(amina: User) -> None:
    assert get_entitlement(amina, "THEMES", NOON) == 0
    give(amina)
    assert get_entitlement(amina, "THEMES", NOON) == 0  # this page has asked before
    forget_entitlements(amina)
    assert get_entitlement(amina, "THEMES", NOON) == 1
    assert get_entitlement(User.objects.get(pk=amina.pk), "THEMES", NOON) == 1


def test_nobody_has_what_another_paid_for(amina: User, carol: User) -> None:
    give(amina)
    assert get_entitlement(carol, "STORAGE_BYTES", NOON) == FREE["STORAGE_BYTES"]


@pytest.mark.parametrize("code", ["PREMIUM", "", "storage_bytes", "VISIBILITY"])
def test_a_code_that_is_not_in_the_table_is_an_error_of_ours(amina: User, code: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        get_entitlement(amina, code, NOON)


def test_given_twice_under_one_key_it_moves_and_keeps_the_values_that_were_bought(amina: User) -> None:
    give(amina)
    Entitlement.objects.filter(code="STORAGE_BYTES").update(value=20_000_000_000)  # what an earlier release promised
    give(amina, ends_at=NOON + 60 * DAY)
    assert Entitlement.objects.count() == len(GRANTS)
    assert get_entitlement(amina, "STORAGE_BYTES", NOON + 45 * DAY) == 20_000_000_000


def test_an_end_never_comes_later_than_it_was(amina: User) -> None:
    give(amina)
    end_at(source_key="k1", at=NOON + 40 * DAY)
    assert Entitlement.objects.filter(ends_at=NOON + 30 * DAY).count() == len(GRANTS)
    end_at(source_key="k1", at=NOON + DAY)
    assert Entitlement.objects.filter(ends_at=NOON + DAY).count() == len(GRANTS)
    end_at(source_key="other", at=NOON)
    assert Entitlement.objects.filter(ends_at=NOON).count() == 0


def test_every_code_has_its_row_and_premium_is_never_worse() -> None:
    assert set(GRANTS) == set(EntitlementCode)
    for grant in GRANTS.values():
        assert grant.best([grant.premium]) == grant.premium
        assert grant.best([]) == grant.free
        assert grant.premium != grant.free
