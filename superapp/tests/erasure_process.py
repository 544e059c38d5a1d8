"""Erasures whose process is killed: `python -m superapp.tests.erasure_process kills`, on the database of the environment.

For each of the thirteen steps one person is erased by a process that kills itself (SIGKILL) in the middle of that step: with its batch done
and not committed, and again, for steps that do something outside of the database, between the two. Another process then goes on. The answer
is one line of JSON: how many were killed, which state each came to, and what was wrong.

`fill` makes one such person, `erase` makes and erases them, `search WORD…` says in which files of the data folder a word is found, the mail
folder left out, which stands for somebody else's server.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402  (once Django stands)
from django.db import connection, connections  # noqa: E402  (once Django stands)
from django.utils import timezone  # noqa: E402  (once Django stands)

from accounts.models import User  # noqa: E402  (once Django stands)
from accounts.tests.factories import make_user  # noqa: E402  (once Django stands)
from chat.tests.factories import join, make_room, say  # noqa: E402  (once Django stands)
from core.scrubbing import scrub_journals  # noqa: E402  (once Django stands)
from core.sealing import has_key  # noqa: E402  (once Django stands)
from privacy.enums import RequestKind, RequestState  # noqa: E402  (once Django stands)
from privacy.erasure import saga, steps  # noqa: E402  (once Django stands)
from privacy.erasure.certificate import read_certificate  # noqa: E402  (once Django stands)
from privacy.models import DataRequest, DeletionRecord, ErasureRun  # noqa: E402  (once Django stands)
from privacy.services.recordcheck import verify_records  # noqa: E402  (once Django stands)
from privacy.services.records import subject_mac  # noqa: E402  (once Django stands)
from privacy.services.requests import ask  # noqa: E402  (once Django stands)
from privacy.tests.erasure.world import fill, left_of, rows_of  # noqa: E402  (once Django stands)
from superapp.tests.laying import lay_out  # noqa: E402  (once Django stands)

_LATER = timedelta(hours=1)


def _die(*_given: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _after(deed: Callable[..., Any]) -> Callable[..., Any]:
    """The deed, and then the end of the process."""

    def run(*given: Any) -> Any:
        deed(*given)
        return _die()

    return run


def _deadly(step: steps.Step, moment: str) -> steps.Step:
    if moment == "outside":
        assert step.outside is not None
        return replace(step, outside=_after(step.outside))
    return replace(step, run=_after(step.run))


def _moments() -> list[tuple[str, str]]:
    inside = [(step.name.value, "inside") for step in steps.STEPS]
    return inside + [(step.name.value, "outside") for step in steps.STEPS if step.outside is not None]


def _kill_at(request_id: int, name: str, moment: str, now: datetime) -> bool:
    """Whether the process that erases was killed, and by nothing else."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        try:
            deadly = tuple(_deadly(step, moment) if step.name == name else step for step in steps.STEPS)
            steps.STEPS = deadly
            saga.run_erasure(request_id=request_id, now=now)
        finally:
            os._exit(1)  # it came through: that is no kill
    return os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL


def _judge(user: User, request: DataRequest, name: str, moment: str) -> list[str]:
    """What is not as if nobody had been killed."""
    wrong = []
    if left := left_of(user):
        wrong.append(f"left {left}")
    if has_key(f"user:{user.pk}"):
        wrong.append("the key is there")
    mine = DeletionRecord.objects.filter(subject_mac=subject_mac(user.pk))
    proven = list(mine.filter(result="PROVED").order_by("seq").values_list("step", flat=True))
    if proven != [step.name.value for step in steps.STEPS]:
        wrong.append(f"proven {proven}")
    run = ErasureRun.objects.get(request=request)
    if read_certificate(run.certificate).reference != request.public_id or run.contact is not None:
        wrong.append("certificate")
    return [f"{name} {moment}: {one}" for one in wrong]


def kills() -> dict[str, Any]:
    """One person for each moment, killed there, and finished by another process."""
    lay_out()
    now = timezone.now()
    room, amina, carol = make_room("abri", now=now), make_user("Amina", now=now), make_user("Carol", now=now)
    for other in (amina, carol):
        join(other, room, now=now)
    say(carol, room, "Carol était là", now=now)
    before, killed, states, wrong = rows_of(carol), 0, {}, []
    for number, (name, moment) in enumerate(_moments()):
        user = make_user(f"Ben{number}", now=now)
        fill(user, amina, room, now=now)
        request = ask(user=user, kind=RequestKind.ERASURE, now=now)
        killed += _kill_at(request.pk, name, moment, now)
        state = saga.run_erasure(request_id=request.pk, now=now + _LATER)
        request.refresh_from_db()
        states[f"{name} {moment}"] = state.value
        wrong += _judge(user, request, name, moment) if state == RequestState.DONE else [f"{name} {moment}: {state}"]
    chain = verify_records().holds
    return {"moments": len(states), "killed": killed, "wrong": wrong, "carol": rows_of(carol) == before, "chain": chain}


def fill_one() -> User:
    """One person who said and told everything."""
    lay_out()
    now = timezone.now()
    room, amina, ben = make_room("abri", now=now), make_user("Amina", now=now), make_user("Voromailala", now=now)
    join(amina, room, now=now)
    fill(ben, amina, room, now=now)
    scrub_journals()
    return ben


def erase_one() -> dict[str, Any]:
    """The same, erased, and nothing left lying in free pages and journals."""
    ben, now = fill_one(), timezone.now()
    request = ask(user=ben, kind=RequestKind.ERASURE, now=now)
    state = saga.run_erasure(request_id=request.pk, now=now)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
    scrub_journals()
    return {"state": state.value, "public_id": ben.public_id}


def search(words: list[str]) -> dict[str, list[str]]:
    """In which files each word is."""
    folder, found = Path(settings.DATA_DIR), {}
    files = [path for path in folder.rglob("*") if path.is_file() and "mail" not in path.relative_to(folder).parts]
    for word in words:
        found[word] = sorted(str(path.relative_to(folder)) for path in files if word.encode() in path.read_bytes())
    return found


_DEEDS: dict[str, Callable[[list[str]], Any]] = {
    "kills": lambda _words: kills(),
    "fill": lambda _words: fill_one().public_id,
    "erase": lambda _words: erase_one(),
    "search": search,
}

if __name__ == "__main__":
    deed, *given = sys.argv[1:]
    sys.stdout.write(json.dumps(_DEEDS[deed](given)) + "\n")
