"""What the pages of accounts need: texts to accept and postal codes to live in."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
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


@pytest.fixture
def places() -> None:
    """The postal codes that ship with the app."""
    call_command("load_postal", verbosity=0, stdout=StringIO())


@pytest.fixture
def as_() -> Callable[[User | None], Client]:
    """A browser logged in as somebody, or a guest's."""

    def log_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user)
        return browser

    return log_in
