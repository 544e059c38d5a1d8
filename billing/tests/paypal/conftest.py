"""A stand-in of PayPal for these tests, a program of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.providers.paypalcalls import forget_token
from billing.tests.paypal.house import ROOT, Stand
from core.hosts import read_host


@pytest.fixture(scope="session")
def stand_url() -> Iterator[str]:
    command = [sys.executable, "-m", "billing.simulators.paypal", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


@pytest.fixture
def stand(settings: Any, stand_url: str) -> Stand:
    settings.OUTBOUND_HOSTS = [read_host(urlsplit(stand_url).netloc)]
    settings.PAYPAL_URL = stand_url
    settings.PAYPAL_CLIENT_ID, settings.PAYPAL_SECRET = "resaka-paypal", "resaka-paypal-secret"
    settings.PAYPAL_WEBHOOK_ID, settings.PAYPAL_MERCHANT_ID = "WHRESAKA", "RESAKAMERCHANT"
    forget_token()
    stand = Stand(stand_url)
    stand.hand("POST", "reset")
    return stand


@pytest.fixture
def amina(db: None) -> User:
    return make_user("Amina")
