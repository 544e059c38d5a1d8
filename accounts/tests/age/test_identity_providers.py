"""An identity provider that declares an age, and days of birth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.age.birthdates import is_old_enough, read_birthdate
from accounts.age.refusals import RefusalCode
from accounts.enums import AgeMethod, Assurance
from accounts.models import AgeAssertion, AgeCheck, User
from accounts.queries import list_proofs
from accounts.tests.age.third import C, Other, begin, end, opens, refusal_of, start
from accounts.tests.factories import make_user
from core.hosts import read_host

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def oidc_url() -> Iterator[str]:
    process, url = start("oidc")
    yield url
    end(process)


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.DEMO_WALLET = False


@pytest.fixture
def oidc(settings: Any, oidc_url: str) -> Other:
    settings.OUTBOUND_HOSTS = [read_host(urlsplit(oidc_url).netloc)]
    settings.AGE_METHODS = ["OIDC_THIRD_PARTY"]
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = oidc_url, "resaka", "resaka-secret"
    other = Other(oidc_url)
    other.behave("ok")
    return other


# ---- An identity provider --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["adult", "adult-by-birthdate", "adult-by-userinfo"])
def test_a_declaration_is_kept_and_opens_nothing(oidc: Other, carol: User, browser: Client, who: str) -> None:
    link = begin(browser, "OIDC_THIRD_PARTY")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "openid profile")
    assert (asked["nonce"], len(asked["code_challenge"])) == (AgeCheck.objects.get().nonce, 43)
    page = browser.get(oidc.choose(link, who=who), follow=True)
    assert (page.context["standing"], page.context["opens"]) == ("passed", False)
    proof = AgeAssertion.objects.get()
    assert (proof.user, proof.method, proof.assurance) == (carol, "OIDC_THIRD_PARTY", Assurance.DECLARED)
    assert not any(opens(carol, gate) for gate in ("GENERAL", "MEETING", "SENSITIVE", "SEXUAL", "GOODS"))
    assert list_proofs(user=carol, now=timezone.now()) == []  # so that another method is still offered
    assert browser.get("/age/").context["methods"] == [AgeMethod.OIDC_THIRD_PARTY]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("minor", C.UNDER_AGE),
        ("minor-by-birthdate", C.UNDER_AGE),
        ("silent", C.OIDC_CLAIM),
        ("yearless", C.OIDC_CLAIM),
        ("refuse", C.NOT_FINISHED),
    ],
)
def test_what_declares_no_adult(oidc: Other, browser: Client, who: str, code: RefusalCode) -> None:
    assert refusal_of(browser, oidc.choose(begin(browser, "OIDC_THIRD_PARTY"), who=who)) == code


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("nonce", C.OIDC_TOKEN),
        ("audience", C.OIDC_TOKEN),
        ("issuer", C.OIDC_TOKEN),
        ("expired", C.OIDC_TOKEN),
        ("error", C.PROVIDER_UNAVAILABLE),
        ("nonsense", C.PROVIDER_UNAVAILABLE),
        ("slow", C.PROVIDER_UNAVAILABLE),
    ],
)
def test_a_token_that_is_not_ours(oidc: Other, browser: Client, mode: str, code: RefusalCode) -> None:
    back = oidc.choose(begin(browser, "OIDC_THIRD_PARTY"), who="adult")
    oidc.behave(mode)
    assert refusal_of(browser, back) == code


def test_userinfo_of_another_account(oidc: Other, browser: Client) -> None:
    back = oidc.choose(begin(browser, "OIDC_THIRD_PARTY"), who="adult-by-userinfo")
    oidc.behave("subject")
    assert refusal_of(browser, back) == C.OIDC_TOKEN


def test_an_answer_in_the_name_of_another_issuer(oidc: Other, browser: Client) -> None:
    """Mix-up: RFC 9207."""
    back = oidc.choose(begin(browser, "OIDC_THIRD_PARTY"), who="adult")
    assert refusal_of(browser, back.replace("iss=http", "iss=https")) == C.OIDC_TOKEN


@pytest.mark.parametrize("code", ["", "stolen"])
def test_a_code_that_was_not_given_to_this_attempt(oidc: Other, browser: Client, code: str) -> None:
    back = oidc.choose(begin(browser, "OIDC_THIRD_PARTY"), who="adult")
    given = parse_qs(urlsplit(back).query)["code"][0]
    assert refusal_of(browser, back.replace(given, code)) == C.OIDC_TOKEN


def test_the_code_of_another_attempt(oidc: Other, browser: Client) -> None:
    """Somebody puts their own code under another's state: the verifier of that attempt does not fit it."""
    ben = Client()
    ben.force_login(make_user("Ben", age_method=None))
    theirs = parse_qs(urlsplit(oidc.choose(begin(ben, "OIDC_THIRD_PARTY"), who="adult")).query)["code"][0]
    AgeCheck.objects.all().delete()
    back = oidc.choose(begin(browser, "OIDC_THIRD_PARTY"), who="minor")
    assert refusal_of(browser, back.replace(parse_qs(urlsplit(back).query)["code"][0], theirs)) == C.OIDC_TOKEN


def test_a_provider_under_another_name_is_not_used(oidc: Other, browser: Client, settings: Any) -> None:
    settings.OIDC_ISSUER = oidc.url + "/"
    assert browser.post("/age/start", {"method": "OIDC_THIRD_PARTY"}).status_code == 422


def test_a_wrong_secret(oidc: Other, browser: Client, settings: Any) -> None:
    back = oidc.choose(begin(browser, "OIDC_THIRD_PARTY"), who="adult")
    settings.OIDC_CLIENT_SECRET = "wrong"
    assert refusal_of(browser, back) == C.PROVIDER_UNAVAILABLE


# ---- Days of birth ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("born", "today", "adult"),
    [
        (date(2008, 11, 26), date(2026, 11, 26), True),
        (date(2008, 11, 27), date(2026, 11, 26), False),
        (date(2008, 2, 29), date(2026, 2, 28), False),
        (date(2008, 2, 29), date(2026, 3, 1), True),
        (date(2030, 1, 1), date(2026, 11, 26), False),
    ],
)
def test_the_eighteenth_birthday(born: date, today: date, adult: bool) -> None:
    assert is_old_enough(born, threshold=18, today=today) is adult


def test_birthdates_as_openid_writes_them() -> None:
    assert read_birthdate("1990-05-17") == date(1990, 5, 17)
    assert read_birthdate("2008") == date(2008, 12, 31)
    for text in ("", "0000-05-17", "0000", "1990-13-01", "1990-02-30", "17/05/1990", "1990-5-17", "1990-05", "1990-05-17T00:00", "١٩٩٠"):
        with pytest.raises(ValueError):
            read_birthdate(text)
