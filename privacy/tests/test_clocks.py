"""The legal day: alarms before it, an extension of what may not be done yet, and nothing told of why."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.tests.factories import NOON
from core.models import AuditEntry
from moderation.enums import StaffRole
from moderation.tests.factories import make_staff_member
from privacy.enums import ExtensionGround, RequestKind, RequestState
from privacy.models import DataRequest
from privacy.services.clocks import ALARMS, due_alarm, watch_requests
from privacy.services.requests import MONTH, close_request, extend_request
from privacy.tasks import watch_requests as job
from privacy.tests.asking import asked, browser, notices, page_of

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
DUE = NOON + MONTH
Notification = apps.get_model("notifications", "Notification")


def alarms(staff: Any) -> list[tuple[str, str]]:
    rows = Notification.objects.filter(user=staff.user, kind="PRIVACY_ALARM").order_by("pk")
    return [(one.args["what"], one.path) for one in rows]


@pytest.mark.parametrize(
    ("before", "seconds"),
    [
        (8 * DAY, None),
        (7 * DAY + SECOND, None),
        (7 * DAY, 7 * 86400),
        (DAY + SECOND, 7 * 86400),
        (DAY, 86400),
        (SECOND, 86400),
        (timedelta(0), 0),
        (-9 * DAY, 0),
    ],
)
def test_which_alarm_has_come(before: timedelta, seconds: int | None) -> None:
    assert due_alarm(asked_at=NOON, owed_by=DUE, now=DUE - before) == seconds


@given(ahead=st.integers(0, 40 * 86400), length=st.integers(1, 90 * 86400))
def test_no_alarm_rings_for_a_time_before_the_request(ahead: int, length: int) -> None:
    owed = NOON + timedelta(seconds=length)
    rung = due_alarm(asked_at=NOON, owed_by=owed, now=owed - timedelta(seconds=ahead))
    assert rung is None or (rung >= ahead and rung < length and timedelta(seconds=rung) in ALARMS)


def test_the_team_is_woken_a_week_and_a_day_before_and_when_it_is_late(amina: User, dora: Any, dino: Any) -> None:
    auditor = make_staff_member("Elsa", StaffRole.AUDITOR)
    made = asked(amina)
    path = f"/admin/privacy/datarequest/{made.public_id}/"
    moments = [DUE - 8 * DAY, DUE - 7 * DAY, DUE - 2 * DAY, DUE - DAY, DUE - SECOND, DUE, DUE + DAY]
    rung = [watch_requests(now=moment) for moment in moments]
    assert [one["alarms"] for one in rung] == [0, 1, 0, 1, 0, 1, 0]
    assert [one["late"] for one in rung] == [0, 0, 0, 0, 0, 1, 1]
    for staff in (dora, dino):
        assert alarms(staff) == [("REQUEST_DUE", path), ("REQUEST_DUE", path), ("REQUEST_LATE", path)]
    assert alarms(auditor) == []
    assert notices(amina) == [("DATA_REQUEST_RECEIVED", f"/account/data/requests/{made.public_id}/")]


def test_a_watch_that_was_asleep_rings_once_for_all_that_it_missed(amina: User, dora: Any) -> None:
    asked(amina)
    assert watch_requests(now=DUE + 3 * DAY) == {"extended": 0, "alarms": 1, "late": 1}
    assert [what for what, _path in alarms(dora)] == ["REQUEST_LATE"]


def test_an_extension_starts_the_alarms_anew_and_an_answer_ends_them(amina: User, ben: User, dora: Any) -> None:
    longer, done = asked(amina), asked(ben)
    watch_requests(now=DUE - 7 * DAY)
    extend_request(request=longer, ground=ExtensionGround.NUMEROUS, by=dora, reason="x", now=DUE - DAY)
    close_request(request=done, words="C’est corrigé.", by=dora, now=DUE - DAY)
    assert watch_requests(now=DUE + DAY) == {"extended": 0, "alarms": 0, "late": 0}
    assert watch_requests(now=DUE + 53 * DAY)["alarms"] == 1
    assert len(alarms(dora)) == 3


# ---- Somebody who is held -----------------------------------------------------------------------------------------------------


def wait(user: User) -> DataRequest:
    made = asked(user, RequestKind.ERASURE)
    DataRequest.objects.filter(pk=made.pk).update(state=RequestState.WAITING)
    made.refresh_from_db()
    return made


def test_what_may_not_be_done_yet_is_prolonged_within_the_legal_month(amina: User, ben: User, dora: Any) -> None:
    held, other = wait(amina), asked(ben, RequestKind.ERASURE)
    assert watch_requests(now=DUE - 8 * DAY)["extended"] == 0
    assert watch_requests(now=DUE - 7 * DAY) == {"extended": 1, "alarms": 1, "late": 0}  # the alarm is for Ben's
    held.refresh_from_db()
    other.refresh_from_db()
    assert (held.extended_until, held.extension_ground) == (NOON + 90 * DAY, "COMPLEX")
    assert other.extended_until is None
    assert AuditEntry.objects.filter(object_ref=held.public_id).latest("seq").role == "system"
    told = Notification.objects.get(user=amina, kind="DATA_REQUEST_EXTENDED")
    assert told.created_at < DUE
    assert set(told.args) == {"right", "ref", "due_on"}
    assert watch_requests(now=DUE - 6 * DAY)["extended"] == 0


def test_a_held_person_reads_in_progress_and_not_a_word_more(amina: User, ben: User, dora: Any) -> None:
    """Two people ask for the same; of one nothing may be destroyed. Their pages differ by reference and dates alone."""
    held, other = wait(amina), asked(ben, RequestKind.ERASURE)
    DataRequest.objects.filter(pk=other.pk).update(state=RequestState.RUNNING, next_step="ROOMS")
    DataRequest.objects.filter(pk=held.pk).update(next_step="ROOMS")
    pages = {}
    for user, one in ((amina, held), (ben, other)):
        client = browser(user)
        text = page_of(client.get(f"/account/data/requests/{one.public_id}/")) + page_of(client.get("/account/data/"))
        assert "En cours." in text
        for word in ("gel", "justice a", "attente", "WAITING", "enquête"):
            assert word not in text.split("<main")[1].split("Ce que nous avons de vous")[0]
        pages[user.username] = _plain(text, one, user)
    assert pages["amina"] == pages["ben"]


def test_the_reason_of_the_extension_is_the_one_that_everybody_reads(amina: User, ben: User, dora: Any) -> None:
    held, other = wait(amina), asked(ben, RequestKind.ERASURE)
    DataRequest.objects.update(next_step="ROOMS")
    watch_requests(now=DUE - 7 * DAY)
    other.refresh_from_db()
    extend_request(request=other, ground=ExtensionGround.COMPLEX, by=dora, reason="x", now=DUE - 7 * DAY)
    texts = [
        _plain(page_of(browser(user).get(f"/account/data/requests/{one.public_id}/")), one, user)
        for user, one in ((amina, held), (ben, other))
    ]
    assert texts[0] == texts[1]
    assert "La demande est complexe" in texts[0]


def _plain(text: str, one: DataRequest, user: User) -> str:
    """The page without what is of one person alone: references, secret links, tokens, their outward id."""
    text = text.replace(one.public_id, "REF").replace(user.public_id, "ID")
    text = re.sub(r"/privacy/erasure/[^\"]+", "SECRET", text)
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def test_the_job_runs(rules: None) -> None:
    assert job() == ({"extended": 0, "alarms": 0, "late": 0}, 0)


def test_a_thousand_requests_cost_no_more_than_one_to_look_at(amina: User, dora: Any, django_assert_num_queries: Any) -> None:
    asked(amina)
    with django_assert_num_queries(3):
        watch_requests(now=NOON)
    rows = [DataRequest(user=amina, kind=RequestKind.OBJECTION, asked_at=NOON, due_at=DUE, open_key=f"k{number}") for number in range(1000)]
    DataRequest.objects.bulk_create(rows)
    with django_assert_num_queries(3):
        watch_requests(now=NOON)
