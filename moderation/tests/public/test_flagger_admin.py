"""A senior takes organisations in from the admin; everybody else of the team looks, and nobody else does."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import log_in_staff
from core.models import AuditEntry
from moderation.enums import StaffRole
from moderation.models import StaffProfile, TrustedFlagger
from moderation.services.flaggers import get_by_number
from moderation.tests.factories import log_in, make_staff_member

pytestmark = pytest.mark.django_db
LIST = "/admin/moderation/trustedflagger/"
FORM = {"name": "Fanilo", "areas": "haine", "contact": "tf@example.org", "coordinator_ref": "ARCOM 2026-4"}


@pytest.fixture
def senior() -> StaffProfile:
    return make_staff_member("Modo9", StaffRole.SENIOR)


def test_a_senior_takes_one_in_and_sees_its_number_once(client: Client, senior: StaffProfile) -> None:
    log_in(client, senior)
    page = client.post(f"{LIST}add/", FORM, follow=True).content.decode()
    number = re.search(r"([0-9a-f]{4}(?:-[0-9a-f]{4}){7})", page)
    assert number is not None
    assert get_by_number(number=number[1]).name == "Fanilo"
    assert number[1] not in client.get(LIST).content.decode()
    assert AuditEntry.objects.filter(action="flagger.register", handle=senior.handle).count() == 1


@pytest.mark.parametrize("missing", list(FORM))
def test_an_incomplete_one_is_refused_with_words(client: Client, senior: StaffProfile, missing: str) -> None:
    log_in(client, senior)
    page = client.post(f"{LIST}add/", FORM | {missing: ""})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert not TrustedFlagger.objects.exists()


def is_active() -> bool:
    return TrustedFlagger.objects.get().active


def test_suspending_and_bringing_back_need_a_reason(client: Client, senior: StaffProfile) -> None:
    log_in(client, senior)
    client.post(f"{LIST}add/", FORM)
    data = {"action": "suspend", "_selected_action": [TrustedFlagger.objects.get().pk], "reason": ""}
    assert "raison" in client.post(LIST, data, follow=True).content.decode()
    assert is_active()
    client.post(LIST, data | {"reason": "notices sans suite"})
    assert not is_active()
    client.post(LIST, data | {"action": "resume", "reason": "réponse reçue"})
    assert is_active()


def test_a_moderator_looks_and_changes_nothing(client: Client, senior: StaffProfile, mod: StaffProfile) -> None:
    log_in(client, senior)
    client.post(f"{LIST}add/", FORM)
    other = Client()
    log_in(other, mod)
    flagger = TrustedFlagger.objects.get()
    assert "Fanilo" in other.get(LIST).content.decode()
    assert other.get(f"{LIST}add/").status_code == 403
    assert other.post(f"{LIST}add/", FORM | {"name": "Autre"}).status_code == 403
    other.post(LIST, {"action": "suspend", "_selected_action": [flagger.pk], "reason": "x"})
    flagger.refresh_from_db()
    assert (flagger.active, TrustedFlagger.objects.count()) == (True, 1)


def test_who_is_not_of_the_team_sees_nothing(client: Client, carol: User) -> None:
    User.objects.filter(pk=carol.pk).update(is_staff=True)
    log_in_staff(client, User.objects.get(pk=carol.pk))
    assert client.get(LIST).status_code == 403
