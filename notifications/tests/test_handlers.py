"""What the accounts do reaches the person, through the wiring of the house."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from accounts.enums import Language, UserStatus
from accounts.events import AgeDocumentReviewed, AgeProofExpiring, EmailChanged, LegalTextChanged, MfaChanged, NewLogin, PasswordChanged
from accounts.models import AgeAssertion, User
from accounts.services.addresses import seal_former_address
from accounts.services.ageproofs import WARNED_BEFORE, warn_of_ending
from accounts.services.consents import Draft, publish_legal_documents
from accounts.tests.factories import make_user
from core import outbox
from core.models import OutboxEvent
from notifications import handlers
from notifications.events import DeliveryDue, TermsTold
from notifications.models import Delivery, Notification
from notifications.services import terms
from notifications.tests.factories import deliver_all

pytestmark = pytest.mark.django_db


def happen(*events: Any) -> None:
    """Publish beside their cause, and let the outbox do everything that follows."""
    with transaction.atomic():
        outbox.publish_many(events)
    deliver_all()


def told(user: User) -> list[tuple[str, str]]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", "path"))


@pytest.mark.parametrize(
    ("event", "kind", "path", "args"),
    [
        (lambda pk: NewLogin(user_id=pk, agent="Edge · Windows"), "NEW_LOGIN", "/account/sessions/", {"agent": "Edge · Windows"}),
        (lambda pk: PasswordChanged(user_id=pk), "PASSWORD_CHANGED", "/account/sessions/", {}),
        (lambda pk: MfaChanged(user_id=pk, change="PASSKEY_ADDED"), "MFA_CHANGED", "/account/", {"change": "PASSKEY_ADDED"}),
        (lambda pk: EmailChanged(user_id=pk), "EMAIL_CHANGED", "/email/", {}),
        (lambda pk: AgeProofExpiring(user_id=pk, expires_on="2026-12-07"), "AGE_PROOF_EXPIRING", "/age/", {"ends_on": "2026-12-07"}),
        (lambda pk: AgeDocumentReviewed(pk, "a" * 20, "REFUSED"), "AGE_DOCUMENT", "/age/", {"outcome": "REFUSED"}),
    ],
)
def test_what_happens_to_an_account_is_told_and_mailed(
    amina: User, ben: User, event: Any, kind: str, path: str, args: dict[str, str]
) -> None:
    happen(event(amina.pk))
    assert told(amina) == [(kind, path)]
    assert Notification.objects.get().args == args
    assert [letter.to for letter in mail.outbox] == [["amina@example.org"]]
    assert told(ben) == []


def test_the_address_before_is_told_by_the_sealed_words_of_the_event(amina: User) -> None:
    sealed = seal_former_address(user=amina, address="before@example.org")
    happen(EmailChanged(user_id=amina.pk, former=sealed.hex()))
    assert sorted(letter.to[0] for letter in mail.outbox) == ["amina@example.org", "before@example.org"]
    assert "before@" not in str(list(OutboxEvent.objects.values_list("payload", flat=True)))


def test_the_same_event_handled_twice_is_told_once(amina: User) -> None:
    event = PasswordChanged(user_id=amina.pk)
    for _twice in range(2):
        handlers.on_password_changed(event)
    assert len(told(amina)) == 1


def test_two_changes_are_two_notices(amina: User) -> None:
    happen(PasswordChanged(user_id=amina.pk), PasswordChanged(user_id=amina.pk))
    assert len(told(amina)) == len(mail.outbox) == 2


def test_of_each_day_on_which_a_proof_ends_one_is_told_once(amina: User) -> None:
    happen(*[AgeProofExpiring(user_id=amina.pk, expires_on=day) for day in ("2026-12-07", "2026-12-07", "2026-12-01")])
    assert sorted(row.args["ends_on"] for row in Notification.objects.filter(user=amina)) == ["2026-12-01", "2026-12-07"]


def test_the_warning_of_the_schedule_reaches_the_person(amina: User) -> None:
    """From the daily job of the accounts to the letter."""
    now = timezone.now()
    AgeAssertion.objects.filter(user=amina).update(expires_on=now.date() + WARNED_BEFORE)
    assert warn_of_ending(now=now) == 1
    deliver_all()
    assert told(amina) == [("AGE_PROOF_EXPIRING", "/age/")]
    assert [letter.subject for letter in mail.outbox] == ["Votre preuve d’âge se termine bientôt"]


@pytest.mark.parametrize(
    ("outcome", "words"), [("PASSED", "montre votre âge"), ("REFUSED", "n’a pas suffi"), ("EXPIRED", "à temps"), ("", "à temps")]
)
def test_of_a_document_its_owner_is_told_how_it_ended_and_once(amina: User, outcome: str, words: str) -> None:
    happen(*[AgeDocumentReviewed(amina.pk, "a" * 20, outcome)] * 2)
    assert told(amina) == [("AGE_DOCUMENT", "/age/")]
    (letter,) = mail.outbox
    assert words in letter.body.replace("\xa0", " ")


def test_of_an_account_that_is_gone_nobody_is_told(amina: User) -> None:
    User.objects.filter(pk=amina.pk).update(status=UserStatus.CLOSED)
    happen(PasswordChanged(user_id=amina.pk), NewLogin(user_id=10**9, agent=""))
    assert (Notification.objects.count(), mail.outbox) == (0, [])
    assert set(OutboxEvent.objects.values_list("state", flat=True)) == {"DONE"}


def test_a_handler_that_fails_tells_nothing_by_halves(amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends after the notice was written and before the delivery of the event was done: all of it goes back, and comes again."""
    with monkeypatch.context() as broken:
        broken.setattr(terms, "_page_of", lambda doc_type: 1 / 0)
        happen(TermsTold(doc_type="TERMS", version="2.0", from_date="2026-12-01", again=True, after_id=0))
    assert Notification.objects.count() == Delivery.objects.count() == 0
    OutboxEvent.objects.update(due_at=timezone.now())
    deliver_all()
    assert told(amina) == [("TERMS_CHANGED", "/legal/terms/")]


def test_everything_is_wired() -> None:
    wired = {route.event: (route.handler, route.outside) for route in outbox.registered()}
    assert {event: wired[event] for event in (DeliveryDue, NewLogin, PasswordChanged, MfaChanged, EmailChanged, AgeProofExpiring)} == {
        DeliveryDue: (handlers.on_delivery_due, True),
        NewLogin: (handlers.on_new_login, False),
        PasswordChanged: (handlers.on_password_changed, False),
        MfaChanged: (handlers.on_mfa_changed, False),
        EmailChanged: (handlers.on_email_changed, False),
        AgeProofExpiring: (handlers.on_age_proof_expiring, False),
    }


# ---- A text changes -----------------------------------------------------------------------------------------------------------


def publish(version: str, *, kind: str = "TERMS", again: bool = True) -> None:
    moment = timezone.now() - timedelta(minutes=1)
    publish_legal_documents(
        drafts=[Draft(kind, version, language, "Titre", f"# {version} {language}\n", moment, again) for language in Language.values]
    )
    deliver_all()


def test_the_first_text_is_news_to_nobody(amina: User) -> None:
    publish("1.0")
    assert told(amina) == []


def test_a_new_version_is_told_once_to_every_member(amina: User, ben: User) -> None:
    make_user("Dina", email="dina@example.org")
    User.objects.filter(username="dina").update(status=UserStatus.CLOSED)
    publish("1.0")
    publish("2.0")
    publish("2.0")
    assert told(amina) == told(ben) == [("TERMS_CHANGED", "/legal/terms/")]
    assert Notification.objects.count() == 2
    assert sorted(letter.to[0] for letter in mail.outbox) == ["amina@example.org", "ben@example.org"]


def test_the_charter_has_its_own_page_and_a_small_change_asks_nothing(amina: User) -> None:
    publish("1.0", kind="CHARTER")
    publish("1.1", kind="CHARTER", again=False)
    assert told(amina) == [("TERMS_CHANGED", "/rules/")]
    assert Notification.objects.get().args["again"] is False


def test_many_people_are_told_in_batches_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "_AT_ONCE", 2)
    people = [make_user(f"Voisin{number}") for number in range(5)]
    happen(LegalTextChanged(doc_type="TERMS", version="2.0", from_date="2026-12-01", again=True))
    assert [told(person) for person in people] == [[("TERMS_CHANGED", "/legal/terms/")]] * 5
    batches = OutboxEvent.objects.filter(event="notifications.TermsTold").order_by("pk").values_list("payload__after_id", flat=True)
    assert list(batches) == [people[1].pk, people[3].pk]


def test_a_batch_that_comes_twice_tells_nobody_twice(amina: User, ben: User) -> None:
    batch = TermsTold(doc_type="TERMS", version="2.0", from_date="2026-12-01", again=True, after_id=0)
    happen(batch, batch)
    assert (len(told(amina)), len(told(ben)), len(mail.outbox)) == (1, 1, 2)
