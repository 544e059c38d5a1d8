"""Asking the team: kept sealed, with a clock that depends on the topic and on the plan, and never on who shouts louder."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from accounts.tests.factories import NOON
from billing.enums import EntitlementCode, EntitlementSource, SupportTopic
from billing.models import Entitlement, SupportRequest
from billing.services.support.asking import AddressMissing, Question, TooShort, ask_support, open_request
from core.ratelimit import RateLimited
from core.sealing import destroy_key

pytestmark = pytest.mark.django_db
WORDS = "Mon paiement a disparu hier soir."


def ask(user: User | None, topic: str = "PAYMENT", *, words: str = WORDS, email: str = "", ip: str = "192.0.2.1") -> SupportRequest:
    return ask_support(question=Question(SupportTopic(topic), words, "fr", email), user=user, ip=ip, now=NOON)


def give_premium(user: User) -> None:
    Entitlement.objects.create(
        user=user,
        code=EntitlementCode.SUPPORT_PRIORITY,
        value=24,
        source=EntitlementSource.ORDER,
        source_key="order:1",
        starts_at=NOON - timedelta(days=1),
        ends_at=NOON + timedelta(days=29),
    )


def hours(asked: SupportRequest) -> float:
    return (asked.due_at - NOON).total_seconds() / 3600


def test_everybody_is_answered_in_72_hours_and_premium_in_24(amina: User, carol: User) -> None:
    give_premium(amina)
    assert (hours(ask(amina)), hours(ask(carol)), hours(ask(None, email="x@example.org"))) == (24, 72, 72)


def test_safety_never_waits_longer_for_those_who_pay_nothing(amina: User, carol: User) -> None:
    give_premium(amina)
    for user, email in ((amina, ""), (carol, ""), (None, "x@example.org")):
        asked = ask(user, "SAFETY", email=email)
        assert (hours(asked), asked.urgent) == (24, True)
    assert ask(amina).urgent is False


def test_words_and_address_lie_sealed(amina: User) -> None:
    asked = ask(None, email="voahirana@example.org", words="Il me menace depuis hier.")
    row = SupportRequest.objects.values().get(pk=asked.pk)
    kept = b"|".join(bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode() for value in row.values())
    for secret in (b"menace", b"voahirana", b"example.org"):
        assert secret not in kept
    content = open_request(SupportRequest.objects.get(pk=asked.pk))
    assert (content.words, content.email, content.answer) == ("Il me menace depuis hier.", "voahirana@example.org", "")


def test_without_its_key_a_request_says_nothing(amina: User) -> None:
    asked = ask(amina)
    destroy_key(asked.scope)
    assert open_request(asked).words == ""


def test_an_address_of_a_member_is_not_kept(amina: User) -> None:
    assert open_request(ask(amina, email="other@example.org")).email == ""


@pytest.mark.parametrize("words", ["", "   ", "aide", "\u200b" * 40, "a\u0000b"])
def test_nothing_that_nobody_could_answer_is_kept(amina: User, words: str) -> None:
    with pytest.raises(TooShort):
        ask(amina, words=words)
    assert SupportRequest.objects.count() == 0


def test_a_stranger_without_address_cannot_be_answered() -> None:
    with pytest.raises(AddressMissing):
        ask(None)
    assert SupportRequest.objects.count() == 0


def test_what_is_too_long_is_cut(amina: User) -> None:
    assert len(open_request(ask(amina, words="a" * 9000)).words) == 4000


def test_five_an_hour_of_an_account_whatever_its_address(amina: User, carol: User) -> None:
    for number in range(5):
        ask(amina, ip=f"192.0.2.{number}")
    with pytest.raises(RateLimited):
        ask(amina, ip="192.0.2.99")
    assert ask(carol, ip="192.0.2.99").pk


def test_five_an_hour_of_an_address_without_account(amina: User) -> None:
    for _number in range(5):
        ask(None, email="x@example.org")
    with pytest.raises(RateLimited):
        ask(None, email="y@example.org")
    assert ask(amina).pk  # whoever shares the address and has an account is not in the way
