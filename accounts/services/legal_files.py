"""Legal texts as files: Markdown with a head of `key: value` lines between two `---`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from accounts.enums import DocumentType, Language
from accounts.services.consents import Draft

FOLDER = Path(__file__).resolve().parent.parent / "legal"


class LegalFileInvalid(ValueError):
    """The head of a file misses a line or says something unknown; the message names the file."""


def read_drafts(folder: Path = FOLDER) -> list[Draft]:
    """The texts of `<folder>/<language>/<type>.md`, in the order of their paths.

    Raises:
        LegalFileInvalid.
    """
    return [_read(path) for path in sorted(folder.glob("*/*.md"))]


def list_unreviewed(folder: Path = FOLDER) -> list[Path]:
    """The texts that no lawyer has read yet, by their own word: `legal_review: pending`, or nothing."""
    return [path for path in sorted(folder.glob("*/*.md")) if _split(path)[0].get("legal_review") != "done"]


@dataclass(frozen=True, slots=True)
class Reservations:
    """Who has not read a text yet: a lawyer; somebody whose mother tongue it is in, where a machine wrote it."""

    lawyer: bool
    native: bool


@lru_cache(maxsize=4)
def list_reservations(folder: Path = FOLDER) -> dict[tuple[str, str, str], Reservations]:
    """By type, version and language: what the heads of the files say of their reading. Read once a process, for they come with the code.

    Raises:
        LegalFileInvalid.
    """
    heads = {path: _split(path)[0] for path in sorted(folder.glob("*/*.md"))}
    return {
        (_type_of(path, head), head.get("version", ""), head.get("language", path.parent.name)): Reservations(
            lawyer=head.get("legal_review") != "done", native=head.get("native_review", "done") != "done"
        )
        for path, head in heads.items()
    }


def _type_of(path: Path, head: dict[str, str]) -> str:
    return (head.get("doc_type") or head.get("type") or path.stem).upper()


def _read(path: Path) -> Draft:
    head, body = _split(path)
    doc_type = _type_of(path, head)
    language = head.get("language", path.parent.name)
    if doc_type not in DocumentType.values or language not in Language.values:
        raise LegalFileInvalid(f"{path}: unknown type {doc_type!r} or language {language!r}")
    try:
        return Draft(
            doc_type=doc_type,
            version=head["version"],
            language=language,
            title=head["title"],
            body=body,
            published_at=_moment(head["published_at"]),
            requires_reacceptance=head.get("requires_reacceptance", "false").lower() in {"true", "yes", "1"},
        )
    except (KeyError, ValueError) as error:
        raise LegalFileInvalid(f"{path}: {error}") from error


def _split(path: Path) -> tuple[dict[str, str], str]:
    text = path.read_text(encoding="utf-8")
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise LegalFileInvalid(f"{path}: no head between two lines of ---")
    pairs = (line.partition(":") for line in parts[1].splitlines() if line.strip() and not line.startswith("#"))
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}, parts[2].strip() + "\n"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
