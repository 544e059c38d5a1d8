"""How the purge stands: what is due and for how long, what is held, what went; and who is woken when it lags."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import NOON
from moderation.courts.terms import HoldScope
from moderation.enums import StaffRole
from moderation.services.holds import place_hold
from moderation.tests.factories import log_in, make_staff_member
from privacy.enums import DeletionReason
from privacy.matrix import MATRIX
from privacy.metrics import PURGE_LAG
from privacy.models import RetentionRule
from privacy.queries.backlog import LATELY, MOST, Done, count_done, measure_backlogs
from privacy.services.lag import LIMIT, list_state, watch_purge
from privacy.services.purge import purge_due
from privacy.services.records import record_deletion
from privacy.services.shelves import SHELVES
from privacy.tasks import watch_purge as job
from privacy.tests.asking import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
STATE = "/admin/privacy/retentionrule/state/"
MessageMeta = apps.get_model("chat", "MessageMeta")
Notification = apps.get_model("notifications", "Notification")


def write(*minutes_overdue: float, author: int = 1, now: Any = NOON) -> None:
    """Traces of messages whose year ended so many minutes before `now`."""
    count = MessageMeta.objects.count()
    MessageMeta.objects.bulk_create(
        MessageMeta(author_id=author, client_id=uuid.uuid4(), room_id=1, seq=count + number, at=now - 365 * DAY - minutes * MINUTE)
        for number, minutes in enumerate(minutes_overdue, start=1)
    )


def measured(code: str = "MESSAGE_META", *, now: Any = NOON) -> tuple[int, int, timedelta]:
    [found] = [one for one in measure_backlogs(shelves=SHELVES, now=now) if one.rule.ref == code]
    return found.due, found.held, found.lag


def hold(by: Any, *users: int) -> None:
    place_hold(scope=HoldScope.USER, subject_ids=users, by=by, reason="réquisition", now=NOON - DAY)


def alarms(staff: Any) -> list[str]:
    rows = Notification.objects.filter(user=staff.user, kind="PRIVACY_ALARM").order_by("pk")
    return [f"{one.args['what']} {one.args['ref']}" for one in rows]


# ---- Measuring ----------------------------------------------------------------------------------------------------------------


def test_what_is_due_is_counted_with_the_oldest_of_it(lea: Any) -> None:
    write(0, 3, 40.5, -1, -9000)
    assert measured() == (3, 0, 40.5 * MINUTE)
    purge_due(now=NOON)
    assert measured() == (0, 0, timedelta(0))


def test_what_is_held_is_not_late_and_is_counted_apart(lea: Any) -> None:
    write(40, 50, author=1)
    write(5, author=2)
    hold(lea, 1)
    assert measured() == (1, 2, 5 * MINUTE)
    purge_due(now=NOON)
    assert measured() == (0, 2, timedelta(0))


def test_a_rule_of_another_law_is_measured_for_its_people_alone(amina: User, ben: User) -> None:
    identity = apps.get_model("accounts", "CivilIdentity")
    for person, law in ((amina, "MG"), (ben, "FR")):
        identity.objects.create(user=person, blob=b"x", parts="name", given_at=NOON)
        User.objects.filter(pk=person.pk).update(status="CLOSED", closed_at=NOON - 20 * MINUTE, jurisdiction=law)
    assert measured("IDENTITY-MG") == (1, 0, 20 * MINUTE)
    assert measured("IDENTITY") == (0, 0, timedelta(0))


def test_counting_stops_where_it_says_enough(lea: Any) -> None:
    write(*range(1, MOST + 50))
    due, held, lag = measured()
    assert (due, held, lag) == (MOST, 0, (MOST + 49) * MINUTE)
    [line] = [one for one in list_state(now=NOON) if one.backlog.rule.ref == "MESSAGE_META"]
    assert line.backlog.is_full


def test_what_went_lately_is_counted_by_kind() -> None:
    write(1, 2)
    purge_due(now=NOON - LATELY)
    purge_due(now=NOON)
    assert count_done(now=NOON) == {"MESSAGE_META": Done(2, NOON)}
    assert count_done(now=NOON + LATELY) == {}


def test_every_rule_that_has_shelves_is_measured_and_the_queries_are_known(lea: Any, django_assert_max_num_queries: Any) -> None:
    shelves = sum(len(SHELVES[entry.rule.code]) for entry in MATRIX)
    with django_assert_max_num_queries(4 + shelves):
        found = measure_backlogs(shelves=SHELVES, now=NOON)
    assert [one.rule.ref for one in found] == sorted((entry.rule.ref for entry in MATRIX), key=lambda ref: ref.partition("-")[::2])


# ---- Waking -------------------------------------------------------------------------------------------------------------------


def test_a_purge_that_stands_still_wakes_data_protection_once_a_day(dora: Any) -> None:
    auditor = make_staff_member("Elsa", StaffRole.AUDITOR)
    write(10)
    assert watch_purge(now=NOON) == []  # ten minutes are within the promise
    assert watch_purge(now=NOON + 6 * MINUTE) == []  # sixteen, and seen so for the first time
    assert watch_purge(now=NOON + 20 * MINUTE) == []
    assert watch_purge(now=NOON + 21 * MINUTE) == ["MESSAGE_META"]
    assert watch_purge(now=NOON + 26 * MINUTE) == ["MESSAGE_META"]
    assert alarms(dora) == ["PURGE_LATE MESSAGE_META"]
    assert alarms(auditor) == []
    assert watch_purge(now=NOON + DAY) == ["MESSAGE_META"]
    assert alarms(dora) == ["PURGE_LATE MESSAGE_META"] * 2
    assert Notification.objects.filter(user=dora.user).latest("pk").path == STATE


def test_what_a_purge_takes_in_time_wakes_nobody(dora: Any) -> None:
    """A clock of long ago turns up (a hold ended, a rule was shortened) and goes with the next round."""
    write(9000)
    assert watch_purge(now=NOON) == []
    purge_due(now=NOON + 5 * MINUTE)
    assert watch_purge(now=NOON + 5 * MINUTE) == []
    write(9000)
    assert watch_purge(now=NOON + 16 * MINUTE) == []  # another one, seen for the first time
    assert alarms(dora) == []


def test_what_is_held_wakes_nobody_however_long(lea: Any, dora: Any) -> None:
    write(9000, author=1)
    hold(lea, 1)
    for minutes in range(0, 90, 20):
        assert watch_purge(now=NOON + minutes * MINUTE) == []


def test_the_lag_is_a_figure_for_the_watch(dora: Any) -> None:
    write(12)
    watch_purge(now=NOON)
    assert PURGE_LAG.labels("MESSAGE_META")._value.get() == 720.0
    purge_due(now=NOON)
    watch_purge(now=NOON)
    assert PURGE_LAG.labels("MESSAGE_META")._value.get() == 0.0


def test_a_cache_that_forgot_delays_the_alarm_and_does_not_break_it(dora: Any) -> None:
    write(60)
    watch_purge(now=NOON)
    cache.clear()
    assert watch_purge(now=NOON + 16 * MINUTE) == []
    assert watch_purge(now=NOON + 16 * MINUTE + LIMIT) == ["MESSAGE_META"]


def test_the_job_runs() -> None:
    assert job() == []


# ---- The page -----------------------------------------------------------------------------------------------------------------


def browser(staff: Any) -> Client:
    client = Client(headers={"Accept-Language": "fr"})
    log_in(client, staff)
    return client


def of_role(role: StaffRole) -> Client:
    return browser(make_staff_member("Elsa", role))


@pytest.mark.parametrize("role", list(StaffRole))
def test_the_page_opens_to_those_whose_work_it_is(role: StaffRole) -> None:
    reads = role in (StaffRole.DATA_PROTECTION, StaffRole.LEGAL_DESK, StaffRole.AUDITOR)
    assert of_role(role).get(STATE).status_code == (200 if reads else 403)


def test_due_held_done_and_late_stand_on_it_the_latest_first(lea: Any) -> None:
    now = timezone.now()
    write(300, 20, author=1, now=now)
    write(16, author=2, now=now)
    hold(lea, 1)
    page = page_of(of_role(StaffRole.DATA_PROTECTION).get(STATE))
    first = page.split("<tbody>")[1].split("</tr>")[0]
    assert 'class="legal-late"' in first
    assert "MESSAGE_META" in first
    assert '"Échues maintenant">1</td>' in first
    assert "16 min" in first
    assert '"Gelées">2</td>' in first
    purge_due(now=now)
    page = page_of(browser(lea).get(STATE))
    row = next(line for line in page.split("<tr") if "<code>MESSAGE_META</code>" in line)
    assert "legal-late" not in row
    assert '"Détruites en trente jours">1<br>' in row
    assert "UTC" in row


def test_the_matrix_leads_there_and_a_house_without_rules_says_so() -> None:
    client = of_role(StaffRole.AUDITOR)
    assert f'href="{STATE}"' in page_of(client.get("/admin/privacy/retentionrule/"))
    RetentionRule.objects.all().delete()
    assert "Aucune règle : rien n’est détruit." in page_of(client.get(STATE))


def test_two_reasons_for_one_kind_are_one_figure() -> None:
    for reason in (DeletionReason.DUE, DeletionReason.REQUEST):
        with transaction.atomic():
            record_deletion(code="MEDIA", store="chat_attachment", rows=3, kept=timedelta(0), reason=reason, now=NOON)
    assert count_done(now=NOON + DAY)["MEDIA"] == Done(6, NOON)
