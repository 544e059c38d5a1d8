"""The seller, the people, and the stand-in of the register of VAT numbers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.tests.selling.house import SELLER
from core.hosts import read_host

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _seller(settings: Any) -> None:
    for name, value in SELLER.items():
        setattr(settings, name, value)


@pytest.fixture
def amina(db: None) -> User:
    return make_user("Amina")


@pytest.fixture
def carol(db: None) -> User:
    return make_user("Carol")


class Register:
    """The stand-in of VIES, and the hand that tells it how to answer."""

    def __init__(self, url: str) -> None:
        self.url = url

    def behave(self, mode: str) -> None:
        """Answer in another way from now on, and forget what was asked."""
        assert httpx.put(f"{self.url}/__fake/", json={"mode": mode}, trust_env=False).status_code == 200

    @property
    def asked(self) -> list[dict[str, str]]:
        """What it was asked."""
        found: list[dict[str, str]] = httpx.get(f"{self.url}/__fake/", trust_env=False).json()["asked"]
        return found


@pytest.fixture(scope="session")
def vies_url() -> Iterator[str]:
    command = [sys.executable, "-m", "billing.simulators.vies", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


@pytest.fixture
def vies(settings: Any, vies_url: str) -> Register:
    settings.OUTBOUND_HOSTS = [read_host(urlsplit(vies_url).netloc)]
    settings.VIES_URL = vies_url
    register = Register(vies_url)
    register.behave("ok")
    return register
