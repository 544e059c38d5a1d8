"""A house is copied, loses what it had, and comes back: nobody who was erased does, and nobody is let in before that is shown.

The embedded shape; `test_drill_server.py` does the same with MariaDB. Fifty people each say one text, live at one address and were born on
one day (superapp.tests.drill); these are searched for in every file.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.backups.cipher import make_identity
from core.backups.places import KEYS, MAIN, stamp_of
from superapp.tests.drill import address_of, birth_date_of, text_of
from superapp.tests.house import ROOT, House

PEOPLE = 50
GONE, HELD = 10, 20  # the first ten ask to be erased; number 20 is held, and asks too
HOST = "127.0.0.1"


@dataclass
class Site:
    """A data folder, two places for backups, an identity that is kept elsewhere, and the house on them."""

    folder: Path
    variables: dict[str, str]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def identity(self) -> Path:
        return self.folder / "identity"

    def house(self) -> House:
        return House(self.data, module="superapp.tests.drill", **self.variables)

    def manage(self, *words: object, ok: bool = True, **options: Any) -> str:
        """What a command says; `ok`: whether it is to end well."""
        done = self.house().manage(*map(str, words), **options)
        assert (done.returncode == 0) == ok, (words, done.returncode, done.stdout[-2000:], done.stderr[-3000:])
        return (done.stdout if ok else done.stderr).strip()

    def backups(self, kind: str) -> list[Path]:
        found = (self.folder / kind).glob(f"{kind}-*")
        return sorted(path for path in found if stamp_of(path, kind))

    def back_up(self) -> Path:
        self.manage("backup_keys")
        self.manage("backup")
        return self.backups(MAIN)[-1]

    def restore(self, backup: Path, *words: str, ok: bool = True) -> str:
        return self.manage("restore", backup, "--identity", self.identity, *words, ok=ok)

    def files_with(self, needles: Iterable[str], *, below: str = "") -> dict[str, set[str]]:
        """For each text that is found anywhere: the names of the files that hold it. Letters that were sent are not ours any more."""
        wanted = [needle.encode() for needle in needles]
        found: dict[str, set[str]] = {}
        for path in (self.folder / below).rglob("*"):
            if path.is_file() and "mail" not in path.parts:
                content = path.read_bytes()
                for needle in wanted:
                    if needle in content:
                        found.setdefault(needle.decode(), set()).add(path.name)
        return found


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a house in which nobody lives yet: to make its tables takes longer than what a test does with them."""
    folder = tmp_path_factory.mktemp("tables")
    (folder / "data").mkdir()
    with Site(folder, {}).house():
        pass
    return folder / "data"


@pytest.fixture
def site(tmp_path: Path, tables: Path) -> Site:
    shutil.copytree(tables, tmp_path / "data")
    variables = {
        "RESAKA_BACKUP_DIR": str(tmp_path / MAIN),
        "RESAKA_KEYS_BACKUP_DIR": str(tmp_path / KEYS),
        "RESAKA_BACKUP_RECIPIENTS": make_identity(tmp_path / "identity"),
    }
    return Site(tmp_path, variables)


TEXTS, ADDRESSES, DATES = ([word(number) for number in range(PEOPLE)] for word in (text_of, address_of, birth_date_of))


def test_fifty_canaries_are_found_where_the_design_says_and_the_erased_ones_nowhere(site: Site) -> None:
    with site.house() as house:
        people = house.do("people", str(PEOPLE))
        assert {tuple(found.values()) for found in house.do("texts").values()} >= {(1, 1)}
        assert site.files_with(TEXTS + DATES) == {}
        found = site.files_with(ADDRESSES)
        assert set(found) == set(ADDRESSES)
        assert set().union(*found.values()) <= {"resaka.sqlite3", "resaka.sqlite3-wal"}

    old = site.back_up()
    assert site.files_with(TEXTS + DATES + ADDRESSES, below=MAIN) == site.files_with(TEXTS + DATES + ADDRESSES, below=KEYS) == {}

    with site.house() as house:
        states = [house.do("erase", str(pk)) for pk in people[:GONE]]
        house.do("hold", str(people[HELD]))
        assert house.do("erase", str(people[HELD])) == "WAITING"
        assert states == ["DONE"] * GONE
        assert house.do("scrub") == {"default": True, "keys": True}
        assert site.files_with(TEXTS + DATES + ADDRESSES[:GONE]) == {}
        assert set(site.files_with(ADDRESSES)) == set(ADDRESSES[GONE:])
        before = house.do("state")

    # ---- the machine burns: the old copy comes back beside the key store as it is
    assert "there is a house here already" in site.restore(old, ok=False)
    assert "is not the name of this house" in site.restore(old, "--force", "--house", "resaka.example", ok=False)
    told = site.restore(old, "--force", "--house", HOST)
    assert "replay_tombstones" in told
    assert set(site.files_with(ADDRESSES[:GONE])) == set(ADDRESSES[:GONE])  # so long as nothing is done again they are back
    assert site.files_with(TEXTS + DATES) == {}
    assert old.name in refused_start(site)
    assert "run manage.py replay_tombstones first" in site.manage("verify_restore", ok=False)
    assert "is being put back here" in site.manage("backup", ok=False)

    told = site.manage("replay_tombstones")
    assert f"1 holds brought back; 0 keys, {GONE} people" in told
    assert old.name in refused_start(site)
    assert f"{GONE} erased people tried: nothing opens. 20 living people tried: 20 texts open" in site.manage("verify_restore")

    with site.house() as house:
        house.do("scrub")
        assert site.files_with(TEXTS + DATES + ADDRESSES[:GONE], below="data") == {}
        after, texts = house.do("state"), house.do("texts")
    assert (after["pending"], after["restored"], after["chain"]) == (None, [old.name], True)
    assert (after["addresses"], after["keys"], after["held"]) == (before["addresses"], before["keys"], [people[HELD]])
    assert after["photo"] == 256 * 400
    assert [texts[str(pk)]["opened"] for pk in people] == [0] * GONE + [1] * (PEOPLE - GONE)
    assert after["records"] > before["records"]
    assert "hold" in site.manage("verify_deletions")


def test_an_old_key_store_brings_nobody_back(site: Site) -> None:
    with site.house() as house:
        people = house.do("people", "6")
    site.manage("backup_keys")
    with site.house() as house:
        late = house.do("newcomer", "6")
    site.manage("backup")
    (old,), (keys,) = site.backups(MAIN), site.backups(KEYS)
    with site.house() as house:
        assert [house.do("erase", str(pk)) for pk in people[:2]] == ["DONE", "DONE"]
    for name in site.data.glob("keys.sqlite3*"):
        name.unlink()
    site.restore(keys)
    site.restore(old, "--force", "--house", HOST)
    with site.house() as house:
        assert [house.do("texts")[str(pk)]["opened"] for pk in people] == [1] * 6  # the old keys open the old words
    assert "2 keys, 2 people" in site.manage("replay_tombstones")
    told = site.manage("verify_restore")
    assert "2 erased people tried: nothing opens. 4 living people tried: 4 texts open. 1 came after the copy" in told
    with site.house() as house:
        assert house.do("texts")[str(late)] == {"stored": 1, "opened": 0}
        assert [house.do("texts")[str(pk)]["opened"] for pk in people] == [0, 0, 1, 1, 1, 1]
        assert house.do("state")["chain"]


def test_a_house_comes_to_a_new_machine(site: Site) -> None:
    """Of the old one there is the KEK, the folder of tombstones, and what lay elsewhere."""
    with site.house() as house:
        people = house.do("people", "3")
    old = site.back_up()
    with site.house() as house:
        house.do("erase", str(people[0]))
    (keys,) = site.backups(KEYS)
    burnt = site.data.rename(site.folder / "burnt")
    site.data.mkdir()
    for name in ("kek.key", "secret.key", "tombstones"):
        (burnt / name).rename(site.data / name)
    site.restore(keys)
    site.restore(old)
    assert "1 people" in site.manage("replay_tombstones")
    assert "1 erased people tried: nothing opens. 2 living people tried: 2 texts open" in site.manage("verify_restore")
    with site.house() as house:
        assert house.do("state")["photo"] == 256 * 400


def test_a_replay_that_is_killed_begins_again(site: Site) -> None:
    with site.house() as house:
        people = house.do("people", "4")
    old = site.back_up()
    with site.house() as house:
        house.do("erase", str(people[0]))
    site.restore(old, "--force", "--house", HOST)
    running = site.house().run("manage", "replay_tombstones")
    time.sleep(1.2)  # Django has started; wherever it is now
    running.kill()
    running.communicate(timeout=30)
    site.manage("replay_tombstones")
    assert "1 erased people tried: nothing opens. 3 living people tried: 3 texts open" in site.manage("verify_restore")


def test_a_forged_tombstone_stops_the_replay(site: Site) -> None:
    """Whoever can write to the files, but has no keys, destroys nobody by it."""
    with site.house() as house:
        house.do("people", "3")
    old = site.back_up()
    site.restore(old, "--force", "--house", HOST)
    folder = site.data / "tombstones"
    folder.mkdir(exist_ok=True)
    line = {"journal": "keys", "ref": "1:0000000000000000", "at": "2027-01-01T00:00:00.000000Z", "body": "{}", "mac": "0" * 64}
    (folder / "tombstones-2026-11-26.jsonl").write_text(json.dumps(line) + "\n")
    assert "a tombstone is not ours" in site.manage("replay_tombstones", ok=False)
    assert "run manage.py replay_tombstones first" in site.manage("verify_restore", ok=False)


def test_a_house_in_which_the_living_cannot_be_read_stays_shut(site: Site) -> None:
    with site.house() as house:
        house.do("people", "3")
    old = site.back_up()
    site.restore(old, "--force", "--house", HOST)
    for name in site.data.glob("keys.sqlite3*"):  # the key store is lost, and nobody put a copy back
        name.unlink()
    site.manage("migrate", "--database", "keys")
    for path in (site.data / "tombstones").glob("*"):
        path.unlink()
    site.manage("replay_tombstones")
    assert "the house stays shut. 3 of what was tried" in site.manage("verify_restore", ok=False)
    assert old.name in refused_start(site)


def test_a_running_house_is_never_overwritten(site: Site) -> None:
    with site.house() as house:
        house.do("people", "1")
    old = site.back_up()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(site.data)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        assert "already serves" in site.restore(old, "--force", "--house", HOST, ok=False)
    finally:
        holder.communicate(timeout=10)


_HOLD = (
    "import sys; from pathlib import Path; from superapp.oneprocess import claim_folder\n"
    "claim_folder(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
)


# ---- Bad days -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(site: Site) -> Site:
    """A house with three people and media that take a while."""
    with site.house() as house:
        house.do("people", "3")
    (site.data / "media" / "large").write_bytes(b"".join(bytes([byte]) * 97 for byte in range(256)) * 2000)
    return site


def test_a_killed_backup_does_not_count_and_the_next_clears_it_away(small: Site) -> None:
    for _time in range(3):
        running = small.house().run("manage", "backup")
        limit = time.monotonic() + 30
        while not list((small.folder / MAIN).glob(".partial-*")) and time.monotonic() < limit:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        running.communicate(timeout=30)
        assert small.backups(MAIN) == []
    backup = small.back_up()
    assert [path.name for path in (small.folder / MAIN).iterdir() if path.name != ".lock"] == [backup.name]
    assert list(small.data.glob(".scratch-*")) == []


def test_a_full_disk_leaves_the_earlier_backup_and_nothing_else(small: Site) -> None:
    first = small.back_up()
    (small.data / "media" / "noise").write_bytes(os.urandom(24_000_000))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000_000, 12_000_000))

    assert "no backup was made" in small.manage("backup", ok=False, preexec_fn=limit)
    assert small.backups(MAIN) == [first]
    assert [path.name for path in (small.folder / MAIN).iterdir() if path.name != ".lock"] == [first.name]
    assert list(small.data.glob(".scratch-*")) == []
    second = small.back_up()
    assert small.backups(MAIN) == [first, second]


def test_what_is_damaged_foreign_or_of_a_newer_release_is_refused_and_touches_nothing(small: Site) -> None:
    backup = small.back_up()
    before = (small.data / "resaka.sqlite3").stat().st_ino
    force = ("--force", "--house", HOST)
    stranger = small.folder / "stranger"
    make_identity(stranger)
    assert "does not open the backup" in small.manage("restore", backup, "--identity", stranger, *force, ok=False)
    assert "holds no identity" in small.manage("restore", backup, "--identity", small.folder / "none", *force, ok=False)

    cut = shutil.copytree(backup, small.folder / "cut" / backup.name)
    part = cut / "media.tar.zst.age"
    part.write_bytes(part.read_bytes()[:-100])
    assert "is not what it was when the backup was made" in small.restore(cut, *force, ok=False)

    assert "is no backup" in small.restore(small.folder / "data", *force, ok=False)
    tell(small, "INSERT INTO django_migrations (app, name, applied) VALUES ('chat', '9999_future', '2027-01-01')")
    newer = small.back_up()
    tell(small, "DELETE FROM django_migrations WHERE name = '9999_future'")
    assert "made by a newer release, whose tables this one does not know: chat.9999_future" in small.restore(newer, *force, ok=False)

    other = Site(small.folder / "other", small.variables)
    other.data.mkdir(parents=True)
    assert "made under a KEK that the settings do not name" in other.manage("restore", backup, "--identity", small.identity, ok=False)
    assert not (small.data / "RESTORE_PENDING").exists()
    assert (small.data / "resaka.sqlite3").stat().st_ino == before


_CHECK = """
from datetime import timedelta
from pathlib import Path
from core.backups.errors import BackupError
from core.backups.manifest import read_manifest
from core.backups.restoring import check_backup
folder = Path("{folder}")
for days, force in ((14, False), (15, False), (15, True)):
    try:
        print(days, force, check_backup(folder, force=force, now=read_manifest(folder).made_at + timedelta(days=days)).kind)
    except BackupError as error:
        print(days, force, error)
"""


def test_a_copy_of_the_key_store_that_should_be_gone_is_refused(small: Site) -> None:
    small.back_up()
    (keys,) = small.backups(KEYS)
    young, old, forced = small.manage("shell", "-v", "0", "-c", _CHECK.format(folder=keys)).splitlines()
    assert (young, forced) == ("14 False keys", "15 True keys")
    assert "15 days should be gone" in old


def test_without_a_place_or_a_recipient_nothing_is_written(site: Site) -> None:
    with site.house():
        pass
    for name, words in (("RESAKA_BACKUP_DIR", "names no folder"), ("RESAKA_BACKUP_RECIPIENTS", "backup_identity")):
        bare = Site(site.folder, {key: value for key, value in site.variables.items() if key != name})
        assert words in bare.manage("backup", "--skip-checks", ok=False)
    assert site.backups(MAIN) == []


def test_the_two_scripts_do_all_of_it(site: Site) -> None:
    with site.house() as house:
        people = house.do("people", "3")
    run: Any = {"cwd": ROOT, "env": site.house()._env, "check": True, "timeout": 300, "capture_output": True, "text": True}
    subprocess.run(["bin/backup"], **run)
    with site.house() as house:
        house.do("erase", str(people[0]))
    done = subprocess.run(["bin/restore", site.backups(MAIN)[0], "--identity", site.identity, "--force", "--house", HOST], **run)
    assert "1 erased people tried: nothing opens. 2 living people tried: 2 texts open" in done.stdout
    told = subprocess.run(["bin/restore"], **{**run, "check": False})
    assert (told.returncode, "bin/restore MAIN-BACKUP" in told.stderr) == (2, True)


def tell(site: Site, statement: str) -> None:
    with closing(sqlite3.connect(site.data / "resaka.sqlite3")) as database, database:
        database.execute(statement)


def refused_start(site: Site) -> str:
    """What the web process says when it refuses to start."""
    done = subprocess.run(
        [sys.executable, "-m", "superapp.serve"],
        cwd=ROOT,
        env=site.house()._env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    return done.stderr
