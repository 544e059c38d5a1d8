"""Becoming a member: what is asked, what is kept, and who is refused."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.enums import Jurisdiction, UserStatus
from accounts.models import Consent, Profile, User
from accounts.services.places import open_postal_code
from accounts.services.registration import AgeImplausible, UnderAge, birth_year_of
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import make_user
from accounts.tests.purging import purge_unconfirmed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts", "places")]

TODAY = date(2026, 11, 24)
GOOD = {
    "username": "Voahangy",
    "email": "voahangy@example.org",
    "password1": PASSWORD,
    "country": "MG",
    "postal_code": "101",
    "birth_date": "1990-05-17",
    "gender": "SELF_DESCRIBED",
    "gender_text": "fille du vent",
    "charter": "on",
    "terms": "on",
}


def sign_up(client: Client, **changes: str | None) -> tuple[int, str]:
    """Status and text of the page that one lands on; None leaves a field out."""
    fields = {name: value for name, value in (GOOD | changes).items() if value is not None}
    answer = client.post("/signup/", fields, follow=True)
    return answer.status_code, answer.content.decode()


def code_in(letter: str) -> str:
    found = re.search(r"\b[A-Z0-9]{3}-[A-Z0-9]{3}\b", letter)
    assert found, letter
    return found[0]


# ---- The straight line ------------------------------------------------------------------------------------------------------


def test_a_newcomer_becomes_a_member_with_the_code_from_the_letter(client: Client) -> None:
    status, text = sign_up(client)
    assert (status, len(mail.outbox), mail.outbox[0].to) == (200, 1, ["voahangy@example.org"])
    user = User.objects.get()
    assert (user.status, user.is_member, user.jurisdiction) == (UserStatus.PENDING_EMAIL, False, Jurisdiction.MG)
    assert client.get("/rooms/new/").status_code == 302  # not before the address is confirmed
    client.post("/confirm-email/", {"code": code_in(str(mail.outbox[0].body))}, follow=True)
    user.refresh_from_db()
    assert (user.status, user.is_member) == (UserStatus.ACTIVE, True)
    assert client.get("/rooms/new/").status_code == 200
    assert "voahangy@example.org" not in text or "Confirm" in text


def test_only_the_year_the_region_and_a_cell_are_kept(client: Client) -> None:
    sign_up(client)
    profile = Profile.objects.get()
    assert (profile.birth_year, profile.country, profile.gender_text) == (1990, "MG", "fille du vent")
    assert (bool(profile.region_code), bool(profile.cell)) == (True, True)
    stored = str([getattr(profile, field.attname) for field in Profile._meta.concrete_fields])
    assert "1990-05-17" not in stored
    assert b"101" not in bytes(profile.postal_code or b"")
    assert open_postal_code(profile=profile) == "101"


def test_both_texts_are_recorded_with_their_fingerprint(client: Client) -> None:
    sign_up(client)
    rows = list(Consent.objects.order_by("purpose"))
    assert [(row.purpose, row.channel, len(row.text_sha256)) for row in rows] == [("CHARTER", "SIGNUP", 64), ("TERMS", "SIGNUP", 64)]


def test_an_age_does_as_well_as_a_date(client: Client) -> None:
    sign_up(client, birth_date=None, age="30")
    assert Profile.objects.get().birth_year == timezone.now().year - 30


# ---- Who is refused -----------------------------------------------------------------------------------------------------------


def test_a_minor_is_refused_kindly_leaves_nothing_and_is_not_believed_the_second_time(client: Client) -> None:
    status, text = sign_up(client, birth_date=f"{timezone.now().year - 15}-01-01")
    assert status == 200
    assert "adultes" in text
    assert "119" in text  # somebody to talk to
    assert (User.objects.count(), len(mail.outbox)) == (0, 0)
    _status, again = sign_up(client)
    assert "adultes" in again
    assert 'name="username"' not in client.get("/signup/").content.decode()
    assert User.objects.count() == 0
    assert Client().get("/signup/").status_code == 200


def test_a_cookie_of_refusal_cannot_be_made_up(client: Client) -> None:
    client.cookies["signup_pause"] = "1"
    assert 'name="username"' in client.get("/signup/").content.decode()


@pytest.mark.parametrize(
    ("born", "year"),
    [(date(2008, 11, 24), 2008), (date(1990, 5, 17), 1990), (date(2008, 2, 29), 2008), (date(1906, 11, 25), 1906)],
)
def test_grown_up_on_the_day_itself(born: date, year: int) -> None:
    assert birth_year_of(birth_date=born, age=None, today=TODAY) == year


@pytest.mark.parametrize(("born", "age"), [(date(2008, 11, 25), None), (None, 17), (date(1990, 5, 17), 17), (date(2015, 1, 1), 35)])
def test_the_day_before_is_too_early(born: date | None, age: int | None) -> None:
    with pytest.raises((UnderAge, AgeImplausible)):
        birth_year_of(birth_date=born, age=age, today=TODAY)


def test_born_on_the_leap_day_one_grows_up_on_the_first_of_march() -> None:
    born = date(2008, 2, 29)
    with pytest.raises(UnderAge):
        birth_year_of(birth_date=born, age=None, today=date(2026, 2, 28))
    assert birth_year_of(birth_date=born, age=None, today=date(2026, 3, 1)) == 2008


@pytest.mark.parametrize(
    ("born", "age"), [(None, None), (date(2027, 1, 1), None), (date(1880, 1, 1), None), (None, 121), (date(1990, 1, 1), 60)]
)
def test_ages_that_cannot_be(born: date | None, age: int | None) -> None:
    with pytest.raises(AgeImplausible):
        birth_year_of(birth_date=born, age=age, today=TODAY)


@given(
    born=st.dates(min_value=date(1850, 1, 1), max_value=date(2030, 1, 1)),
    today=st.dates(min_value=date(2024, 1, 1), max_value=date(2032, 1, 1)),
)
def test_nobody_under_eighteen_ever_passes(born: date, today: date) -> None:
    try:
        year = birth_year_of(birth_date=born, age=None, today=today)
    except (UnderAge, AgeImplausible):
        return
    assert year == born.year
    assert (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) >= 18


# ---- Bad input ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"charter": None},
        {"terms": None},
        {"birth_date": None},
        {"birth_date": "hier"},
        {"birth_date": "31/02/1990"},
        {"email": "pas-une-adresse"},
        {"email": ""},
        {"password1": "court"},
        {"password1": "1234567890"},
        {"password1": "x" * 129},
        {"country": "XX"},
        {"country": "FR", "postal_code": "00000"},
        {"country": "MG", "postal_code": "999"},
        {"username": "ab"},
        {"username": "x" * 25},
        {"username": "__nom"},
        {"username": "no\u200bm"},
        {"username": "nom\u202eeman"},
        {"username": "Аmina"},  # a Cyrillic A among Latin letters
        {"username": "Resaka_team"},
        {"username": "moderateur"},
        {"username": "12345"},
        {"gender": "AUTRE"},
    ],
    ids=str,
)
def test_a_bad_field_is_named_and_nothing_typed_is_lost(client: Client, changes: dict[str, str | None]) -> None:
    status, text = sign_up(client, **changes)
    assert status in (200, 422)
    assert (User.objects.count(), len(mail.outbox)) == (0, 0)
    assert 'class="errorlist' in text
    assert 'aria-invalid="true"' in text
    if "email" not in changes:
        assert 'value="voahangy@example.org"' in text
    assert PASSWORD not in text


def test_all_fields_missing(client: Client) -> None:
    answer = client.post("/signup/", {})
    assert answer.status_code in (200, 422)
    assert User.objects.count() == 0


@pytest.mark.parametrize("name", ["Amina", "AMINA", "Àmina", "Am1na", "Arnina"])
def test_a_name_that_looks_like_anothers_is_not_free(client: Client, amina: User, name: str) -> None:
    sign_up(client, username=name)
    assert list(User.objects.all()) == [amina]


def test_a_known_address_looks_like_a_new_one_and_its_owner_is_told(client: Client) -> None:
    make_user("Ravo", email="voahangy@example.org")
    fresh = Client().post("/signup/", GOOD | {"email": "autre@example.org", "username": "Bodo"})
    known = client.post("/signup/", GOOD)
    assert (known.status_code, known["Location"]) == (fresh.status_code, fresh["Location"])
    assert client.get(known["Location"]).status_code == 200
    assert not User.objects.filter(username="voahangy").exists()
    letter = mail.outbox[-1]
    assert (letter.to, "déjà un" in str(letter.body)) == (["voahangy@example.org"], True)


def test_the_form_sent_twice_is_one_sign_up(client: Client) -> None:
    sign_up(client)
    status, _text = sign_up(Client())
    assert (status, User.objects.count(), Profile.objects.count()) == (200, 1, 1)


def test_a_wrong_code_is_refused_and_a_few_of_them_end_it(client: Client) -> None:
    sign_up(client)
    for _turn in range(10):
        client.post("/confirm-email/", {"code": "AAA-AAA"}, follow=True)
    client.post("/confirm-email/", {"code": code_in(str(mail.outbox[0].body))}, follow=True)
    assert User.objects.get().status == UserStatus.PENDING_EMAIL


def test_without_texts_to_accept_nobody_can_join(client: Client) -> None:
    from accounts.models import LegalDocument
    from accounts.queries.legal import forget_required_agreements

    LegalDocument.objects.all().delete()
    forget_required_agreements()
    assert 'name="username"' not in client.get("/signup/").content.decode()
    sign_up(client)
    assert User.objects.count() == 0


# ---- Afterwards ---------------------------------------------------------------------------------------------------------------


def test_sign_ups_that_nobody_confirms_are_forgotten(client: Client, amina: User) -> None:
    sign_up(client)
    now = timezone.now()
    assert purge_unconfirmed(now=now + timedelta(days=6)) == 0
    assert purge_unconfirmed(now=now + timedelta(days=8)) == 1
    assert list(User.objects.all()) == [amina]
    sign_up(Client())
    assert User.objects.count() == 2  # name and address are free again


def test_an_address_belongs_to_the_first_who_confirms_it(amina: User) -> None:
    rows = EmailAddress.objects.filter(email="amina@example.org", verified=True)
    assert [row.user_id for row in rows] == [amina.pk]
    assert datetime.now(UTC) > amina.created_at
