"""The browser's own wallets: the options, the sealed answer, the outcome; and what a forger, a thief or a stranger gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.age import issuing
from accounts.age.refusals import RefusalCode
from accounts.enums import AgeFlow, AgeMethod, AgePurpose
from accounts.models import AgeAssertion, AgeCheck, User
from accounts.queries import is_age_sufficient
from accounts.tests.age.browser import answer, trust
from accounts.tests.factories import make_user
from core import metrics

pytestmark = pytest.mark.django_db
ISSUER = issuing.Issuer.new(now=timezone.now(), name="Trusted", country="FR")
STRANGER = issuing.Issuer.new(now=timezone.now(), name="Trusted", country="FR")
BY_SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def carol() -> User:
    return make_user("Carol", age_method=None)


@pytest.fixture
def browser(carol: User) -> Client:
    trust(ISSUER, now=timezone.now())
    client = Client()
    client.force_login(carol)
    return client


def begin(browser: Client, *, purpose: str = "ACCOUNT", **fields: str) -> dict[str, Any]:
    form = {"method": "EU_AV_MDOC", "flow": "DC_API", "purpose": purpose, "next": "/rooms/", **fields}
    begun = browser.post("/age/start", form, headers=BY_SCRIPT)
    assert begun.status_code == 200, begun.content
    found: dict[str, Any] = begun.json()
    return found


def hand_in(browser: Client, begun: dict[str, Any], **changes: Any) -> Any:
    given = answer(begun["options"], **{"issuer": ISSUER, "origin": settings.ORIGIN, "now": timezone.now(), **changes})
    return browser.post(begun["answer"], {"data": given["data"]["response"]}, headers=BY_SCRIPT)


def opens(user: User, session: Any = None, gate: str = "GENERAL") -> bool:
    return is_age_sufficient(user=User.objects.get(pk=user.pk), session=session, gate=gate, now=timezone.now())


def counted(outcome: str) -> float:
    return float(metrics.AGE_CHECKS.labels("EU_AV_MDOC", outcome)._value.get())


def test_an_adult_passes_and_the_page_says_so(carol: User, browser: Client) -> None:
    before = counted("PASSED")
    begun = begin(browser)
    assert begun["options"]["digital"]["requests"][0]["protocol"] == "org-iso-mdoc"
    done = hand_in(browser, begun)
    assert (done.status_code, done.json()) == (200, {"page": "/rooms/"})
    assert "Votre âge est confirmé" in browser.get("/rooms/").content.decode()
    shown = browser.get(begun["page"])
    assert (shown.context["standing"], shown.context["next"]) == ("passed", "/rooms/")
    assert opens(carol)
    check = AgeCheck.objects.get()
    assert (check.flow, check.hpke_private_key) == (AgeFlow.DC_API, None)
    assert AgeAssertion.objects.get().method == AgeMethod.EU_AV_MDOC
    assert counted("PASSED") == before + 1


def test_a_proof_for_a_visit_is_in_the_session_and_in_no_table(carol: User, browser: Client) -> None:
    begun = begin(browser, purpose=AgePurpose.SESSION)
    assert hand_in(browser, begun).status_code == 200
    assert AgeAssertion.objects.count() == 0
    assert opens(carol, browser.session, "SEXUAL")
    assert not opens(carol, browser.session, "GENERAL")
    other = Client()
    other.force_login(carol)
    assert not opens(carol, other.session, "SEXUAL")
    browser.post("/logout/")
    assert not opens(carol, browser.session, "SEXUAL")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ages": {"age_over_18": False}}, RefusalCode.UNDER_AGE),
        ({"ages": {"age_over_16": True}}, RefusalCode.UNDER_AGE),
        ({"issuer": STRANGER}, RefusalCode.UNTRUSTED_ISSUER),
        ({"origin": "https://evil.example"}, RefusalCode.DECRYPTION),
        ({"now": timezone.now() - timedelta(days=120)}, RefusalCode.EXPIRED),
    ],
)
def test_others_are_refused_with_kind_words(carol: User, browser: Client, changes: dict[str, Any], code: RefusalCode) -> None:
    before = counted(code)
    begun = begin(browser)
    done = hand_in(browser, begun, **changes)
    assert (done.status_code, done.json()["message"]) == (422, str(code.message))
    assert AgeCheck.objects.get().refusal == code
    assert counted(code) == before + 1
    page = browser.get(begun["page"])
    assert str(code.message) in page.content.decode()
    assert not opens(carol)


@pytest.mark.parametrize("data", ["", "x", "!!", "a" * 200_000, "oWFhYWI"])
def test_nonsense_is_refused_and_ends_the_attempt(browser: Client, data: str) -> None:
    begun = begin(browser)
    assert browser.post(begun["answer"], {"data": data}).status_code == 422
    assert hand_in(browser, begun).status_code == 422
    assert AgeAssertion.objects.count() == 0


def test_an_answer_to_another_attempt_opens_nothing(browser: Client) -> None:
    first, second = begin(browser), begin(browser)
    given = answer(first["options"], issuer=ISSUER, origin=settings.ORIGIN, now=timezone.now())
    assert browser.post(second["answer"], {"data": given["data"]["response"]}).status_code == 422
    assert AgeCheck.objects.get(public_id=second["page"].split("/")[3]).refusal == RefusalCode.DECRYPTION


def test_an_answer_counts_once(browser: Client) -> None:
    begun = begin(browser)
    assert hand_in(browser, begun, ages={"age_over_18": False}).status_code == 422
    assert hand_in(browser, begun).status_code == 422
    assert AgeAssertion.objects.count() == 0


def test_strangers_and_other_sessions_bring_nothing_in(carol: User, browser: Client) -> None:
    begun = begin(browser)
    stranger, elsewhere = Client(), Client()
    stranger.force_login(make_user("Ben"))
    elsewhere.force_login(carol)
    assert hand_in(stranger, begun).status_code == 404
    assert hand_in(Client(), begun).status_code == 401
    assert hand_in(elsewhere, begun).status_code == 422
    assert not opens(carol)
    assert hand_in(browser, begun).status_code == 200


def test_a_late_answer_is_not_taken(browser: Client) -> None:
    begun = begin(browser)
    AgeCheck.objects.update(expires_at=timezone.now())
    assert hand_in(browser, begun).status_code == 422
    assert browser.get(begun["page"]).context["standing"] == "expired"


def test_without_the_token_of_the_page_nothing_begins(carol: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(carol)
    assert client.post("/age/start", {"method": "EU_AV_MDOC", "flow": "DC_API"}, headers=BY_SCRIPT).status_code == 403


@pytest.mark.parametrize("fields", [{"method": "DEMO_WALLET"}, {"method": "SDJWT_VC"}, {"flow": "TELEPATHY"}, {"method": "DENIED"}])
def test_a_script_is_told_in_words_why_nothing_begins(browser: Client, fields: dict[str, str]) -> None:
    refused = browser.post("/age/start", {"method": "EU_AV_MDOC", "flow": "DC_API", **fields}, headers=BY_SCRIPT)
    assert refused.status_code == 422
    assert len(refused.json()["message"]) > 10


def test_after_too_many_attempts_a_script_is_told_to_wait(browser: Client) -> None:
    codes = [browser.post("/age/start", {"method": "EU_AV_MDOC", "flow": "DC_API"}, headers=BY_SCRIPT).status_code for _time in range(11)]
    assert codes == [200] * 10 + [429]


def test_the_button_is_there_for_scripts_alone_and_only_for_that_method(browser: Client) -> None:
    page = browser.get("/age/").content.decode()
    assert page.count("data-browser-wallet hidden") == 1
    assert page.index('value="EU_AV_MDOC"') < page.index("data-browser-wallet") < page.index('value="SDJWT_VC"')


def test_for_a_visit_only_methods_are_offered_that_open_such_a_room(browser: Client, find: Callable[[str], list[str]]) -> None:
    assert find("/age/") == ["EU_AV_MDOC", "SDJWT_VC", "DEMO_WALLET"]
    assert find("/age/?visit=1") == ["EU_AV_MDOC", "SDJWT_VC"]
    assert browser.post("/age/start", {"method": "DEMO_WALLET", "purpose": "SESSION"}).status_code == 422


@pytest.fixture
def find(browser: Client) -> Callable[[str], list[str]]:
    return lambda path: [method.value for method in browser.get(path).context["methods"]]
