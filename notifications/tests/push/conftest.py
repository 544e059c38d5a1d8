"""A push service of this machine that every test finds empty, and the settings that let the house work with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.hosts import read_host
from notifications.tests.push.devices import Program, PushService
from notifications.transports import google, posting


@pytest.fixture(scope="session")
def _push_program() -> Iterator[PushService]:
    program = PushService()
    yield program
    program.close()


@pytest.fixture(scope="session")
def _fcm_program() -> Iterator[Program]:
    program = Program("fcm")
    yield program
    program.close()


@pytest.fixture(autouse=True)
def _fresh_hosts() -> Iterator[None]:
    """No test inherits another's host that rests, or its token."""
    posting.forget_hosts()
    google.forget_token()
    yield
    posting.forget_hosts()


@pytest.fixture
def service(_push_program: PushService, settings: Any) -> PushService:
    """The push service; the house knows its host and has one key."""
    _push_program.forget()
    settings.PUSH_HOSTS = [read_host(_push_program.entry)]
    settings.VAPID_KEYS = (0x1234567890ABCDEF,)
    settings.VAPID_SUBJECT = "mailto:push@resaka.test"
    return _push_program


@pytest.fixture
def fcm(_fcm_program: Program, settings: Any) -> Program:
    """FCM with a service account that the house holds."""
    _fcm_program.forget()
    settings.OUTBOUND_HOSTS = [read_host(_fcm_program.entry)]
    settings.FCM_URL, settings.FCM_ACCOUNT = _fcm_program.base, _fcm_program.ask("GET")["account"]
    return _fcm_program
