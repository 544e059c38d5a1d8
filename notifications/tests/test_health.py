"""What the team sees of the roads: counts that are right, what is stuck, and nothing of anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import log_in_staff, make_user
from notifications.enums import NoticeKind, Transport
from notifications.models import Delivery, EmailSuppression
from notifications.models.suppression import mac_of
from notifications.queries.health import STUCK, RoadHealth, get_health
from notifications.services.deliveries import run_delivery
from notifications.services.suppressions import note_bounce
from notifications.tests.factories import tell
from notifications.tests.mailserver import MailServer

pytestmark = pytest.mark.django_db


def road(transport: str = "EMAIL") -> RoadHealth:
    return next(one for one in get_health(now=timezone.now()).roads if one.transport == transport)


def test_a_house_in_which_nothing_was_sent_is_well(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(6):
        health = get_health(now=timezone.now())
    assert [one.transport for one in health.roads] == list(Transport)
    assert all(one.well and one.sent == one.waiting == 0 and one.last_sent_at is None for one in health.roads)


def test_departures_and_failures_are_counted_with_their_reasons(amina: User, ben: User, carol: User, server: MailServer) -> None:
    now = timezone.now()
    for person in (amina, ben, carol):
        tell(person, NoticeKind.NEW_LOGIN, now=now)
    mails = list(Delivery.objects.filter(transport="EMAIL").order_by("pk"))
    run_delivery(delivery_id=mails[0].pk, attempt=0, now=now)
    server.answers["RCPT"] = "550 no such box"
    run_delivery(delivery_id=mails[1].pk, attempt=0, now=now)
    server.answers["RCPT"] = "450 box is locked"
    run_delivery(delivery_id=mails[2].pk, attempt=0, now=now)
    found = road()
    assert (found.sent, found.failed, found.waiting, found.late) == (1, 1, 1, 0)
    assert sorted(found.troubles) == [("ADDRESS 450", 1), ("ADDRESS 550", 1)]
    assert found.last_sent_at == now
    assert get_health(now=now).bounced == 1


def test_what_should_have_left_long_ago_is_stuck(amina: User) -> None:
    tell(amina, now=timezone.now() - STUCK - timedelta(minutes=1))
    found = road()
    assert (found.waiting, found.late, found.well) == (1, 1, False)
    Delivery.objects.update(next_at=timezone.now() + timedelta(hours=8), reason="QUIET")
    assert (road().late, road().well) == (0, True)


def test_only_the_last_day_counts(amina: User) -> None:
    tell(amina)
    Delivery.objects.filter(transport="EMAIL").update(state="SENT", ended_at=timezone.now() - timedelta(hours=25))
    assert (road().sent, road().last_sent_at is not None) == (0, True)


def test_the_page_of_the_team_names_nobody(client: Client, amina: User, ben: User) -> None:
    tell(amina, now=timezone.now() - timedelta(hours=1))
    note_bounce(address="ben@example.org", status_code=550, now=timezone.now())
    chief = make_user("Chef")
    User.objects.filter(pk=chief.pk).update(is_staff=True, is_superuser=True)
    log_in_staff(client, User.objects.get(pk=chief.pk))
    text = client.get("/admin/notifications/delivery/").content.decode()
    assert ("Courriel" in text, "bloquée depuis" in text) == (True, True)
    assert [secret for secret in ("Amina", "amina", "ben@", mac_of("ben@example.org"), "Firefox") if secret in text] == []
    listed = client.get("/admin/notifications/emailsuppression/").content.decode()
    assert ("550" in listed, mac_of("ben@example.org") in listed, "ben@" in listed) == (True, False, False)
    assert client.post(f"/admin/notifications/emailsuppression/{EmailSuppression.objects.get().pk}/delete/").status_code == 403
