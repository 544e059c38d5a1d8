"""The saga: from asking to certificate, once, whatever fails; and nothing of anybody whom justice holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core import mail

from accounts.enums import UserStatus
from accounts.models import User
from accounts.services.closure import begin_closing, finish_closings
from accounts.tests.factories import NOON
from core.sealing import KeyFrozen, freeze_key, has_key, unfreeze_key
from moderation.courts.terms import HoldScope
from moderation.enums import StaffRole
from moderation.services import holds
from moderation.services.evidence import unseal_evidence
from moderation.services.holds import place_hold
from moderation.tests.desk import make_case
from moderation.tests.factories import make_staff_member
from moderation.tests.reporting import INSULT, case_of, insult, report
from notifications.queries import list_notices
from privacy.enums import ErasureStep, RequestKind, RequestState
from privacy.erasure import steps
from privacy.erasure.certificate import read_certificate
from privacy.erasure.person import Person
from privacy.erasure.saga import FIRST_PAUSE, LEASE, LETTER, LONGEST_PAUSE, PATIENCE, REST, continue_erasures, pause_after, run_erasure
from privacy.models import DataRequest, DeletionRecord, ErasureRun
from privacy.services.archives import ask_export, has_exports
from privacy.services.clocks import watch_requests
from privacy.services.purge import close_accounts, purge_due
from privacy.services.records import subject_mac
from privacy.services.requests import RequestOver, ask, withdraw_request
from privacy.tests.erasure.world import left_of, rows_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LegalHold = apps.get_model("moderation", "LegalHold")
RoomEvent = apps.get_model("chat", "RoomEvent")


def run(asked: DataRequest, now: Any = NOON) -> RequestState:
    state = run_erasure(request_id=asked.pk, now=now)
    asked.refresh_from_db()
    return state


def hold(lea: Any, scope: HoldScope, number: int, now: Any = NOON, *, codes: tuple[str, ...] = ()) -> None:
    place_hold(scope=scope, subject_ids=[number], codes=codes, by=lea, reason="réquisition", until_at=now + 90 * DAY, now=now)


def end_holds(now: Any) -> None:
    LegalHold.objects.update(until_at=now)
    holds.end_holds(now=now)


Faulty = Callable[[ErasureStep, Exception], None]


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """Have a step raise until the test ends, as a provider or a disk that is away does."""

    def break_it(name: ErasureStep, error: Exception) -> None:
        def fail(*_given: Any) -> dict[str, int]:
            raise error

        broken = tuple(replace(step, run=fail) if step.name == name else step for step in steps.STEPS)
        monkeypatch.setattr(steps, "STEPS", broken)

    yield break_it
    monkeypatch.undo()


# ---- The straight way --------------------------------------------------------------------------------------------------------
def test_it_ends_with_everything_gone_and_proven(asked: DataRequest, full: User, carol: User) -> None:
    before = rows_of(carol)
    assert run(asked) == RequestState.DONE
    assert left_of(full) == {}
    assert rows_of(carol) == before
    full.refresh_from_db()
    assert (full.status, full.email, full.username) == (UserStatus.CLOSED, "", f"~{full.public_id}")
    assert (asked.state, asked.closed_at, asked.open_key, asked.next_step) == (RequestState.DONE, NOON, None, LETTER)


def test_every_step_has_its_record_with_the_persons_mac_and_no_name(asked: DataRequest, full: User) -> None:
    run(asked)
    mine = DeletionRecord.objects.filter(subject_mac=subject_mac(full.pk), job=f"erasure:{asked.public_id}")
    proven = list(mine.filter(result="PROVED").order_by("seq").values_list("step", flat=True))
    assert proven == [step.value for step in ErasureStep]
    assert mine.filter(step=ErasureStep.ROOMS, store="chat_roomevent", rows__gt=0).exists()
    assert set(mine.values_list("reason", flat=True)) == {"REQUEST"}
    assert "Ben" not in str(list(mine.values()))


def test_run_again_it_does_nothing_more(asked: DataRequest) -> None:
    run(asked)
    records, certificate = DeletionRecord.objects.count(), ErasureRun.objects.get().certificate
    assert run(asked) == RequestState.DONE
    assert (DeletionRecord.objects.count(), ErasureRun.objects.get().certificate) == (records, certificate)
    assert continue_erasures(now=NOON + DAY) == {}


def test_asked_twice_it_is_one(asked: DataRequest, full: User) -> None:
    assert ask(user=full, kind=RequestKind.ERASURE, now=NOON).pk == asked.pk
    assert continue_erasures(now=NOON) == {"DONE": 1}
    assert DataRequest.objects.filter(kind=RequestKind.ERASURE).count() == 1


def test_two_letters_go_out_and_then_nobody_knows_the_address(asked: DataRequest) -> None:
    run(asked)
    begun, done = mail.outbox
    assert {letter.to[0] for letter in (begun, done)} == {"ben@example.org"}
    assert "/privacy/erasure/" in begun.body
    (name, content, kind) = done.attachments[0]
    assert (name, kind) == (f"resaka-{asked.public_id}.json", "application/json")
    assert read_certificate(str(content)).reference == asked.public_id
    assert not any(word in f"{letter.subject} {letter.body}" for letter in (begun, done) for word in ("Ben ", "Benoît"))
    kept = ErasureRun.objects.get()
    assert (kept.contact, kept.files, kept.sent_at) == (None, [], NOON)
    assert not has_key(kept.scope)


def test_the_account_is_out_of_sight_before_anything_is_destroyed(asked: DataRequest, full: User, lea: Any) -> None:
    hold(lea, HoldScope.USER, full.pk)
    run(asked)
    full.refresh_from_db()
    assert (full.status, full.closes_at) == (UserStatus.CLOSING, NOON)


def test_what_else_its_person_asked_is_taken_back(asked: DataRequest, full: User) -> None:
    other = ask(user=full, kind=RequestKind.RECTIFICATION, topic="OTHER", words="Mon année est fausse", now=NOON)
    run(asked)
    other.refresh_from_db()
    assert other.state == RequestState.WITHDRAWN


def test_once_it_has_begun_it_cannot_be_taken_back(asked: DataRequest) -> None:
    run(asked)
    with pytest.raises(RequestOver):
        withdraw_request(request=asked, now=NOON)


def test_taken_back_before_it_began_nothing_happens(asked: DataRequest, full: User) -> None:
    before = rows_of(full)
    withdraw_request(request=asked, now=NOON)
    assert continue_erasures(now=NOON) == {}
    assert rows_of(full) == before
    full.refresh_from_db()
    assert full.status == UserStatus.ACTIVE


def test_other_requests_are_not_run(full: User) -> None:
    export = ask(user=full, kind=RequestKind.RECTIFICATION, topic="OTHER", words="Mon année est fausse", now=NOON)
    before = rows_of(full)
    assert run_erasure(request_id=export.pk, now=NOON) == RequestState.RECEIVED
    assert rows_of(full) == before


def test_a_copy_that_is_being_made_is_cut_off(full: User) -> None:
    archive = ask_export(user=full, now=NOON)
    request = ask(user=full, kind=RequestKind.ERASURE, now=NOON)
    assert run(request) == RequestState.DONE
    archive.refresh_from_db()
    archive.request.refresh_from_db()
    assert (archive.state, archive.open_key, archive.request.state) == ("CANCELLED", None, RequestState.WITHDRAWN)
    assert has_exports(user_id=full.pk) is False
    purge_due(now=NOON + DAY)
    assert left_of(full) == {}


def test_evidence_of_a_case_outlives_its_author_and_opens(full: User, amina: User, room: Any) -> None:
    case = case_of(report(amina, insult(full, room)))
    evidence = apps.get_model("moderation", "Evidence").objects.filter(case=case)
    before = [unseal_evidence(evidence=one) for one in evidence]
    assert any(INSULT.split()[-1].encode() in text for text in before)
    assert run(ask(user=full, kind=RequestKind.ERASURE, now=NOON)) == RequestState.DONE
    assert [unseal_evidence(evidence=one) for one in evidence] == before


def test_somebody_of_the_team_leaves_their_cases_and_their_role(rules: None, room: Any) -> None:
    senior = make_staff_member("Modo7", StaffRole.SENIOR)
    request = ask(user=senior.user, kind=RequestKind.ERASURE, now=NOON)
    assert run(request) == RequestState.DONE
    senior.refresh_from_db()
    assert (senior.active, senior.handle[:4]) == (False, "Mod-")  # the name of their work stays on what they decided
    assert User.objects.get(pk=senior.user_id).is_staff is False


def test_a_closed_account_is_erased_like_any_other(full: User) -> None:
    begin_closing(user=full, now=NOON)
    finish_closings(now=NOON + 15 * DAY)
    mail.outbox.clear()
    request = ask(user=full, kind=RequestKind.ERASURE, now=NOON + 16 * DAY)
    assert run(request, NOON + 16 * DAY) == RequestState.DONE
    assert left_of(full) == {}
    assert mail.outbox == []  # nobody knows an address any more; the page has the certificate


def test_the_job_that_closes_accounts_leaves_it_alone(asked: DataRequest, full: User, lea: Any) -> None:
    hold(lea, HoldScope.USER, full.pk, codes=("MESSAGE_BODY",))  # not what the closing looks at
    run(asked)
    assert close_accounts(now=NOON + DAY) == 0
    full.refresh_from_db()
    assert full.status == UserStatus.CLOSING


# ---- Held --------------------------------------------------------------------------------------------------------------------
def test_of_a_held_person_nothing_is_destroyed_and_it_goes_on_when_the_hold_ends(asked: DataRequest, full: User, lea: Any) -> None:
    hold(lea, HoldScope.USER, full.pk)
    before = rows_of(full)
    assert run(asked) == RequestState.WAITING
    assert (asked.next_step, asked.next_try_at) == ("", NOON + REST)
    after = rows_of(full)
    assert after - before == {}
    assert before - after == {}
    assert has_key(f"user:{full.pk}")
    assert DeletionRecord.objects.filter(subject_mac=subject_mac(full.pk)).count() == 0
    assert continue_erasures(now=NOON + REST) == {"WAITING": 1}
    later = NOON + 100 * DAY
    end_holds(later)
    assert continue_erasures(now=later) == {"DONE": 1}
    assert left_of(full) == {}


@pytest.mark.parametrize("codes", [("CONNECTION",), ("MESSAGE_BODY", "MEDIA"), ("INVOICE",)])
def test_a_hold_on_one_kind_of_data_stops_it_too(asked: DataRequest, full: User, lea: Any, codes: tuple[str, ...]) -> None:
    hold(lea, HoldScope.USER, full.pk, codes=codes)
    assert run(asked) == RequestState.WAITING


def test_a_hold_on_a_room_where_they_spoke_stops_it(asked: DataRequest, room: Any, lea: Any) -> None:
    hold(lea, HoldScope.ROOM, room.pk)
    assert run(asked) == RequestState.WAITING


def test_a_hold_on_a_room_where_they_never_were_does_not(asked: DataRequest, carol: User, lea: Any) -> None:
    hers = apps.get_model("chat", "Membership").objects.get(user=carol).room_id
    hold(lea, HoldScope.ROOM, hers)
    assert run(asked) == RequestState.DONE


def test_a_hold_on_one_message_of_theirs_stops_it(asked: DataRequest, full: User, room: Any, lea: Any) -> None:
    seq = RoomEvent.objects.filter(actor_id=full.pk, room_id=room.pk, kind=1).earliest("seq").seq
    place_hold(scope=HoldScope.ROWS, lines=[(room.pk, seq)], by=lea, reason="réquisition", now=NOON)
    assert run(asked) == RequestState.WAITING


def test_a_hold_on_a_case_about_them_stops_it(asked: DataRequest, full: User, lea: Any) -> None:
    case = make_case(subject=full)
    hold(lea, HoldScope.CASE, case.pk)
    assert run(asked) == RequestState.WAITING


@pytest.mark.parametrize("name", [step for step in ErasureStep if step != ErasureStep.SESSIONS])
def test_a_hold_that_is_placed_on_the_way_stops_what_is_left(
    asked: DataRequest, full: User, lea: Any, name: ErasureStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Placed as the step before was proven: from then on nothing more goes."""
    number = steps.NUMBERS[name.value] - 1
    before = steps.STEPS[number - 1]
    kept: list[Any] = []

    def prove_and_hold(person: Any) -> bool:
        proven = before.prove(person)
        if proven:
            hold(lea, HoldScope.USER, full.pk)
            kept.append(rows_of(full))
        return proven

    watched = tuple(replace(step, prove=prove_and_hold) if step is before else step for step in steps.STEPS)
    monkeypatch.setattr(steps, "STEPS", watched)
    assert run(asked) == RequestState.WAITING
    assert asked.next_step == name.value
    assert rows_of(full) == kept[0]
    monkeypatch.undo()
    end_holds(NOON + 100 * DAY)
    assert run(asked, NOON + 100 * DAY) == RequestState.DONE


def test_the_purge_keeps_what_is_held_while_the_erasure_waits(asked: DataRequest, full: User, lea: Any) -> None:
    hold(lea, HoldScope.USER, full.pk)
    run(asked)
    words = RoomEvent.objects.filter(actor_id=full.pk).exclude(payload=b"").count()
    purge_due(now=NOON + 40 * DAY)
    assert RoomEvent.objects.filter(actor_id=full.pk).exclude(payload=b"").count() == words > 0


def test_what_waits_is_prolonged_within_the_month_and_not_told_why(asked: DataRequest, full: User, lea: Any) -> None:
    hold(lea, HoldScope.USER, full.pk)
    run(asked)
    watch_requests(now=NOON + 25 * DAY)
    asked.refresh_from_db()
    assert asked.extended_until == asked.due_at + 60 * DAY
    told = list_notices(user=full).lines
    assert "DATA_REQUEST_EXTENDED" in [line.kind for line in told]
    assert not any(re.search(r"\bgel|justice", str(line), re.IGNORECASE) for line in told)


def test_a_frozen_key_stops_the_last_step_even_if_no_hold_was_seen(asked: DataRequest, full: User) -> None:
    freeze_key(f"user:{full.pk}")
    assert run(asked) == RequestState.RUNNING
    assert (asked.next_step, asked.tries) == (ErasureStep.DATA_KEY, 1)
    assert has_key(f"user:{full.pk}")
    unfreeze_key(f"user:{full.pk}")
    assert run(asked) == RequestState.DONE


# ---- What fails --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", list(ErasureStep))
def test_a_step_that_fails_is_tried_again_and_nothing_before_it_is_done_twice(
    asked: DataRequest, full: User, faulty: Faulty, name: ErasureStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(name, ConnectionError("away"))
    assert run(asked) == (RequestState.RECEIVED if name == ErasureStep.SESSIONS else RequestState.RUNNING)
    assert (asked.tries, asked.next_try_at) == (1, NOON + FIRST_PAUSE)
    assert asked.next_step == ("" if name == ErasureStep.SESSIONS else name.value)
    done = DeletionRecord.objects.filter(result="PROVED").count()
    assert done == steps.NUMBERS[name.value] - 1
    monkeypatch.undo()
    assert continue_erasures(now=NOON + FIRST_PAUSE) == {"DONE": 1}
    assert DeletionRecord.objects.filter(result="PROVED").count() == 13
    assert left_of(full) == {}


def test_the_pause_doubles_up_to_an_hour() -> None:
    assert [pause_after(tries) for tries in (1, 2, 3, 4)] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert pause_after(50) == LONGEST_PAUSE == timedelta(hours=1)


def test_before_its_pause_is_over_it_is_left_in_peace(asked: DataRequest, faulty: Faulty) -> None:
    faulty(ErasureStep.BILLING, ConnectionError("away"))
    run(asked)
    assert continue_erasures(now=NOON + FIRST_PAUSE - timedelta(seconds=1)) == {}


def test_after_a_day_data_protection_is_woken_once(asked: DataRequest, faulty: Faulty) -> None:
    guard = make_staff_member("Modo8", StaffRole.DATA_PROTECTION)
    faulty(ErasureStep.BILLING, ConnectionError("away"))
    run(asked, NOON + PATIENCE - timedelta(seconds=1))
    assert [line.kind for line in list_notices(user=guard.user).lines] == []
    for hours in (0, 1, 2):
        run(asked, NOON + PATIENCE + timedelta(hours=hours))
    (line,) = list_notices(user=guard.user).lines
    assert line.kind == "PRIVACY_ALARM"
    assert ErasureRun.objects.get().alarmed_at == NOON + PATIENCE


def test_a_step_whose_proof_fails_is_not_passed(asked: DataRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    lying = tuple(replace(step, prove=lambda person: False) if step.name == ErasureStep.PROFILE else step for step in steps.STEPS)
    monkeypatch.setattr(steps, "STEPS", lying)
    assert run(asked) == RequestState.RUNNING
    assert (asked.next_step, asked.tries) == (ErasureStep.PROFILE, 1)


class DeadMail:
    """A mail server that is away."""

    def __init__(self, **_options: object) -> None:
        pass

    def send_messages(self, _letters: object) -> int:
        raise ConnectionRefusedError


def test_a_mail_server_that_is_away_holds_nothing_but_the_last_letter_and_that_for_a_day(
    asked: DataRequest, full: User, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "privacy.tests.erasure.test_saga.DeadMail"
    assert run(asked) == RequestState.RUNNING
    assert (asked.next_step, left_of(full)) == (LETTER, {})
    assert ErasureRun.objects.get().contact is not None
    assert run(asked, NOON + PATIENCE) == RequestState.DONE
    assert (ErasureRun.objects.get().sent_at, ErasureRun.objects.get().contact) == (None, None)


def test_a_process_that_ended_is_followed_by_another_after_its_lease(asked: DataRequest) -> None:
    DataRequest.objects.filter(pk=asked.pk).update(next_try_at=NOON + LEASE)  # somebody has it
    assert continue_erasures(now=NOON + LEASE - timedelta(seconds=1)) == {}
    assert continue_erasures(now=NOON + LEASE) == {"DONE": 1}


def test_a_frozen_key_is_said_as_such(full: User) -> None:
    freeze_key(f"user:{full.pk}")
    with pytest.raises(KeyFrozen):
        steps.step_named("DATA_KEY").run(Person(full.pk, full.public_id), NOON)
