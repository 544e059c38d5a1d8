"""The people of every test of payments, and a bank of the test's own in the place of each provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.tests.factories import log_in_staff, make_user
from billing.providers import table
from billing.queries.staff import GROUP
from billing.services import reach
from billing.tests.bank import Bank

Install = Callable[..., Bank]


@pytest.fixture(autouse=True)
def _fresh_reach() -> Iterator[None]:
    """No test inherits another's provider that was away."""
    reach.forget()
    yield
    reach.forget()


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a bank in the place of a provider; the others have no keys."""
    monkeypatch.setattr(table, "_MAKERS", {})

    def put(name: str = "STRIPE", **traits: object) -> Bank:
        bank = Bank(name, **traits)  # type: ignore[arg-type]
        monkeypatch.setitem(table._MAKERS, name, lambda: bank)
        return bank

    return put


@pytest.fixture
def bank(install: Install) -> Bank:
    """Stripe, as far as the house can see."""
    return install()


@pytest.fixture
def mvola(install: Install) -> Bank:
    """An operator that rings a telephone, finds nothing by our reference, and sends nothing back."""
    return install("MVOLA", currencies=frozenset({"MGA"}), rings=True, repeatable=False, finds=False, refunds="NONE", payee="")


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


@pytest.fixture
def carol() -> User:
    """The outsider: she sees nothing."""
    return make_user("Carol")


def _staff(name: str) -> User:
    user = make_user(name, reserved_name=True)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.groups.add(Group.objects.get_or_create(name=GROUP)[0])
    return user


@pytest.fixture
def mod() -> User:
    """One of the money team."""
    return _staff("Modo1")


@pytest.fixture
def other_mod() -> User:
    """A second one."""
    return _staff("Modo2")


@pytest.fixture
def as_() -> Callable[[User | None], Client]:
    """A browser logged in as somebody, or a guest's."""

    def log_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user)
        return browser

    return log_in


@pytest.fixture
def desk() -> Callable[[User], Client]:
    """A browser of the team, with its second factor."""

    def log_in(user: User) -> Client:
        browser = Client()
        log_in_staff(browser, user)
        return browser

    return log_in
