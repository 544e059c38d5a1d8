"""Addresses in the admin: to look at. Nobody of the team confirms, changes, adds or removes one."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import log_in_staff, make_user
from superapp.staff import make_staff

pytestmark = pytest.mark.django_db
TABLE = "/admin/account/emailaddress/"


@pytest.fixture
def desk(client: Client) -> Client:
    """Whoever of the team has every right that there is."""
    mod = make_user("Modo1", reserved_name=True)
    make_staff(user=mod, now=timezone.now())
    User.objects.filter(pk=mod.pk).update(is_superuser=True)
    log_in_staff(client, User.objects.get(pk=mod.pk))
    return client


@pytest.fixture
def second() -> EmailAddress:
    """An address that Amina has not confirmed."""
    return EmailAddress.objects.create(user=make_user("Amina"), email="amina2@example.org", verified=False, primary=False)


def test_they_are_shown_and_found(desk: Client, second: EmailAddress) -> None:
    page = desk.get(f"{TABLE}?q=AMINA2@example.org").content.decode()
    assert "amina2@example.org" in page
    assert "modo1@example.org" not in page
    assert desk.get(f"{TABLE}{second.pk}/change/").status_code == 200


@pytest.mark.parametrize("deed", ["make_verified", "delete_selected"])
def test_no_list_of_theirs_has_a_deed(desk: Client, second: EmailAddress, deed: str) -> None:
    desk.post(TABLE, {"action": deed, "_selected_action": [second.pk], "post": "yes"})
    second.refresh_from_db()
    assert second.verified is False
    assert deed not in desk.get(TABLE).content.decode()


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("{pk}/change/", {"user": 1, "email": "thief@example.org", "verified": "on", "primary": "on"}),
        ("{pk}/delete/", {"post": "yes"}),
        ("add/", {"user": 1, "email": "thief@example.org", "verified": "on"}),
    ],
)
def test_nothing_is_changed_by_hand(desk: Client, second: EmailAddress, path: str, sent: dict[str, Any]) -> None:
    before = sorted(EmailAddress.objects.values_list("email", "verified", "primary"))
    assert desk.post(TABLE + path.format(pk=second.pk), sent).status_code == 403
    assert sorted(EmailAddress.objects.values_list("email", "verified", "primary")) == before


def test_strangers_and_members_see_nothing(second: EmailAddress) -> None:
    browser = Client()
    assert browser.get(TABLE).status_code == 302
    browser.force_login(make_user("Carol"))
    assert browser.get(TABLE).status_code == 302
