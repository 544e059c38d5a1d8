"""A civil identity that is taken back: gone within minutes, kept by a hold alone, and nobody learns which."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import CivilIdentity, User, WithdrawnIdentity
from accounts.services.identity import Identity, give_identity, take_identity_back
from accounts.tests.factories import NOON
from moderation.courts.terms import DataCategory, HoldScope
from moderation.queries.inventory import Absent, Part, list_inventory
from moderation.services.holds import place_hold
from moderation.tests.courts import register
from privacy.models import DeletionRecord
from privacy.services.purge import purge_due

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
MINUTES = timedelta(minutes=5)


@pytest.fixture
def given(amina: User, ben: User) -> None:
    for person in (amina, ben):
        give_identity(user=person, identity=Identity(name="Rasoa", phone="+261 34 00 000 00"), now=NOON)


def hold(by: Any, user: User, *codes: str) -> None:
    place_hold(scope=HoldScope.USER, subject_ids=[user.pk], codes=codes, by=by, reason="réquisition", now=NOON - MINUTES)


@pytest.mark.usefixtures("given")
def test_whom_justice_froze_cannot_destroy_it_by_taking_it_back_or_giving_another(amina: User, ben: User, lea: Any) -> None:
    hold(lea, ben)
    for person in (amina, ben):
        take_identity_back(user=person, now=NOON)
    assert CivilIdentity.objects.count() == 0
    assert purge_due(now=NOON + MINUTES) == {"IDENTITY_WITHDRAWN": 1}
    assert [row.user for row in WithdrawnIdentity.objects.all()] == [ben]
    give_identity(user=ben, identity=Identity(name="Un autre"), now=NOON + MINUTES)
    give_identity(user=ben, identity=Identity(name="Encore un"), now=NOON + 2 * MINUTES)
    assert purge_due(now=NOON + 3 * MINUTES) == {}
    assert WithdrawnIdentity.objects.filter(user=ben).count() == 2
    record = DeletionRecord.objects.get()
    assert (record.code, record.store, record.rows) == ("IDENTITY_WITHDRAWN", "accounts_withdrawnidentity", 1)


@pytest.mark.usefixtures("given")
def test_a_hold_on_other_data_keeps_it_not(ben: User, lea: Any) -> None:
    hold(lea, ben, "CONNECTION")
    take_identity_back(user=ben, now=NOON)
    assert purge_due(now=NOON + MINUTES) == {"IDENTITY_WITHDRAWN": 1}


@pytest.mark.usefixtures("given")
def test_nobody_learns_from_the_page_that_they_are_held(amina: User, ben: User, lea: Any) -> None:
    place_hold(scope=HoldScope.USER, subject_ids=[ben.pk], by=lea, reason="réquisition", now=timezone.now())
    call_command("load_legal", verbosity=0, stdout=StringIO())
    answers = []
    for person in (amina, ben):
        client = Client(headers={"Accept-Language": "fr"})
        client.force_login(person)
        answer = client.post("/account/identity/delete/", follow=True)
        answers.append([str(one) for one in answer.context["messages"]])
        assert answer.context["given"] is None
    assert answers[0] == answers[1]
    assert answers[0][0].startswith("Votre identité est retirée.")
    assert WithdrawnIdentity.objects.count() == 2


@pytest.mark.usefixtures("given")
def test_an_authority_finds_what_a_hold_kept_and_nothing_that_was_taken_back_in_peace(amina: User, ben: User, lea: Any) -> None:
    hold(lea, ben)
    request = register(lea, amina, ben, categories=[DataCategory.SUBSCRIBER])
    for person in (amina, ben):
        take_identity_back(user=person, now=NOON)
    lines = [line for line in list_inventory(request=request, now=NOON) if line.part == Part.IDENTITY]
    assert [(line.number, line.rows, line.absent) for line in lines] == [(1, 0, Absent.NOT_GIVEN), (2, 1, None)]
