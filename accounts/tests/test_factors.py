"""Second factors: added, used, taken off; none of it by a stranger, and no secret in clear."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import add_passkey, add_totp, browser, code_of, confirm, enter, is_in, options_on, secret_on
from accounts.tests.factories import make_user
from accounts.tests.passkeys import PRESENT, Device
from core.sealing import SealingError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
CODE_WRONG = "Ce code n’est pas le bon."
KEY_WRONG = "Cette clé d’accès n’a pas pu être vérifiée."


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


@pytest.fixture
def inside(dina: User) -> Client:
    """Dina's browser, in which she has just shown that it is her."""
    return confirm(enter(dina))


def factors(user: User) -> list[str]:
    return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


# ---- The application of codes -------------------------------------------------------------------------------------------------


def test_the_page_draws_the_secret_inline_and_takes_a_right_code_alone(dina: User, inside: Client) -> None:
    page = text(inside, "/2fa/totp/activate/")
    assert "<svg" in page
    assert "data:image" not in page
    assert " style=" not in page
    secret = secret_on(page)
    refused = inside.post("/2fa/totp/activate/", {"code": code_of(secret, shift=9)}).content.decode()
    assert CODE_WRONG in refused
    assert secret in refused  # the secret at hand is kept: the application has it already
    assert factors(dina) == []
    assert inside.post("/2fa/totp/activate/", {"code": code_of(secret)})["Location"] == "/2fa/recovery-codes/"
    assert factors(dina) == ["recovery_codes", "totp"]


def test_the_password_alone_opens_no_longer(dina: User, inside: Client) -> None:
    secret = add_totp(inside)
    client = enter(dina)
    assert not is_in(client)
    assert CODE_WRONG in client.post("/2fa/authenticate/", {"code": "000000"}).content.decode()
    assert not is_in(client)
    client.post("/2fa/authenticate/", {"code": code_of(secret)})
    assert is_in(client)


def test_a_code_is_good_once(dina: User, inside: Client) -> None:
    secret = add_totp(inside)
    code = code_of(secret)
    assert is_in(with_code(dina, code))
    assert not is_in(with_code(dina, code))


def with_code(user: User, code: str) -> Client:
    client = enter(user)
    client.post("/2fa/authenticate/", {"code": code})
    return client


def test_guessing_codes_is_stopped_after_five(dina: User, inside: Client) -> None:
    secret = add_totp(inside)
    client = enter(dina)
    for _try in range(5):
        assert CODE_WRONG in client.post("/2fa/authenticate/", {"code": "123456"}).content.decode()
    stopped = client.post("/2fa/authenticate/", {"code": code_of(secret)}).content.decode()
    assert "Trop d’essais." in stopped
    assert not is_in(client)


def test_the_second_proof_is_asked_of_nobody_who_gave_no_first(dina: User, inside: Client) -> None:
    add_totp(inside)
    assert browser().get("/2fa/authenticate/")["Location"] == "/login/"
    assert browser().post("/2fa/authenticate/", {"code": "123456"})["Location"] == "/login/"


def test_taking_it_off_asks_first(dina: User, inside: Client) -> None:
    add_totp(inside)
    assert "Retirer l’application" in text(inside, "/2fa/totp/deactivate/")
    assert factors(dina) == ["recovery_codes", "totp"]
    assert inside.post("/2fa/totp/deactivate/")["Location"] == "/2fa/"
    assert factors(dina) == []
    assert is_in(enter(dina))


def test_an_account_with_an_unconfirmed_address_gets_none(dina: User, inside: Client) -> None:
    dina.emailaddress_set.create(email="dina2@example.org", verified=False)  # type: ignore[attr-defined]
    page = inside.get("/2fa/totp/activate/", follow=True).content.decode()
    assert "Confirmez d’abord toutes vos adresses" in page
    assert factors(dina) == []


# ---- Where secrets lie --------------------------------------------------------------------------------------------------------


def test_no_secret_lies_in_clear(dina: User, inside: Client) -> None:
    secret = add_totp(inside)
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, data FROM mfa_authenticator WHERE user_id = %s", [dina.pk])
        rows = {kind: json.loads(data) for kind, data in cursor.fetchall()}
    seed = Authenticator.objects.get(user=dina, type="recovery_codes").data["seed"]
    assert secret not in json.dumps(rows)
    assert get_adapter().decrypt(rows["totp"]["secret"]) == secret
    assert rows["recovery_codes"]["seed"] == seed
    assert len(get_adapter().decrypt(seed)) == 80
    assert get_adapter().encrypt(secret) != rows["totp"]["secret"]  # two seals of one text look unlike


def test_a_secret_that_was_tampered_with_opens_nothing() -> None:
    sealed = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
    flipped = ("B" if sealed[40] != "B" else "C").join([sealed[:40], sealed[41:]])
    with pytest.raises(SealingError):
        get_adapter().decrypt(flipped)


# ---- Recovery codes -----------------------------------------------------------------------------------------------------------


def codes_on(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split('<code class="secret">')[1:]]


def test_recovery_codes_are_shown_once_and_saved_as_a_file_in_the_same_minutes(dina: User, inside: Client) -> None:
    add_totp(inside)
    shown = inside.get("/2fa/recovery-codes/")
    codes = codes_on(shown.content.decode())
    assert len(set(codes)) == 10
    assert all(len(code) == 8 and code.isdigit() for code in codes)
    assert "no-store" in shown["Cache-Control"]
    again = text(inside, "/2fa/recovery-codes/")
    assert codes_on(again) == []
    assert "Il vous reste 10 codes. Ils ont déjà été montrés." in again
    file = inside.get("/2fa/recovery-codes/download/")
    assert file.content.decode().split() == codes
    assert file["Content-Disposition"] == 'attachment; filename="resaka-codes.txt"'
    assert "no-store" in file["Cache-Control"]


def test_another_session_sees_and_saves_none(dina: User, inside: Client) -> None:
    secret = add_totp(inside)
    text(inside, "/2fa/recovery-codes/")
    other = confirm(with_code(dina, code_of(secret)))
    assert codes_on(text(other, "/2fa/recovery-codes/")) == []
    assert other.get("/2fa/recovery-codes/download/").status_code == 403


def test_who_has_none_is_told_so(dina: User, inside: Client) -> None:
    assert inside.get("/2fa/recovery-codes/").status_code == 404
    assert inside.get("/2fa/recovery-codes/download/").status_code == 403
    refused = inside.post("/2fa/recovery-codes/generate/").content.decode()
    assert "Ajoutez d’abord une application ou une clé d’accès." in refused
    assert factors(dina) == []


def test_a_recovery_code_opens_once(dina: User, inside: Client) -> None:
    add_totp(inside)
    code = codes_on(text(inside, "/2fa/recovery-codes/"))[3]
    assert is_in(with_code(dina, code))
    assert not is_in(with_code(dina, code))
    assert "9 codes restants" in text(inside, "/2fa/")


def test_new_codes_kill_the_old(dina: User, inside: Client) -> None:
    add_totp(inside)
    old = codes_on(text(inside, "/2fa/recovery-codes/"))
    assert "Les 10 codes qui vous restent ne vaudront plus rien." in text(inside, "/2fa/recovery-codes/generate/")
    assert inside.post("/2fa/recovery-codes/generate/")["Location"] == "/2fa/recovery-codes/"
    new = codes_on(text(inside, "/2fa/recovery-codes/"))
    assert (len(new), set(old) & set(new)) == (10, set())
    assert not is_in(with_code(dina, old[0]))
    assert is_in(with_code(dina, new[0]))


# ---- Passkeys -----------------------------------------------------------------------------------------------------------------


def passkey_login(device: Device, client: Client | None = None, **fields: str) -> Client:
    client = client or browser()
    options = options_on(text(client, "/2fa/webauthn/login/"))
    client.post("/2fa/webauthn/login/", {"credential": device.get(options)} | fields)
    return client


def test_a_key_logs_in_alone(dina: User, inside: Client) -> None:
    device = add_passkey(inside)
    assert factors(dina) == ["recovery_codes", "webauthn"]
    client = passkey_login(device)
    assert is_in(client)
    assert client.session.get_expire_at_browser_close()
    assert passkey_login(device, remember="on").session.get_expiry_age() == 30 * 24 * 3600


def test_a_key_is_the_second_proof_too(dina: User, inside: Client) -> None:
    device = add_passkey(inside)
    client = enter(dina)
    assert not is_in(client)
    options = options_on(text(client, "/2fa/authenticate/"))
    client.post("/2fa/authenticate/", {"credential": device.get(options)})
    assert is_in(client)


def test_the_page_asks_for_a_key_that_can_stand_alone(inside: Client) -> None:
    public = options_on(text(inside, "/2fa/webauthn/add/"))["publicKey"]
    assert public["authenticatorSelection"]["residentKey"] == "required"
    assert public["authenticatorSelection"]["userVerification"] == "required"
    assert (public["rp"]["id"], public["rp"]["name"]) == ("testserver", "Resaka")
    assert (public["user"]["name"], public["user"]["displayName"]) == ("dina@example.org", "Dina")


@pytest.mark.parametrize(
    "device",
    [
        Device(origin="https://testserver.evil.example"),
        Device(origin="http://testserver"),
        Device(host="evil.example"),
        Device(flags=PRESENT),  # nobody's finger, face or code
        Device(flags=0),
    ],
    ids=["origin", "http", "host", "unverified", "absent"],
)
def test_a_key_made_elsewhere_or_without_its_owner_is_refused(dina: User, inside: Client, device: Device) -> None:
    options = options_on(text(inside, "/2fa/webauthn/add/"))
    refused = inside.post("/2fa/webauthn/add/", {"name": "x", "credential": device.create(options)})
    assert KEY_WRONG in refused.content.decode()
    assert factors(dina) == []


def test_a_key_must_fit_in_everything(dina: User, inside: Client, carol: User) -> None:
    device = add_passkey(inside)
    client = browser()
    stale = options_on(text(client, "/2fa/webauthn/login/"))
    fresh = options_on(text(client, "/2fa/webauthn/login/"))
    stranger = Device(key_id=device.key_id, handle=device.handle)
    wrong = {
        "an old challenge": device.get(stale),
        "another key": stranger.get(fresh),
        "an unknown key": Device(handle=device.handle).get(fresh),
        "another person's name": device.get(fresh, handle="Mg"),
        "no name": device.get(fresh, handle=""),
        "another page": Device(key=device.key, key_id=device.key_id, handle=device.handle, origin="https://evil.example").get(fresh),
        "no owner": Device(key=device.key, key_id=device.key_id, handle=device.handle, flags=PRESENT).get(fresh),
    }
    for name, credential in wrong.items():
        options_page = client.post("/2fa/webauthn/login/", {"credential": credential})
        assert KEY_WRONG in options_page.content.decode(), name
        assert not is_in(client), name


def test_an_answer_is_good_once(dina: User, inside: Client) -> None:
    device = add_passkey(inside)
    client = browser()
    credential = device.get(options_on(text(client, "/2fa/webauthn/login/")))
    assert client.post("/2fa/webauthn/login/", {"credential": credential}).status_code == 302
    client.post("/logout/")
    assert KEY_WRONG in client.post("/2fa/webauthn/login/", {"credential": credential}).content.decode()
    assert not is_in(client)


GARBAGE = [
    "", "null", "1", '"x"', "[]", "{}", "{", '{"id":1}', '{"rawId":"AA","response":{}}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA","attestationObject":"AA"},"clientExtensionResults":{}}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"},"clientExtensionResults":{}}',
    '{"id":"AA","rawId":"AA","type":"x","response":[],"clientExtensionResults":1}', '{"response":{"userHandle":5}}',
]  # fmt: skip


@pytest.mark.parametrize("credential", GARBAGE)
def test_garbage_is_a_sentence_and_never_an_error(dina: User, inside: Client, credential: str) -> None:
    add = inside.post("/2fa/webauthn/add/", {"name": "x", "credential": credential})
    text(inside, "/2fa/webauthn/add/")
    armed = inside.post("/2fa/webauthn/add/", {"name": "x", "credential": credential})
    client = browser()
    text(client, "/2fa/webauthn/login/")
    shown = client.post("/2fa/webauthn/login/", {"credential": credential})
    assert {add.status_code, armed.status_code, shown.status_code} == {200}
    assert all('id="errors"' in one.content.decode() for one in (add, armed, shown))
    assert factors(dina) == []


def test_cut_and_changed_answers_are_refused_too(dina: User, inside: Client) -> None:
    device = Device()
    whole = json.loads(device.create(options_on(text(inside, "/2fa/webauthn/add/"))))
    attestation = whole["response"]["attestationObject"]
    for cut in range(0, len(attestation), 7):
        broken = whole | {"response": whole["response"] | {"attestationObject": attestation[:cut]}}
        answer = inside.post("/2fa/webauthn/add/", {"name": "x", "credential": json.dumps(broken)})
        assert (answer.status_code, factors(dina)) == (200, []), cut


def test_keys_are_named_renamed_and_taken_off_by_their_owner_alone(dina: User, inside: Client, carol: User) -> None:
    add_passkey(inside, name="")
    key = Authenticator.objects.get(user=dina, type="webauthn")
    assert "Clé d’accès 1" in text(inside, "/2fa/")
    carol.set_password(PASSWORD)
    carol.save()
    stranger = confirm(enter(carol))
    for path in (f"/2fa/webauthn/keys/{key.pk}/edit/", f"/2fa/webauthn/keys/{key.pk}/remove/"):
        assert stranger.get(path).status_code == 404
        assert stranger.post(path, {"name": "à moi"}).status_code == 404
    assert inside.post(f"/2fa/webauthn/keys/{key.pk}/edit/", {"name": "Clé bleue"})["Location"] == "/2fa/"
    assert "Clé bleue" in text(inside, "/2fa/")
    too_long = inside.post(f"/2fa/webauthn/keys/{key.pk}/edit/", {"name": "x" * 61})
    assert too_long.status_code == 200
    assert "«\u00a0Clé bleue\u00a0» n’ouvrira plus votre compte." in text(inside, f"/2fa/webauthn/keys/{key.pk}/remove/")
    inside.post(f"/2fa/webauthn/keys/{key.pk}/remove/")
    assert factors(dina) == []


def test_the_same_key_is_not_asked_for_twice(inside: Client) -> None:
    device = add_passkey(inside)
    listed = options_on(text(inside, "/2fa/webauthn/add/"))["publicKey"]["excludeCredentials"]
    assert [one["id"] for one in listed] == [json.loads(device.get({"publicKey": {"challenge": "AA"}}))["id"]]


# ---- Pages --------------------------------------------------------------------------------------------------------------------


MEMBERS_ONLY = ["", "totp/activate/", "webauthn/add/", "recovery-codes/", "recovery-codes/generate/", "webauthn/reauthenticate/"]


@pytest.mark.parametrize("path", [f"/2fa/{path}" for path in MEMBERS_ONLY])
def test_guests_go_to_log_in(path: str) -> None:
    answer = browser().get(path)
    assert (answer.status_code, unquote(answer["Location"])) == (302, f"/login/?next={path}")


def test_log_in_needs_no_script(client: Client) -> None:
    page = text(client, "/login/")
    assert "<script" not in page
    assert 'href="/2fa/webauthn/login/"' in page
    assert page.count("filled") == 1


@pytest.mark.parametrize("language", ["fr", "en", "mg"])
def test_no_page_says_a_word_of_allauth(dina: User, inside: Client, language: str) -> None:
    add_passkey(inside)
    add_totp(inside)
    key = Authenticator.objects.get(user=dina, type="webauthn").pk
    paths = ["/2fa/", "/2fa/totp/deactivate/", "/2fa/webauthn/add/", f"/2fa/webauthn/keys/{key}/edit/", "/2fa/recovery-codes/"]
    paths += ["/2fa/recovery-codes/generate/", f"/2fa/webauthn/keys/{key}/remove/", "/2fa/reauthenticate/", "/2fa/webauthn/reauthenticate/"]
    for path in paths:
        page = text(inside, f"{path}?lang={language}")
        assert not [word for word in ("Authenticator", "Passwordless", "Two-Factor", "Security Key", "Recovery Code") if word in page], path


def test_the_team_does_not_change_factors_in_the_admin() -> None:
    assert not admin.site.is_registered(Authenticator)
