"""`manage.py stripe_webhook`."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing.providers.stripe_events import EVENTS
from billing.tests.stripe.document import VERSION
from billing.tests.stripe.house import open_house
from billing.tests.stripe.standin import StandIn

URL = "http://127.0.0.1:9/webhooks/stripe/"


@pytest.fixture(autouse=True)
def _house(settings: Any, standin: StandIn) -> None:
    open_house(settings, standin)


def test_the_endpoint_is_made_in_our_version_once(standin: StandIn) -> None:
    said = StringIO()
    for _time in range(2):
        call_command("stripe_webhook", URL, stdout=said)
    made = [one for one in standin.sdk.webhook_endpoints.list().data if one.url == URL]
    assert [(one.api_version, tuple(one.enabled_events)) for one in made] == [(VERSION, EVENTS)]
    lines = said.getvalue().splitlines()
    assert lines[0] == lines[1]
    assert lines[0].startswith(f"{made[0].id}: RESAKA_STRIPE_WEBHOOK_SECRET=whsec_")


def test_without_a_key_nothing_is_asked(settings: Any) -> None:
    settings.STRIPE_KEY = ""
    with pytest.raises(CommandError, match="RESAKA_STRIPE_KEY"):
        call_command("stripe_webhook", URL, stdout=StringIO())


def test_what_stripe_refuses_is_told(standin: StandIn) -> None:
    with pytest.raises(CommandError, match="url_invalid"):
        call_command("stripe_webhook", "https://example.org/", stdout=StringIO())
