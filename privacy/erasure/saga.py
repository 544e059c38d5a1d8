"""Carrying an erasure from asking to certificate, whatever dies on the way.

The request says which step is next. Each batch of a step has a transaction of its own: the epoch of the holds, the row of the request,
whether the person is held, the batch, its records. A step that finds nothing more is proven in the same transaction, and the next one
becomes due. So a killed process loses at most one batch, two processes take turns, and a hold that is placed at any moment stops what
has not been destroyed by then.

What asks a provider, the file storage or the mail server holds no transaction and no epoch; whether the person is held is asked right
before it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from accounts.services.erasure import hide_account
from chat.services.erasure import list_files
from core.erasing import Rows, add_up
from core.outages import log_failure
from core.sealing import destroy_key
from moderation.services.erasure import release_work
from moderation.services.holds import take_epoch
from privacy.enums import OPEN_STATES, DeletionReason, ErasureStep, RequestKind, RequestState
from privacy.erasure import letters
from privacy.erasure.certificate import job_of
from privacy.erasure.holding import is_held
from privacy.erasure.person import Person, person_of
from privacy.erasure.steps import NUMBERS, Step, step_after, step_named
from privacy.models import DataRequest, ErasureRun
from privacy.services.alarms import Alarm, raise_alarm
from privacy.services.records import record_deletion
from privacy.services.requests import close_request, end_request, note_person

logger = logging.getLogger("resaka.privacy")

# A run that has not ended after this long was broken off: its process is gone, and another one goes on.
LEASE = timedelta(minutes=5)
# How long what is held rests before somebody looks again.
REST = timedelta(minutes=15)
# The pause after the first failure; it doubles with each one more.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
# After so long data protection is woken, and a silent mail server is waited for no more.
PATIENCE = timedelta(hours=24)
# What `next_step` says when all is proven and the last letter is owed.
LETTER = "LETTER"
_AT_ONCE = 20


class NotProven(RuntimeError):
    """A step found nothing more to do, and its proof still finds something."""


def continue_erasures(*, now: datetime) -> dict[str, int]:
    """Go on with the erasures that are due: new ones, those that failed, those whose process ended, those that were held. How many came to
    stand in which state; one process has each."""
    due = DataRequest.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), kind=RequestKind.ERASURE, state__in=OPEN_STATES)
    done: dict[str, int] = {}
    for pk, was in list(due.order_by("asked_at", "pk").values_list("pk", "next_try_at")[:_AT_ONCE]):
        if DataRequest.objects.filter(pk=pk, state__in=OPEN_STATES, next_try_at=was).update(next_try_at=now + LEASE):
            state = run_erasure(request_id=pk, now=now)
            done[state.value] = done.get(state.value, 0) + 1
    return done


def run_erasure(*, request_id: int, now: datetime) -> RequestState:
    """Carry one erasure on from where it stands; the state that it comes to. What fails is logged, tried again after a pause that doubles,
    and wakes data protection after a day. Running it twice, or twice at once, does everything once.

    From the first call on nobody sees the account any more, and there is no way back. While a legal hold names the person, nothing is
    destroyed.
    """
    try:
        return _run(request_id, now)
    except Exception as error:
        log_failure(logger, "an erasure waits", error, request=request_id)
        return _put_off(request_id, now)


def _run(request_id: int, now: datetime) -> RequestState:
    request = _begin(request_id, now)
    if request is None:
        return RequestState(DataRequest.objects.values_list("state", flat=True).get(pk=request_id))
    _announce(request, now)
    while (step := _next(request_id)) is not None:
        if not _do(step, request_id, now):
            return RequestState.WAITING
    return _finish(request_id, now)


# ---- Beginning ---------------------------------------------------------------------------------------------------------------
def _begin(request_id: int, now: datetime) -> DataRequest | None:
    """Put the account out of sight and its work in the team down, and keep what must outlive it; None when there is nothing to do."""
    with transaction.atomic():
        request = DataRequest.objects.select_for_update().get(pk=request_id)
        if request.kind != RequestKind.ERASURE or not request.is_open:
            return None
        run = ErasureRun.objects.filter(request=request).first() or _make_run(request, now)
        if NUMBERS.get(request.next_step, 0) <= NUMBERS[ErasureStep.ROOMS]:
            run.files = sorted({*run.files, *list_files(user_id=request.user_id)})
            run.save(update_fields=["files"])
        request.erasure = run
    return request


def _make_run(request: DataRequest, now: datetime) -> ErasureRun:
    user = User.objects.get(pk=request.user_id)
    run = ErasureRun(request=request, language=user.language, begun_at=now)
    letters.seal_contact(run=run, address=user.email)
    run.save(force_insert=True)
    release_work(user_id=user.pk, now=now)
    hide_account(user_id=user.pk, now=now)
    return run


def _announce(request: DataRequest, now: datetime) -> None:
    """The letter with the link to the page; a mail server that is away holds nothing up for longer than a try."""
    if request.erasure.told_at is not None or not ErasureRun.objects.filter(pk=request.pk, told_at=None).update(told_at=now):
        return
    try:
        letters.announce(run=request.erasure)
    except OSError as error:  # the page has told the link too
        log_failure(logger, "a letter was not sent", error, letter="begun")


# ---- A step ------------------------------------------------------------------------------------------------------------------
def _next(request_id: int) -> Step | None:
    """The step that is due; None when all are proven or somebody else has closed the request."""
    state, name = DataRequest.objects.values_list("state", "next_step").get(pk=request_id)
    if state not in OPEN_STATES or name == LETTER:
        return None
    return step_named(name)


def _do(step: Step, request_id: int, now: datetime) -> bool:
    """All of one step; False when a hold stands in the way."""
    person = person_of(DataRequest.objects.select_related("user", "erasure").get(pk=request_id))
    done: Rows = {}
    if step.outside is not None:
        if is_held(person, now=now):
            return _wait(request_id, now)
        done = step.outside(person)
    while True:
        with transaction.atomic():
            take_epoch()
            request = DataRequest.objects.select_for_update().get(pk=request_id)
            if not request.is_open or step_named(request.next_step).name != step.name:
                return True  # another process was faster
            if is_held(person, now=now):
                return _wait(request_id, now)
            _set_out(request, step, now)
            rows = step.run(person, now)
            record_step(step, person, add_up(done, rows), now)
            done = {}
            if not rows:
                _prove(step, person, now)
                _advance(request, step)
                return True


def _wait(request_id: int, now: datetime) -> bool:
    """Nothing of the person is touched while somebody of them is held; they are told that it is in progress, and no more."""
    values = {"state": RequestState.WAITING, "tries": 0, "next_try_at": now + REST}
    DataRequest.objects.filter(pk=request_id, state__in=OPEN_STATES).update(**values)
    return False


def _set_out(request: DataRequest, step: Step, now: datetime) -> None:
    """From the first batch on it cannot be taken back; what else its person asks has nobody left to be answered."""
    if request.state == RequestState.RUNNING and request.next_step:
        return
    if not request.next_step:
        others = DataRequest.objects.filter(user_id=request.user_id, state__in=OPEN_STATES).exclude(pk=request.pk)
        for other in others.select_related("user"):
            end_request(other, {"state": RequestState.WITHDRAWN}, now)
            note_person("request.withdraw", other, now)
    DataRequest.objects.filter(pk=request.pk).update(state=RequestState.RUNNING, next_step=step.name)


def record_step(step: Step, person: Person, rows: Rows, now: datetime, *, result: str = "") -> None:
    """Write down what a batch took, table by table, in its transaction."""
    for store, count in sorted(rows.items()):
        record_deletion(
            code=step.code,
            store=store,
            rows=count,
            kept=timedelta(0),
            reason=DeletionReason.REQUEST,
            subject_id=person.user_id,
            step=step.name,
            job=job_of(person.request_ref),
            result=result,
            now=now,
        )


def _prove(step: Step, person: Person, now: datetime) -> None:
    if not step.prove(person):
        raise NotProven(step.name)
    record_step(step, person, {step.store: 0}, now, result="PROVED")


def _advance(request: DataRequest, step: Step) -> None:
    following = step_after(step)
    DataRequest.objects.filter(pk=request.pk).update(next_step=following.name if following else LETTER, tries=0)


# ---- The end -----------------------------------------------------------------------------------------------------------------
def _finish(request_id: int, now: datetime) -> RequestState:
    """The last letter; then the address goes, and the request is closed.

    Raises:
        OSError: the mail server is away; it is tried again, for a day.
    """
    request = DataRequest.objects.select_related("user", "erasure").get(pk=request_id)
    if not request.is_open:
        return RequestState(request.state)
    sent_at = _say_goodbye(request.erasure, now)
    with transaction.atomic():
        ErasureRun.objects.filter(pk=request.pk).update(contact=None, files=[], sent_at=sent_at)
        close_request(request=request, now=now)
    destroy_key(request.erasure.scope)
    return RequestState.DONE


def _say_goodbye(run: ErasureRun, now: datetime) -> datetime | None:
    if not letters.address_of(run=run):
        return run.sent_at
    try:
        letters.say_goodbye(run=run)
    except OSError:
        if run.certified_at is None or now < run.certified_at + PATIENCE:
            raise
        return None
    return now


# ---- What fails --------------------------------------------------------------------------------------------------------------
def pause_after(tries: int) -> timedelta:
    """How long to wait after that many failures in a row."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(max(tries, 1) - 1, 10)))


def _put_off(request_id: int, now: datetime) -> RequestState:
    with transaction.atomic():
        request = DataRequest.objects.select_for_update().get(pk=request_id)
        if request.is_open:
            pause = pause_after(request.tries + 1)
            DataRequest.objects.filter(pk=request.pk).update(tries=F("tries") + 1, next_try_at=now + pause)
            _wake(request, now)
    return RequestState(request.state)


def _wake(request: DataRequest, now: datetime) -> None:
    """After a day somebody looks; once."""
    late = now >= request.asked_at + PATIENCE
    if late and ErasureRun.objects.filter(pk=request.pk, alarmed_at=None).update(alarmed_at=now):
        raise_alarm(alarm=Alarm.ERASURE_STUCK, ref=request.public_id, now=now)
