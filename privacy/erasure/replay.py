"""Erasing again whom an older copy of the database has brought back: what `privacy.services.replay` and its proof are given."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services.erasure import hide_account
from chat.services.erasure import list_files
from core.sealing import destroy_key
from moderation.services.erasure import release_work
from moderation.services.holds import take_epoch
from privacy.enums import RequestState
from privacy.erasure.holding import is_held
from privacy.erasure.person import Person, person_again
from privacy.erasure.saga import record_step
from privacy.erasure.steps import STEPS, Step
from privacy.models import DataRequest, ErasureRun
from privacy.services.requests import close_request


class StillThere(RuntimeError):
    """A step found nothing more to do, and its proof still finds something."""


def redo_erasure(*, request_id: int, now: datetime) -> RequestState:
    """Take whoever asked for this erasure through all steps once more, without letters and providers, which have had theirs. Nothing
    happens to somebody who is held: the holds are brought back first, and the erasure goes on by itself when they end.

    Raises:
        StillThere; core.sealing.KeyFrozen.
    """
    request = DataRequest.objects.select_related("user").get(pk=request_id)
    if not request.is_open:
        return RequestState(request.state)
    user = request.user
    run, _made = ErasureRun.objects.update_or_create(
        request=request, defaults={"begun_at": now}, create_defaults={"begun_at": now, "language": user.language}
    )
    person = Person(user.pk, user.public_id, tuple(list_files(user_id=user.pk)), request.public_id)
    if is_held(person, now=now):
        DataRequest.objects.filter(pk=request.pk).update(state=RequestState.WAITING)
        return RequestState.WAITING
    release_work(user_id=user.pk, now=now)
    hide_account(user_id=user.pk, now=now)
    for step in STEPS:
        _redo(step, person, now)
    with transaction.atomic():
        ErasureRun.objects.filter(pk=request.pk).update(contact=None, files=[])
        close_request(request=request, now=now)
    destroy_key(run.scope)
    return RequestState.DONE


def list_left(user_id: int) -> list[str]:
    """The names of the steps that are not proven of an account as it is now: none, when it is erased or not there."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return []
    person = person_again(user=user, files=tuple(list_files(user_id=user_id)))
    return [step.name.value for step in STEPS if not step.prove(person)]


def _redo(step: Step, person: Person, now: datetime) -> None:
    if step.outside is not None and step.is_ours:
        step.outside(person)
    while True:
        with transaction.atomic():
            take_epoch()
            rows = step.run(person, now)
            record_step(step, person, rows, now)
            if not rows:
                if not step.prove(person):
                    raise StillThere(step.name)
                record_step(step, person, {step.store: 0}, now, result="PROVED")
                return
