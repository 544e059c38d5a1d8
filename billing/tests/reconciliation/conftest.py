from __future__ import annotations

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.tests.team import make_teller


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


@pytest.fixture
def naly() -> User:
    """Brings files."""
    return make_teller("Naly")


@pytest.fixture
def hery() -> User:
    """Confirms what Naly brings."""
    return make_teller("Hery")
