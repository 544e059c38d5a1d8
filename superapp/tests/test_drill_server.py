"""The drill of the server shape: MariaDB copied with mariadb-backup while people write, its binary log every minute, and all of it put
back on an empty folder; then what was destroyed since is destroyed again (superapp.tests.test_drill)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.backups.cipher import make_identity
from core.backups.manifest import read_manifest
from core.backups.places import BINLOG, KEYS, MAIN
from superapp.tests.drill import address_of, birth_date_of, text_of
from superapp.tests.servers import MariaDB
from superapp.tests.test_drill import Site, refused_start

pytestmark = pytest.mark.servers
PEOPLE = 50


@contextmanager
def started(folder: Path) -> Iterator[tuple[MariaDB, MariaDB]]:
    """The main database with its binary log, and the key store on a server of its own."""
    options: dict[str, Any] = {"innodb_file_per_table": "ON", "binlog_row_image": "MINIMAL"}
    with MariaDB(folder / "db", fast=True, log_bin=True, **options) as main, MariaDB(folder / "kdb", fast=True, server_id=2) as keys:
        yield main, keys


def addresses(main: MariaDB, keys: MariaDB) -> dict[str, str]:
    return {"RESAKA_DATABASE_URL": main.url(), "RESAKA_KEYS_DATABASE_URL": keys.url("resaka_keys")}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folders of a house in which nobody lives yet: to make its tables takes longer than what a test does with them."""
    folder = tmp_path_factory.mktemp("tables")
    (folder / "data").mkdir()
    with started(folder) as pair, Site(folder, addresses(*pair)).house():
        pass
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def servers(tmp_path: Path, tables: Path) -> Iterator[tuple[MariaDB, MariaDB]]:
    for name in ("db/data", "kdb/data"):
        shutil.copytree(tables / name, tmp_path / name)
    with started(tmp_path) as pair:
        yield pair


@pytest.fixture
def site(tmp_path: Path, tables: Path, servers: tuple[MariaDB, MariaDB]) -> Site:
    main, _keys = servers
    shutil.copytree(tables / "data", tmp_path / "data")
    variables = {
        **addresses(*servers),
        "RESAKA_BACKUP_DIR": str(tmp_path / MAIN),
        "RESAKA_KEYS_BACKUP_DIR": str(tmp_path / KEYS),
        "RESAKA_BACKUP_RECIPIENTS": make_identity(tmp_path / "identity"),
        "RESAKA_BACKUP_DATABASE_URL": f"mysql://root@/resaka?unix_socket={main.socket}",
    }
    return Site(tmp_path, variables)


def test_the_machine_burns_between_two_minutes(site: Site, servers: tuple[MariaDB, MariaDB], settings: Any) -> None:
    main, _keys = servers
    texts, dates = [text_of(number) for number in range(PEOPLE)], [birth_date_of(number) for number in range(PEOPLE)]
    with site.house() as house:
        people = house.do("people", str(PEOPLE))
    assert site.files_with(texts + dates) == {}  # tables, journals, binary log: sealed before they heard of it
    assert len(site.files_with([address_of(number) for number in range(PEOPLE)], below="db")) == PEOPLE

    backup = site.back_up()
    settings.RESAKA_KEK = (site.data / "kek.key").read_text("ascii")
    assert read_manifest(backup).start.startswith("binlog.")
    with site.house() as house:
        house.do("say", str(people[5]), "après la copie")
        assert house.do("erase", str(people[0])) == "DONE"
    assert "binlog." in site.manage("backup", "--log")
    assert site.manage("backup", "--log") == "nothing ended since"
    main.execute("FLUSH BINARY LOGS")  # as MariaDB itself does; what it ends is empty
    assert re.fullmatch(r"binlog\.\d{6}", site.manage("backup", "--log"))
    assert site.manage("backup", "--log") == "nothing ended since"
    with site.house() as house:  # nobody copied this any more
        assert house.do("erase", str(people[1])) == "DONE"
        house.do("hold", str(people[2]))
        state = house.do("state")

    main.stop()
    main.data.rename(site.folder / "burnt")
    main.data.mkdir(mode=0o700)
    told = site.restore(backup, "--datadir", str(main.data))
    assert f"Start MariaDB on {main.data}" in told
    main.start()
    assert "is not in place yet" in site.manage("replay_tombstones", ok=False)
    assert "binary logs done again" in site.restore(backup, "--continue")
    assert backup.name in refused_start(site)
    with site.house() as house:
        found = house.do("texts")
        assert found[str(people[5])] == {"stored": 2, "opened": 2}  # what was written a minute before
        assert address_of(1) in house.do("state")["addresses"]
        assert address_of(0) not in house.do("state")["addresses"]  # the log has erased him again

    assert "1 holds brought back; 0 keys, 1 people" in site.manage("replay_tombstones")
    assert "2 erased people tried: nothing opens. 20 living people tried" in site.manage("verify_restore")
    with site.house() as house:
        after = house.do("state")
    assert (after["addresses"], after["held"], after["chain"], after["pending"]) == (state["addresses"], [people[2]], True, None)
    assert after["photo"] == 256 * 400
    assert site.files_with(texts + dates) == {}


def test_a_lost_key_store_comes_back_without_those_who_were_erased(site: Site, servers: tuple[MariaDB, MariaDB]) -> None:
    _main, keys = servers
    with site.house() as house:
        people = house.do("people", "4")
    site.back_up()
    (copy,) = site.backups(KEYS)
    with site.house() as house:
        assert house.do("erase", str(people[0])) == "DONE"
    assert "there is a house here already" in site.restore(copy, ok=False)
    keys.execute("DROP DATABASE resaka_keys")
    keys.execute("CREATE DATABASE resaka_keys CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    assert "The key store is back" in site.restore(copy)
    assert copy.name in refused_start(site)
    assert "1 keys" in site.manage("replay_tombstones")
    assert "1 erased people tried: nothing opens. 3 living people tried: 3 texts open" in site.manage("verify_restore")


def test_a_key_store_on_the_same_server_is_refused(site: Site, servers: tuple[MariaDB, MariaDB]) -> None:
    main, _keys = servers
    close = Site(site.folder, {**site.variables, "RESAKA_KEYS_DATABASE_URL": main.url("resaka_keys")})
    with close.house():
        pass
    assert "the key store lies on the server of the main database" in close.manage("backup", ok=False)
    assert close.backups(MAIN) == []


def test_a_gap_in_the_log_and_a_folder_in_use_are_refused(site: Site, servers: tuple[MariaDB, MariaDB]) -> None:
    main, _keys = servers
    with site.house() as house:
        people = house.do("people", "2")
    backup = site.back_up()
    for word in ("un", "deux", "trois"):
        with site.house() as house:
            house.do("say", str(people[0]), word)
        site.manage("backup", "--log")
    logs = sorted((backup / BINLOG).glob("*.json"))
    assert len(logs) >= 3
    assert "must be an empty folder" in site.restore(backup, "--datadir", str(main.data), ok=False)
    assert not (site.data / "RESTORE_PENDING").exists()
    shutil.move(logs[1], site.folder / "lost.json")
    main.stop()
    main.data.rename(site.folder / "burnt")
    main.data.mkdir(mode=0o700)
    site.restore(backup, "--datadir", str(main.data))
    main.start()
    assert "is missing: without it" in site.restore(backup, "--continue", ok=False)
    shutil.move(site.folder / "lost.json", logs[1])
    site.restore(backup, "--continue")
    with site.house() as house:
        assert house.do("texts")[str(people[0])] == {"stored": 4, "opened": 4}


def test_an_account_that_may_not_copy_is_told_so(site: Site, servers: tuple[MariaDB, MariaDB]) -> None:
    main, _keys = servers
    with site.house():
        pass
    poor = Site(site.folder, {**site.variables, "RESAKA_BACKUP_DATABASE_URL": main.url()})
    said = poor.manage("backup", ok=False)
    assert "mariadb-backup failed" in said
    assert "resaka:resaka" not in said
    assert poor.backups(MAIN) == []
    bare = Site(site.folder, {name: value for name, value in site.variables.items() if name != "RESAKA_BACKUP_DATABASE_URL"})
    assert "RESAKA_BACKUP_DATABASE_URL names no account" in bare.manage("backup", ok=False)
