"""What goes by itself: what providers wrote of payments."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from billing.enums import LineKind
from billing.models import ProviderEvent, StatementLine
from billing.services.purge import SHELVES
from billing.tests.reconciliation.books import TEN, bring, line
from core.purging import empty

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


def test_what_providers_wrote_goes_and_the_figures_stay(naly: User, hery: User) -> None:
    bring(naly, hery, line("MP1", 700))
    ProviderEvent.objects.create(provider="MVOLA", event_id="e1", raw=b"x", raw_sha256="ab", received_at=TEN)
    events, lines = SHELVES["PROVIDER_EVENT"]
    for shelf in (lines, events):
        assert empty(shelf, now=TEN + YEAR, before=TEN - timedelta(seconds=1)) == 0
        assert empty(shelf, now=TEN + YEAR, before=TEN) == 1
        assert empty(shelf, now=TEN + YEAR, before=TEN) == 0
    kept = StatementLine.objects.get(kind=LineKind.PAYMENT)
    assert (kept.raw, kept.amount_minor, kept.provider_ref) == (None, 700, "MP1")
    event = ProviderEvent.objects.get()
    assert (event.raw, event.raw_sha256) == (None, "ab")
