"""Consents of their own: given freely, taken back in one gesture, and what rests on them is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.enums import FREE_PURPOSES, ConsentPurpose, DocumentType, Language
from accounts.events import ConsentWithdrawn
from accounts.models import Consent, LegalDocument, User
from accounts.queries import DocumentNotPublished, has_agreed, has_consent
from accounts.services.consents import Draft, NotFree, give_consent, publish_legal_documents, withdraw_consent
from core import outbox
from core.models import OutboxEvent
from core.outbox import Route

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]
ROOMS = ConsentPurpose.ART9_SENSITIVE_ROOMS


def note(event: Any) -> None:
    """A handler for the row alone."""


@pytest.fixture(autouse=True)
def _listener() -> Iterator[None]:
    """Somebody listens to withdrawals, whatever the wiring of the day is."""
    before = outbox.registered()
    outbox.register([Route(ConsentWithdrawn, note)])
    yield
    outbox.register(before)


def told() -> list[dict[str, Any]]:
    return list(OutboxEvent.objects.order_by("pk").values_list("payload", flat=True))


def give(user: User, language: str = "fr") -> None:
    give_consent(user=user, purpose=ROOMS, language=language, now=timezone.now())


def agrees(user: User) -> bool:
    return has_consent(user=user, purpose=ROOMS, now=timezone.now())


def publish(version: str, *, again: bool) -> None:
    moment = timezone.now() - timedelta(minutes=1)
    publish_legal_documents(
        drafts=[Draft(ROOMS, version, language, "Titre", f"# {version} {language}\n", moment, again) for language in Language.values]
    )


def test_nobody_agreed_by_joining(amina: User) -> None:
    assert not agrees(amina)
    assert set(Consent.objects.filter(user=amina).values_list("purpose", flat=True)) == {"CHARTER", "TERMS"}


def test_a_yes_keeps_the_very_words_and_counts_once(amina: User, ben: User) -> None:
    give(amina, "mg")
    give(amina, "mg")
    row = Consent.objects.get(user=amina, purpose=ROOMS)
    text = LegalDocument.objects.get(doc_type=ROOMS, language="mg")
    assert (row.version, row.language, row.text_sha256, row.channel) == ("1.0", "mg", text.text_sha256, "PAGE")
    assert (agrees(amina), agrees(ben)) == (True, False)


def test_taking_it_back_is_told_once_and_leaves_a_trace(amina: User, ben: User) -> None:
    give(amina)
    give(ben)
    now = timezone.now()
    assert [withdraw_consent(user=amina, purpose=ROOMS, now=now), withdraw_consent(user=amina, purpose=ROOMS, now=now)] == [True, False]
    assert told() == [{"user_id": amina.pk, "purpose": "ART9_SENSITIVE_ROOMS"}]
    assert (agrees(amina), agrees(ben)) == (False, True)
    assert Consent.objects.get(user=amina, purpose=ROOMS).withdrawn_at == now


def test_who_never_agreed_has_nothing_to_take_back(amina: User) -> None:
    assert not withdraw_consent(user=amina, purpose=ROOMS, now=timezone.now())
    assert told() == []


def test_a_withdrawal_and_its_news_are_one(amina: User) -> None:
    """A withdrawal that is rolled back is told to nobody."""
    give(amina)
    with transaction.atomic():
        withdraw_consent(user=amina, purpose=ROOMS, now=timezone.now())
        assert len(told()) == 1
        transaction.set_rollback(True)
    assert (agrees(amina), told()) == (True, [])


def test_agreeing_again_is_a_new_line(amina: User) -> None:
    give(amina)
    withdraw_consent(user=amina, purpose=ROOMS, now=timezone.now())
    give(amina)
    assert agrees(amina)
    assert Consent.objects.filter(user=amina, purpose=ROOMS).count() == 2


@pytest.mark.parametrize("purpose", ["CHARTER", "TERMS", "", "ANYTHING", "art9_sensitive_rooms"])
def test_what_is_no_consent_of_its_own_is_neither_given_nor_withdrawn(amina: User, purpose: str) -> None:
    before = list(Consent.objects.values_list("pk", "withdrawn_at"))
    with pytest.raises(NotFree):
        withdraw_consent(user=amina, purpose=purpose, now=timezone.now())
    with pytest.raises(NotFree):
        give_consent(user=amina, purpose=purpose, language="fr", now=timezone.now())
    assert list(Consent.objects.values_list("pk", "withdrawn_at")) == before


def test_a_new_text_that_asks_again_ends_the_old_yes_and_a_small_one_does_not(amina: User) -> None:
    give(amina)
    publish("1.1", again=False)
    assert agrees(amina)
    publish("2.0", again=True)
    assert not agrees(amina)
    give(amina)
    assert agrees(amina)
    withdraw_consent(user=amina, purpose=ROOMS, now=timezone.now())
    assert Consent.objects.filter(user=amina, purpose=ROOMS, withdrawn_at=None).count() == 0


def test_a_free_text_keeps_nobody_from_writing(amina: User, as_: LogIn) -> None:
    publish("2.0", again=True)
    assert has_agreed(user=amina, now=timezone.now())
    assert as_(amina).get("/account/").status_code == 200


def test_without_a_text_there_is_nothing_to_agree_to(amina: User) -> None:
    LegalDocument.objects.filter(doc_type=ROOMS).delete()
    with pytest.raises(DocumentNotPublished):
        give(amina)


def test_every_free_purpose_has_its_text() -> None:
    assert {str(purpose) for purpose in FREE_PURPOSES} <= set(DocumentType.values)
