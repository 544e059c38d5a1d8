"""What the pages of accounts need: texts to accept and postal codes to live in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import PostalCode, User
from accounts.services.postal import load_postal_codes
from accounts.tests.factories import make_user

PASSWORD = "voyage-ravinala-26"


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


@pytest.fixture
def carol() -> User:
    return make_user("Carol")


@pytest.fixture
def texts() -> None:
    """Charter and terms, published."""
    call_command("load_legal", verbosity=0, stdout=StringIO())


@pytest.fixture(scope="package")
def _loaded_places(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Six thousand rows that no test changes: written once for all of them, and gone before another app's tests."""
    with django_db_blocker.unblock():
        load_postal_codes()
    yield
    with django_db_blocker.unblock():
        PostalCode.objects.all().delete()


@pytest.fixture
def places(_loaded_places: None, _django_db_helper: None) -> None:
    """The postal codes that ship with the app. A test that commits leaves empty tables behind it, so they are written again after one."""
    if not PostalCode.objects.exists():
        load_postal_codes()


@pytest.fixture
def as_() -> Callable[[User | None], Client]:
    """A browser logged in as somebody, or a guest's."""

    def log_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user)
        return browser

    return log_in
