"""Statements of operators as files: a map of columns for each, and a reader that takes a file whole or not at all.

No operator's real file was seen. `COLUMNS` knows the heads that our stand-in writes; those of a real file are added there, a word each.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import LineKind, Provider
from billing.msisdn import find_msisdn
from billing.providers.ariary import MGA, read_ariary
from billing.providers.base import StatementRow
from core.money import Money

MAX_BYTES = 5 * 1024 * 1024
MAX_LINES = 50_000
_SHOWN_FAULTS = 20


class FileFault(models.TextChoices):
    """Why a line of a file, or all of it, is not taken."""

    NO_TEXT = "NO_TEXT", _("Ce n’est pas un fichier CSV en UTF-8.")
    TOO_LARGE = "TOO_LARGE", _("Le fichier est trop grand.")
    EMPTY = "EMPTY", _("Le fichier est vide.")
    UNKNOWN_COLUMN = "UNKNOWN_COLUMN", _("Colonne inconnue.")
    MISSING_COLUMN = "MISSING_COLUMN", _("Il manque une colonne.")
    FIELDS = "FIELDS", _("La ligne n’a pas autant de champs que l’en-tête.")
    DATE = "DATE", _("La date ne se lit pas.")
    OTHER_DAY = "OTHER_DAY", _("La ligne est d’un autre jour.")
    AMOUNT = "AMOUNT", _("Le montant n’est pas en ariary entiers.")
    KIND = "KIND", _("Sorte d’opération inconnue.")
    NO_REFERENCE = "NO_REFERENCE", _("Il manque la référence de l’opérateur.")
    DOUBLED = "DOUBLED", _("La même opération y est deux fois.")


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason; `line` is that of the file, its head being line 1. `seen`: the name of a column."""

    line: int
    why: FileFault
    seen: str = ""


class FileRefused(ValueError):
    """Nothing of the file is taken; the first faults, with their lines."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults[:_SHOWN_FAULTS])


# What each of our fields may be called at the head of a column, in lower case. Marked with *: a file without it is refused.
_HEADS: Mapping[str, tuple[str, ...]] = {
    "at*": ("date",),
    "provider_ref*": ("transaction",),
    "our_ref": ("reference",),
    "kind*": ("type",),
    "msisdn": ("msisdn",),
    "amount*": ("amount",),
    "fee": ("fee",),
    "currency": ("currency",),
}
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {Provider.MVOLA: _HEADS, Provider.ORANGE: _HEADS, Provider.AIRTEL: _HEADS}


def read_statement_file(provider: str, content: bytes, *, day: date) -> list[StatementRow]:
    """The lines of an operator's file for a day (UTC): what was paid is positive, all else negative; `raw["msisdn"]` is the payer's number
    as +261…, where the file tells it.

    Raises:
        FileRefused: with every fault that was found, up to twenty.
    """
    lines = _split(content)
    fields = _read_head(provider, lines[0])
    rows: list[StatementRow] = []
    faults: list[Fault] = []
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(lines[1:], start=2):
        if not any(line):
            continue
        row = _read_line(fields, line, day)
        if isinstance(row, FileFault):
            faults.append(Fault(number, row))
        elif (row.kind, row.provider_ref) in seen:
            faults.append(Fault(number, FileFault.DOUBLED))
        else:
            seen.add((row.kind, row.provider_ref))
            rows.append(row)
    if faults:
        raise FileRefused(faults)
    return rows


def _split(content: bytes) -> list[list[str]]:
    if len(content) > MAX_BYTES or content.count(b"\n") > MAX_LINES:
        raise FileRefused([Fault(1, FileFault.TOO_LARGE)])
    try:
        text = content.decode("utf-8-sig")
        head = text.partition("\n")[0]
        mark = max(";,\t", key=head.count)
        lines = [[field.strip() for field in line] for line in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileRefused([Fault(1, FileFault.NO_TEXT)]) from error
    if not lines or not any(lines[0]):
        raise FileRefused([Fault(1, FileFault.EMPTY)])
    return lines


def _read_head(provider: str, head: Sequence[str]) -> list[str]:
    """Which of our fields each column is."""
    wanted = COLUMNS[provider]
    names = {word: field.rstrip("*") for field, words in wanted.items() for word in words}
    unknown = [Fault(1, FileFault.UNKNOWN_COLUMN, column[:40]) for column in head if column.lower() not in names]
    fields = [names.get(column.lower(), "") for column in head]
    doubled = [
        Fault(1, FileFault.UNKNOWN_COLUMN, head[place][:40]) for place, field in enumerate(fields) if field in fields[:place] and field
    ]
    missing = [Fault(1, FileFault.MISSING_COLUMN, wanted[one][0]) for one in wanted if one.endswith("*") and one[:-1] not in fields]
    if unknown or doubled or missing:
        raise FileRefused([*unknown, *doubled, *missing])
    return fields


def _read_line(fields: Sequence[str], line: Sequence[str], day: date) -> StatementRow | FileFault:
    """A row, or why there is none."""
    if len(line) != len(fields):
        return FileFault.FIELDS
    said = dict(zip(fields, line, strict=True))
    at, kind = _read_moment(said["at"]), said["kind"].upper()
    currency = said.get("currency") or MGA
    amount = read_ariary(_plain(said["amount"]).removeprefix("-"), currency)
    fee = read_ariary(_plain(said.get("fee") or "0"), currency)
    for wrong, why in (
        (at is None, FileFault.DATE),
        (at is not None and at.date() != day, FileFault.OTHER_DAY),
        (kind not in LineKind.values, FileFault.KIND),
        (amount is None or fee is None or amount.amount_minor == 0, FileFault.AMOUNT),
        (not said["provider_ref"] or len(said["provider_ref"]) > 255, FileFault.NO_REFERENCE),
    ):
        if wrong:
            return why
    assert at is not None
    assert amount is not None
    money = amount if kind == LineKind.PAYMENT else Money(-amount.amount_minor, MGA)
    msisdn = find_msisdn(said.get("msisdn", ""))
    return StatementRow(said["provider_ref"], said.get("our_ref", "")[:80], money, fee, at, kind, {"msisdn": msisdn} if msisdn else {})


def _plain(amount: str) -> str:
    """Without the blanks between thousands."""
    return amount.replace(" ", "").replace("\u00a0", "").replace("\u202f", "")


def _read_moment(text: str) -> datetime | None:
    """ISO 8601, in UTC where no zone is told."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def list_heads(provider: str) -> Iterator[str]:
    """The columns that a file of this operator may have, in the order of the map."""
    return (words[0] for words in COLUMNS[provider].values())
