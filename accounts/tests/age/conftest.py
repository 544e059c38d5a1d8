"""The people of the tests of age: Carol and Dina, who have shown nothing yet."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import make_user


@pytest.fixture
def carol() -> User:
    """Reads French."""
    return make_user("Carol", age_method=None, language="fr")


@pytest.fixture
def browser(carol: User) -> Client:
    """Carol's."""
    client = Client()
    client.force_login(carol)
    return client


@pytest.fixture
def dina() -> User:
    """Shows a document."""
    return make_user("Dina", age_method=None)


@pytest.fixture
def offered(settings: Any) -> None:
    """Two of the team look at documents, and nothing else is offered."""
    settings.AGE_METHODS, settings.DEMO_WALLET = ["STAFF_DOCUMENT_REVIEW"], False
