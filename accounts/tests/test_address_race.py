"""One address, one owner, however many confirm it in the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, connections, transaction
from django.test import RequestFactory

from accounts.adapter import AccountAdapter
from accounts.tests.factories import make_user

SHARED = "voahangy@example.org"
MANY = 20
LETTERS = "abcdefghjkmnpqrstuwxyz"  # none looks like another


def confirm(pk: int, start: Barrier | None = None) -> bool:
    """What the page does with a right code."""
    request = RequestFactory().post("/confirm-email/")
    request.session, request.user = SessionStore(), AnonymousUser()
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]  # as MessageMiddleware does
    address = EmailAddress.objects.get(pk=pk)
    if start is not None:
        start.wait(timeout=30)
    with request_context(request):
        return AccountAdapter(request).confirm_email(request, address)


def claims(count: int) -> list[int]:
    """So many people who each wait for the code of the same address."""
    people = [make_user(f"Voahangy{LETTERS[n]}") for n in range(count)]
    return [EmailAddress.objects.create(user=one, email=SHARED, verified=False, primary=False).pk for one in people]


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_confirm_one_address_at_once_one_has_it() -> None:
    start = Barrier(MANY)

    def race(pk: int) -> bool:
        try:
            return confirm(pk, start)
        finally:
            connections.close_all()

    pks = claims(MANY)
    with ThreadPoolExecutor(MANY) as crowd:
        won = list(crowd.map(race, pks))
    assert won.count(True) == 1
    assert list(EmailAddress.objects.filter(email=SHARED, verified=True).values_list("pk", flat=True)) == [pks[won.index(True)]]


@pytest.mark.django_db
def test_who_confirms_second_is_told_no() -> None:
    first, second = claims(2)
    assert (confirm(first), confirm(second)) == (True, False)


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_owner_and_a_second_principal_address() -> None:
    first, second = claims(2)
    EmailAddress.objects.filter(pk=first).update(verified=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailAddress.objects.filter(pk=second).update(verified=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailAddress.objects.filter(pk=second).update(primary=True)
