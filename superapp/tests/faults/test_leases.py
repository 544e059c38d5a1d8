"""A process is killed while it holds a job's lease, deliveries of the outbox, or a room's lock: nothing outlives its lease."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from superapp.tests.faults.conftest import Tell
from superapp.tests.faults.crowd import LONG, Town, rounds
from superapp.tests.faults.holding import PUBLISH, first_word, holder, run_until_taken
from superapp.tests.live.server import ROOT
from superapp.tests.live.visitor import Answer
from superapp.tests.servers import Redis


def test_killed_holder_of_a_job(town: Town, tell: Tell) -> None:
    seconds = 20
    with holder(town.house.webs[0], "job", f"fault.{time.time_ns()}"[:40], str(seconds)) as process:
        assert first_word(process) == "held"
        name = list(process.args)[4]  # type: ignore[arg-type]
    said, took = run_until_taken(town.house.webs[0], "job", str(name), str(seconds))
    tell(1, None, refused_first=len(said) - 1, taken_after=took, lease=seconds * 0.9)
    assert said[0] == "refused"
    assert said[-1] == "held"


def test_killed_holder_of_a_room(town: Town, tell: Tell) -> None:
    """While it lives, others wait; once it is dead, they write."""
    times = rounds(1, 10)
    waits = []
    for _round in range(times):
        answers: list[Answer] = []
        with holder(town.house.webs[0], "room", town.room) as process:
            assert first_word(process) == "held"
            sender = threading.Thread(target=lambda: answers.append(town.say(town.visitors[0], "après")))  # noqa: B023  (joined below)
            sender.start()
            time.sleep(0.3)
            assert answers == []
            process.kill()
            began = time.monotonic()
            sender.join(30)
            waits.append(time.monotonic() - began)
        assert [(answer.status, answer.text) for answer in answers if answer.status != 201] == []
    tell(times, None, lock_gone_after=max(waits))
    assert town.traces() == []


def test_killed_holder_of_deliveries(town: Town, tell: Tell) -> None:
    """The web processes are stopped, so that the dead one had it first; a worker and a web process do it after the lease of 30 s."""
    house = town.house
    broker = Redis(house.folder / f"broker-{time.time_ns()}")
    broker.start()
    env = {**house.webs[0].env, "RESAKA_BROKER_URL": broker.url}
    for web in house.webs:
        web.stop()
    house.webs[0].manage("shell", "--no-imports", "-c", PUBLISH)
    with holder(town.house.webs[0], "claim") as process:
        assert int(first_word(process)) >= 1
    began = time.monotonic()
    if not LONG:  # the short set does not wait for the lease: it lets it end
        house.database.execute("UPDATE core_outboxevent SET due_at = UTC_TIMESTAMP(6) WHERE state = 'PENDING'", database="resaka")
    web = house.web(RESAKA_BROKER_URL=broker.url)
    command = [sys.executable, "-m", "celery", "-A", "superapp", "worker", "--concurrency", "1", "--loglevel", "WARNING"]
    worker = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        web.start()
        while states := house.database.execute("SELECT id, attempts FROM core_outboxevent WHERE state = 'PENDING'", database="resaka"):
            assert time.monotonic() < began + 120, states
            time.sleep(0.2)
    finally:
        worker.terminate()
        worker.wait(60)
        web.stop()
        broker.stop()
    tell(1, None, done_after=time.monotonic() - began)
    assert "Traceback" not in web.log.read_text("utf-8")
