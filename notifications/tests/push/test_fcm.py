"""FCM HTTP v1: its tokens, its errors by their own names, and how little Google is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from core.http import Answer
from notifications.models import Delivery, PushSubscription
from notifications.services.offers import read_offer
from notifications.services.pushes import run_pushes
from notifications.services.subscriptions import keep_subscription
from notifications.tests.factories import deliver_all, tell
from notifications.tests.push.devices import Program, sign_in
from notifications.transports.fcm import names_token, read_error

pytestmark = pytest.mark.django_db
TOKEN = "cX1:APA91b-" + "x" * 100


def add_phone(user: User, token: str = TOKEN) -> None:
    offer = read_offer(json.dumps({"transport": "FCM", "token": token}).encode())
    assert keep_subscription(user=user, session_key=sign_in(user).session_key, offer=offer, now=timezone.now())


def only() -> Delivery:
    return Delivery.objects.get(transport="FCM")


def run(attempt: int = 0) -> int:
    ids = list(Delivery.objects.filter(transport="FCM").values_list("pk", flat=True))
    return run_pushes(delivery_ids=ids, attempt=attempt, now=timezone.now())


def test_a_phone_is_told_that_there_is_something_and_google_no_more(amina: User, fcm: Program) -> None:
    add_phone(amina)
    tell(amina, now=timezone.now())
    deliver_all()
    (message,) = fcm.ask("GET")["messages"]
    notice = only().notification
    assert message["token"] == TOKEN
    assert message["data"] == {
        "v": "1",
        "i": notice.public_id,
        "n": "1",
        "l": "fr",
        "p": "/account/notifications/",
        "t": "Resaka",
        "b": "Vous avez une nouvelle notification.",
    }
    android = message["android"]
    assert (android["priority"], len(android["collapse_key"])) == ("HIGH", 24)
    assert 259_000 <= int(android["ttl"].removesuffix("s")) <= 259_200
    assert message.keys() == {"token", "data", "android"}
    whole = json.dumps(message)
    assert "NEW_LOGIN" not in whole
    assert "/account/sessions/" not in whole
    assert "Firefox" not in whole
    assert only().state == "SENT"


def test_one_token_serves_many(amina: User, ben: User, fcm: Program) -> None:
    for number, person in enumerate((amina, amina, ben)):
        add_phone(person, TOKEN + str(number))
    for person in (amina, ben):
        tell(person, now=timezone.now())
    deliver_all()
    answer = fcm.ask("GET")
    assert (len(answer["messages"]), answer["asked"]) == (3, 1)


@pytest.mark.parametrize(
    ("code", "state", "reason", "is_kept"),
    [
        ("UNREGISTERED", "GONE", "ENDPOINT", False),
        ("SENDER_ID_MISMATCH", "GONE", "ENDPOINT", False),
        ("BAD_TOKEN", "GONE", "ENDPOINT", False),
        ("INVALID_ARGUMENT", "FAILED", "INVALID_ARGUMENT", True),  # a value of ours, not the token
        ("QUOTA_EXCEEDED", "WAITING", "SERVICE", True),
        ("UNAVAILABLE", "WAITING", "SERVICE", True),
        ("INTERNAL", "WAITING", "SERVICE", True),
        ("THIRD_PARTY_AUTH_ERROR", "WAITING", "KEYS_REFUSED", True),
        ("nonsense", "FAILED", "BAD_REQUEST", True),
    ],
)
def test_every_error_by_its_own_name(amina: User, fcm: Program, code: str, state: str, reason: str, is_kept: bool) -> None:
    add_phone(amina)
    fcm.behave(code)
    tell(amina, now=timezone.now())
    deliver_all()
    assert (only().state, only().reason, PushSubscription.objects.exists()) == (state, reason, is_kept)


def test_a_quota_says_how_long(amina: User, fcm: Program) -> None:
    add_phone(amina)
    fcm.behave("QUOTA_EXCEEDED")
    before = timezone.now()
    tell(amina, now=before)
    deliver_all()
    assert 9 <= (only().next_at - before).total_seconds() <= 14


def test_a_token_that_google_forgot_is_asked_for_again(amina: User, fcm: Program) -> None:
    add_phone(amina)
    tell(amina, now=timezone.now())
    deliver_all()
    fcm.forget()  # and with it the token that we hold
    tell(amina, key="2", group="2", now=timezone.now())
    deliver_all()
    second = Delivery.objects.get(transport="FCM", notification__dedupe_key="NEW_LOGIN:2")
    assert (second.state, second.reason) == ("WAITING", "KEYS_REFUSED")
    run_pushes(delivery_ids=[second.pk], attempt=1, now=timezone.now())
    assert Delivery.objects.get(pk=second.pk).state == "SENT"
    assert fcm.ask("GET")["asked"] == 1


@pytest.mark.parametrize(("door", "reason"), [("refused", "KEYS_REFUSED"), ("error", "SERVICE_AWAY"), ("nonsense", "SERVICE_AWAY")])
def test_without_a_token_nothing_is_sent(amina: User, fcm: Program, door: str, reason: str) -> None:
    add_phone(amina)
    fcm.ask("PUT", data={"door": door})
    tell(amina, now=timezone.now())
    deliver_all()
    assert (only().state, only().reason, fcm.ask("GET")["messages"]) == ("WAITING", reason, [])
    assert PushSubscription.objects.count() == 1


def test_a_host_that_the_operator_did_not_name_is_asked_nothing(amina: User, fcm: Program, settings: Any) -> None:
    add_phone(amina)
    settings.OUTBOUND_HOSTS = []
    tell(amina, now=timezone.now())
    deliver_all()
    assert (only().state, only().reason, fcm.ask("GET")["asked"]) == ("FAILED", "NOT_ALLOWED", 0)


def test_turned_off_it_is_silent(amina: User, fcm: Program, settings: Any) -> None:
    add_phone(amina)
    settings.FCM_ACCOUNT = {}
    tell(amina, now=timezone.now())
    deliver_all()
    assert (only().state, only().reason, fcm.ask("GET")["messages"]) == ("SUPPRESSED", "FCM_OFF", [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"error": 7}',
        b'{"error": {"details": 7}}',
        b'{"error": {"details": [7, null, {"@type": 7}]}}',
        b'{"error": {"details": [{"fieldViolations": "x"}, {"fieldViolations": [7]}]}}',
    ],
)
def test_errors_of_any_shape_are_read(body: bytes) -> None:
    answer = Answer(400, "application/json", body)
    assert (read_error(answer), names_token(answer)) == ("", False)
