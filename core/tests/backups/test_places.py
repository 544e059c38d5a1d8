"""Where backups lie: what is whole counts, what is half does not, and what is too old goes."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.backups.cipher import Part, make_identity
from core.backups.errors import BackupError, Damaged, NotConfigured
from core.backups.manifest import FILE, Manifest, check_parts, read_manifest, write_manifest
from core.backups.places import (
    BINLOG,
    KEYS,
    MAIN,
    being_made,
    claimed,
    new_name,
    place_for,
    rotate,
    scratch,
    stamp_of,
)
from core.checks import check_backups

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def places(settings: Any, tmp_path: Path) -> Any:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    settings.BACKUP_DIR, settings.KEYS_BACKUP_DIR = tmp_path / "main", tmp_path / "keys"
    return settings


def make(kind: str, *, days: float = 0) -> str:
    place, name = place_for(kind), new_name(kind, NOON - days * DAY)
    with claimed(place), being_made(place, name) as folder:
        (folder / FILE).write_text("{}")
        (folder / BINLOG).mkdir()
    return name


def names(kind: str) -> list[str]:
    return [path.name for path in place_for(kind).list_backups()]


# ---- Places -------------------------------------------------------------------------------------------------------------------


def test_nothing_is_guessed(places: Any) -> None:
    places.BACKUP_DIR = None
    with pytest.raises(NotConfigured, match="RESAKA_BACKUP_DIR names no folder"):
        place_for(MAIN)
    assert place_for(KEYS).folder == places.KEYS_BACKUP_DIR


@pytest.mark.parametrize(
    ("main", "keys"),
    [("b", "b"), ("b", "b/keys"), ("b/main", "b"), ("data", "k"), ("data/backups", "k"), (".", "k"), ("b", "data/keys")],
)
def test_the_two_lie_apart_from_each_other_and_from_the_data(places: Any, tmp_path: Path, main: str, keys: str) -> None:
    places.BACKUP_DIR, places.KEYS_BACKUP_DIR = tmp_path / main, tmp_path / keys
    with pytest.raises(NotConfigured, match="must lie apart"):
        [place_for(kind) for kind in (MAIN, KEYS)]


def test_what_would_fail_at_night_fails_at_the_start(places: Any, tmp_path: Path) -> None:
    places.BACKUP_RECIPIENTS = []
    assert [(found.id, found.msg.split(" ")[0]) for found in check_backups()] == [("core.E002", "RESAKA_BACKUP_RECIPIENTS")]
    places.BACKUP_RECIPIENTS = [make_identity(tmp_path / "identity")]
    assert check_backups() == []
    places.KEYS_BACKUP_DIR = places.BACKUP_DIR / "keys"
    assert [found.id for found in check_backups()] == ["core.E002"]
    places.BACKUP_DIR = places.KEYS_BACKUP_DIR = None
    places.BACKUP_RECIPIENTS = []
    assert check_backups() == []


def test_a_backup_is_one_when_it_is_whole(places: Any) -> None:
    name = make(MAIN)
    assert names(MAIN) == [name]
    assert stamp_of(place_for(MAIN).folder / name, MAIN) == NOON
    assert stamp_of(place_for(MAIN).folder / name, KEYS) is None
    assert oct(place_for(MAIN).folder.stat().st_mode & 0o777) == "0o700"
    assert list(places.DATA_DIR.iterdir()) == []


def test_one_that_fails_leaves_nothing() -> None:
    place = place_for(MAIN)

    def fail() -> None:
        with claimed(place), being_made(place, new_name(MAIN, NOON)) as folder:
            (folder / "part").write_text("x")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fail()
    assert [path.name for path in place.folder.iterdir()] == [".lock"]


def test_what_a_killed_process_left_never_counts_and_goes_with_the_next(places: Any) -> None:
    place = place_for(MAIN)
    half = place.folder / f".partial-{new_name(MAIN, NOON)}"
    half.mkdir(parents=True)
    (half / FILE).write_text("{}")
    beside, other = places.DATA_DIR / ".scratch-main-12345678", places.DATA_DIR / ".scratch-keys-12345678"
    beside.mkdir()
    other.mkdir()
    assert names(MAIN) == []
    name = make(MAIN)
    assert names(MAIN) == [name]
    assert (half.exists(), beside.exists(), other.exists()) == (False, False, True)


def test_a_second_one_at_the_same_time_is_refused() -> None:
    with claimed(place_for(MAIN)):
        with pytest.raises(BackupError, match="another backup is being made"), claimed(place_for(MAIN)):
            pass
        assert make(KEYS) in names(KEYS)
    assert make(MAIN) in names(MAIN)


def test_what_is_not_encrypted_yet_is_private_and_goes(places: Any) -> None:
    with scratch(MAIN) as folder:
        assert folder.parent == places.DATA_DIR
        assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert not folder.exists()


# ---- Age ----------------------------------------------------------------------------------------------------------------------


def test_main_backups_live_thirty_days_and_the_last_one_as_long_as_it_must(places: Any) -> None:
    old, edge, fresh = make(MAIN, days=30.01), make(MAIN, days=30), make(MAIN, days=1)
    assert rotate(place_for(MAIN), now=NOON) == [old]
    assert names(MAIN) == [edge, fresh]
    assert rotate(place_for(MAIN), now=NOON + 100 * DAY) == [edge]
    assert names(MAIN) == [fresh]


def test_copies_of_the_key_store_live_fourteen_days_also_the_last_one() -> None:
    old, edge = make(KEYS, days=14.01), make(KEYS, days=14)
    assert rotate(place_for(KEYS), now=NOON) == [old]
    assert rotate(place_for(KEYS), now=NOON + DAY) == [edge]
    assert names(KEYS) == []


def test_binary_logs_live_seven_days() -> None:
    old, fresh = make(MAIN, days=7.5), make(MAIN, days=1)
    rotate(place_for(MAIN), now=NOON)
    folder = place_for(MAIN).folder
    assert ((folder / old / BINLOG).exists(), (folder / fresh / BINLOG).exists()) == (False, True)
    assert names(MAIN) == [old, fresh]


def test_folders_of_others_are_let_alone() -> None:
    make(MAIN, days=40)
    stranger = place_for(MAIN).folder / "main-20200101"
    stranger.mkdir()
    rotate(place_for(MAIN), now=NOON)
    assert stranger.is_dir()


# ---- Manifest -----------------------------------------------------------------------------------------------------------------


def manifest(*parts: Part) -> Manifest:
    return Manifest(new_name(MAIN, NOON), MAIN, "sqlite", NOON, ("core.0001_initial",), parts)


def part(folder: Path, name: str = "part") -> Part:
    (folder / name).write_bytes(b"abc")
    return Part(name, "sqlite", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3, "0" * 64)


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    said = replace(manifest(part(tmp_path)), start="binlog.000007")
    write_manifest(tmp_path, said)
    assert read_manifest(tmp_path) == said
    check_parts(tmp_path, said)
    assert said.part("sqlite") == said.parts[0]
    assert said.part("tar") is None
    assert oct((tmp_path / FILE).stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize(
    ("before", "after"), [('"main-', '"keys-'), ('"plain_bytes": 3', '"plain_bytes": 4'), ('"format": 1', '"format": 2')]
)
def test_a_changed_manifest_is_refused(tmp_path: Path, before: str, after: str) -> None:
    write_manifest(tmp_path, manifest(part(tmp_path)))
    text = (tmp_path / FILE).read_text("ascii")
    assert before in text
    (tmp_path / FILE).write_text(text.replace(before, after), "ascii")
    with pytest.raises(Damaged, match="was changed"):
        read_manifest(tmp_path)


def test_a_manifest_of_another_house_is_refused(tmp_path: Path, settings: Any) -> None:
    write_manifest(tmp_path, manifest(part(tmp_path)))
    settings.RESAKA_KEK, settings.RESAKA_KEK_OLD = "99" * 32, [settings.RESAKA_KEK]
    assert read_manifest(tmp_path).kind == MAIN
    settings.RESAKA_KEK_OLD = []
    with pytest.raises(Damaged, match="made under a KEK that the settings do not name"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sig": 1}'])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Damaged, match="is no backup"):
        read_manifest(tmp_path)
    (tmp_path / FILE).write_text(text)
    with pytest.raises(Damaged):
        read_manifest(tmp_path)


def test_parts_that_are_gone_cut_or_changed_are_found(tmp_path: Path) -> None:
    said = manifest(part(tmp_path))
    (tmp_path / "part").write_bytes(b"abd")
    with pytest.raises(Damaged, match="3 of 3 bytes"):
        check_parts(tmp_path, said)
    (tmp_path / "part").write_bytes(b"ab")
    with pytest.raises(Damaged, match="2 of 3 bytes"):
        check_parts(tmp_path, said)
    os.unlink(tmp_path / "part")
    with pytest.raises(Damaged, match="cannot be read"):
        check_parts(tmp_path, said)


@pytest.mark.parametrize("name", ["../part", "/etc/passwd", "a/b"])
def test_a_part_lies_in_its_backup(tmp_path: Path, name: str) -> None:
    with pytest.raises(Damaged, match="is not the name of a part"):
        check_parts(tmp_path, manifest(Part(name, "sqlite", 3, "0" * 64, 3, "0" * 64)))
