"""Parts of a backup: what goes in comes out, and nothing else ever does."""

from __future__ import annotations

import errno
import hashlib
import io
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO

import pyrage
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyrage.x25519 import Identity

from core.backups.cipher import Part, Pump, digest_of, make_identity, read_identities, read_part, read_recipients, write_part
from core.backups.errors import Damaged, NotConfigured, WrongIdentity

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OURS = Identity.generate()
PLAIN = b"ligne r\xc3\xa9p\xc3\xa9t\xc3\xa9e " * 40_000 + random.Random(7).randbytes(200_000)


def write(folder: Path, plain: bytes = PLAIN) -> Part:
    return write_part(io.BytesIO(plain), folder / "part.zst.age", content="sqlite", recipients=[OURS.to_public()])


def read(folder: Path, part: Part, identity: Identity = OURS) -> bytes:
    out = io.BytesIO()
    read_part(folder / part.name, part, identities=[identity], sink=out)
    return out.getvalue()


@pytest.mark.parametrize("plain", [b"", b"x", PLAIN, bytes(5 * 1024 * 1024)], ids=["nothing", "a byte", "mixed", "zeros"])
def test_round_trip_and_what_the_part_says_of_itself(tmp_path: Path, plain: bytes) -> None:
    part = write(tmp_path, plain)
    assert read(tmp_path, part) == plain
    assert (part.plain_bytes, part.plain_sha256) == (len(plain), hashlib.sha256(plain).hexdigest())
    assert digest_of(tmp_path / part.name) == (part.bytes, part.sha256)
    assert (tmp_path / part.name).stat().st_mode & 0o777 == 0o600


def test_it_is_compressed_and_says_nothing(tmp_path: Path) -> None:
    part = write(tmp_path)
    written = (tmp_path / part.name).read_bytes()
    assert written.startswith(b"age-encryption.org/v1\n")
    assert "répétée".encode() not in written
    assert part.bytes < len(PLAIN) / 3


def test_another_identity_does_not_open_it(tmp_path: Path) -> None:
    part = write(tmp_path)
    with pytest.raises(WrongIdentity):
        read(tmp_path, part, Identity.generate())


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_flipped_byte_anywhere_is_found(tmp_path: Path, place: float, flip: int) -> None:
    (tmp_path / "part.zst.age").unlink(missing_ok=True)
    part = write(tmp_path)
    blob = bytearray((tmp_path / part.name).read_bytes())
    blob[int(place * len(blob))] ^= flip
    (tmp_path / part.name).write_bytes(blob)
    with pytest.raises((Damaged, WrongIdentity)):
        read(tmp_path, part)


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True))
def test_a_stream_that_breaks_off_anywhere_is_found(tmp_path: Path, place: float) -> None:
    (tmp_path / "part.zst.age").unlink(missing_ok=True)
    part = write(tmp_path)
    blob = (tmp_path / part.name).read_bytes()
    (tmp_path / part.name).write_bytes(blob[: int(place * len(blob))])
    with pytest.raises(Damaged):
        read(tmp_path, part)


def test_a_part_that_holds_something_else_than_was_put_in_is_refused(tmp_path: Path) -> None:
    part = write(tmp_path)
    with pytest.raises(Damaged, match="does not hold"):
        read(tmp_path, replace(part, plain_sha256="0" * 64))
    with pytest.raises(Damaged, match="more comes out"):
        read(tmp_path, replace(part, plain_bytes=100))


class Full:
    """A disk with room for so many bytes."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, data: bytes, /) -> int:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(data)


class Broken(io.RawIOBase):
    """A source that fails after a while."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1, /) -> bytes:
        self.given += 1
        if self.given > 2:
            raise OSError(errno.EIO, "Input/output error")
        return bytes(1000)


def test_errors_of_the_disk_keep_their_kind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Input/output error") as found:
        write_part(Broken(), tmp_path / "a", content="tar", recipients=[OURS.to_public()])
    assert found.value.errno == errno.EIO
    part = write(tmp_path)
    with pytest.raises(OSError, match="No space left") as full:
        read_part(tmp_path / part.name, part, identities=[OURS], sink=Full(300_000))
    assert full.value.errno == errno.ENOSPC


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(FileExistsError):
        write(tmp_path)


def test_an_identity_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "identity"
    public = make_identity(file)
    assert file.stat().st_mode & 0o777 == 0o600
    (identity,) = read_identities(file)
    assert str(identity.to_public()) == public
    assert read_recipients([public])
    with pytest.raises(FileExistsError):
        make_identity(file)


@pytest.mark.parametrize("text", ["", "# nothing\n", "age1qqqq", "AGE-SECRET-KEY-1QQ", "\xff\xfe"])
def test_a_file_without_an_identity_is_refused_in_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "identity"
    file.write_text(text, "latin-1")
    with pytest.raises(WrongIdentity, match="holds no identity of age"):
        read_identities(file)
    with pytest.raises(WrongIdentity, match="holds no identity of age"):
        read_identities(tmp_path / "absent")


def test_no_recipient_and_a_wrong_one_are_refused_in_words() -> None:
    with pytest.raises(NotConfigured, match="backup_identity"):
        read_recipients([])
    with pytest.raises(NotConfigured, match="expected public keys of age"):
        read_recipients(["age1zzz"])


def test_a_part_is_age_around_zstd_and_nothing_of_ours(tmp_path: Path) -> None:
    """So whoever has the identity opens it without us."""
    part = write(tmp_path)
    packed = io.BytesIO()
    with (tmp_path / part.name).open("rb") as source:
        pyrage.decrypt_io(source, packed, [OURS])
    assert zstd.decompress(packed.getvalue()) == PLAIN


# ---- What runs beside its reader ----------------------------------------------------------------------------------------------


def test_a_pump_hands_over_what_is_written() -> None:
    with Pump(lambda out: out.write(PLAIN)) as reader:
        assert reader.read() == PLAIN


def test_what_a_pump_could_not_write_is_told_at_the_end() -> None:
    def produce(out: IO[bytes]) -> None:
        out.write(b"half")
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"), Pump(produce) as reader:
        assert reader.read() == b"half"


def test_a_reader_that_gives_up_ends_the_pump_and_its_own_error_stays() -> None:
    with pytest.raises(ValueError, match="invalid literal"), Pump(lambda out: out.write(b"words" * 2_000_000)) as reader:
        int(reader.read(10))


def test_a_reader_that_stops_early_without_an_error_is_told() -> None:
    with pytest.raises(BrokenPipeError), Pump(lambda out: out.write(bytes(10_000_000))) as reader:
        reader.read(10)
