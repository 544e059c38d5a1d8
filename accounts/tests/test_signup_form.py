"""The form of sign-up, box by box: refused minors, birthdays, consents, places, and what it never tells."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.conf import LazySettings
from django.core import mail, signing
from django.test import Client
from django.utils import timezone

from accounts.enums import AGREEMENTS, Jurisdiction
from accounts.models import Consent, Profile, User
from accounts.queries import get_document, list_regions
from accounts.services.places import open_postal_code
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import make_user
from accounts.views.auth import REFUSAL_COOKIE, REFUSAL_SECONDS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts", "places")]
LogIn = Callable[[User | None], Client]
Answer = str | tuple[int, int] | None
GOOD = {
    "username": "Voahangy",
    "email": "voahangy@example.org",
    "password1": PASSWORD,
    "country": "FR",
    "postal_code": "75001",
    "birth_date": "1990-05-17",
    "charter": "on",
    "terms": "on",
}
FORM = 'name="username"'


def send(client: Client, **changes: Answer) -> str:
    """The page that answers the form; None leaves a field out, two numbers are the age of somebody born so many days later."""
    given: dict[str, Answer] = {**GOOD, **changes}
    fields = {name: years_ago(*value) if isinstance(value, tuple) else value for name, value in given.items() if value is not None}
    return client.post("/signup/", fields, follow=True).content.decode()


def years_ago(years: int, days: int = 0) -> str:
    """A birthday so many years ago, `days` later; for one who would be born on 29 February, the day before."""
    today = timezone.now().date()
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return (date(today.year - years, today.month, day) + timedelta(days=days)).isoformat()


def marked(page: str) -> set[str]:
    """The fields that the page marks as wrong."""
    tags = re.findall(r"<(?:input|select|textarea)\b[^>]*>", page)
    return {match[1] for tag in tags if 'aria-invalid="true"' in tag and (match := re.search(r'name="(\w+)"', tag))}


# ---- Minors -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        {"birth_date": (18, 1)},
        {"birth_date": (0, 0)},
        {"birth_date": None, "age": "17"},
        {"birth_date": None, "age": "0"},
        {"birth_date": (17, 0), "age": "18"},
        {"birth_date": (18, 0), "age": "17"},
        {"birth_date": (15, 0), "charter": None, "terms": None, "username": "x", "postal_code": "00000"},
        {"birth_date": (15, 0), "age": "abc"},
        {"birth_date": "hier", "age": "15"},
    ],
    ids=str,
)
def test_whoever_says_they_are_a_minor_is_refused_and_stays_refused(client: Client, told: dict[str, Answer]) -> None:
    page = send(client, **told)
    assert "tel:119" in page
    assert FORM not in page
    assert "tel:119" in send(client)  # a better date is not believed
    assert FORM not in client.get("/signup/").content.decode()
    assert (User.objects.count(), len(mail.outbox)) == (0, 0)


def test_the_refusal_keeps_nothing_that_was_typed(client: Client) -> None:
    page = send(client, birth_date=(15, 0))
    assert "voahangy" not in page.lower()
    kept = str(dict(client.session.items())) + str({name: cookie.value for name, cookie in client.cookies.items()})
    for typed in ("Voahangy", "voahangy@example.org", years_ago(15), "75001", PASSWORD):
        assert typed not in kept
    # The name is not held either.
    assert User.objects.count() == 0
    send(Client(), email="autre@example.org")
    assert User.objects.get().username == "voahangy"


def test_the_refusal_is_one_of_the_browser_for_a_day_and_out_of_reach_of_scripts(client: Client) -> None:
    send(client, birth_date=(15, 0))
    cookie = client.cookies[REFUSAL_COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 24 * 3600)
    assert FORM in Client().get("/signup/").content.decode()


@pytest.mark.parametrize(("age", "shut"), [(REFUSAL_SECONDS - 60, True), (REFUSAL_SECONDS + 60, False)])
def test_after_a_day_the_form_opens_again(client: Client, age: int, shut: bool) -> None:
    send(client, birth_date=(15, 0))
    value = client.cookies[REFUSAL_COOKIE].value
    signer = signing.get_cookie_signer(salt=REFUSAL_COOKIE + "accounts.signup.refusal")
    made_at = signing.b62_encode(int(timezone.now().timestamp()) - age)
    older = f"{value.split(':')[0]}:{made_at}"
    client.cookies[REFUSAL_COOKIE] = f"{older}:{signer.signature(older)}"
    assert (FORM not in client.get("/signup/").content.decode()) is shut


def test_the_refusal_says_it_in_the_language_of_the_visitor() -> None:
    pages = set()
    for language in ("fr", "mg", "en"):
        answer = Client(headers={"Accept-Language": language}).post("/signup/", GOOD | {"birth_date": years_ago(15)})
        assert answer["Content-Language"] == language
        assert "tel:119" in answer.content.decode()
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", answer.content.decode())
        assert heading
        pages.add(heading[1])
    assert len(pages) == 3


# ---- Grown up -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told", [{"birth_date": (18, 0)}, {"birth_date": None, "age": "18"}, {"birth_date": (18, 0), "age": "18"}], ids=str
)
def test_exactly_eighteen_is_enough(client: Client, told: dict[str, Answer]) -> None:
    send(client, **told)
    assert Profile.objects.get().birth_year == timezone.now().year - 18


def test_born_on_a_leap_day(client: Client) -> None:
    send(client, birth_date="1992-02-29")
    assert Profile.objects.get().birth_year == 1992
    assert "birth_date" in marked(send(Client(), birth_date="1993-02-29", username="Bodo", email="bodo@example.org"))


@pytest.mark.parametrize(
    "told",
    [{"birth_date": None}, {"birth_date": "2999-01-01"}, {"birth_date": "1850-01-01"}, {"age": "60"}, {"birth_date": None, "age": "121"}],
)
def test_an_age_that_cannot_be_may_be_mended(client: Client, told: dict[str, Answer]) -> None:
    assert "birth_date" in marked(send(client, **told))
    send(client)
    assert User.objects.count() == 1


# ---- Consents -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [["charter"], ["terms"], ["charter", "terms"]])
def test_each_box_that_is_not_ticked_is_named_and_no_account_is_made(client: Client, missing: list[str]) -> None:
    page = send(client, **dict.fromkeys(missing))
    assert marked(page) == set(missing)
    assert page.count("Cochez cette case pour continuer.") >= len(missing)
    assert (User.objects.count(), Consent.objects.count()) == (0, 0)


def test_no_box_is_ticked_beforehand(client: Client) -> None:
    page = client.get("/signup/").content.decode()
    boxes = re.findall(r'<input[^>]*type="checkbox"[^>]*>', page)
    assert {match[1] for box in boxes if (match := re.search(r'name="(\w+)"', box))} >= {"charter", "terms"}
    assert not any("checked" in box for box in boxes)


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_the_first_account_of_all_has_its_consents_to_the_text_that_was_read(language: str) -> None:
    browser = Client(headers={"Accept-Language": language})
    browser.post("/signup/", GOOD)
    user = User.objects.get()
    assert user.language == language
    rows = Consent.objects.filter(user=user).values_list("purpose", "language", "text_sha256")
    texts = [get_document(doc_type=kind, language=language, now=timezone.now()) for kind in AGREEMENTS]
    assert sorted(rows) == sorted((text.doc_type, text.language, text.text_sha256) for text in texts)
    assert len(rows) == 2


# ---- Places -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "code", "kept", "law"),
    [
        ("FR", "75001", "FR", Jurisdiction.FR),
        ("FR", " 97 400 ", "RE", Jurisdiction.FR),
        ("FR", "97110", "GP", Jurisdiction.FR),
        ("FR", "97600", "YT", Jurisdiction.FR),
        ("MG", "501", "MG", Jurisdiction.MG),
    ],
)
def test_a_known_code_needs_no_region(client: Client, country: str, code: str, kept: str, law: Jurisdiction) -> None:
    send(client, country=country, postal_code=code)
    profile = Profile.objects.select_related("user").get()
    assert (profile.country, profile.user.jurisdiction) == (kept, law)
    assert profile.region_code.startswith(f"{kept}-")
    assert open_postal_code(profile=profile) == code.replace(" ", "")


@pytest.mark.parametrize(
    ("country", "code"),
    [("FR", "00000"), ("FR", "101"), ("FR", "9740"), ("FR", ""), ("MG", "999"), ("MG", "97400"), ("MG", "1O1"), ("MG", "１")],
)
def test_an_unknown_code_offers_the_regions_of_the_country_and_takes_one(client: Client, country: str, code: str) -> None:
    page = send(client, country=country, postal_code=code)
    assert "postal_code" in marked(page)
    region = list_regions(country=country)[-1]
    assert f'value="{region.code}"' in page
    send(client, country=country, postal_code=code, region=region.code)
    profile = Profile.objects.get()
    assert (profile.region_code, profile.country, bool(profile.cell)) == (region.code, region.country, True)


def test_a_region_of_another_country_is_not_taken(client: Client) -> None:
    foreign = list_regions(country="MG")[0].code
    assert "region" in marked(send(client, country="FR", postal_code="00000", region=foreign))
    assert User.objects.count() == 0


@pytest.mark.parametrize("country", ["SN", "ZZ", "US"])
def test_of_another_country_the_name_alone_is_kept(client: Client, country: str) -> None:
    send(client, country=country, postal_code="12500")
    profile = Profile.objects.get()
    assert (profile.country, profile.region_code, profile.cell, profile.postal_code) == (country, "", "", None)


@pytest.mark.parametrize("country", ["RE", "YT", "XX", ""])
def test_territories_come_out_of_the_code_and_are_no_choice(client: Client, country: str) -> None:
    assert "country" in marked(send(client, country=country, postal_code="97400"))
    assert User.objects.count() == 0


# ---- What the form never tells ------------------------------------------------------------------------------------------------


def test_a_known_address_makes_nothing_and_its_name_is_as_taken_as_any(client: Client) -> None:
    owner = make_user("Ravo", email="voahangy@example.org")
    send(client)
    assert list(User.objects.all()) == [owner]
    # A real sign-up would have taken the name: trying it again with another address must not show the difference.
    assert "username" in marked(send(Client(), email="autre@example.org"))
    assert list(User.objects.all()) == [owner]


def test_a_known_address_in_other_capitals_is_known(client: Client) -> None:
    owner = make_user("Ravo", email="voahangy@example.org")
    send(client, email="Voahangy@Example.ORG")
    assert list(User.objects.all()) == [owner]


def test_a_known_address_with_a_mistake_elsewhere_shows_that_mistake_alone(client: Client) -> None:
    make_user("Ravo", email="voahangy@example.org")
    assert marked(send(client, postal_code="00000")) == {"postal_code"}
    assert len(mail.outbox) == 0


def test_the_form_sent_twice_by_one_browser_is_one_sign_up(client: Client) -> None:
    send(client)
    send(client)
    assert (User.objects.count(), Profile.objects.count(), Consent.objects.count()) == (1, 1, 2)


def test_the_name_of_somebody_who_still_waits_is_not_given_to_another_password(client: Client) -> None:
    send(client)
    waiting = User.objects.get()
    assert "username" in marked(send(Client(), password1="lakana-fotsy-kely-7"))
    assert "username" in marked(send(Client(), email="autre@example.org"))
    assert list(User.objects.all()) == [waiting]


def test_who_is_logged_in_signs_nobody_up(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    assert browser.get("/signup/").status_code == 302
    send(browser)
    assert list(User.objects.all()) == [amina]


def test_one_place_does_not_sign_up_without_end(settings: LazySettings) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"signup": "2/h/ip"}
    for turn, name in enumerate(("Bodo", "Fara", "Lalao")):
        send(Client(), username=name, email=f"n{turn}@example.org")
    assert set(User.objects.values_list("username", flat=True)) == {"bodo", "fara"}


def test_a_password_like_the_name_or_the_address_is_refused(client: Client) -> None:
    assert "password1" in marked(send(client, username="ravinala-kely", password1="ravinala-kely"))
    assert "password1" in marked(send(client, password1="voahangy@example.org"))
    assert User.objects.count() == 0
