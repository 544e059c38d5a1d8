"""The people of every test of plans; prices are those that ship, and the conditions of sale are published."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from accounts.models import LegalDocument, User
from accounts.tests.factories import make_user
from billing.queries.staff import GROUP
from billing.services.plans import load_plans
from billing.tests.plans.selling import DAY, NOON


@pytest.fixture
def shop(db: None) -> None:
    """Prices on offer, and conditions to accept."""
    call_command("load_legal", verbosity=0, stdout=StringIO())
    LegalDocument.objects.filter(doc_type="SALES").update(published_at=NOON - 400 * DAY)  # the days of these tests came before its own
    load_plans(prices=settings.PREMIUM_PRICES, now=NOON)


@pytest.fixture
def amina(shop: None) -> User:
    return make_user("Amina")


@pytest.fixture
def ben(shop: None) -> User:
    return make_user("Ben")


@pytest.fixture
def carol(shop: None) -> User:
    return make_user("Carol")


@pytest.fixture
def mod(shop: None) -> User:
    """Of the money team."""
    user = make_user("Modo1", reserved_name=True)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=GROUP)[0])
    return User.objects.get(pk=user.pk)


@pytest.fixture
def as_() -> Callable[[User | None], Client]:
    """A browser logged in as somebody, or a guest's."""

    def log_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user)
        return browser

    return log_in
