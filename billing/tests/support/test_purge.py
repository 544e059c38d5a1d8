"""What goes by itself: answered requests with their keys."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from accounts.tests.factories import NOON
from billing.models import SupportRequest
from billing.services.purge import SHELVES
from billing.services.support.asking import open_request
from billing.services.support.desk import answer_request
from billing.tests.support.test_asking import ask
from core.models import DataKey
from core.purging import empty

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


def test_an_answered_request_goes_with_its_key(amina: User, naly: User, django_capture_on_commit_callbacks: pytest.FixtureRequest) -> None:
    asked, waiting = ask(amina), ask(amina)
    answer_request(request_id=asked.pk, words="Voilà.", by=naly, now=NOON)
    (shelf,) = SHELVES["SUPPORT_REQUEST"]
    assert empty(shelf, now=NOON + YEAR, before=NOON - timedelta(seconds=1)) == 0
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert empty(shelf, now=NOON + YEAR, before=NOON) == 1
    assert list(SupportRequest.objects.values_list("pk", flat=True)) == [waiting.pk]
    assert not DataKey.objects.using("keys").filter(scope=asked.scope).exists()
    assert open_request(SupportRequest.objects.get()).words != ""
