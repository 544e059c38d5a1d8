"""The queue of requests: safety first, one person at a time, one answer, and whoever asked is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from accounts.models import User
from accounts.tests.factories import NOON
from billing.enums import SupportState
from billing.models import SupportRequest
from billing.queries.support import list_answered_requests, list_waiting_requests
from billing.services.support.asking import open_request
from billing.services.support.desk import (
    CLAIM,
    Answered,
    EmptyAnswer,
    NotInHand,
    Taken,
    alarm_late,
    answer_request,
    claim_request,
    release_request,
)
from billing.tests.support.test_asking import ask, give_premium
from billing.tests.team import Notification, make_teller
from core import outbox
from core.models import AuditEntry
from core.relay import pump

pytestmark = pytest.mark.django_db


def test_safety_comes_first_then_whoever_is_due(amina: User, carol: User) -> None:
    give_premium(amina)
    slow, paid = ask(carol), ask(amina)
    safety = ask(carol, "SAFETY")
    SupportRequest.objects.filter(pk=safety.pk).update(due_at=NOON + timedelta(days=9))
    assert [row.asked.pk for row in list_waiting_requests(now=NOON)] == [safety.pk, paid.pk, slow.pk]


def test_the_queue_costs_one_query(amina: User, naly: User, django_assert_num_queries: object) -> None:
    for _number in range(3):
        claim_request(request_id=ask(amina).pk, by=naly, now=NOON)
    with django_assert_num_queries(1):  # type: ignore[operator]
        rows = list_waiting_requests(now=NOON)
    assert [row.taken_by for row in rows] == [naly.username] * 3


def test_one_person_at_a_time(amina: User, naly: User, hery: User) -> None:
    asked = ask(amina)
    claim_request(request_id=asked.pk, by=naly, now=NOON)
    with pytest.raises(Taken):
        claim_request(request_id=asked.pk, by=hery, now=NOON)
    with pytest.raises(Taken):
        answer_request(request_id=asked.pk, words="Voici.", by=hery, now=NOON)
    with pytest.raises(NotInHand):
        release_request(request_id=asked.pk, by=hery, now=NOON)
    claim_request(request_id=asked.pk, by=hery, now=NOON + CLAIM)
    release_request(request_id=asked.pk, by=hery, now=NOON + CLAIM)
    assert list_waiting_requests(now=NOON + CLAIM)[0].taken_by == ""


def test_an_answer_is_sealed_told_and_audited(amina: User, naly: User) -> None:
    asked = ask(amina)
    claim_request(request_id=asked.pk, by=naly, now=NOON)
    answer_request(request_id=asked.pk, words="Il est retrouvé.", by=naly, now=NOON + timedelta(minutes=5))
    row = SupportRequest.objects.get(pk=asked.pk)
    assert (row.state, row.answered_by, row.answered_at) == (SupportState.ANSWERED, naly, NOON + timedelta(minutes=5))
    assert b"retrouv" not in bytes(row.sealed_answer or b"")
    assert open_request(row).answer == "Il est retrouvé."
    told = Notification.objects.get(user=amina)
    assert (told.kind, told.path, told.args) == ("SUPPORT_ANSWERED", f"/support/{asked.public_id}/", {"ref": asked.public_id})
    assert list(AuditEntry.objects.values_list("action", "object_ref", "handle")) == [("support.answer", asked.public_id, naly.username)]
    assert list_waiting_requests(now=NOON) == []
    assert [one.pk for one in list_answered_requests()] == [asked.pk]


def test_there_is_one_answer(amina: User, naly: User, hery: User) -> None:
    asked = ask(amina)
    answer_request(request_id=asked.pk, words="La première.", by=naly, now=NOON)
    for deed in (claim_request, lambda **kwargs: answer_request(words="La seconde.", **kwargs)):
        with pytest.raises(Answered):
            deed(request_id=asked.pk, by=hery, now=NOON)
    assert open_request(SupportRequest.objects.get(pk=asked.pk)).answer == "La première."
    assert Notification.objects.filter(user=amina).count() == 1


@pytest.mark.parametrize("words", ["", " ", "\u200b\u200b\u200b"])
def test_nothing_is_no_answer(amina: User, naly: User, words: str) -> None:
    asked = ask(amina)
    with pytest.raises(EmptyAnswer):
        answer_request(request_id=asked.pk, words=words, by=naly, now=NOON)
    assert SupportRequest.objects.get(pk=asked.pk).state == SupportState.OPEN


def test_a_stranger_gets_letters_with_the_link_and_none_of_the_words(naly: User) -> None:
    asked = ask(None, email="voahirana@example.org", words="Mon mot de passe est perdu.")
    pump(outbox.deliver)
    answer_request(request_id=asked.pk, words="Utilisez le lien du courriel.", by=naly, now=NOON)
    pump(outbox.deliver)
    assert [letter.to for letter in mail.outbox] == [["voahirana@example.org"]] * 2
    for letter in mail.outbox:
        assert f"/support/{asked.public_id}/?key=" in letter.body
        assert "mot de passe" not in letter.body
        assert "Utilisez" not in letter.body
        assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_member_gets_no_letter_of_this_road(amina: User, naly: User) -> None:
    ask(amina)
    pump(outbox.deliver)
    assert mail.outbox == []


def test_the_team_is_woken_once_for_each_that_is_late(amina: User, naly: User) -> None:
    teller = make_teller("Tovo")
    asked = ask(amina)
    assert alarm_late(now=asked.due_at - timedelta(seconds=1)) == 0
    assert alarm_late(now=asked.due_at) == 1
    assert alarm_late(now=asked.due_at + timedelta(days=1)) == 0
    told = Notification.objects.get(kind="MONEY_ALARM")
    assert (told.user, told.args) == (teller, {"what": "SUPPORT_LATE", "ref": asked.public_id})
