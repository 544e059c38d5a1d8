"""The people of every test of notices, the table of the whole house, and a mail server that says what a test wants to hear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import make_user
from notifications.tests.mailserver import MailServer
from notifications.transports import email
from realtime.bus import Parcel
from realtime.buses import get_bus


@pytest.fixture
def amina() -> User:
    return make_user("Amina", password="voyage-ravinala-26")


@pytest.fixture
def ben() -> User:
    return make_user("Ben", language="mg")


@pytest.fixture
def carol() -> User:
    return make_user("Carol", language="en")


@pytest.fixture(autouse=True)
def _trusted_server() -> Iterator[None]:
    """No test inherits another's mail server that was away."""
    email.forget_server()
    yield
    email.forget_server()


@pytest.fixture
def server(settings: object) -> Iterator[MailServer]:
    """A real mail server on this machine, and Django's own way to it."""
    with MailServer() as made:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", made.port  # type: ignore[attr-defined]
        settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = False, 1  # type: ignore[attr-defined]
        yield made


@pytest.fixture
def hear() -> Iterator[Callable[[], list[Parcel]]]:
    """What the live bus brought to the sockets since the last look."""
    loop, bus, heard = asyncio.new_event_loop(), get_bus(), list[Parcel]()

    async def attach() -> None:
        bus.attach(heard.extend, lambda: None)

    def look() -> list[Parcel]:
        loop.run_until_complete(asyncio.sleep(0.05))
        found = list(heard)
        heard.clear()
        return found

    loop.run_until_complete(attach())
    yield look
    loop.run_until_complete(bus.detach())
    loop.close()


@pytest.fixture
def as_() -> Callable[[User | None], Client]:
    """A browser logged in as somebody, or a guest's."""

    def log_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user)
        return browser

    return log_in
