"""The database goes away under a page: 503 with when to try again, a page that needs nothing, one line in the log."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError
from django.db.transaction import TransactionManagementError
from django.test import RequestFactory

from core.http import NotAllowed, NotConnected, TooSlow
from core.outages import is_outage, log_failure
from superapp import outage
from superapp.oneprocess import AlreadyRunning, claim_folder
from superapp.tests.live.server import ROOT, Server
from superapp.tests.servers import MariaDB


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        OperationalError(2002, "Can't connect to server"),
        OperationalError(2006, "Server has gone away"),
        OperationalError(2013, "Lost connection during query"),
        OperationalError(1205, "Lock wait timeout exceeded"),
        OperationalError(1213, "Deadlock found"),
        OperationalError(1040, "Too many connections"),
        OperationalError(1290, "running with the --read-only option"),
        OperationalError("database is locked"),
        OperationalError("unable to open database file"),
        InterfaceError(0, ""),
        caused(ValueError("the page broke"), OperationalError(2006, "gone")),
        caused(TransactionManagementError("cannot go on"), OperationalError(2013, "lost")),
    ],
)
def test_an_outage_is_known(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        None,
        ValueError("x"),
        OperationalError("no such table: chat_room"),
        OperationalError(1054, "Unknown column"),
        OperationalError(),
        IntegrityError(1062, "Duplicate entry"),
        DatabaseError(2006),
        TransactionManagementError("a bug of ours"),
    ],
)
def test_a_wrong_query_is_no_outage(error: Exception | None) -> None:
    assert not is_outage(error)


@pytest.mark.parametrize(
    ("error", "traced"),
    [
        (OperationalError(2006, "gone"), False),
        (NotConnected("paypal: refused"), False),
        (TooSlow("paypal"), False),
        (NotAllowed("x"), True),
        (ValueError("a bug of ours"), True),
    ],
)
def test_work_behind_the_scenes_tells_an_outage_without_a_trace(error: Exception, traced: bool, caplog: pytest.LogCaptureFixture) -> None:
    log_failure(logging.getLogger("resaka.test"), "it failed", error, part="x")
    [record] = caplog.records
    assert (record.message, bool(record.exc_info), record.__dict__["fields"]["part"]) == ("it failed", traced, "x")


@pytest.mark.parametrize("path", ["/rooms/", "/api/v1/rooms"])
def test_the_answer_needs_no_database(path: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "resaka.outage"):
        response = outage.answer(RequestFactory().get(path), OperationalError(2002, "refused"))
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "5", "no-store")
    assert response["Content-Type"].startswith("application/json" if path.startswith("/api/") else "text/html")
    assert [record.exc_info for record in caplog.records] == [None]


def fetch(url: str) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  (http to the server that the test has started)
            return answer.status, answer.headers.get("Retry-After", ""), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Retry-After", ""), error.read().decode()


@pytest.mark.servers
def test_no_page_breaks_when_the_database_is_killed_and_all_come_back(tmp_path: Path) -> None:
    with MariaDB(tmp_path / "db", fast=True) as database:
        addresses = {"RESAKA_DATABASE_URL": database.url(), "RESAKA_KEYS_DATABASE_URL": database.url("resaka_keys")}
        server = Server(tmp_path, **addresses)
        server.lay_out()
        server.start()
        try:
            assert fetch(server.origin + "/")[0] == 200
            database.kill()
            for path in ("/", "/rooms/", "/api/v1/rooms", "/login/"):
                status, retry, body = fetch(server.origin + path)
                if path == "/login/" and status == 200:  # a form that needs no row
                    continue
                assert (path, status, retry) == (path, 503, "5")
                assert "Traceback" not in body
            assert fetch(server.origin + "/healthz")[0] == 200
            status, retry, body = fetch(server.origin + "/readyz")
            assert (status, retry) == (503, "5")
            assert '"default": "does not answer"' in body
            assert "Traceback" not in server.log.read_text("utf-8")
            database.start()
            limit = time.monotonic() + 30
            while fetch(server.origin + "/readyz")[0] != 200:
                assert time.monotonic() < limit
            assert fetch(server.origin + "/")[0] == 200
        finally:
            server.kill()


def test_a_folder_is_served_once(tmp_path: Path) -> None:
    """The lock goes with its process, also when that is killed."""
    script = (
        "import sys, pathlib; from superapp.oneprocess import claim_folder; claim_folder(pathlib.Path(sys.argv[1])); print('mine'); input()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    holder = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "mine\n"
    with pytest.raises(AlreadyRunning, match=f"process {holder.pid}"):
        claim_folder(tmp_path)
    served = subprocess.run(
        [sys.executable, "-m", "superapp.serve"],
        cwd=ROOT,
        env={**os.environ, "RESAKA_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "superapp.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert served.returncode == 2
    assert "already serves" in served.stderr
    assert "Traceback" not in served.stderr
    holder.kill()
    holder.communicate()
    claim_folder(tmp_path)
