"""Data protection is woken at 48 hours and at 72, once each, and not when there is nothing to tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import NOON
from core.models import AuditEntry
from moderation.enums import StaffRole
from moderation.tests.factories import make_staff_member
from notifications.queries import list_notices
from privacy.enums import BreachRisk
from privacy.models import Breach
from privacy.queries.breaches import clock_of, list_breaches
from privacy.services.breachclock import ring_breaches
from privacy.services.breaches import tell_authority
from privacy.tests.asking import notices
from privacy.tests.breaches.facts import make_breach

pytestmark = pytest.mark.django_db


def at(hours: float) -> Any:
    return NOON + timedelta(hours=hours)


def alarms(user: User) -> int:
    return [kind for kind, _path in notices(user)].count("BREACH_CLOCK")


def test_everybody_of_the_desk_is_woken_at_48_and_72_hours_once_each(dora: Any, dino: Any, lea: Any) -> None:
    breach = make_breach(dora)
    assert ring_breaches(now=at(47.99)) == 0
    assert [ring_breaches(now=at(hours)) for hours in (48, 48.1, 71.99, 72, 73, 900)] == [1, 0, 0, 1, 0, 0]
    assert [alarms(one.user) for one in (dora, dino, lea)] == [2, 2, 0]
    assert notices(dora.user)[0][1] == f"/admin/privacy/breach/{breach.public_id}/"
    rung = AuditEntry.objects.filter(action="breach.alarm", object_ref=breach.public_id).order_by("seq")
    assert list(rung.values_list("reason", "role")) == [("48 h", "system"), ("72 h", "system")]


def test_the_second_alarm_says_that_it_is_late(dora: Any) -> None:
    make_breach(dora)
    ring_breaches(now=at(48))
    ring_breaches(now=at(72))
    said = [line.words.title for line in list_notices(user=dora.user).lines]  # the newest first
    assert said == ["Une violation de données est en retard", "Une autorité attend une notification"]


def test_what_is_written_in_late_rings_the_last_alarm_alone(dora: Any) -> None:
    make_breach(dora, found_at=at(-100), started_at=None)
    assert [ring_breaches(now=NOON), ring_breaches(now=NOON)] == [1, 0]
    assert Breach.objects.get().alarmed == 72
    assert alarms(dora.user) == 1


def test_what_owes_the_authority_nothing_rings_never(dora: Any) -> None:
    make_breach(dora, risk=BreachRisk.NONE)
    filed = make_breach(dora)
    tell_authority(breach=filed, told_at=at(1), reference="N1", late_reason="", by=dora, now=at(1))
    assert ring_breaches(now=at(200)) == 0
    assert alarms(dora.user) == 0


def test_a_desk_with_nobody_keeps_the_alarm_in_the_chain(dora: Any) -> None:
    breach = make_breach(dora)
    dora.active = False
    dora.save()
    other = make_staff_member("Modo8", StaffRole.SENIOR)
    assert ring_breaches(now=at(50)) == 1
    assert (alarms(dora.user), alarms(other.user)) == (0, 0)
    assert AuditEntry.objects.filter(action="breach.alarm", object_ref=breach.public_id).count() == 1


def test_what_the_authority_is_owed_soonest_stands_first_and_what_it_is_not_owed_last(dora: Any) -> None:
    harmless = make_breach(dora, found_at=at(-90), started_at=None, risk=BreachRisk.NONE)
    told, soon, late = make_breach(dora, found_at=at(-80), started_at=None), make_breach(dora), make_breach(dora, found_at=at(-4))
    tell_authority(breach=told, told_at=at(-79), reference="N1", late_reason="", by=dora, now=NOON)
    assert [one.pk for one in list_breaches(closed=False)] == [late.pk, soon.pk, harmless.pk, told.pk]
    assert list_breaches(closed=True) == []


def test_the_clock_as_pages_show_it(dora: Any) -> None:
    breach = make_breach(dora)
    running, late = clock_of(breach, now=at(70)), clock_of(breach, now=at(72))
    assert (running.due_at, running.left, running.late) == (at(72), timedelta(hours=2), False)
    assert (late.left, late.late) == (timedelta(0), True)
    harmless = clock_of(make_breach(dora, risk=BreachRisk.NONE), now=at(100))
    assert (harmless.due_at, harmless.late) == (None, False)
