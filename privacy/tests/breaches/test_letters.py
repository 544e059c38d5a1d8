"""Telling the people: who, once, in their language, some hundred at a time; or the reason why not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import NOON, make_user
from core.models import OutboxEvent
from notifications.tests.factories import deliver_all
from privacy.enums import SilenceGround
from privacy.events import BreachTold
from privacy.models import Breach, BreachPerson
from privacy.services import breachletters
from privacy.services.breaches import BreachInvalid
from privacy.services.breachletters import (
    LetterMissing,
    NobodyNamed,
    ToldBefore,
    name_people,
    stay_silent,
    tell_next,
    tell_people,
    write_letters,
)
from privacy.tests.asking import notices
from privacy.tests.breaches.facts import LETTERS, make_breach, with_letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def breach(dora: Any) -> Breach:
    return with_letters(make_breach(dora), dora)


def path_of(breach: Breach) -> str:
    return f"/account/data/breaches/{breach.public_id}/"


def test_people_are_named_by_id_or_pseudonym_and_what_names_nobody_is_said(breach: Breach, dora: Any, amina: User, ben: User) -> None:
    done = name_people(breach=breach, words=[amina.public_id, "BEN", "Personne", "ben"], everybody=False, by=dora, now=NOON)
    assert (done.added, done.unknown) == (2, ("Personne",))
    again = name_people(breach=breach, words=[amina.public_id], everybody=False, by=dora, now=NOON)
    assert (again.added, again.unknown) == (0, ())
    assert set(BreachPerson.objects.values_list("user_id", flat=True)) == {amina.pk, ben.pk}


def test_a_barred_person_is_named_and_told_like_all(breach: Breach, dora: Any, ben: User) -> None:
    User.objects.filter(pk=ben.pk).update(barred=True)
    name_people(breach=breach, words=["Ben"], everybody=False, by=dora, now=NOON)
    tell_people(breach=breach, by=dora, now=timezone.now())
    deliver_all()
    assert ("BREACH", path_of(breach)) in notices(ben)
    assert [letter.to for letter in mail.outbox] == [["ben@example.org"]]


def test_each_is_told_once_and_others_are_not(breach: Breach, dora: Any, amina: User, ben: User, carol: User) -> None:
    name_people(breach=breach, words=["Amina", "Ben"], everybody=False, by=dora, now=NOON)
    tell_people(breach=breach, by=dora, now=timezone.now())
    deliver_all()
    tell_next(told=BreachTold(breach_id=breach.pk, after_id=0), now=timezone.now())
    deliver_all()
    assert [notices(one).count(("BREACH", path_of(breach))) for one in (amina, ben, carol)] == [1, 1, 0]
    assert sorted(letter.to[0] for letter in mail.outbox) == ["amina@example.org", "ben@example.org"]
    assert BreachPerson.objects.filter(told_at__isnull=True).count() == 0


def test_no_word_of_the_letter_leaves_by_mail(breach: Breach, dora: Any, amina: User) -> None:
    name_people(breach=breach, words=["Amina"], everybody=False, by=dora, now=NOON)
    tell_people(breach=breach, by=dora, now=timezone.now())
    deliver_all()
    (letter,) = mail.outbox
    assert not any(words in str(letter.message()) for words in LETTERS.values())
    assert path_of(breach) in letter.body


def test_everybody_is_told_in_batches_and_none_twice(
    breach: Breach, dora: Any, amina: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breachletters, "_AT_ONCE", 2)
    people = [amina, ben, *(make_user(f"Lova{number}") for number in range(3))]
    name_people(breach=breach, words=[], everybody=True, by=dora, now=NOON)
    tell_people(breach=breach, by=dora, now=timezone.now())
    deliver_all()
    assert [notices(one).count(("BREACH", path_of(breach))) for one in people] == [1] * 5
    batches = OutboxEvent.objects.filter(event="privacy.BreachTold").count()
    assert batches == 1 + User.objects.count() // 2, "two at a time, until there are fewer than two"


def test_nobody_is_told_before_all_languages_are_written(dora: Any, amina: User) -> None:
    breach = make_breach(dora)
    name_people(breach=breach, words=["Amina"], everybody=False, by=dora, now=NOON)
    write_letters(breach=breach, letters={"fr": "Bonjour", "en": " "}, by=dora, now=NOON)
    with pytest.raises(LetterMissing) as refused:
        tell_people(breach=breach, by=dora, now=NOON)
    assert refused.value.languages == ["mg", "en"]
    assert OutboxEvent.objects.filter(event="privacy.BreachTold").count() == 0


def test_nobody_is_told_of_a_breach_that_touches_nobody(breach: Breach, dora: Any) -> None:
    with pytest.raises(NobodyNamed):
        tell_people(breach=breach, by=dora, now=NOON)
    breach.refresh_from_db()
    assert breach.persons_told_at is None


def test_what_was_told_changes_no_more(breach: Breach, dora: Any, amina: User) -> None:
    name_people(breach=breach, words=["Amina"], everybody=False, by=dora, now=NOON)
    tell_people(breach=breach, by=dora, now=NOON)
    deeds = (
        lambda: tell_people(breach=breach, by=dora, now=NOON),
        lambda: write_letters(breach=breach, letters=LETTERS | {"fr": "Autre"}, by=dora, now=NOON),
        lambda: name_people(breach=breach, words=["Amina"], everybody=True, by=dora, now=NOON),
        lambda: stay_silent(breach=breach, ground=SilenceGround.AVERTED, reason="x", by=dora, now=NOON),
    )
    for deed in deeds:
        with pytest.raises(ToldBefore):
            deed()
    breach.refresh_from_db()
    assert (breach.letter_fr, breach.everybody, breach.silence) == (LETTERS["fr"], False, "")


def test_not_telling_has_a_ground_and_a_reason_and_telling_after_all_takes_them_away(breach: Breach, dora: Any, amina: User) -> None:
    with pytest.raises(BreachInvalid, match="reason"):
        stay_silent(breach=breach, ground=SilenceGround.UNREADABLE, reason=" ", by=dora, now=NOON)
    stay_silent(breach=breach, ground=SilenceGround.UNREADABLE, reason="tout est chiffré", by=dora, now=NOON)
    breach.refresh_from_db()
    assert (breach.owes_persons, breach.silence, breach.reason_not_told) == (False, "UNREADABLE", "tout est chiffré")
    name_people(breach=breach, words=["Amina"], everybody=False, by=dora, now=NOON)
    tell_people(breach=breach, by=dora, now=NOON + timedelta(hours=1))
    breach.refresh_from_db()
    assert (breach.silence, breach.reason_not_told, breach.persons_told_at) == ("", "", NOON + timedelta(hours=1))


def test_an_event_for_a_breach_that_is_gone_or_untold_does_nothing(breach: Breach, amina: User) -> None:
    assert tell_next(told=BreachTold(breach_id=breach.pk, after_id=0), now=NOON) == 0
    assert tell_next(told=BreachTold(breach_id=0, after_id=0), now=NOON) == 0
    assert notices(amina) == []
