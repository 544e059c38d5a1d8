"""What a person shows, chooses and changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Profile, User
from accounts.queries import find_person
from accounts.services.places import RegionUnknown, resolve_place
from accounts.services.profiles import (
    DetailsInvalid,
    NewPlace,
    PlaceTooSoon,
    PseudonymTooSoon,
    change_profile,
    details_of,
)
from accounts.services.pseudonyms import PseudonymTaken
from accounts.tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


def profile_of(user: User) -> Profile:
    return Profile.objects.get(user=user)


def change(user: User, *, name: str = "", place: NewPlace | None = None, later: timedelta = timedelta(), **details: Any) -> Profile:
    own = profile_of(user)
    wanted = replace(details_of(own), **details)
    return change_profile(user=user, pseudonym=name or own.pseudonym, details=wanted, place=place, now=NOON + later)


# ---- The page of a person -------------------------------------------------------------------------------------------------------


def test_others_see_what_one_shows_and_never_address_year_or_code(amina: User, ben: User, as_: LogIn) -> None:
    change(amina, bio="J’aime le romazava.", show_bio=True, show_age=True)
    text = as_(ben).get(f"/people/{amina.public_id}/").content.decode()
    assert "J’aime le romazava." in text
    assert "35–44" in text
    for secret in ("amina@example.org", "1990"):
        assert secret not in text
    assert not re.search(rf"(?<![a-z0-9]){amina.pk}/", text)  # an outward id may end with the same digit


@pytest.mark.parametrize(
    ("flag", "word"),
    [("show_bio", "J’aime le romazava."), ("show_age", "35–44"), ("show_gender", "fille du vent"), ("show_languages", "Malagasy")],
)
def test_every_switch_hides_its_line(amina: User, ben: User, flag: str, word: str) -> None:
    shown: dict[str, Any] = dict.fromkeys(["show_bio", "show_age", "show_gender", "show_languages"], True)
    shown |= {"bio": "J’aime le romazava.", "gender": "SELF_DESCRIBED", "gender_text": "fille du vent", "languages": ["fr", "mg"]}
    field = {"show_bio": "bio", "show_age": "age_band", "show_gender": "gender", "show_languages": "languages"}[flag]
    change(amina, **shown)
    before = find_person(viewer=ben, public_id=amina.public_id, now=NOON)
    change(amina, **(shown | {flag: False}))
    after = find_person(viewer=ben, public_id=amina.public_id, now=NOON)
    assert before is not None
    assert after is not None
    assert (bool(getattr(before, field)), bool(getattr(after, field))) == (True, False), word


def test_guests_and_made_up_ids_see_nobody(amina: User, as_: LogIn) -> None:
    assert as_(None).get(f"/people/{amina.public_id}/").status_code == 302
    for public_id in ("a" * 20, str(amina.pk), "..", amina.public_id.upper()):
        assert as_(amina).get(f"/people/{public_id}/").status_code == 404


def test_an_introduction_never_becomes_markup(amina: User, ben: User, as_: LogIn) -> None:
    change(amina, bio="<img src=x onerror=alert(1)>\u202e", show_bio=True)
    text = as_(ben).get(f"/people/{amina.public_id}/").content.decode()
    assert "&lt;img src=x" in text
    assert "<img src=x" not in text
    assert "\u202e" not in text


# ---- Changing -------------------------------------------------------------------------------------------------------------------


def test_a_pseudonym_changes_once_in_thirty_days_and_the_old_one_is_kept_free(amina: User, ben: User) -> None:
    change(amina, name="Vonona")
    with pytest.raises(PseudonymTooSoon) as refusal:
        change(amina, name="Autrement", later=timedelta(days=29))
    assert refusal.value.free_at == NOON + timedelta(days=30)
    with pytest.raises(PseudonymTaken):
        change(ben, name="Amina", later=timedelta(days=200))
    assert change(amina, name="Amina", later=timedelta(days=31)).pseudonym == "Amina"


def test_the_same_name_in_other_capitals_is_still_ones_own(amina: User) -> None:
    assert change(amina, name="AMINA").pseudonym == "AMINA"


@pytest.mark.usefixtures("places")
def test_a_place_changes_once_in_thirty_days() -> None:
    soa = make_user("Soa", country="MG", postal_code="101")
    assert change(soa, place=NewPlace(country="RE", postal_code="97400")).country == "RE"
    with pytest.raises(PlaceTooSoon):
        change(soa, place=NewPlace(country="MG", postal_code="101"), later=timedelta(days=1))


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"bio": "x" * 501}, "bio"),
        ({"gender": "AUTRE"}, "gender"),
        ({"gender": "SELF_DESCRIBED", "gender_text": "x" * 41}, "gender_text"),
        ({"languages": []}, "languages"),
        ({"languages": ["fr", "xx"]}, "languages"),
    ],
)
def test_details_out_of_form_change_nothing(amina: User, details: dict[str, Any], field: str) -> None:
    with pytest.raises(DetailsInvalid) as refusal:
        change(amina, name="Vonona", **details)
    assert (refusal.value.field, profile_of(amina).pseudonym) == (field, "Amina")


FIELDS = {"pseudonym": "Amina", "gender": "UNDISCLOSED", "bio": "Salama", "languages": ["mg"], "country": "FR", "postal_code": ""}


def test_the_form_saves_and_says_so(amina: User, as_: LogIn) -> None:
    answer = as_(amina).post("/account/profile/", FIELDS, follow=True)
    assert "Profil enregistré" in answer.content.decode()
    assert (profile_of(amina).bio, profile_of(amina).language_list) == ("Salama", ["mg"])


@pytest.mark.parametrize("wrong", [{"pseudonym": "x"}, {"languages": ["xx"]}, {"bio": "x" * 501}, {"gender": "AUTRE"}, {"country": "XX"}])
def test_a_wrong_form_is_shown_again_with_what_was_typed(amina: User, as_: LogIn, wrong: dict[str, Any]) -> None:
    answer = as_(amina).post("/account/profile/", FIELDS | wrong)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'class="errorlist' in text
    assert ("Salama" in text) is ("bio" not in wrong)
    assert profile_of(amina).bio == ""


# ---- Preferences ----------------------------------------------------------------------------------------------------------------


def test_preferences_follow_the_account(amina: User, as_: LogIn) -> None:
    fields = {"language": "mg", "theme": "dark", "data_saver": "on", "hide_presence": "on"}
    as_(amina).post("/account/preferences/", fields)
    page = as_(amina).get("/account/preferences/").content.decode()
    assert '<html lang="mg" data-theme="dark"' in page
    amina.refresh_from_db()
    assert (amina.data_saver, amina.hide_presence, amina.enter_sends) == (True, True, False)


def test_a_guests_preferences_stay_in_cookies(client: Client) -> None:
    client.post("/account/preferences/", {"language": "en", "theme": "dark"})
    assert '<html lang="en" data-theme="dark"' in client.get("/").content.decode()


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"theme": "sepia"}, {}])
def test_preferences_that_do_not_exist(amina: User, as_: LogIn, wrong: dict[str, str]) -> None:
    answer = as_(amina).post("/account/preferences/", {"theme": ""} | wrong)
    assert answer.status_code == 422
    amina.refresh_from_db()
    assert (amina.language, amina.theme) == ("fr", "")


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_going_back_never_leaves_the_site(amina: User, as_: LogIn, back: str) -> None:
    answer = as_(amina).post("/account/preferences/", {"language": "fr", "theme": "", "next": back})
    assert answer["Location"] == "/account/preferences/"


def test_a_region_of_another_country_is_refused() -> None:
    with pytest.raises(RegionUnknown):
        resolve_place(country="MG", postal_code="", region_code="FR-bretagne")
