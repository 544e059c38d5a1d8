"""The people of every test: Amina and Ben are members, Carol is the outsider."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.tests.factories import make_user


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


@pytest.fixture
def carol() -> User:
    return make_user("Carol")
