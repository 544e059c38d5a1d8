"""Third parties that say how old somebody is, walked from the page to the proof against stand-ins that run as programs of their own."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.age.refusals import RefusalCode
from accounts.enums import Assurance
from accounts.models import AgeAssertion, AgeCheck, User
from accounts.services import age as service
from accounts.tests.age.third import ROOT, C, Other, begin, end, opens, refusal_of, start
from accounts.tests.factories import make_user
from core.hosts import read_host
from core.http import OutboundError, call

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def stripe_url() -> Iterator[str]:
    process, url = start("stripe_identity")
    yield url
    end(process)


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.DEMO_WALLET = False


@pytest.fixture
def stripe(settings: Any, stripe_url: str) -> Other:
    settings.OUTBOUND_HOSTS = [read_host(urlsplit(stripe_url).netloc)]
    settings.AGE_METHODS = ["STRIPE_IDENTITY"]
    settings.STRIPE_IDENTITY_URL, settings.STRIPE_IDENTITY_KEY = stripe_url, "rk_test_resaka"
    other = Other(stripe_url)
    other.behave("ok")
    return other


# ---- A third party that looks at documents ---------------------------------------------------------------------------------------
def test_an_adult_comes_back_with_a_proof_and_nothing_else(stripe: Other, carol: User, browser: Client) -> None:
    link = begin(browser, "STRIPE_IDENTITY")
    assert link.startswith(stripe.url + "/verify/vs_")
    held = bytes(AgeCheck.objects.get().held or b"")
    assert held
    assert link.rpartition("/")[2].encode() not in held  # sealed
    page = browser.get(stripe.choose(link, outcome="adult"), follow=True)
    assert page.context["standing"] == "passed"
    proof = AgeAssertion.objects.get()
    today = timezone.now().date()
    assert (proof.user, proof.method, proof.assurance, proof.over) == (carol, "STRIPE_IDENTITY", Assurance.SUBSTANTIAL, 18)
    assert (proof.issuer_country, proof.issuer_anchor, proof.checked_on, proof.expires_on) == ("", "", today, today + timedelta(days=365))
    assert [opens(carol, gate) for gate in ("GENERAL", "MEETING", "SEXUAL")] == [True, True, False]
    assert AgeCheck.objects.get().held is None


def test_the_other_is_told_nothing_of_the_person_and_forgets_what_it_saw(stripe: Other, browser: Client) -> None:
    link = begin(browser, "STRIPE_IDENTITY")
    browser.get(stripe.choose(link, outcome="adult"))
    where = f"{stripe.url}/v1/identity/verification_sessions/{link.rpartition('/')[2]}?expand[]=verified_outputs.dob"
    found = call("GET", where, headers={"Authorization": "Bearer rk_test_resaka"}).read_object()
    assert found["redaction"] == {"status": "processing"}
    assert found.keys() == {"id", "object", "status", "last_error", "type", "url", "redaction"}


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("minor", C.UNDER_AGE), ("failed", C.NOT_CONFIRMED), ("canceled", C.NOT_FINISHED), ("left", C.NOT_FINISHED)],
)
def test_others_are_refused_in_words(stripe: Other, carol: User, browser: Client, outcome: str, code: RefusalCode) -> None:
    assert refusal_of(browser, stripe.choose(begin(browser, "STRIPE_IDENTITY"), outcome=outcome)) == code
    assert not opens(carol, "GENERAL")


def test_a_key_that_may_not_read_the_birth_confirms_nobody(stripe: Other, browser: Client, settings: Any) -> None:
    settings.STRIPE_IDENTITY_KEY = "sk_test_resaka"
    assert refusal_of(browser, stripe.choose(begin(browser, "STRIPE_IDENTITY"), outcome="adult")) == C.NOT_CONFIRMED


def test_who_comes_back_too_early_comes_again(stripe: Other, browser: Client) -> None:
    link = begin(browser, "STRIPE_IDENTITY")
    back = stripe.choose(link, outcome="processing")
    page = browser.get(back, follow=True)
    assert (page.context["standing"], page.context["link"]) == ("waiting", back)
    assert browser.get(back, follow=True).context["standing"] == "waiting"
    stripe.choose(link, outcome="adult")
    assert browser.get(back, follow=True).context["standing"] == "passed"


@pytest.mark.parametrize("mode", ["error", "limited", "nonsense", "slow"])
def test_a_third_party_that_fails_after_the_work_is_asked_again(stripe: Other, browser: Client, mode: str) -> None:
    """Who has just shown a document is not made to show it again because of a server."""
    back = stripe.choose(begin(browser, "STRIPE_IDENTITY"), outcome="adult")
    stripe.behave(mode)
    assert browser.get(back, follow=True).context["standing"] == "waiting"
    stripe.behave("ok")
    assert browser.get(back, follow=True).context["standing"] == "passed"


@pytest.mark.parametrize("mode", ["error", "limited", "nonsense"])
def test_a_third_party_that_fails_at_once_is_told(stripe: Other, browser: Client, mode: str) -> None:
    stripe.behave(mode)
    answer = browser.post("/age/start", {"method": "STRIPE_IDENTITY"})
    assert (answer.status_code, answer.context["refusal"]) == (422, str(C.PROVIDER_UNAVAILABLE.message))
    assert AgeCheck.objects.count() == 0


def test_a_wrong_key_and_a_host_that_may_not_be_asked_are_told(stripe: Other, browser: Client, settings: Any) -> None:
    settings.STRIPE_IDENTITY_KEY = "rk_wrong"
    assert browser.post("/age/start", {"method": "STRIPE_IDENTITY"}).status_code == 422
    settings.OUTBOUND_HOSTS = []
    assert browser.post("/age/start", {"method": "STRIPE_IDENTITY"}).status_code == 422


def test_an_attempt_ends_after_half_an_hour(stripe: Other, browser: Client) -> None:
    back = stripe.choose(begin(browser, "STRIPE_IDENTITY"), outcome="adult")
    AgeCheck.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = browser.get(back)
    assert (answer.status_code, answer.context["refusal"]) == (422, str(C.EXPIRED_CHALLENGE.message))
    assert AgeAssertion.objects.count() == 0


# ---- Who may bring a verdict home ------------------------------------------------------------------------------------------------
def test_the_way_back_counts_once_and_in_its_own_browser_alone(stripe: Other, carol: User, browser: Client) -> None:
    back = stripe.choose(begin(browser, "STRIPE_IDENTITY"), outcome="adult")
    ben, again = Client(), Client()
    ben.force_login(make_user("Ben", age_method=None))
    again.force_login(carol)
    assert [ben.get(back).status_code, again.get(back).status_code] == [422, 422]  # another person; the same in another browser
    assert Client().get(back).status_code == 302  # a guest is asked to log in
    assert browser.head(back).status_code == 405
    assert AgeAssertion.objects.count() == 0
    assert browser.get(back).status_code == 302
    replayed = browser.get(back)
    assert (replayed.status_code, replayed.context["refusal"]) == (422, str(C.REPLAYED.message))
    assert AgeAssertion.objects.get().user == carol


@pytest.mark.parametrize("query", ["", "state=", "state=unknown", "code=x"])
def test_a_way_back_that_nobody_went(stripe: Other, browser: Client, query: str) -> None:
    begin(browser, "STRIPE_IDENTITY")
    assert browser.get(f"/age/third-party/return?{query}").status_code == 422
    assert AgeCheck.objects.get().state == "STARTED"


def test_a_wallets_road_does_not_lead_to_a_third_party(stripe: Other, browser: Client) -> None:
    """The wallets' endpoint asks for no session."""
    back = stripe.choose(begin(browser, "STRIPE_IDENTITY"), outcome="adult")
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert Client().post("/age/oid4vp/response", {"state": state, "vp_token": "{}"}).status_code == 400
    assert AgeCheck.objects.get().state == "STARTED"


@pytest.mark.parametrize("flow", ["CROSS_DEVICE", "DC_API", "FORM"])
def test_a_third_party_knows_one_road(stripe: Other, browser: Client, flow: str) -> None:
    assert browser.post("/age/start", {"method": "STRIPE_IDENTITY", "flow": flow}).status_code == 422
    assert AgeCheck.objects.count() == 0


def test_a_method_that_is_not_configured_is_closed(stripe: Other, browser: Client, settings: Any) -> None:
    settings.AGE_METHODS = ["EU_AV_MDOC", "SDJWT_VC"]
    for method in ("STRIPE_IDENTITY", "OIDC_THIRD_PARTY"):
        assert browser.post("/age/start", {"method": method}).status_code == 422


# ---- The stand-ins ---------------------------------------------------------------------------------------------------------------
def test_a_stand_in_imports_nothing_of_the_house() -> None:
    files = sorted((ROOT / "accounts" / "simulators").glob("*.py"))
    assert len(files) >= 3
    for file in files:
        nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
        names = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
        names += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        foreign = [name for name in names if name.partition(".")[0] not in sys.stdlib_module_names]
        assert set(foreign) <= {"accounts.simulators.speaking"}, file.name


def test_a_stand_in_has_no_place_in_the_server_shape(stripe: Other, settings: Any) -> None:
    settings.EMBEDDED = settings.DEBUG = False
    with pytest.raises(OutboundError, match="no place in this shape"):
        stripe.behave("ok")


def test_pending_leaves_the_attempt_open_for_its_own_browser_alone(stripe: Other, browser: Client) -> None:
    back = stripe.choose(begin(browser, "STRIPE_IDENTITY"), outcome="processing")
    browser.get(back)
    found = AgeCheck.objects.get()
    assert (found.state, found.used_at, found.held is None) == ("STARTED", None, False)
    assert not service.is_judged(found)
