"""Loading the postal codes that ship with the app."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction
from django.utils.text import slugify

from accounts.enums import Country
from accounts.models import PostalCode, cell_of

FOLDER = Path(__file__).resolve().parent.parent / "data" / "postal"
_FIELDS = ("region", "region_code", "lat", "lon", "cell", "source")


@transaction.atomic
def load_postal_codes(folder: Path = FOLDER) -> int:
    """Bring the table to what the files say; the number of rows written. Doing it twice writes nothing."""
    known = {(row.country, row.code): row for row in PostalCode.objects.all()}
    new: list[PostalCode] = []
    changed: list[PostalCode] = []
    for row in _rows(folder):
        old = known.get((row.country, row.code))
        if old is None:
            new.append(row)
        elif any(getattr(old, field) != getattr(row, field) for field in _FIELDS):
            row.pk = old.pk
            changed.append(row)
    PostalCode.objects.bulk_create(new, batch_size=500)
    PostalCode.objects.bulk_update(changed, _FIELDS, batch_size=500)
    return len(new) + len(changed)


def _rows(folder: Path) -> Iterator[PostalCode]:
    for line in _read(folder / "fr.csv"):
        yield _row(line, country=line["country"], source="GeoNames CC BY 4.0")
    for line in _read(folder / "mg.csv"):
        yield _row(line, country=Country.MG, source="CSC ODbL 1.0" + (" approx" if line["approx"] == "1" else ""))


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _row(line: dict[str, str], *, country: str, source: str) -> PostalCode:
    lat, lon = float(line["lat"]), float(line["lon"])
    return PostalCode(
        country=country,
        code=line["code"],
        region=line["region"],
        region_code=f"{country}-{slugify(line['region'])}"[:40],
        lat=lat,
        lon=lon,
        cell=cell_of(lat=lat, lon=lon),
        source=source,
    )
