"""Devices of a person: taken in once, moved with the browser, gone with the log-in."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from accounts.models import LoginSession, User
from accounts.services.closure import begin_closing
from accounts.services.sessions import end_all_sessions, end_session, forget_session
from accounts.tests.factories import make_user
from core import ratelimit, sealing
from notifications.access import DeviceNotFound
from notifications.models import PushSubscription
from notifications.models.subscription import MOST
from notifications.queries import get_push_key, list_devices
from notifications.services.erasure import drop_reach, has_reach
from notifications.services.offers import digest_of
from notifications.services.subscriptions import (
    OFFERS_AN_HOUR,
    Forgotten,
    NoLogin,
    drop_device,
    drop_endpoint,
    drop_subscriptions,
    keep_subscription,
)
from notifications.tests.push.devices import PushService, add_device, offer_of, sign_in

pytestmark = pytest.mark.django_db


def test_what_is_stored_of_a_device_is_sealed(amina: User, service: PushService) -> None:
    (made,) = service.add()
    offer, login = offer_of(made), sign_in(amina)
    assert keep_subscription(user=amina, session_key=login.session_key, offer=offer, now=timezone.now())
    row = PushSubscription.objects.get()
    assert (row.user_id, row.login_id, row.transport, row.host, row.failures, row.last_ok_at) == (
        amina.pk,
        login.pk,
        "WEB_PUSH",
        service.entry,
        0,
        None,
    )
    assert row.endpoint_sha256 == digest_of("WEB_PUSH", made["endpoint"])
    for field, value in (("endpoint", made["endpoint"].encode()), ("auth", offer.auth)):
        sealed = bytes(getattr(row, field))
        assert value not in sealed
        assert sealing.open_sealed(amina.scope, sealed, row.sealing_ad(field)) == value
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed(amina.scope, bytes(row.endpoint), row.sealing_ad("auth"))
    assert made["token"] not in str(row)


def test_offered_again_it_is_one(amina: User, service: PushService) -> None:
    row = add_device(amina, service)
    later = timezone.now() + timedelta(hours=2)
    (made,) = service.add()
    again = offer_of(made)
    assert keep_subscription(user=amina, session_key=row.login.session_key, offer=again, now=timezone.now())
    assert keep_subscription(user=amina, session_key=row.login.session_key, offer=again, now=later) is False
    assert list(PushSubscription.objects.order_by("pk").values_list("seen_at", flat=True))[1] == later
    assert PushSubscription.objects.count() == 2


def test_the_same_browser_of_another_person_tells_the_other(amina: User, ben: User, service: PushService) -> None:
    (made,) = service.add()
    offer = offer_of(made)
    for person in (amina, ben):
        assert keep_subscription(user=person, session_key=sign_in(person).session_key, offer=offer, now=timezone.now())
    row = PushSubscription.objects.get()
    assert row.user_id == ben.pk
    assert sealing.open_sealed(ben.scope, bytes(row.endpoint), row.sealing_ad("endpoint")) == made["endpoint"].encode()


def test_of_more_than_ten_the_oldest_goes(amina: User, ben: User, service: PushService) -> None:
    login, now = sign_in(amina), timezone.now()
    add_device(ben, service)
    for number, made in enumerate(service.add(MOST + 2)):
        keep_subscription(user=amina, session_key=login.session_key, offer=offer_of(made), now=now + timedelta(seconds=number))
    ages = [row.created_at for row in PushSubscription.objects.filter(user=amina).order_by("created_at")]
    assert (len(ages), ages[0]) == (MOST, now + timedelta(seconds=2))
    assert PushSubscription.objects.filter(user=ben).count() == 1


def test_only_so_often(amina: User, service: PushService) -> None:
    offer, login = offer_of(service.add()[0]), sign_in(amina)
    for _each in range(OFFERS_AN_HOUR):
        keep_subscription(user=amina, session_key=login.session_key, offer=offer, now=timezone.now())
    with pytest.raises(ratelimit.RateLimited):
        keep_subscription(user=amina, session_key=login.session_key, offer=offer, now=timezone.now())


@pytest.mark.parametrize("key", ["", "nothing", None])
def test_a_session_that_is_on_no_list_keeps_no_device(amina: User, ben: User, service: PushService, key: str | None) -> None:
    key = sign_in(ben).session_key if key is None else key
    with pytest.raises(NoLogin):
        keep_subscription(user=amina, session_key=key, offer=offer_of(service.add()[0]), now=timezone.now())
    assert PushSubscription.objects.count() == 0


def test_taken_off_the_list_it_stays_off(amina: User, ben: User, service: PushService) -> None:
    (made,) = service.add()
    offer, login = offer_of(made), sign_in(amina)
    keep_subscription(user=amina, session_key=login.session_key, offer=offer, now=timezone.now())
    again = {"user": amina, "session_key": login.session_key, "offer": offer, "only_known": True, "now": timezone.now()}
    assert keep_subscription(**again) is False  # type: ignore[arg-type]
    drop_device(user=amina, public_id=PushSubscription.objects.get().public_id)
    with pytest.raises(Forgotten):
        keep_subscription(**again)  # type: ignore[arg-type]
    assert PushSubscription.objects.count() == 0
    keep_subscription(user=ben, session_key=sign_in(ben).session_key, offer=offer, now=timezone.now())
    with pytest.raises(Forgotten):  # and nobody takes it back from another by the way
        keep_subscription(**again)  # type: ignore[arg-type]
    assert PushSubscription.objects.get().user_id == ben.pk


def test_nobody_takes_a_device_of_another_off(amina: User, carol: User, service: PushService) -> None:
    row = add_device(amina, service)
    for public_id in (row.public_id, "z" * 20, ""):
        with pytest.raises(DeviceNotFound):
            drop_device(user=carol, public_id=public_id)
    assert drop_endpoint(user=carol, digest=row.endpoint_sha256) is False
    assert drop_subscriptions(user=carol) == 0
    assert PushSubscription.objects.count() == 1
    assert drop_endpoint(user=amina, digest=row.endpoint_sha256) is True
    assert drop_endpoint(user=amina, digest=row.endpoint_sha256) is False


@pytest.mark.parametrize("how", ["log out", "from elsewhere", "everywhere", "closing"])
def test_with_the_log_in_the_device_goes(amina: User, ben: User, service: PushService, how: str) -> None:
    row, other = add_device(amina, service), add_device(ben, service)
    if how == "log out":
        forget_session(user=amina, session_key=row.login.session_key)
    elif how == "from elsewhere":
        end_session(user=amina, public_id=row.login.public_id)
    elif how == "everywhere":
        end_all_sessions(user=amina)
    else:
        begin_closing(user=amina, now=timezone.now())
    assert list(PushSubscription.objects.values_list("pk", flat=True)) == [other.pk]


def test_erasing_somebody_forgets_their_devices(amina: User, ben: User, service: PushService) -> None:
    for person in (amina, amina, ben):
        add_device(person, service)
    assert has_reach(user_id=amina.pk)
    assert drop_reach(user_id=amina.pk, now=timezone.now())["notifications_pushsubscription"] == 2
    assert drop_reach(user_id=amina.pk, now=timezone.now()) == {}
    assert not has_reach(user_id=amina.pk)
    assert PushSubscription.objects.get().user_id == ben.pk


def test_all_of_a_person_at_once(amina: User, service: PushService) -> None:
    for _each in range(3):
        add_device(amina, service)
    assert (drop_subscriptions(user=amina), drop_subscriptions(user=amina)) == (3, 0)


def test_the_list_names_the_browser_and_this_one(amina: User, ben: User, service: PushService, django_assert_num_queries: Any) -> None:
    add_device(ben, service)
    here = add_device(amina, service)
    add_device(amina, service, sign_in(amina, "Mozilla/5.0 (Linux; Android 14) Chrome/156.0"))
    with django_assert_num_queries(1):
        lines = list_devices(user=amina, session_key=here.login.session_key)
    assert [(line.name, line.here, line.told_at) for line in lines] == [("Chrome · Android", False, None), ("Firefox · Linux", True, None)]


def test_a_browser_is_given_the_key_of_now(service: PushService, settings: Any) -> None:
    assert len(get_push_key()) == 87
    settings.VAPID_KEYS = ()
    assert get_push_key() == ""


def test_a_session_that_cannot_be_read_any_more_is_nobodys(amina: User, service: PushService) -> None:
    """A session's row may go by itself (it has expired and was cleared); the log-in is forgotten at the person's next one."""
    row = add_device(amina, service)
    Session.objects.all().delete()
    sign_in(amina)
    assert not LoginSession.objects.filter(pk=row.login_id).exists()
    assert PushSubscription.objects.count() == 0


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_two_pages_offer_the_same_at_once(service: PushService) -> None:
    dina = make_user("Dina")
    login, offer, news = sign_in(dina), offer_of(service.add()[0]), list[bool]()

    def keep() -> None:
        try:
            news.append(keep_subscription(user=dina, session_key=login.session_key, offer=offer, now=timezone.now()))
        finally:
            connection.close()

    threads = [threading.Thread(target=keep) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(news) == [False, False, False, True]
    assert PushSubscription.objects.count() == 1
