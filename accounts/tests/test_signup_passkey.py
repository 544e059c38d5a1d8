"""Joining with a passkey: the same form without a password, and a key once the address is confirmed."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from accounts.enums import UserStatus
from accounts.models import User
from accounts.tests.doors import browser, is_in, options_on
from accounts.tests.passkeys import PRESENT, Device
from accounts.tests.test_signup import GOOD, code_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts", "places")]
FIELDS = {name: value for name, value in GOOD.items() if name != "password1"}


def begin(client: Client, **changes: str) -> str:
    return client.post("/signup/passkey/", FIELDS | changes, follow=True).content.decode()


def confirm(client: Client) -> str:
    return client.post("/confirm-email/", {"code": code_in(str(mail.outbox[-1].body))}, follow=True).content.decode()


def test_a_newcomer_without_a_password() -> None:
    client, device = browser(), Device()
    assert "password1" not in client.get("/signup/passkey/").content.decode()
    begin(client)
    page = confirm(client)
    assert not is_in(client)
    options = options_on(page)
    assert options["publicKey"]["user"]["displayName"] == "Voahangy"
    answer = client.post("/2fa/webauthn/signup/", {"name": "Téléphone", "credential": device.create(options)})
    assert (answer.status_code, answer["Location"]) == (302, "/age/")
    user = User.objects.get()
    assert (user.status, user.has_usable_password()) == (UserStatus.ACTIVE, False)
    assert is_in(client)
    assert client.session.get_expire_at_browser_close()


def test_a_key_nobody_unlocked_makes_no_member() -> None:
    client = browser()
    begin(client)
    page = confirm(client)
    refused = client.post("/2fa/webauthn/signup/", {"credential": Device(flags=PRESENT).create(options_on(page))})
    assert "Cette clé d’accès n’a pas pu être vérifiée." in refused.content.decode()
    assert not is_in(client)


def test_nobody_makes_a_key_before_the_address_is_confirmed() -> None:
    client = browser()
    assert client.get("/2fa/webauthn/signup/")["Location"] == "/signup/"
    begin(client)
    assert client.get("/2fa/webauthn/signup/").status_code == 302


def test_every_rule_of_the_form_holds() -> None:
    client = browser()
    for changes, sentence in (({"charter": ""}, "Cochez cette case"), ({"birth_date": "2030-01-01"}, "date"), ({"username": "ab"}, "3")):
        assert sentence in begin(client, **changes)
    begin(client, birth_date="2015-01-01")
    for path in ("/signup/", "/signup/passkey/"):  # for a day
        assert 'name="username"' not in client.get(path).content.decode()
    assert (User.objects.count(), mail.outbox) == (0, [])


def test_the_form_sent_twice_by_one_browser_is_one_sign_up_and_by_another_a_taken_name() -> None:
    client = browser()
    begin(client)
    assert 'name="code"' in begin(client)  # still at the code of the first time
    assert 'id="errors"' in begin(browser())
    assert (User.objects.count(), len(mail.outbox)) == (1, 1)
