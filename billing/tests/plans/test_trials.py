"""Fourteen days, once a person, and an end by itself that costs nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from billing.models import Entitlement, Payment, Subscription
from billing.queries.entitlements import forget_entitlements, get_entitlement
from billing.services.trials import TRIAL, NoTrial, find_trial_end, may_try, start_trial
from billing.tests.plans.selling import DAY, NOON, order, pay, subscribe

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


def test_it_gives_premium_for_fourteen_days_and_then_free_by_itself(amina: User) -> None:
    assert start_trial(user=amina, now=NOON) == NOON + 14 * DAY
    assert get_entitlement(amina, "GROUPS_OWNED", NOON + 13 * DAY) == 200
    assert get_entitlement(amina, "GROUPS_OWNED", NOON + 14 * DAY) == 3
    assert (Subscription.objects.count(), Payment.objects.count()) == (0, 0)  # there is nothing that could be charged
    assert find_trial_end(user_id=amina.pk, now=NOON + 13 * DAY) == NOON + 14 * DAY
    assert find_trial_end(user_id=amina.pk, now=NOON + 14 * DAY) is None


def test_once_a_person_even_after_it_ended(amina: User, ben: User) -> None:
    start_trial(user=amina, now=NOON)
    for later in (NOON, NOON + 400 * DAY):
        with pytest.raises(NoTrial):
            start_trial(user=amina, now=later)
    assert (may_try(user=amina), may_try(user=ben)) == (False, True)
    assert Entitlement.objects.filter(user=amina, ends_at=NOON + TRIAL).count() == 6


def test_who_paid_once_has_no_trial_left_and_who_only_ordered_has(amina: User, ben: User) -> None:
    subscribe(amina)
    order(ben)
    assert (may_try(user=amina), may_try(user=ben)) == (False, True)
    with pytest.raises(NoTrial):
        start_trial(user=amina, now=NOON)


def test_what_is_paid_during_a_trial_begins_after_it(amina: User) -> None:
    start_trial(user=amina, now=NOON)
    made = order(amina, now=NOON + DAY)
    subscription = pay(made, now=NOON + DAY)
    assert made.period_start == NOON + TRIAL
    assert subscription.period_end == made.period_end
    forget_entitlements(amina)
    assert get_entitlement(amina, "THEMES", NOON + 20 * DAY) == 1


def test_the_button_begins_it_and_a_second_click_says_why_not(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    assert "Commencer l’essai" in browser.get("/money/premium/?lang=fr").content.decode()
    assert browser.post("/money/trial/")["Location"] == "/money/subscription/"
    assert "Premium à l’essai" in browser.get("/money/subscription/").content.decode()
    again = browser.post("/money/trial/", follow=True)
    assert "déjà essayé Premium" in again.content.decode()
    assert "Commencer l’essai" not in again.content.decode()
    assert Entitlement.objects.filter(user=amina).count() == 6


def test_neither_a_guest_nor_a_get_begins_one(amina: User, client: Client, as_: LogIn) -> None:
    assert client.post("/money/trial/").status_code == 302
    assert as_(amina).get("/money/trial/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/money/trial/").status_code == 403
    assert Entitlement.objects.count() == 0
