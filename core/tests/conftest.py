"""What several tests of core begin with."""

from __future__ import annotations

from typing import Any

import pytest

from core.hosts import read_host
from core.tests.asking import Allow


@pytest.fixture
def allow(settings: Any) -> Allow:
    """Name the hosts that may be asked."""

    def name(*entries: str) -> None:
        settings.OUTBOUND_HOSTS = [read_host(entry) for entry in entries]

    name()
    return name
