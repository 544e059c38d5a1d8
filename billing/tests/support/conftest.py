from __future__ import annotations

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.tests.team import make_teller


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


@pytest.fixture
def carol() -> User:
    """The outsider: sees nothing of Amina's."""
    return make_user("Carol")


@pytest.fixture
def naly() -> User:
    """Answers people."""
    return make_teller("Naly", "support")


@pytest.fixture
def hery() -> User:
    """Answers people too."""
    return make_teller("Hery", "support")
