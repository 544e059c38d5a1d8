"""What a backup says of itself: what is in it, when it was made, by which tables. Signed under the KEK, so that nobody else makes one."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import kek
from core.backups.cipher import Part, digest_of
from core.backups.errors import Damaged

FILE = "manifest.json"
FORMAT = 1
_LABEL = "resaka.backup"
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Manifest:
    """`kind` is main or keys; `engine` sqlite or mariadb; `migrations` are those that the database had, as `app.name`; `start` is the
    binary log that was open when a MariaDB was copied."""

    id: str
    kind: str
    engine: str
    made_at: datetime
    migrations: tuple[str, ...]
    parts: tuple[Part, ...]
    start: str = ""
    format: int = field(default=FORMAT)

    def part(self, content: str) -> Part | None:
        """The part with such content, if there is one."""
        return next((part for part in self.parts if part.content == content), None)


def write_manifest(folder: Path, manifest: Manifest, *, name: str = FILE) -> None:
    """Write it, signed, and wait until the disk has it.

    Raises:
        OSError.
    """
    said = asdict(manifest) | {"made_at": manifest.made_at.isoformat()}
    text = json.dumps(said | {"sig": kek.sign(_LABEL, _bytes(said))}, indent=1)
    with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w", encoding="ascii") as out:
        out.write(text + "\n")
        out.flush()
        os.fsync(out.fileno())


def read_manifest(folder: Path, *, name: str = FILE) -> Manifest:
    """The manifest of a backup.

    Raises:
        Damaged: there is none, it was changed, or this house did not make it.
    """
    try:
        said: dict[str, Any] = json.loads((folder / name).read_text("ascii"))
        signature = str(said.pop("sig"))
    except FileNotFoundError as error:
        raise Damaged(f"{folder} is no backup: it has no {name}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"{folder / name} cannot be read: {error}") from error
    if not kek.is_signed(_LABEL, _bytes(said), signature):
        raise Damaged(f"{folder / name} was changed, or made under a KEK that the settings do not name (RESAKA_KEK, RESAKA_KEK_OLD)")
    if said["format"] != FORMAT:
        raise Damaged(f"{folder / name} has format {said['format']}, and this release knows {FORMAT}")
    parts = tuple(Part(**part) for part in said.pop("parts"))
    made_at = datetime.fromisoformat(said.pop("made_at")).astimezone(UTC)
    return Manifest(**said | {"migrations": tuple(said["migrations"]), "parts": parts, "made_at": made_at})


def check_parts(folder: Path, manifest: Manifest) -> None:
    """Whether every part is there and is what it was.

    Raises:
        Damaged.
    """
    for part in manifest.parts:
        if Path(part.name).name != part.name:
            raise Damaged(f"{part.name!r} is not the name of a part")
        try:
            found = digest_of(folder / part.name)
        except OSError as error:
            raise Damaged(f"{part.name} cannot be read: {error}") from error
        if found != (part.bytes, part.sha256):
            raise Damaged(f"{part.name} is not what it was when the backup was made ({found[0]} of {part.bytes} bytes)")


def _bytes(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
