"""One's own profile by form: moving, staying, and what a wrong box leaves as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Jurisdiction
from accounts.models import Profile, User
from accounts.queries import list_regions
from accounts.services.places import open_postal_code
from accounts.tests.factories import make_user
from core import sealing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]
LogIn = Callable[[User | None], Client]


@pytest.fixture
def soa() -> User:
    """Somebody who lives in Antananarivo."""
    return make_user("Soa", country="MG", postal_code="101")


@pytest.fixture
def lea() -> User:
    """Somebody who lives on La Réunion, which the form offers as France."""
    return make_user("Léa", email="lea@example.org", country="FR", postal_code="97400")


def save(browser: Client, pseudonym: str, country: str, code: str, **more: str) -> tuple[int, str]:
    fields = {"pseudonym": pseudonym, "languages": "fr", "country": country, "postal_code": code, "bio": "Salama"} | more
    answer = browser.post("/account/profile/", fields)
    return answer.status_code, answer.content.decode()


def own(user: User) -> Profile:
    return Profile.objects.select_related("user").get(user=user)


# ---- Moving -------------------------------------------------------------------------------------------------------------------


def test_the_form_shows_ones_own_code_and_to_nobody_else(soa: User, ben: User, as_: LogIn) -> None:
    assert 'value="101"' in as_(soa).get("/account/profile/").content.decode()
    page = as_(ben).get(f"/people/{soa.public_id}/").content.decode()
    assert "Analamanga" in page
    assert own(soa).cell not in page
    assert ">101<" not in page


def test_moving_changes_region_cell_law_and_the_sealed_code_together(soa: User, as_: LogIn) -> None:
    before = own(soa)
    assert save(as_(soa), "Soa", "FR", "97400")[0] == 302
    after = own(soa)
    assert (after.country, after.user.jurisdiction, open_postal_code(profile=after)) == ("RE", Jurisdiction.FR, "97400")
    assert after.cell != before.cell
    assert after.region_code != before.region_code
    with pytest.raises(sealing.SealingError):  # bound to this person
        sealing.open_sealed(make_user("Fara").scope, bytes(after.postal_code or b""), after.postal_code_ad)


def test_saving_without_moving_is_no_move(lea: User, as_: LogIn) -> None:
    browser = as_(lea)
    for code in ("97400", " 97 400 ", "97400 CEDEX 9"):
        assert save(browser, "Léa", "FR", code)[0] == 302
    profile = own(lea)
    assert (profile.bio, profile.country, profile.place_changed_at) == ("Salama", "RE", None)


def test_a_second_move_within_thirty_days_is_refused_with_the_day_and_changes_nothing(soa: User, as_: LogIn) -> None:
    browser = as_(soa)
    save(browser, "Soa", "FR", "97400", bio="Un")
    status, page = save(browser, "Soa", "FR", "75001", bio="Deux")
    assert (status, "30 jours" in page) == (422, True)
    assert (own(soa).country, own(soa).bio) == ("RE", "Un")
    Profile.objects.filter(user=soa).update(place_changed_at=timezone.now() - timedelta(days=30, seconds=1))
    assert save(browser, "Soa", "FR", "75001")[0] == 302
    assert own(soa).country == "FR"


@pytest.mark.parametrize(("country", "code"), [("FR", "00000"), ("FR", "101"), ("MG", "999"), ("MG", "97400"), ("FR", "")])
def test_an_unknown_code_asks_for_a_region_and_then_takes_it(soa: User, as_: LogIn, country: str, code: str) -> None:
    browser = as_(soa)
    status, page = save(browser, "Soa", country, code)
    region = list_regions(country=country)[-1]
    assert (status, own(soa).bio) == (422, "")
    assert f'value="{region.code}"' in page
    assert save(browser, "Soa", country, code, region=region.code)[0] == 302
    assert (own(soa).region_code, own(soa).country) == (region.code, region.country)


def test_a_region_of_another_country_is_no_choice(soa: User, as_: LogIn) -> None:
    assert save(as_(soa), "Soa", "FR", "00000", region=list_regions(country="MG")[0].code)[0] == 422
    assert own(soa).country == "MG"


@pytest.mark.parametrize("code", ["", "12500"])
def test_of_another_country_the_name_alone_is_kept_here_too(soa: User, as_: LogIn, code: str) -> None:
    assert save(as_(soa), "Soa", "SN", code)[0] == 302
    profile = own(soa)
    assert (profile.country, profile.region_code, profile.cell, profile.postal_code) == ("SN", "", "", None)
    assert profile.user.jurisdiction == Jurisdiction.OTHER


def test_typing_a_foreign_code_once_more_is_no_second_move(soa: User, as_: LogIn) -> None:
    browser = as_(soa)
    assert [save(browser, "Soa", "SN", "12500")[0] for _twice in range(2)] == [302, 302]
    assert own(soa).country == "SN"


def test_a_code_that_can_no_longer_be_opened_breaks_no_page(soa: User, as_: LogIn) -> None:
    Profile.objects.filter(user=soa).update(postal_code=b"\x00" * 40)
    answer = as_(soa).get("/account/profile/")
    assert answer.status_code == 200
    assert 'value="101"' not in answer.content.decode()
    assert "Analamanga" in answer.content.decode()


# ---- Names and details --------------------------------------------------------------------------------------------------------


def test_a_taken_name_is_said_beside_the_field_and_keeps_all_as_it_was(soa: User, ben: User, as_: LogIn) -> None:
    status, page = save(as_(soa), "B.e.n", "MG", "101")
    assert status == 422
    assert "n’est pas libre" in page
    assert "Salama" in page  # what was typed
    assert (own(soa).pseudonym, own(soa).bio, own(ben).pseudonym) == ("Soa", "", "Ben")


def test_a_name_that_changed_lately_says_when_it_may_change_again(soa: User, as_: LogIn) -> None:
    browser = as_(soa)
    assert save(browser, "Vonona", "MG", "101")[0] == 302
    status, page = save(browser, "Fanja", "MG", "101")
    assert (status, "30 jours" in page, own(soa).pseudonym) == (422, True, "Vonona")
    assert save(browser, "Vonona", "MG", "101", bio="Encore")[0] == 302  # the rest may change at any time
    assert own(soa).bio == "Encore"


def test_ones_own_words_for_a_gender_go_when_the_gender_does(soa: User, as_: LogIn) -> None:
    browser = as_(soa)
    save(browser, "Soa", "MG", "101", gender="SELF_DESCRIBED", gender_text="fille\u202e du vent")
    assert own(soa).gender_text == "fille du vent"
    save(browser, "Soa", "MG", "101", gender="WOMAN", gender_text="fille du vent")
    assert (own(soa).gender, own(soa).gender_text) == ("WOMAN", "")


@pytest.mark.parametrize(
    "wrong",
    [{"gender": "SELF_DESCRIBED", "gender_text": "x" * 41}, {"bio": "é" * 501}, {"languages": ""}, {"pseudonym": ""}],
    ids=lambda w: next(iter(w)),
)
def test_a_wrong_box_saves_no_other_box(soa: User, as_: LogIn, wrong: dict[str, str]) -> None:
    fields = {"pseudonym": "Soa", "languages": "mg", "country": "FR", "postal_code": "97400", "bio": "Salama"} | wrong
    assert as_(soa).post("/account/profile/", fields).status_code == 422
    profile = own(soa)
    assert (profile.country, profile.bio, profile.languages, profile.gender) == ("MG", "", "fr", "UNDISCLOSED")


def test_five_hundred_letters_are_counted_as_people_count(soa: User, as_: LogIn) -> None:
    assert save(as_(soa), "Soa", "MG", "101", bio="é" * 500)[0] == 302
    assert len(own(soa).bio) == 500


def test_an_unticked_box_hides(soa: User, as_: LogIn) -> None:
    save(as_(soa), "Soa", "MG", "101", show_bio="on")
    assert (own(soa).show_bio, own(soa).show_age, own(soa).show_region) == (True, False, False)
