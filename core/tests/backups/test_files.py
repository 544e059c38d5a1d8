"""The folder of media as a stream: every file, nothing but files, and nothing outside of the folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from core.backups.cipher import Pump
from core.backups.errors import Damaged
from core.backups.files import pack, unpack


def tar_of(**entries: tarfile.TarInfo) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for told in entries.values():
            tar.addfile(told, io.BytesIO(b"x" * told.size))
    out.seek(0)
    return out


def test_every_file_comes_back(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "a" / "b").mkdir(parents=True)
    there.mkdir()
    (here / "a" / "b" / "é.webp").write_bytes(bytes(range(256)) * 500)
    (here / "empty").write_bytes(b"")
    with Pump(lambda out: pack(here, out)) as stream:
        assert unpack(stream, there) == 2
    assert (there / "a" / "b" / "é.webp").read_bytes() == bytes(range(256)) * 500
    assert (there / "empty").read_bytes() == b""


def test_a_folder_without_files_is_a_stream_too(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    with Pump(lambda out: pack(tmp_path / "here", out)) as stream:
        assert unpack(stream, tmp_path) == 0


def test_a_file_that_goes_meanwhile_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")  # listed, and not there when it is opened
    (tmp_path / "here").write_bytes(b"1")
    out = io.BytesIO()
    pack(tmp_path, out)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        assert tar.getnames() == ["here"]


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    told = tarfile.TarInfo(name)
    told.size = 3
    folder = tmp_path / "in"
    folder.mkdir()
    with pytest.raises(Damaged):
        unpack(tar_of(one=told), folder)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_nothing_but_files_is_taken(tmp_path: Path, kind: bytes) -> None:
    told = tarfile.TarInfo("link")
    told.type, told.linkname = kind, "/etc/passwd"
    with pytest.raises(Damaged, match="is no file"):
        unpack(tar_of(one=told), tmp_path)


def test_a_stream_that_is_no_tar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="cannot be read"):
        unpack(io.BytesIO(b"no tar at all" * 1000), tmp_path)
