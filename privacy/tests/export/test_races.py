"""Many at once: one archive, three downloads, one worker. On the real engine with real threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, connection, connections

from accounts.models import User
from accounts.tests.factories import NOON, make_user
from privacy.export.turns import take_turn
from privacy.models import ExportArchive
from privacy.services.archives import DownloadsUsed, ask_export, begin_download
from privacy.tests.conftest import seed_rules
from privacy.tests.export.factories import make_archive

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time"),
]
THREADS = 6


def at_once(deed: Callable[[], Any]) -> list[Any]:
    """What each of six threads got, or the error that it met."""
    ready, answers = threading.Barrier(THREADS), list[Any]()

    def run() -> None:
        close_old_connections()
        ready.wait()
        try:
            answers.append(deed())
        except Exception as error:
            answers.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=run) for _number in range(THREADS)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    return answers


@pytest.fixture
def person() -> User:
    seed_rules()
    return make_user("Amina")


def test_asked_by_six_windows_it_is_one(person: User) -> None:
    answers = at_once(lambda: ask_export(user=person, now=NOON).pk)
    assert len(answers) == THREADS
    assert {answer for answer in answers if isinstance(answer, int)} == set(ExportArchive.objects.values_list("pk", flat=True))
    assert [answer for answer in answers if not isinstance(answer, int)] == []
    assert ExportArchive.objects.count() == 1


def test_six_windows_download_thrice(person: User) -> None:
    archive = make_archive(person)
    answers = at_once(lambda: begin_download(archive=archive, number=1, now=NOON))
    assert sorted(type(answer).__name__ for answer in answers) == ["DownloadsUsed"] * 3 + ["str"] * 3
    assert all(isinstance(answer, (str, DownloadsUsed)) for answer in answers)
    archive.refresh_from_db()
    assert (archive.downloads, archive.zips.get().downloads) == (3, 3)


def test_six_workers_have_one_turn(person: User) -> None:
    archive = ask_export(user=person, now=NOON)
    answers = at_once(lambda: take_turn(archive_id=archive.pk, now=NOON))
    assert [answer is None for answer in answers].count(False) == 1
    archive.refresh_from_db()
    assert archive.tries == 1
