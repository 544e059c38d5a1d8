"""What happens to the way into an account is published with its cause, once, in plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import transaction
from django.test import Client

from accounts.adapter import AccountAdapter
from accounts.events import EmailChanged, MfaChanged, NewLogin, PasswordChanged
from accounts.models import LoginSession, User
from accounts.services.addresses import open_former_address
from accounts.services.factors import FactorTaken, change_factors
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import AGENT, add_passkey, add_totp, browser, confirm, enter, is_in, options_on
from accounts.tests.factories import make_user
from core import outbox
from core.models import OutboxEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
NEW = "lakana-fotsy-kely-7"
EVENTS = (NewLogin, PasswordChanged, MfaChanged, EmailChanged)


def on_told(event: Any) -> None:
    """Stands for whoever tells the person."""


@pytest.fixture(autouse=True)
def _somebody_listens() -> Iterator[None]:
    kept = outbox.registered()
    outbox.register([outbox.Route(event, on_told) for event in EVENTS])
    yield
    outbox.register(kept)


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


def told() -> list[tuple[str, dict[str, Any]]]:
    """What was published since the last time it was asked."""
    rows = [(row.event.partition(".")[2], row.payload) for row in OutboxEvent.objects.order_by("pk")]
    OutboxEvent.objects.all().delete()
    assert len({payload.pop("ref") for _name, payload in rows}) == len(rows)  # each has a reference of its own
    return rows


# ---- Log-in -------------------------------------------------------------------------------------------------------------------


def test_a_browser_that_was_never_seen_is_told_of_and_a_known_one_is_not(dina: User) -> None:
    first = enter(dina)
    assert told() == []  # the very first log-in is no news to who makes it
    first.post("/logout/")
    first.post("/login/", {"login": dina.email, "password": PASSWORD})
    assert (is_in(first), told()) == (True, [])
    enter(dina, agent=AGENT)
    assert told() == [("NewLogin", {"user_id": dina.pk, "agent": "Firefox · Android"})]


def test_nothing_of_the_agent_but_family_and_system_is_told(dina: User) -> None:
    enter(dina)
    enter(dina, agent="Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/130.0.6723.91 secret-build-77")
    enter(dina, agent="")
    assert [payload["agent"] for _name, payload in told()] == ["Chrome · Windows", ""]


def test_a_wrong_password_and_a_missing_second_proof_are_no_log_in(dina: User) -> None:
    client = confirm(enter(dina))
    add_totp(client)
    told()
    enter(dina, password="pas-la-bonne-phrase")
    enter(dina)
    assert told() == []


def test_somebody_elses_known_browser_is_new_to_this_account(dina: User, ben: User) -> None:
    ben.set_password(PASSWORD)
    ben.save()
    client = enter(ben)
    client.post("/logout/")
    enter(dina)
    client.post("/login/", {"login": dina.email, "password": PASSWORD})
    assert told() == [("NewLogin", {"user_id": dina.pk, "agent": "Firefox · Android"})]


# ---- Password -----------------------------------------------------------------------------------------------------------------


def test_a_changed_password_ends_the_others_and_is_told(dina: User) -> None:
    here, there = enter(dina), enter(dina)
    told()
    here.post("/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert told() == [("PasswordChanged", {"user_id": dina.pk})]
    assert (is_in(here), is_in(there)) == (True, False)
    assert [row.session_key for row in LoginSession.objects.filter(user=dina)] == [here.session.session_key]


def test_a_password_that_is_not_kept_is_not_told(dina: User) -> None:
    with transaction.atomic():
        AccountAdapter().set_password(dina, NEW)
        transaction.set_rollback(True)  # the power goes
    assert told() == []
    assert User.objects.get(pk=dina.pk).check_password(PASSWORD)


# ---- Second factors -----------------------------------------------------------------------------------------------------------


def mfa(user: User, *changes: str) -> list[tuple[str, dict[str, Any]]]:
    return [("MfaChanged", {"user_id": user.pk, "change": change}) for change in changes]


def test_each_change_is_told_in_its_own_word_and_ends_the_others(dina: User) -> None:
    here = confirm(enter(dina))
    key = Authenticator.objects.filter(user=dina, type="webauthn")
    deeds: dict[str, Callable[[], object]] = {
        "PASSKEY_ADDED": lambda: add_passkey(here),
        "TOTP_ADDED": lambda: add_totp(here),
        "CODES_MADE": lambda: here.post("/2fa/recovery-codes/generate/"),
        "TOTP_REMOVED": lambda: here.post("/2fa/totp/deactivate/"),
        "PASSKEY_REMOVED": lambda: here.post(f"/2fa/webauthn/keys/{key.get().pk}/remove/"),
    }
    for change, deed in deeds.items():
        there = Client()
        there.force_login(User.objects.get(pk=dina.pk))
        told()
        deed()
        assert told() == mfa(dina, change)
        assert (is_in(here), is_in(there)) == (True, False), change
        assert [row.session_key for row in LoginSession.objects.filter(user=dina)] == [here.session.session_key], change


def test_another_name_for_a_key_and_a_refused_code_change_nothing(dina: User) -> None:
    here = confirm(enter(dina))
    add_passkey(here)
    there = Client()
    there.force_login(User.objects.get(pk=dina.pk))
    told()
    pk = Authenticator.objects.get(user=dina, type="webauthn").pk
    here.post(f"/2fa/webauthn/keys/{pk}/edit/", {"name": "Clé bleue"})
    here.get("/2fa/totp/activate/")
    here.post("/2fa/totp/activate/", {"code": "000000"})
    assert told() == []
    assert is_in(there)


def test_of_second_factors_no_mail_of_allauth_goes_out(dina: User) -> None:
    here = confirm(enter(dina))
    mail.outbox.clear()
    add_totp(here)
    here.post("/2fa/totp/deactivate/")
    assert mail.outbox == []


def test_the_last_way_in_stays(dina: User) -> None:
    here = confirm(enter(dina))
    device = add_passkey(here)
    dina.refresh_from_db()
    dina.set_unusable_password()
    dina.save()
    client = browser()
    options = options_on(client.get("/2fa/webauthn/login/").content.decode())
    client.post("/2fa/webauthn/login/", {"credential": device.get(options)})
    options = options_on(client.get("/2fa/webauthn/reauthenticate/").content.decode())
    client.post("/2fa/webauthn/reauthenticate/", {"credential": device.get(options)})
    told()
    pk = Authenticator.objects.get(user=dina, type="webauthn").pk
    page = client.post(f"/2fa/webauthn/keys/{pk}/remove/", follow=True).content.decode()
    assert "C’est votre seule façon d’entrer." in page
    assert (Authenticator.objects.filter(user=dina).count(), told(), is_in(client)) == (2, [], True)
    client.post("/password/set/", {"password1": NEW, "password2": NEW})
    assert told() == [("PasswordChanged", {"user_id": dina.pk})]
    client.post(f"/2fa/webauthn/keys/{pk}/remove/")
    assert told() == mfa(dina, "PASSKEY_REMOVED")


def test_a_change_that_fails_leaves_no_trace(dina: User) -> None:
    epoch = dina.session_epoch
    for kind in ("totp", "totp"):
        try:
            with change_factors(user=dina):
                Authenticator.objects.create(user=dina, type="recovery_codes", data={})
                Authenticator.objects.create(user=dina, type=kind, data={})
        except FactorTaken:
            assert kind == "totp"
    assert told() == mfa(dina, "TOTP_ADDED")
    dina.refresh_from_db()
    assert dina.session_epoch == epoch + 1


# ---- Addresses ----------------------------------------------------------------------------------------------------------------


def test_another_principal_address_is_told_with_the_one_before_under_seal(dina: User) -> None:
    dina.emailaddress_set.create(email="neuve@example.org", verified=True)  # type: ignore[attr-defined]
    here = confirm(enter(dina))
    told()
    mail.outbox.clear()
    here.post("/email/", {"action_primary": "1", "email": "neuve@example.org"})
    [(name, payload)] = told()
    assert (name, payload["user_id"]) == ("EmailChanged", dina.pk)
    assert "dina@example.org" not in str(payload)
    assert open_former_address(user=dina, sealed=bytes.fromhex(payload["former"])) == "dina@example.org"
    assert User.objects.get(pk=dina.pk).email == "neuve@example.org"
    assert mail.outbox == []  # the handlers tell, to both addresses


def test_an_address_that_comes_or_goes_is_no_change_of_the_principal_one(dina: User) -> None:
    dina.emailaddress_set.create(email="neuve@example.org", verified=True)  # type: ignore[attr-defined]
    here = confirm(enter(dina))
    told()
    here.post("/email/", {"action_remove": "1", "email": "neuve@example.org"})
    assert told() == []
