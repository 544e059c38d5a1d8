"""Asking, taking back, prolonging, answering: each with its clock, its entry in the chain and its letter."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import close_old_connections, connection, connections
from django.db.models import ProtectedError

from accounts.enums import UserStatus
from accounts.models import User
from accounts.tests.factories import NOON
from core import audit
from core.audit.chain import actor_hash
from core.models import AuditEntry, DataKey
from core.ratelimit import RateLimited
from core.routers import KEYS
from moderation.enums import StaffRole
from moderation.tests.factories import make_staff_member
from privacy.access import RequestNotFound, get_request_for_owner, get_request_for_staff
from privacy.enums import TOPICS, ExtensionGround, RequestKind, RequestState, RequestTopic
from privacy.models import DataRequest
from privacy.services.desk import open_request
from privacy.services.requests import (
    EXTENSION,
    MONTH,
    PER_HOUR,
    PROMISE,
    AlreadyExtended,
    RequestOver,
    TooLateToExtend,
    TopicUnknown,
    WordsMissing,
    ask,
    close_request,
    extend_request,
    may_withdraw,
    withdraw_request,
)
from privacy.tests.asking import TOPIC, WORDS, asked, notices

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
each_kind = pytest.mark.parametrize("kind", list(RequestKind))


def deeds(request: DataRequest) -> list[tuple[str, str, str]]:
    rows = AuditEntry.objects.filter(object_ref=request.public_id).order_by("seq")
    return list(rows.values_list("action", "role", "reason"))


# ---- Asking -------------------------------------------------------------------------------------------------------------------


@each_kind
def test_a_request_has_the_months_clock_and_its_person_is_told(amina: User, kind: RequestKind) -> None:
    made = asked(amina, kind)
    assert (made.asked_at, made.due_at, made.owed_by) == (NOON, NOON + MONTH, NOON + MONTH)
    assert made.due_at - made.asked_at == timedelta(days=30)
    assert made.target_at == (NOON + PROMISE if kind == RequestKind.ERASURE else None)
    assert made.is_open
    assert notices(amina) == [("DATA_REQUEST_RECEIVED", f"/account/data/requests/{made.public_id}/")]
    [first] = deeds(made)
    assert first == ("request.ask", "person", " ".join(filter(None, (kind, TOPIC.get(kind, "")))))
    assert AuditEntry.objects.get(action="request.ask").actor_hash == actor_hash(amina.public_id)


@each_kind
def test_asked_twice_the_open_one_comes_back_and_nobody_is_told_again(amina: User, kind: RequestKind) -> None:
    first = asked(amina, kind)
    again = asked(amina, kind, now=NOON + DAY, words="autre chose, bien plus tard")
    assert (again.pk, again.asked_at, DataRequest.objects.count(), len(notices(amina))) == (first.pk, NOON, 1, 1)
    assert len(deeds(first)) == 1
    assert open_request(again).words == WORDS


def test_two_topics_are_two_requests_and_a_closed_one_is_out_of_the_way(amina: User, ben: User) -> None:
    first = asked(amina)
    second = ask(user=amina, kind=RequestKind.RECTIFICATION, topic=RequestTopic.MESSAGE, words=WORDS, now=NOON)
    assert asked(ben).pk not in (first.pk, second.pk)
    withdraw_request(request=first, now=NOON)
    assert asked(amina).pk not in (first.pk, second.pk)
    assert DataRequest.objects.count() == 4


@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time")
@pytest.mark.django_db(transaction=True)
def test_asked_at_the_same_moment_it_is_one(amina: User) -> None:
    start, made = threading.Barrier(4), []

    def run() -> None:
        start.wait(10)
        made.append(asked(amina, RequestKind.ERASURE).pk)
        connections.close_all()

    threads = [threading.Thread(target=run) for _one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    close_old_connections()
    assert len(made) == 4
    assert len(set(made)) == 1
    assert DataRequest.objects.count() == 1


@pytest.mark.parametrize("kind", list(TOPICS))
def test_a_topic_of_another_kind_or_none_is_refused(amina: User, kind: RequestKind) -> None:
    foreign = next(topic for topic in RequestTopic if topic not in TOPICS[kind])
    for topic in ("", "NOTHING", foreign):
        with pytest.raises(TopicUnknown):
            ask(user=amina, kind=kind, topic=topic, words=WORDS, now=NOON)
    with pytest.raises(TopicUnknown):
        ask(user=amina, kind=RequestKind.ERASURE, topic=TOPIC[kind], now=NOON)
    assert DataRequest.objects.count() == 0


@pytest.mark.parametrize("words", ["", "   \u200b  ", "trop court"[:9]])
def test_what_says_nothing_without_words_needs_them(amina: User, words: str) -> None:
    for kind in (RequestKind.RECTIFICATION, RequestKind.OBJECTION):
        with pytest.raises(WordsMissing):
            asked(amina, kind, words=words)
    assert asked(amina, RequestKind.RESTRICTION, words="").wrote is None


def test_words_are_sealed_under_a_key_of_their_own_and_cleaned(amina: User) -> None:
    made = asked(amina, words="née\u202e en 1991 \u200b, pas en 1990  ")
    made.refresh_from_db()
    assert b"1991" not in bytes(made.wrote or b"")
    assert open_request(made).words == "née en 1991 , pas en 1990"
    assert DataKey.objects.using(KEYS).filter(scope=f"request:{made.public_id}").count() == 1
    other = asked(amina, RequestKind.OBJECTION)
    DataRequest.objects.filter(pk=other.pk).update(wrote=made.wrote)
    other.refresh_from_db()
    assert open_request(other).words == ""  # a blob that was moved does not open


def test_a_flood_is_stopped_and_says_for_how_long(amina: User, ben: User) -> None:
    for _number in range(PER_HOUR):
        withdraw_request(request=asked(amina), now=NOON)
    with pytest.raises(RateLimited) as found:
        asked(amina)
    assert found.value.retry > 0
    assert asked(ben).is_open
    assert DataRequest.objects.filter(user=amina).count() == PER_HOUR


def test_who_has_asked_is_not_deleted_under_the_request(amina: User) -> None:
    asked(amina)
    with pytest.raises(ProtectedError):
        amina.delete()


# ---- What asking for an erasure does at once ----------------------------------------------------------------------------------


def test_an_erasure_cuts_off_the_copy_that_is_being_made(amina: User, ben: User) -> None:
    mine, theirs = asked(amina, RequestKind.EXPORT), asked(ben, RequestKind.EXPORT)
    DataRequest.objects.filter(pk=mine.pk).update(state=RequestState.RUNNING)
    asked(amina, RequestKind.ERASURE, now=NOON + DAY)
    for one in (mine, theirs):
        one.refresh_from_db()
    assert (mine.state, mine.closed_at, mine.open_key) == (RequestState.WITHDRAWN, NOON + DAY, None)
    assert theirs.state == RequestState.RECEIVED
    assert [deed for deed, _role, _reason in deeds(mine)] == ["request.ask", "request.withdraw"]


# ---- Taking it back -----------------------------------------------------------------------------------------------------------


@each_kind
def test_what_has_not_begun_is_taken_back(amina: User, kind: RequestKind) -> None:
    made = asked(amina, kind)
    assert may_withdraw(made, now=NOON)
    withdraw_request(request=made, now=NOON + SECOND)
    assert (made.state, made.closed_at, made.open_key) == (RequestState.WITHDRAWN, NOON + SECOND, None)
    assert deeds(made)[-1][:2] == ("request.withdraw", "person")
    assert not may_withdraw(made, now=NOON)
    with pytest.raises(RequestOver):
        withdraw_request(request=made, now=NOON)


@pytest.mark.parametrize(
    "changes",
    [{"state": RequestState.RUNNING}, {"next_step": "sockets"}, {"state": RequestState.WAITING, "next_step": "rooms"}],
)
def test_an_erasure_that_has_begun_is_not_taken_back(amina: User, changes: dict[str, Any]) -> None:
    made = asked(amina, RequestKind.ERASURE)
    DataRequest.objects.filter(pk=made.pk).update(**changes)
    made.refresh_from_db()
    assert not may_withdraw(made, now=NOON)
    with pytest.raises(RequestOver):
        withdraw_request(request=made, now=NOON)
    assert DataRequest.objects.get().is_open


def test_an_erasure_that_waits_untouched_is_taken_back_while_the_account_is_seen(amina: User) -> None:
    made = asked(amina, RequestKind.ERASURE)
    DataRequest.objects.filter(pk=made.pk).update(state=RequestState.WAITING)
    made.refresh_from_db()
    User.objects.filter(pk=amina.pk).update(status=UserStatus.CLOSING, closes_at=NOON)
    assert not may_withdraw(made, now=NOON)  # out of sight, with no way back
    User.objects.filter(pk=amina.pk).update(closes_at=NOON + DAY)
    assert may_withdraw(made, now=NOON)
    withdraw_request(request=made, now=NOON)
    assert made.state == RequestState.WITHDRAWN


# ---- Prolonging ---------------------------------------------------------------------------------------------------------------


def test_two_months_more_once_and_the_person_is_told(amina: User, dora: Any) -> None:
    made = asked(amina)
    extend_request(request=made, ground=ExtensionGround.COMPLEX, by=dora, reason="trois salons à relire", now=NOON + 29 * DAY)
    assert (made.extended_until, made.owed_by, made.extension_ground) == (NOON + 90 * DAY, made.due_at + EXTENSION, "COMPLEX")
    assert deeds(made)[-1] == ("request.extend", "data_protection", "COMPLEX: trois salons à relire")
    assert notices(amina)[-1] == ("DATA_REQUEST_EXTENDED", f"/account/data/requests/{made.public_id}/")
    with pytest.raises(AlreadyExtended):
        extend_request(request=made, ground=ExtensionGround.NUMEROUS, by=dora, reason="encore", now=NOON + 29 * DAY)
    assert len(notices(amina)) == 2


def test_after_the_first_month_or_the_end_nothing_is_prolonged(amina: User, ben: User, dora: Any) -> None:
    late, closed = asked(amina), asked(ben)
    with pytest.raises(TooLateToExtend):
        extend_request(request=late, ground=ExtensionGround.COMPLEX, by=dora, reason="x", now=late.due_at)
    withdraw_request(request=closed, now=NOON)
    with pytest.raises(RequestOver):
        extend_request(request=closed, ground=ExtensionGround.COMPLEX, by=dora, reason="x", now=NOON)
    assert DataRequest.objects.filter(extended_until__isnull=False).count() == 0
    assert [kind for kind, _path in notices(amina)] == ["DATA_REQUEST_RECEIVED"]


# ---- Answering ----------------------------------------------------------------------------------------------------------------


@each_kind
def test_an_answer_closes_it_and_people_are_told_where_no_other_service_does(amina: User, dora: Any, kind: RequestKind) -> None:
    made = asked(amina, kind)
    close_request(request=made, words="C’est corrigé.", by=dora, now=NOON + DAY)
    assert (made.state, made.closed_at, made.handled_by, made.open_key) == (RequestState.DONE, NOON + DAY, dora, None)
    assert open_request(made).answer == "C’est corrigé."
    told = [word for word, _path in notices(amina)]
    elsewhere = kind in (RequestKind.EXPORT, RequestKind.ERASURE)
    assert told == ["DATA_REQUEST_RECEIVED", *([] if elsewhere else ["DATA_REQUEST_ANSWERED"])]
    with pytest.raises(RequestOver):
        close_request(request=made, now=NOON + DAY)
    assert audit.verify().holds


def test_the_house_closes_without_a_word_and_without_a_name(amina: User) -> None:
    made = asked(amina, RequestKind.EXPORT)
    close_request(request=made, now=NOON)
    assert (made.answer, made.handled_by) == (None, None)
    assert deeds(made)[-1] == ("request.close", "system", "EXPORT")


# ---- The doors ----------------------------------------------------------------------------------------------------------------


def test_everybody_finds_their_own_and_carol_finds_nothing(amina: User, carol: User) -> None:
    made = asked(amina)
    assert get_request_for_owner(amina, made.public_id) == made
    for person, ref in ((carol, made.public_id), (amina, "aaaaaaaaaaaaaaaaaaaa"), (amina, ""), (amina, f"{made.public_id}' OR 1=1")):
        with pytest.raises(RequestNotFound):
            get_request_for_owner(person, ref)


@pytest.mark.parametrize("role", list(StaffRole))
def test_the_team_finds_those_of_others_in_the_roles_whose_work_it_is(amina: User, rules: None, role: StaffRole) -> None:
    staff, made = make_staff_member("Elsa", role), asked(amina)
    reads = role in (StaffRole.DATA_PROTECTION, StaffRole.AUDITOR)
    if reads:
        assert get_request_for_staff(staff=staff, public_id=made.public_id) == made
    own = asked(staff.user)
    for ref in (own.public_id, *([] if reads else [made.public_id])):
        with pytest.raises(RequestNotFound):
            get_request_for_staff(staff=staff, public_id=ref)


def test_who_left_the_team_finds_nothing(amina: User, dora: Any) -> None:
    made = asked(amina)
    apps.get_model("moderation", "StaffProfile").objects.filter(pk=dora.pk).update(active=False)
    dora.refresh_from_db()
    with pytest.raises(RequestNotFound):
        get_request_for_staff(staff=dora, public_id=made.public_id)
