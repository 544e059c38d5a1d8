"""kill -9 at each of the thirteen steps: another process goes on, and nobody could tell afterwards; and of who was erased no file knows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.lookalikes import skeleton
from privacy.tests.erasure.world import BIO, CIVIL, SAID, STREET, WORDS_TO_TEAM
from superapp.tests.house import ROOT
from superapp.tests.servers import MariaDB

ADDRESS = "voromailala@example.org"
# As it is shown, as it is compared, and as look-alikes of it are found.
NAMES = ("Voromailala", "voromailala", skeleton("Voromailala"))


def process(folder: Path, *deed: str, **addresses: str) -> Any:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RESAKA_")}
    environment |= {"RESAKA_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "superapp.settings", **addresses}
    command = [sys.executable, "-m", "superapp.tests.erasure_process", *deed]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("engine", [pytest.param("sqlite", marks=pytest.mark.faults), pytest.param("mariadb", marks=pytest.mark.servers)])
def test_a_process_killed_at_any_step_is_followed_by_one_that_ends_it(engine: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    if engine == "sqlite":
        answer = process(folder, "kills")
    else:
        with MariaDB(tmp_path / "db", fast=True) as database:
            answer = process(folder, "kills", RESAKA_DATABASE_URL=database.url(), RESAKA_KEYS_DATABASE_URL=database.url("resaka_keys"))
    assert answer["wrong"] == []
    assert (answer["moments"], answer["killed"]) == (15, 15)  # thirteen steps, and two that do something outside of the database
    assert (answer["carol"], answer["chain"]) == (True, True)


def test_of_who_was_erased_no_file_of_the_house_says_a_word(tmp_path: Path) -> None:
    """Name, address, words, presentation, civil name: in no database, key store, journal, image, log or record. What others read in
    their letters lies in the mail folder, which stands for their servers."""
    folder = tmp_path / "data"
    folder.mkdir()
    erased = process(folder, "erase")
    assert erased["state"] == "DONE"
    words = [*SAID, BIO, CIVIL, STREET, WORDS_TO_TEAM, ADDRESS, *NAMES, "Rakotomalala"]
    assert process(folder, "search", *words) == {word: [] for word in words}
    there = process(folder, "search", "amina@example.org", erased["public_id"])
    assert there["amina@example.org"] == ["resaka.sqlite3"]  # it searches, and finds who is still there
    assert there[erased["public_id"]] == ["resaka.sqlite3"]  # the number stays


def test_of_who_is_there_the_words_are_sealed_and_the_rest_is_found(tmp_path: Path) -> None:
    """The other half of the proof: before the erasure the search finds what is stored readable, and no word of a message."""
    folder = tmp_path / "data"
    folder.mkdir()
    process(folder, "fill")
    found = process(folder, "search", *SAID, CIVIL, WORDS_TO_TEAM, ADDRESS, BIO, *NAMES)
    assert [found[word] for word in (*SAID, CIVIL, WORDS_TO_TEAM)] == [[]] * (len(SAID) + 2)
    assert [found[word] for word in (ADDRESS, BIO, *NAMES)] == [["resaka.sqlite3"]] * 5
