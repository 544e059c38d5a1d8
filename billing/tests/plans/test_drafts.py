"""What somebody wrote down and never paid goes after its time; whatever something rests on stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from billing.enums import OrderKind, OrderState
from billing.models import PlanOrder, Subscription
from billing.services.orders import expire_orders
from billing.services.purge import list_unpaid_orders
from billing.tests.plans.selling import DAY, NOON, order, paid_payment, subscribe

pytestmark = pytest.mark.django_db


def drafts() -> list[int]:
    return list(list_unpaid_orders(NOON).order_by("pk").values_list("pk", flat=True))


def test_an_order_that_was_given_up_is_a_draft(amina: User) -> None:
    made = order(amina)
    assert drafts() == []  # it may still be paid
    assert expire_orders(now=NOON + timedelta(hours=25)) == 1
    assert drafts() == [made.pk]


def test_one_for_which_a_payment_was_begun_is_none(amina: User) -> None:
    made = order(amina)
    paid_payment(made, state="FAILED")
    expire_orders(now=NOON + timedelta(hours=25))
    assert drafts() == []


def test_one_that_would_have_changed_a_renewal_is_a_draft_too(amina: User) -> None:
    paid = subscribe(amina)
    waiting = order(amina, now=NOON + DAY)
    row = Subscription.objects.get()
    PlanOrder.objects.filter(pk=waiting.pk).update(state=OrderState.EXPIRED, renews=True, kind=OrderKind.UPGRADE, subscription=row)
    assert drafts() == [waiting.pk]
    PlanOrder.objects.filter(pk__in=drafts()).delete()
    assert list(PlanOrder.objects.values_list("pk", flat=True)) == [paid.pk]
    assert Subscription.objects.get().pk == row.pk
