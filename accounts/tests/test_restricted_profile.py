"""Who may not write may not write their profile either: what others read stays as it was, and may be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from accounts.enums import Gender, SuspensionKind
from accounts.models import Profile, PseudonymHistory, User
from accounts.services.profiles import WordsRestricted, change_profile, details_of
from accounts.services.suspension import lift, suspend
from accounts.tests.factories import NOON

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
JSON = "application/json"
SENTENCE = "Une décision de l’équipe suspend votre droit d’écrire"
RESTRICTED = SuspensionKind.POSTING_RESTRICTED


def change(user: User, name: str = "", **details: Any) -> Profile:
    own = Profile.objects.get(user=user)
    return change_profile(user=user, pseudonym=name or own.pseudonym, details=replace(details_of(own), **details), place=None, now=NOON)


def words_of(user: User) -> tuple[str, str, str]:
    own = Profile.objects.get(user=user)
    return own.pseudonym, own.gender_text, own.bio


@pytest.fixture
def silent(amina: User) -> User:
    """Amina, who wrote something about herself and then was told to write no more. The object is the one of before."""
    change(amina, gender=Gender.SELF_DESCRIBED, gender_text="fille du vent", bio="J’aime le romazava.")
    suspend(user=User.objects.get(pk=amina.pk), kind=RESTRICTED, decision_ref="D-1", reason="insultes", now=NOON)
    assert not amina.silenced
    return amina


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"bio": "Menteurs !"}, "bio"), ({"gender_text": "menteurs"}, "gender_text"), ({"name": "Menteuse"}, "pseudonym")],
)
def test_no_new_word_by_whatever_field_even_for_an_object_of_before(silent: User, changes: dict[str, str], field: str) -> None:
    before, history = words_of(silent), PseudonymHistory.objects.count()
    with pytest.raises(WordsRestricted) as refusal:
        change(silent, **changes, show_age=False)
    assert refusal.value.field == field
    assert (words_of(silent), PseudonymHistory.objects.count()) == (before, history)
    assert Profile.objects.get(user=silent).show_age is True  # nothing of it was saved


def test_what_is_no_word_may_change_and_words_may_be_taken_back(silent: User) -> None:
    change(silent, show_age=False, languages=["mg"], bio=" J’aime le romazava.  ")  # the same text once blanks are off
    assert Profile.objects.get(user=silent).show_age is False
    change(silent, bio="")
    change(silent, gender=Gender.WOMAN)
    assert words_of(silent) == ("Amina", "", "")
    with pytest.raises(WordsRestricted):  # what was taken back does not come again
        change(silent, bio="J’aime le romazava.")


def test_the_page_says_it_beside_the_field_and_keeps_what_was_typed(silent: User, as_: LogIn) -> None:
    fields = {"pseudonym": "Amina", "languages": "fr", "country": "FR", "postal_code": "", "gender": "SELF_DESCRIBED"}
    answer = as_(silent).post("/account/profile/", fields | {"gender_text": "fille du vent", "bio": "Menteurs !"})
    page = answer.content.decode()
    assert (answer.status_code, page.count(SENTENCE) >= 1, "Menteurs !" in page) == (422, True, True)
    assert words_of(silent) == ("Amina", "fille du vent", "J’aime le romazava.")


@pytest.mark.parametrize("body", [{"bio": "Menteurs !"}, {"name": "Menteuse"}])
def test_rest_answers_with_the_code_of_the_rooms(silent: User, as_: LogIn, body: dict[str, str]) -> None:
    answer = as_(silent).patch("/api/v1/me", body, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "restricted")
    assert answer.json()["message"].startswith(SENTENCE)
    assert words_of(silent) == ("Amina", "fille du vent", "J’aime le romazava.")
    assert as_(silent).patch("/api/v1/me", {"bio": "", "languages": ["mg"]}, content_type=JSON).status_code == 200


def test_after_it_is_lifted_and_for_everybody_else_all_is_as_before(silent: User, ben: User) -> None:
    change(ben, bio="Menteurs !")
    lift(user=silent, kind=RESTRICTED, reason="recours accepté", now=NOON)
    change(silent, name="Aminata", bio="De retour.")
    assert words_of(silent) == ("Aminata", "fille du vent", "De retour.")
