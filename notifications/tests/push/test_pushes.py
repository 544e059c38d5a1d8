"""From a notice to the device: what is said, who is told, what every answer of a push service leads to, and that nobody is told twice."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY

from accounts.enums import SuspensionKind, UserStatus
from accounts.models import LoginSession, User
from accounts.services.locks import lock_session
from accounts.services.suspension import suspend
from accounts.tests.factories import make_user
from core.hosts import read_host
from core.models import OutboxEvent
from core.sealing import destroy_key, seal
from core.sessions import SessionStore
from core.tests.ports import free_port
from core.tests.standin import Reply, Said, StandIn
from notifications.enums import DeliveryState, NoticeKind
from notifications.events import PushesDue
from notifications.models import Delivery, Notification, PushSubscription
from notifications.services.deliveries import LEASE, group_pushes, wake_due
from notifications.services.pushes import run_pushes
from notifications.services.subscriptions import keep_subscription
from notifications.tests.factories import deliver_all, tell
from notifications.tests.push.devices import PushService, add_device, offer_of, sign_in
from notifications.transports import posting
from notifications.transports.vapid import current_key
from notifications.transports.web_push import NEVER_TAKEN

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def only_push() -> Delivery:
    return Delivery.objects.select_related("subscription").get(transport="WEB_PUSH")


def run(attempt: int = 0, *, late: timedelta = timedelta(0)) -> int:
    """A try of all deliveries to devices."""
    ids = list(Delivery.objects.filter(transport="WEB_PUSH").order_by("pk").values_list("pk", flat=True))
    return run_pushes(delivery_ids=ids, attempt=attempt, now=timezone.now() + late)


def say(user: User, kind: str = NoticeKind.NEW_LOGIN, **more: Any) -> None:
    """Tell somebody something without carrying it."""
    assert tell(user, kind, now=timezone.now(), **more)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


# ---- What is said ----------------------------------------------------------------------------------------------------------------
def test_every_device_of_the_person_is_told_and_nobody_elses(amina: User, ben: User, service: PushService) -> None:
    mine = {add_device(amina, service).host for _each in range(2)}
    add_device(ben, service)
    tell(amina, now=timezone.now())
    deliver_all()
    taken = service.taken
    assert mine == {service.entry}
    assert len(taken) == 2
    assert len({push.token for push in taken}) == 2
    assert service.refused == []
    assert set(Delivery.objects.filter(transport="WEB_PUSH").values_list("state", "attempt", "reason")) == {("SENT", 1, "")}
    assert PushSubscription.objects.filter(user=amina, last_ok_at=None).count() == 0
    assert PushSubscription.objects.get(user=ben).last_ok_at is None


def test_what_a_device_is_told(amina: User, service: PushService) -> None:
    add_device(amina, service)
    tell(amina, now=timezone.now())
    deliver_all()
    (push,) = service.taken
    notice = Notification.objects.get()
    assert push.said == {
        "v": 1,
        "i": notice.public_id,
        "w": int(notice.created_at.timestamp()),
        "k": "NEW_LOGIN",
        "g": push.topic,
        "n": 1,
        "l": "fr",
        "p": "/account/sessions/",
        "t": "Nouvelle connexion à votre compte",
        "b": push.said["b"],
    }
    assert push.said["b"].startswith("Quelqu’un s’est connecté à votre compte")
    assert len(push.said["b"]) <= 120
    assert len(json.dumps(push.said, ensure_ascii=False, separators=(",", ":")).encode()) <= 600
    assert (push.urgency, len(push.topic)) == ("high", 24)
    assert 72 * 3600 - 60 <= push.ttl <= 72 * 3600


def test_all_bodies_are_as_long(amina: User, ben: User, service: PushService) -> None:
    """Whoever carries them could tell kinds apart by their length."""
    for person, kind in ((amina, NoticeKind.NEW_LOGIN), (ben, NoticeKind.PASSWORD_CHANGED)):
        add_device(person, service)
        tell(person, kind, now=timezone.now())
    deliver_all()
    assert len({push.length for push in service.taken}) == 1
    assert len(service.taken) == 2


def test_one_group_has_one_tag_and_tags_tell_nobody_which(amina: User, ben: User, service: PushService) -> None:
    for person in (amina, ben):
        add_device(person, service)
    for person, key, group in ((amina, "1", "room:a"), (amina, "2", "room:a"), (amina, "3", "room:b"), (ben, "1", "room:a")):
        tell(person, key=key, group=group, now=timezone.now())
    deliver_all()
    tags = [push.topic for push in service.taken]
    assert sorted(tags.count(tag) for tag in set(tags)) == [1, 1, 2]
    assert not any("room" in tag for tag in tags)


def test_whoever_is_discreet_reads_that_there_is_something_and_no_more(amina: User, service: PushService) -> None:
    User.objects.filter(pk=amina.pk).update(discreet=True)
    add_device(amina, service)
    tell(amina, now=timezone.now())
    deliver_all()
    (push,) = service.taken
    assert (push.said["t"], push.said["b"]) == ("Resaka", "Vous avez une nouvelle notification.")


def test_it_speaks_the_language_of_its_person(carol: User, service: PushService) -> None:
    add_device(carol, service)
    tell(carol, now=timezone.now())
    deliver_all()
    (push,) = service.taken
    assert (push.said["l"], push.said["t"]) == ("en", "New log-in to your account")


def test_the_number_is_what_waits(amina: User, service: PushService) -> None:
    add_device(amina, service)
    for key in "123":
        tell(amina, key=key, group=key, now=timezone.now())
    deliver_all()
    assert {push.said["n"] for push in service.taken} == {3}


def test_a_kind_that_nobody_wants_on_a_device_makes_no_delivery(amina: User, service: PushService) -> None:
    add_device(amina, service)
    tell(amina, NoticeKind.TERMS_CHANGED, now=timezone.now())
    deliver_all()
    assert Delivery.objects.filter(transport="WEB_PUSH").count() == 0
    assert service.requests == 0


# ---- Who is told -----------------------------------------------------------------------------------------------------------------
def test_a_device_whose_log_in_has_ended_by_itself_is_told_nothing(amina: User, service: PushService) -> None:
    row = add_device(amina, service)
    say(amina)
    Session.objects.filter(session_key=row.login.session_key).update(expire_date=timezone.now() - MINUTE)
    assert run() == 1
    assert (service.requests, PushSubscription.objects.count()) == (0, 0)
    assert (only_push().state, only_push().reason, only_push().subscription) == ("GONE", "ENDPOINT", None)


def test_a_device_that_was_left_in_haste_stays_silent(amina: User, service: PushService) -> None:
    """Somebody else may be looking at it."""
    row, other = add_device(amina, service), add_device(amina, service)
    lock_session(user=amina, session=SessionStore(row.login.session_key), now=timezone.now())
    tell(amina, now=timezone.now())
    deliver_all()
    states = dict(Delivery.objects.filter(transport="WEB_PUSH").values_list("device", "reason"))
    assert states == {row.pk: "LOCKED", other.pk: ""}
    assert (len(service.taken), PushSubscription.objects.count()) == (1, 2)


def test_a_device_that_was_taken_off_meanwhile_is_told_nothing(amina: User, service: PushService) -> None:
    row = add_device(amina, service)
    say(amina)
    row.delete()
    assert run() == 1
    assert (service.requests, only_push().state, only_push().reason) == (0, "GONE", "DEVICE")


def test_a_device_that_went_to_another_person_hears_nothing_of_the_first(amina: User, ben: User, service: PushService) -> None:
    row = add_device(amina, service)
    say(amina)
    PushSubscription.objects.filter(pk=row.pk).update(user=ben, login=sign_in(ben))
    run()
    assert (service.requests, only_push().reason) == (0, "DEVICE")


def test_without_the_persons_key_there_is_no_address(amina: User, service: PushService) -> None:
    add_device(amina, service)
    say(amina)
    destroy_key(amina.scope)
    run()
    assert (service.requests, only_push().state, only_push().reason) == (0, "GONE", "KEY")


def test_a_key_that_the_house_has_no_more(amina: User, service: PushService, settings: Any) -> None:
    add_device(amina, service)
    say(amina)
    settings.VAPID_KEYS = (0x99,)
    run()
    assert (service.requests, only_push().state, only_push().reason) == (0, "SUPPRESSED", "OLD_KEY")


def test_the_key_of_before_serves_those_who_have_it(amina: User, service: PushService, settings: Any) -> None:
    add_device(amina, service)
    settings.VAPID_KEYS = (0x99, *settings.VAPID_KEYS)
    tell(amina, now=timezone.now())
    deliver_all()
    assert (len(service.taken), service.refused) == (1, [])


def test_too_late_is_too_late(amina: User, service: PushService) -> None:
    add_device(amina, service)
    say(amina)
    run(late=timedelta(hours=73))
    assert (service.requests, only_push().state, only_push().reason) == (0, "FAILED", "TOO_LATE")


@pytest.mark.parametrize(("kind", "state"), [(NoticeKind.NEW_LOGIN, "SENT"), (NoticeKind.RECEIPT, "SUPPRESSED")])
def test_whom_the_house_turned_out_hears_of_their_security_alone(amina: User, service: PushService, kind: NoticeKind, state: str) -> None:
    login = sign_in(amina)
    add_device(amina, service, login)
    say(amina, kind)
    suspend(user=amina, kind=SuspensionKind.SUSPENDED, decision_ref="D-1", reason="insultes", now=timezone.now())
    run()
    assert only_push().state == state
    assert service.requests == int(state == "SENT")


def test_read_in_the_pages_meanwhile_an_owed_one_is_pushed_all_the_same(amina: User, service: PushService) -> None:
    assert User.objects.get(pk=amina.pk).status == UserStatus.ACTIVE
    add_device(amina, service)
    say(amina)
    Notification.objects.update(read_at=timezone.now())
    run()
    assert only_push().state == "SENT"


# ---- What services answer --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["404", "410"])
def test_a_device_that_is_gone_is_forgotten_at_once_and_asked_no_more(amina: User, service: PushService, status: str) -> None:
    add_device(amina, service)
    for key in "12":
        say(amina, key=key, group=key)
    service.behave(status)
    first, second = Delivery.objects.filter(transport="WEB_PUSH").order_by("pk")
    run_pushes(delivery_ids=[first.pk], attempt=0, now=timezone.now())
    assert PushSubscription.objects.count() == 0
    run_pushes(delivery_ids=[second.pk], attempt=0, now=timezone.now())
    assert service.requests == 1
    assert list(Delivery.objects.filter(transport="WEB_PUSH").order_by("pk").values_list("state", "reason")) == [
        ("GONE", "ENDPOINT"),
        ("GONE", "DEVICE"),
    ]


def test_a_subscription_that_its_browser_gave_up(amina: User, service: PushService) -> None:
    """By the service's own word, not by a mode of the stand-in."""
    key = current_key()
    assert key is not None
    (made,) = service.add(key=key.public)
    keep_subscription(user=amina, session_key=sign_in(amina).session_key, offer=offer_of(made), now=timezone.now())
    service.ask("DELETE", f"subscriptions/{made['token']}")
    say(amina)
    run()
    assert (service.refused, PushSubscription.objects.count()) == ([(410, "gone")], 0)


def test_a_body_that_is_too_large_is_said_shorter(amina: User, service: PushService) -> None:
    add_device(amina, service)
    say(amina)
    service.behave("tight")
    run()
    (push,) = service.taken
    assert (service.requests, service.refused) == (2, [(413, "body")])
    assert {"v", "i", "w", "g", "p", "t"} == push.said.keys()
    assert (push.said["p"], push.said["t"]) == ("/account/notifications/", "Resaka")
    assert only_push().state == "SENT"


def test_a_service_that_finds_everything_too_large(amina: User, service: PushService) -> None:
    add_device(amina, service)
    say(amina)
    service.behave("413")
    run()
    assert (service.requests, only_push().state, only_push().reason) == (2, "FAILED", "TOO_LARGE")
    assert PushSubscription.objects.count() == 1


@pytest.mark.parametrize(("status", "pause"), [("429", 7), ("503", 7), ("500", 60)])
def test_a_service_that_asks_for_a_pause_has_it(amina: User, service: PushService, status: str, pause: int) -> None:
    add_device(amina, service)
    say(amina)
    service.behave(status, times=1)
    before = timezone.now()
    run()
    delivery = only_push()
    assert (delivery.state, delivery.reason, delivery.status_code) == ("WAITING", "SERVICE", int(status))
    assert pause <= (delivery.next_at - before).total_seconds() <= pause + 5
    run(1)
    assert (only_push().state, only_push().attempt, len(service.taken)) == ("SENT", 2, 1)


def test_three_times_wrong_is_no_address(amina: User, service: PushService) -> None:
    add_device(amina, service)
    service.behave("400")
    for key in "1234":
        tell(amina, key=key, group=key, now=timezone.now())
        deliver_all()
    assert service.requests == 3
    assert PushSubscription.objects.count() == 0
    states = list(Delivery.objects.filter(transport="WEB_PUSH").order_by("pk").values_list("state", "reason"))
    assert states == [("FAILED", "BAD_REQUEST"), ("FAILED", "BAD_REQUEST"), ("GONE", "ENDPOINT")]


def test_a_good_answer_between_wrong_ones_counts(amina: User, service: PushService) -> None:
    add_device(amina, service)
    for key, mode in (("1", "400"), ("2", "400"), ("3", "201"), ("4", "400")):
        service.behave(mode)
        tell(amina, key=key, group=key, now=timezone.now())
        deliver_all()
    assert PushSubscription.objects.get().failures == 1


@pytest.mark.parametrize("status", ["401", "403"])
def test_keys_that_a_service_refuses_are_our_fault(
    amina: User, service: PushService, caplog: pytest.LogCaptureFixture, status: str
) -> None:
    for _each in range(3):
        add_device(amina, service)
    tell(amina, now=timezone.now())
    deliver_all()
    assert len(service.taken) == 3
    before = counted("resaka_push_keys_refused_total", host=service.entry, device="known")
    service.behave(status)
    tell(amina, key="2", group="2", now=timezone.now())
    deliver_all()
    assert PushSubscription.objects.count() == 3  # the devices are not to blame
    second = Delivery.objects.filter(notification__dedupe_key="NEW_LOGIN:2", transport="WEB_PUSH")
    assert set(second.values_list("state", flat=True)) == {"WAITING"}
    assert set(second.values_list("reason", flat=True)) <= {"KEYS_REFUSED", "SERVICE_AWAY"}
    assert counted("resaka_push_keys_refused_total", host=service.entry, device="known") > before
    assert "a push service refuses our keys" in caplog.text
    asked = service.requests
    tell(amina, key="3", group="3", now=timezone.now())
    deliver_all()
    assert service.requests == asked  # nobody knocks there for ten minutes
    third = Delivery.objects.filter(notification__dedupe_key="NEW_LOGIN:3", transport="WEB_PUSH")
    assert set(third.values_list("state", "reason")) == {("WAITING", "SERVICE_AWAY")}


def test_an_address_made_for_the_keys_of_others_silences_nobody_else(amina: User, ben: User, service: PushService) -> None:
    """Whoever leaves such an address would otherwise have the whole house wait ten minutes, as often as they like."""
    good = add_device(ben, service)
    (made,) = service.add(key="B" * 87)  # the service will find another key than ours
    keep_subscription(user=amina, session_key=sign_in(amina).session_key, offer=offer_of(made), now=timezone.now())
    for number in range(NEVER_TAKEN):
        for person in (amina, ben):
            tell(person, key=str(number), group=str(number), now=timezone.now())
        deliver_all()
    assert len(service.taken) == NEVER_TAKEN
    assert service.refused == [(403, "VapidPkHashMismatch")] * NEVER_TAKEN
    assert list(PushSubscription.objects.values_list("pk", flat=True)) == [good.pk]
    ends = Delivery.objects.filter(notification__user=amina, transport="WEB_PUSH").order_by("pk").values_list("state", "reason")
    assert list(ends) == [*[("FAILED", "KEYS_REFUSED")] * (NEVER_TAKEN - 1), ("GONE", "ENDPOINT")]


@pytest.mark.parametrize("status", ["302", "307"])
def test_nobody_follows_a_service_elsewhere(amina: User, service: PushService, caplog: pytest.LogCaptureFixture, status: str) -> None:
    add_device(amina, service)
    say(amina)
    service.behave(status)
    run()
    assert (only_push().state, only_push().reason) == ("FAILED", "REDIRECT")
    assert service.ask("GET")["elsewhere"] == 0
    assert "sends us elsewhere" in caplog.text
    assert PushSubscription.objects.count() == 1


def test_an_endless_answer_ends(amina: User, service: PushService) -> None:
    add_device(amina, service)
    say(amina)
    service.behave("endless")
    began = time.monotonic()
    run()
    assert time.monotonic() - began < 4
    assert (only_push().state, only_push().reason, service.requests) == ("FAILED", "ANSWER", 1)


def test_a_slow_service_is_waited_for_once(amina: User, service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by each of what waits: the outbox carries other things too."""
    monkeypatch.setattr(posting, "SECONDS", 0.5)
    for _each in range(5):
        add_device(amina, service)
    say(amina)
    service.behave("slow")
    began = time.monotonic()
    run()
    assert time.monotonic() - began < 3
    reasons = set(Delivery.objects.filter(transport="WEB_PUSH").values_list("state", "reason"))
    assert reasons == {("WAITING", "SERVICE_AWAY")}
    asked = service.requests
    tell(amina, key="2", group="2", now=timezone.now())
    deliver_all()
    assert service.requests == asked


def test_an_answer_that_breaks_off_is_tried_again(amina: User, service: PushService) -> None:
    add_device(amina, service)
    say(amina)
    service.behave("silent", times=1)
    run()
    assert (only_push().state, only_push().reason) == ("WAITING", "SERVICE_AWAY")
    run(1)
    assert only_push().state == "SENT"


def lead(row: PushSubscription, host: str, url: str) -> None:
    """Have a device's address lead elsewhere, as if it had been left so."""
    sealed = seal(row.user.scope, url.encode(), row.sealing_ad("endpoint"))
    PushSubscription.objects.filter(pk=row.pk).update(host=host, endpoint=sealed)


def test_a_service_that_is_away_is_asked_again_later(amina: User, service: PushService, settings: Any) -> None:
    port = free_port()
    settings.PUSH_HOSTS = [*settings.PUSH_HOSTS, read_host(f"127.0.0.1:{port}")]
    for number in range(3):
        lead(add_device(amina, service), f"127.0.0.1:{port}", f"http://127.0.0.1:{port}/{number}")
    before = timezone.now()
    say(amina)
    run()
    waiting = Delivery.objects.filter(transport="WEB_PUSH")
    assert set(waiting.values_list("state", "reason")) == {("WAITING", "SERVICE_AWAY")}
    assert all(row.next_at - before >= timedelta(seconds=30) for row in waiting)
    assert (PushSubscription.objects.count(), service.requests) == (3, 0)


def test_a_host_that_the_operator_took_off_the_list_is_asked_nothing(amina: User, service: PushService, settings: Any) -> None:
    """What was stored under an earlier list is judged anew when it is sent."""
    add_device(amina, service)
    say(amina)
    settings.PUSH_HOSTS = []
    run()
    assert (service.requests, only_push().state, only_push().reason) == (0, "FAILED", "NOT_ALLOWED")


def test_a_name_that_leads_inside_since_it_was_stored_is_asked_nothing(amina: User, service: PushService, settings: Any) -> None:
    """DNS rebinding: the name is on the list, and leads to this machine now."""

    row = add_device(amina, service)
    lead(row, "2130706433", "https://2130706433/wpush/v2/x")  # what a resolver takes for 127.0.0.1
    settings.PUSH_HOSTS = [read_host("2130706433")]
    say(amina)
    with StandIn(lambda _said: Reply(201)) as inside:
        run()
        assert inside.said == []
    assert (only_push().state, only_push().reason, service.requests) == ("FAILED", "NOT_ALLOWED", 0)


def test_one_host_that_hangs_keeps_no_other_waiting(amina: User, service: PushService, settings: Any) -> None:
    def answer(_said: Said) -> Reply:
        return Reply(chunks=[b"x"], pause=1.0)

    with StandIn(answer) as other:
        settings.PUSH_HOSTS = [*settings.PUSH_HOSTS, read_host(other.entry)]
        row, good = add_device(amina, service), add_device(amina, service)
        lead(row, other.entry, other.url("/x"))
        say(amina)
        run()
    states = dict(Delivery.objects.filter(transport="WEB_PUSH").values_list("device", "state"))
    assert states[good.pk] == "SENT"
    assert len(service.taken) == 1


# ---- Once ------------------------------------------------------------------------------------------------------------------------
def test_told_twice_it_is_tried_once(amina: User, service: PushService) -> None:
    add_device(amina, service)
    say(amina)
    assert [run(), run(), run(1)] == [1, 0, 0]
    assert service.requests == 1


def test_an_event_of_an_earlier_try_changes_nothing(amina: User, service: PushService) -> None:
    add_device(amina, service)
    say(amina)
    service.behave("500", times=2)
    assert [run(0), run(0), run(1), run(0), run(1), run(2), run(2)] == [1, 0, 1, 0, 0, 1, 0]
    assert (service.requests, only_push().state, only_push().attempt) == (3, "SENT", 3)


def test_a_process_that_ends_in_the_middle_is_followed_by_another(
    amina: User, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_device(amina, service)
    say(amina)

    def die(*_args: Any, **_named: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("notifications.services.pushes.post_all", die)
        with pytest.raises(KeyboardInterrupt):
            run()
    delivery = only_push()
    assert (delivery.state, delivery.attempt, service.requests) == ("WAITING", 1, 0)
    assert LEASE - MINUTE < delivery.next_at - timezone.now() <= LEASE
    OutboxEvent.objects.all().delete()
    wake_due(now=timezone.now() + LEASE + MINUTE)
    event = OutboxEvent.objects.get(event="notifications.PushesDue")
    assert event.payload == {"delivery_ids": [delivery.pk], "attempt": 1}
    run(1)
    assert (only_push().state, only_push().attempt, service.requests) == ("SENT", 2, 1)


def test_waking_groups_what_was_tried_as_often() -> None:
    due = [(number, number % 2) for number in range(250)]
    events = group_pushes(due)
    assert [(event.attempt, len(event.delivery_ids)) for event in events] == [(0, 100), (0, 25), (1, 100), (1, 25)]
    assert sorted(pk for event in events for pk in event.delivery_ids) == list(range(250))
    assert group_pushes([]) == []
    assert isinstance(events[0], PushesDue)


def test_a_crowd_is_carried_together(service: PushService) -> None:
    """Thirty people take as many queries as three."""
    taken = {}
    for count in (3, 30):
        people = [make_user(f"Person{chr(97 + count % 26)}{chr(97 + n // 10)}{chr(97 + n % 10)}") for n in range(count)]
        for person in people:
            add_device(person, service)
            say(person)
        service.forget()
        with CaptureQueriesContext(connection) as queries:
            assert run() == count
        taken[count] = len(queries)
        assert (service.requests, len(service.taken)) == (count, count)
    assert taken[30] <= taken[3]
    assert taken[3] <= 30
    assert set(Delivery.objects.filter(transport="WEB_PUSH").values_list("state", flat=True)) == {DeliveryState.SENT}


def test_devices_of_one_login_are_told_each(amina: User, service: PushService) -> None:
    login = sign_in(amina)
    for _each in range(2):
        add_device(amina, service, login)
    tell(amina, now=timezone.now())
    deliver_all()
    assert len({push.token for push in service.taken}) == 2
    assert LoginSession.objects.count() == 1


def test_what_became_of_pushes_is_counted(amina: User, service: PushService) -> None:
    before = counted("resaka_pushes_total", transport="WEB_PUSH", outcome="sent")
    add_device(amina, service)
    tell(amina, now=timezone.now())
    deliver_all()
    assert counted("resaka_pushes_total", transport="WEB_PUSH", outcome="sent") == before + 1


def test_no_address_and_no_token_is_logged(amina: User, service: PushService, caplog: pytest.LogCaptureFixture) -> None:
    for mode in ("201", "500", "302", "401"):
        posting.forget_hosts()
        service.behave(mode)
        row = add_device(amina, service)
        tell(amina, key=mode, group=mode, now=timezone.now())
        deliver_all()
        assert row.host in service.base
    tokens = [one["token"] for one in service.ask("GET")["received"]]
    assert tokens
    assert not any(token in caplog.text for token in tokens)
    assert "vapid t=" not in caplog.text
