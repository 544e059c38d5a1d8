from __future__ import annotations

import pytest

from accounts.models import User
from billing.tests.team import make_teller


@pytest.fixture
def naly() -> User:
    """Works on money."""
    return make_teller("Naly")
