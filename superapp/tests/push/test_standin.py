"""The push service of this machine beside the demo."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from core.hosts import read_pattern
from core.tests.ports import free_port
from superapp.standins import StandIn, StandIns, list_wanted


def test_the_demo_starts_one_where_it_is_named(settings: Any) -> None:
    port = free_port()
    settings.PUSH_HOSTS = [read_pattern("fcm.googleapis.com"), read_pattern(f"127.0.0.1:{port}")]
    for setting in ("STRIPE_URL", "PAYPAL_URL", "MVOLA_URL", "ORANGE_URL", "AIRTEL_URL", "VIES_URL"):
        setattr(settings, setting, "https://elsewhere.example")
    assert list_wanted() == [StandIn("push", port, "notifications")]
    settings.STANDINS = True
    with StandIns(), urllib.request.urlopen(f"http://127.0.0.1:{port}/__fake/", timeout=5) as answer:
        assert answer.status == 200
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/__fake/", timeout=2)
