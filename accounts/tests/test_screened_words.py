"""What a profile says to others passes the same rules as a message; a name that would be asked about is not worn at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.forms.messages import explain
from accounts.models import Profile, User
from accounts.services.profiles import WordsScreened, change_profile, details_of
from accounts.services.pseudonyms import PseudonymInvalid, check_pseudonym
from accounts.tests.factories import NOON, make_user
from core import screening
from core.screening import ALLOWED, Actor, Context, Outcome, Verdict

pytestmark = pytest.mark.django_db


class WordRules:
    """Holds what says "retenu", refuses "refuse", asks about "blesse"."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Actor]] = []

    def screen(self, kind: str, text: str, actor: Actor, context: Context) -> Verdict:
        self.asked.append((kind, text, actor))
        for word, outcome in {"retenu": Outcome.HOLD, "refuse": Outcome.REFUSE, "blesse": Outcome.NUDGE}.items():
            if word in text.lower():
                return Verdict(outcome, word)
        return ALLOWED


@pytest.fixture
def rules() -> Iterator[WordRules]:
    before, made = screening.get_filling(), WordRules()
    screening.fill(made)
    yield made
    screening.empty()
    if before is not None:
        screening.fill(before)


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


def profile_of(user: User) -> Profile:
    return Profile.objects.get(user=user)


def change(user: User, *, pseudonym: str = "Amina", **words: Any) -> Profile:
    details = replace(details_of(profile_of(user)), **words)
    return change_profile(user=user, pseudonym=pseudonym, details=details, place=None, now=NOON + timedelta(days=2))


@pytest.mark.parametrize("word", ["retenu", "refuse"])
def test_a_presentation_that_would_be_held_is_not_shown(rules: WordRules, amina: User, word: str) -> None:
    with pytest.raises(WordsScreened) as refusal:
        change(amina, bio=f"je suis {word}")
    assert refusal.value.field == "bio"
    assert profile_of(amina).bio == ""
    assert explain(refusal.value)[0] == "bio"


def test_a_question_is_for_messages(rules: WordRules, amina: User) -> None:
    """A form has no second question, and one's own page is no blow at anybody: what would only be asked about stands there."""
    assert change(amina, bio="la vie blesse").bio == "la vie blesse"


def test_rules_know_whose_words_they_are_and_see_only_new_ones(rules: WordRules, amina: User) -> None:
    change(amina, bio="bonjour")
    rules.asked.clear()
    change(amina, bio="bonjour")
    assert rules.asked == []
    change(amina, bio="bonsoir")
    assert rules.asked == [("PROFILE", "bonsoir", Actor(amina.pk, NOON + timedelta(days=2) - amina.created_at))]


def test_taking_words_back_is_never_refused(rules: WordRules, amina: User) -> None:
    Profile.objects.filter(user=amina).update(bio="retenu depuis toujours")
    assert change(amina, bio="").bio == ""


@pytest.mark.parametrize("name", ["Blesse", "RETENU", "refuse2"])
def test_a_name_that_would_be_asked_about_is_not_worn(rules: WordRules, amina: User, name: str) -> None:
    with pytest.raises(PseudonymInvalid) as refusal:
        check_pseudonym(text=name, now=NOON)
    assert refusal.value.code == "words"
    with pytest.raises(PseudonymInvalid):
        change(amina, pseudonym=name)
    assert profile_of(amina).pseudonym == "Amina"


def test_the_house_names_its_own_accounts(rules: WordRules) -> None:
    assert check_pseudonym(text="Blesse", now=NOON, allow_reserved=True).shown == "Blesse"


def test_while_nobody_screens_nothing_new_is_shown(amina: User) -> None:
    before = screening.get_filling()
    screening.empty()
    try:
        with pytest.raises(WordsScreened):
            change(amina, bio="bonjour")
        with pytest.raises(PseudonymInvalid):
            check_pseudonym(text="Hanta", now=NOON)
    finally:
        if before is not None:
            screening.fill(before)


def test_the_page_says_it_beside_the_field(rules: WordRules, amina: User, client: Client) -> None:
    client.force_login(amina)
    page = client.get("/account/profile/")
    typed = {name: value for name, value in page.context["form"].initial.items() if value not in (None, False)}
    answer = client.post("/account/profile/", {**typed, "pseudonym": "Blesse"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["pseudonym"]
