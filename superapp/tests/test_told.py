"""From the real form to the letter: what happens to the way into an account reaches its person, once, whoever did it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from accounts.models import User
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import add_totp, confirm, enter
from accounts.tests.factories import make_user
from core import outbox
from core.relay import pump
from notifications.queries import Line, list_notices

pytestmark = pytest.mark.django_db
NEW = "lakana-fotsy-kely-7"


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD, now=timezone.now())


def letters() -> list[tuple[str, str]]:
    """What left since the last look: to whom, and its line."""
    pump(outbox.deliver)
    found = sorted((letter.to[0], str(letter.subject)) for letter in mail.outbox)
    mail.outbox.clear()
    return found


def notices(user: User) -> Sequence[Line]:
    return list_notices(user=user).lines


def test_a_thief_who_comes_in_from_a_new_browser_is_told_of(dina: User) -> None:
    enter(dina)
    assert letters() == []  # the very first log-in
    thief = enter(dina, agent="Mozilla/5.0 (Windows NT 10.0) Firefox/141.0")
    assert mail.outbox == []  # nothing is sent in the request
    assert letters() == [("dina@example.org", "Nouvelle connexion à votre compte")]
    assert "Firefox · Windows" in notices(dina)[0].words.text
    thief.post("/account/notifications/read/")
    assert letters() == []


def test_reading_the_notice_first_does_not_hold_the_letter_back(dina: User) -> None:
    enter(dina)
    letters()
    thief = enter(dina, agent="Mozilla/5.0 (Windows NT 10.0) Firefox/141.0")
    pump_only_notices()
    thief.post("/account/notifications/read/")
    assert letters() == [("dina@example.org", "Nouvelle connexion à votre compte")]


def pump_only_notices() -> None:
    """The outbox has come as far as the notice, and not yet to its letter."""
    [claim] = outbox.claim(now=timezone.now())
    outbox.deliver(claim)
    assert mail.outbox == []


def test_a_changed_password_is_one_letter(dina: User) -> None:
    here = enter(dina)
    letters()
    here.post("/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert letters() == [("dina@example.org", "Votre mot de passe a changé")]


def test_a_new_factor_is_one_letter_for_each_change(dina: User) -> None:
    here = confirm(enter(dina))
    letters()
    add_totp(here)
    found = letters()
    assert found == [("dina@example.org", "La protection de votre compte a changé")] * len(found)
    assert len(found) == len([line for line in notices(dina) if line.kind == "MFA_CHANGED"]) >= 1


def test_the_address_before_hears_of_it_even_if_it_was_removed_at_once(dina: User) -> None:
    """Whoever takes an account over puts their own address first and takes the owner's away."""
    EmailAddress.objects.create(user=dina, email="voleur@example.org", verified=True)
    thief = confirm(enter(dina))
    letters()
    thief.post("/email/", {"action_primary": "1", "email": "voleur@example.org"})
    thief.post("/email/", {"action_remove": "1", "email": "dina@example.org"})
    assert not EmailAddress.objects.filter(email="dina@example.org").exists()
    line = "Votre adresse principale a changé"
    told = letters()
    assert ("dina@example.org", line) in told
    assert told.count(("voleur@example.org", line)) == 1
