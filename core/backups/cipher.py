"""Streams through zstd and age, with their digests; nothing is ever held in memory whole.

age (https://age-encryption.org/v1) encrypts to a recipient, whose identity need not be on the machine that makes backups: whoever takes
the machine cannot read the backups it made. A truncated stream does not open.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import pyrage

from core.backups.errors import BackupError, Damaged, NotConfigured, WrongIdentity

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_CHUNK = 1024 * 1024
_LEVEL = 3
_PRIVATE = 0o600


class Reader(Protocol):
    """What is read until nothing comes."""

    def read(self, size: int = -1, /) -> bytes: ...


class Writer(Protocol):
    """What is written to."""

    def write(self, data: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup: `sha256` and `bytes` of the file, `plain_…` of what is in it. `content` says which program reads that."""

    name: str
    content: str
    bytes: int
    sha256: str
    plain_bytes: int
    plain_sha256: str


class _Digest:
    """Counts and hashes what passes."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def take(self, data: bytes) -> bytes:
        self._hash.update(data)
        self.count += len(data)
        return data

    @property
    def hex(self) -> str:
        return self._hash.hexdigest()


class _Compressed:
    """What is read from a source, compressed. The cipher asks for little at a time and tells errors without their kind, so ours is kept."""

    def __init__(self, source: Reader) -> None:
        self._source = source
        self._zstd = zstd.ZstdCompressor(level=_LEVEL)
        self._ready = bytearray()
        self._ended = False
        self.plain = _Digest()
        self.error: OSError | None = None

    def read(self, size: int = -1, /) -> bytes:
        try:
            while not self._ended and len(self._ready) < max(size, 1):
                self._fill()
        except OSError as error:
            self.error = error
            raise
        taken = bytes(self._ready[:size]) if size >= 0 else bytes(self._ready)
        del self._ready[: len(taken)]
        return taken

    def _fill(self) -> None:
        piece = self._source.read(_CHUNK)
        self._ended = not piece
        self._ready += self._zstd.compress(self.plain.take(piece)) if piece else self._zstd.flush()


class _File:
    """A new private file that is being written, with the digest of what it holds."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        self.digest = _Digest()
        self.error: OSError | None = None

    def write(self, data: bytes, /) -> int:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._handle, view) :]
        except OSError as error:
            self.error = error
            raise
        self.digest.take(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        try:
            os.fsync(self._handle)
        finally:
            os.close(self._handle)


class _Opened:
    """What the cipher gives, decompressed, counted, and handed on."""

    def __init__(self, sink: Writer, most: int) -> None:
        self._sink = sink
        self._most = most
        self._zstd = zstd.ZstdDecompressor()
        self.plain = _Digest()
        self.error: Exception | None = None

    def write(self, data: bytes, /) -> int:
        try:
            piece = self._zstd.decompress(bytes(data))
            if self.plain.count + len(piece) > self._most:
                raise Damaged("more comes out of a part than was put into it")
            self._sink.write(self.plain.take(piece))
        except (OSError, Damaged, zstd.ZstdError, EOFError) as error:
            self.error = error
            raise
        return len(data)

    def flush(self) -> None:
        """The sink belongs to whoever gave it."""


def read_recipients(words: list[str]) -> list[pyrage.x25519.Recipient]:
    """The recipients of the settings.

    Raises:
        NotConfigured: there is none, or one is not a public key of age.
    """
    if not words:
        raise NotConfigured("RESAKA_BACKUP_RECIPIENTS names nobody who could open a backup: make a key with manage.py backup_identity")
    try:
        return [pyrage.x25519.Recipient.from_str(word) for word in words]
    except pyrage.RecipientError as error:
        raise NotConfigured(f"RESAKA_BACKUP_RECIPIENTS: expected public keys of age (age1…): {error}") from error


def read_identities(file: Path) -> list[pyrage.x25519.Identity]:
    """The secret keys in a file as age-keygen writes it.

    Raises:
        WrongIdentity: there is none.
    """
    try:
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise WrongIdentity(f"{file} holds no identity of age (AGE-SECRET-KEY-1…): {error}") from error
    if not found:
        raise WrongIdentity(f"{file} holds no identity of age (AGE-SECRET-KEY-1…)")
    return found


def make_identity(file: Path) -> str:
    """Write a new secret key to a file that is not there yet, for its owner alone; the public key.

    Raises:
        FileExistsError.
    """
    identity = pyrage.x25519.Identity.generate()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w", encoding="ascii") as out:
        out.write(f"# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public())


def write_part(source: Reader, path: Path, *, content: str, recipients: list[pyrage.x25519.Recipient]) -> Part:
    """Compress and encrypt a stream into a new file, and wait until the disk has it.

    Raises:
        OSError: the source or the disk fails; what was written stays.
    """
    packed, out = _Compressed(source), _File(path)
    try:
        pyrage.encrypt_io(packed, out, recipients)
    except (pyrage.EncryptError, OSError) as error:
        raise packed.error or out.error or OSError(str(error)) from error
    finally:
        out.close()
    plain = packed.plain
    return Part(path.name, content, out.digest.count, out.digest.hex, plain.count, plain.hex)


def read_part(path: Path, part: Part, *, identities: list[pyrage.x25519.Identity], sink: Writer) -> None:
    """Decrypt and decompress a part into `sink`; when this returns, all of it was there and was what had been put in.

    Raises:
        WrongIdentity, Damaged; OSError: the sink fails.
    """
    opened = _Opened(sink, part.plain_bytes)
    try:
        with path.open("rb") as source:
            pyrage.decrypt_io(source, opened, identities)
    except (pyrage.DecryptError, OSError) as error:
        raise _why(error, opened.error, part) from error
    if (opened.plain.count, opened.plain.hex) != (part.plain_bytes, part.plain_sha256):
        raise Damaged(f"{part.name} does not hold what was put into it")


def digest_of(path: Path) -> tuple[int, str]:
    """Bytes and SHA-256 of a file."""
    digest = _Digest()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.take(piece)
    return digest.count, digest.hex


class Pump:
    """Something that writes a stream, running beside whoever reads it: `with Pump(produce) as reader`. What `produce` raises is raised at
    the end of the block, so that nobody takes a stream that broke off for a whole one."""

    def __init__(self, produce: Callable[[IO[bytes]], object]) -> None:
        read, write = os.pipe()
        self._reader, self._writer = os.fdopen(read, "rb"), os.fdopen(write, "wb")
        self._produce = produce
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="resaka-backup", daemon=True)

    def _run(self) -> None:
        try:
            with self._writer:
                self._produce(self._writer)
        except BaseException as error:  # told to whoever reads
            self._error = error

    def __enter__(self) -> IO[bytes]:
        self._thread.start()
        return self._reader

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._reader.close()
        self._thread.join()
        if self._error is not None and not (error is not None and isinstance(self._error, BrokenPipeError)):
            raise self._error


def _why(error: Exception, ours: Exception | None, part: Part) -> Exception:
    if isinstance(ours, (OSError, BackupError)):
        return ours
    if isinstance(error, pyrage.DecryptError) and "No matching keys" in str(error):
        return WrongIdentity("this identity does not open the backup: it was made for another recipient")
    return Damaged(f"{part.name} is damaged or broken off: {ours or error}")
