"""The whole road with the demo wallet, and without a script: start, wallet, back, proof, room."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as live_settings
from django.test import Client
from django.utils import timezone

from accounts.age.refusals import RefusalCode
from accounts.checks import check_demo_wallet
from accounts.enums import AgeMethod
from accounts.models import AgeAssertion, AgeCheck, User
from accounts.providers.base import LIFETIME
from accounts.queries import is_age_sufficient
from accounts.services.ageproofs import expire_proofs, record_proof
from accounts.tests.factories import make_user
from accounts.tests.purging import CHECKS_KEPT, purge_checks
from core.models import OutboxEvent

pytestmark = pytest.mark.django_db

ALLOWED = {
    "id",
    "public_id",
    "user",
    "over",
    "method",
    "assurance",
    "issuer_country",
    "issuer_anchor",
    "checked_on",
    "expires_on",
    "policy_version",
    "open_key",
}


@pytest.fixture(autouse=True)
def _own_issuer(settings: object, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]


@pytest.fixture
def carol() -> User:
    return make_user("Carol", age_method=None)


@pytest.fixture
def browser(carol: User) -> Client:
    client = Client()
    client.force_login(carol)
    return client


def begin(browser: Client, *, flow: str = "SAME_DEVICE") -> str:
    """Start an attempt; the link of the wallet."""
    began = browser.post("/age/start", {"method": "DEMO_WALLET", "flow": flow})
    if flow == "SAME_DEVICE":  # the wallet is a page of this site: straight there
        return str(began.headers["Location"])
    return str(browser.get(began.headers["Location"]).context["link"])


def show(browser: Client, link: str, holder: str) -> str:
    """What the wallet gives back: the response code in its form."""
    answer = browser.post(link, {"holder": holder})
    assert answer.status_code == 200, answer.content
    found = re.search(r'name="response_code" value="([^"]*)"', answer.content.decode())
    assert found
    return found[1]


def opens(user: User, gate: str = "GENERAL") -> bool:
    return is_age_sufficient(user=User.objects.get(pk=user.pk), session=None, gate=gate, now=timezone.now())


def test_no_other_column_is_kept() -> None:
    assert {field.name for field in AgeAssertion._meta.get_fields()} == ALLOWED


def test_an_adult_walks_from_the_page_to_the_open_door(carol: User, browser: Client) -> None:
    assert not opens(carol)
    assert browser.get("/age/").status_code == 200
    link = begin(browser)
    assert link.startswith("/age/demo-wallet/?")
    assert browser.get(link).status_code == 200
    code = show(browser, link, "adult")
    assert not opens(carol)  # the wallet's word alone opens nothing
    done = browser.post("/age/complete", {"response_code": code}, follow=True)
    assert done.redirect_chain == [("/rooms/", 302)]
    assert "Votre âge est confirmé" in done.content.decode()
    assert browser.get(f"/age/check/{AgeCheck.objects.get().public_id}/").context["standing"] == "passed"
    assert opens(carol)
    assert opens(carol, "MEETING")
    assert not opens(carol, "SEXUAL")
    proof = AgeAssertion.objects.get()
    assert (proof.user, proof.method, proof.over, proof.issuer_country) == (carol, AgeMethod.DEMO_WALLET, 18, "FR")


@pytest.mark.parametrize(("holder", "code"), [("minor", RefusalCode.UNDER_AGE), ("withdrawn", RefusalCode.ISSUER_WITHDRAWN)])
def test_others_are_refused_kindly(carol: User, browser: Client, holder: str, code: RefusalCode) -> None:
    answer = browser.post("/age/complete", {"response_code": show(browser, begin(browser), holder)})
    assert answer.status_code == 422
    assert answer.context["refusal"] == str(code.message)
    assert AgeCheck.objects.get().refusal == code
    assert not opens(carol)


def test_an_answer_counts_once(browser: Client) -> None:
    link = begin(browser)
    show(browser, link, "minor")
    assert browser.post(link, {"holder": "adult"}).status_code == 422
    assert AgeCheck.objects.get().refusal == RefusalCode.UNDER_AGE


def test_another_session_and_another_code_bring_nothing_home(carol: User, browser: Client) -> None:
    code = show(browser, begin(browser), "adult")
    public_id = AgeCheck.objects.get().public_id
    other = Client()
    other.force_login(carol)
    assert other.post("/age/complete", {"check": public_id, "response_code": code}).status_code == 422
    assert browser.post("/age/complete", {"response_code": code + "x"}).status_code == 422
    assert browser.post("/age/complete", {"check": public_id}).status_code == 422
    stranger = Client()
    stranger.force_login(make_user("Ben"))
    assert stranger.post("/age/complete", {"check": public_id, "response_code": code}).status_code == 404
    assert not opens(carol)


def test_across_devices_the_session_that_asked_brings_it_home(carol: User, browser: Client) -> None:
    link = begin(browser, flow="CROSS_DEVICE")
    check = AgeCheck.objects.get()
    assert "<svg" in browser.get(f"/age/check/{check.public_id}/").content.decode()
    assert browser.get(f"/age/status/{check.public_id}").json() == {"state": "waiting"}
    answer = Client().post(link, {"holder": "adult"})
    assert "Continuez sur l’autre appareil" in answer.content.decode()
    assert "response_code" not in answer.content.decode()
    assert browser.get(f"/age/status/{check.public_id}").json() == {"state": "answered"}
    browser.post("/age/complete", {"check": check.public_id})
    assert opens(carol)


def test_a_late_answer_is_not_taken(browser: Client) -> None:
    link = begin(browser)
    AgeCheck.objects.update(expires_at=timezone.now())
    assert browser.post(link, {"holder": "adult"}).status_code == 422
    assert AgeAssertion.objects.count() == 0


def test_a_wallet_that_declines_and_bodies_of_strangers(browser: Client) -> None:
    state = parse_qs(urlsplit(begin(browser)).query)["state"][0]
    wallet = Client(enforce_csrf_checks=True)
    answer = wallet.post("/age/oid4vp/response", {"state": state, "error": "access_denied"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["redirect_uri"].startswith(f"{live_settings.ORIGIN}/age/return#response_code=")
    assert AgeCheck.objects.get().refusal == RefusalCode.WALLET_DECLINED
    assert wallet.post("/age/oid4vp/response", {"state": state, "vp_token": "x"}).status_code == 400
    assert wallet.post("/age/oid4vp/response", {"state": "unknown"}).status_code == 400
    assert wallet.post("/age/oid4vp/response", {"state": "x" * 100_000}).status_code == 413


def test_five_refusals_are_followed_by_a_rest(browser: Client) -> None:
    for _time in range(5):
        show(browser, begin(browser), "minor")
    assert browser.post("/age/start", {"method": "DEMO_WALLET"}).status_code == 429
    AgeCheck.objects.update(used_at=timezone.now() - timedelta(hours=25))
    assert browser.post("/age/start", {"method": "DEMO_WALLET"}).status_code == 302


def test_ten_attempts_an_hour(browser: Client) -> None:
    answers = [browser.post("/age/start", {"method": "DEMO_WALLET"}).status_code for _time in range(11)]
    assert answers == [302] * 10 + [429]


def test_where_there_is_no_demo_wallet_its_proofs_count_for_nothing(carol: User, browser: Client, settings: object) -> None:
    browser.post("/age/complete", {"response_code": show(browser, begin(browser), "adult")})
    settings.DEMO_WALLET = False  # type: ignore[attr-defined]
    assert not opens(carol)
    assert browser.get("/age/demo-wallet/").status_code == 404
    assert browser.post("/age/start", {"method": "DEMO_WALLET"}).status_code == 422


def test_the_check_refuses_a_demo_wallet_that_serves_people(settings: object) -> None:
    assert check_demo_wallet() == []
    settings.EMBEDDED = settings.DEBUG = False  # type: ignore[attr-defined]
    assert [error.id for error in check_demo_wallet()] == ["accounts.E001"]


def test_a_proof_ends_on_its_day_and_attempts_a_day_after_theirs(carol: User, browser: Client) -> None:
    now = timezone.now()
    begin(browser)
    record_proof(user=carol, method=AgeMethod.SDJWT_VC, assurance=20, ends_on=now.date(), now=now)  # type: ignore[arg-type]
    assert expire_proofs(now=now) == 0
    assert expire_proofs(now=now + timedelta(days=1)) == 1
    assert not opens(carol)
    assert [row.payload for row in OutboxEvent.objects.filter(event="accounts.AgeExpired")] == [{"user_id": carol.pk}]
    assert purge_checks(now=now + CHECKS_KEPT) == 0
    assert purge_checks(now=now + CHECKS_KEPT + LIFETIME + timedelta(minutes=1)) == 1
