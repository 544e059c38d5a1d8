"""How far two people are from each other, as a band: all that can be learnt here of where somebody lives.

The band is that between the centres of two areas of 10 km, never between the cells of 5 km that are kept. Whoever moves freely can ask from
so many places that they single out the area; a dwelling anywhere in it is then 3.8 km from its centre on average, and for nine in
ten of them more than 1.7 km. With the cells themselves it would be 0.9 km for that tenth, too near (measured in `test_distances.py`).
"""

from __future__ import annotations

from math import asin, cos, floor, radians, sin, sqrt

from accounts.enums import DistanceBand
from accounts.models.postal import CELL_DEGREES

_EARTH_KM = 6371.0
_AREA_DEGREES = 2 * CELL_DEGREES
_LIMITS = (
    (10, DistanceBand.UNDER_10),
    (25, DistanceBand.UNDER_25),
    (50, DistanceBand.UNDER_50),
    (100, DistanceBand.UNDER_100),
    (250, DistanceBand.UNDER_250),
)


class BadCell(ValueError):
    """Not a cell "i:j" on this earth."""


def band_between(a: str, b: str) -> DistanceBand:
    """The band of the distance of two cells, the same in both directions; UNKNOWN when one of them is "".

    Raises:
        BadCell.
    """
    if not a or not b:
        return DistanceBand.UNKNOWN
    here, there = _area_of(a), _area_of(b)
    if here == there:
        return DistanceBand.SAME_AREA
    distance = _kilometres(_centre(here, _AREA_DEGREES), _centre(there, _AREA_DEGREES))
    return next((band for limit, band in _LIMITS if distance < limit), DistanceBand.FURTHER)


def _area_of(cell: str) -> tuple[int, int]:
    try:
        i, j = (int(part) for part in cell.split(":"))
    except ValueError as error:
        raise BadCell(cell) from error
    lat, lon = _centre((i, j), CELL_DEGREES)
    if not (-90 < lat < 90 and -181 < lon < 181):
        raise BadCell(cell)
    row = floor(lat / _AREA_DEGREES)
    return row, floor(lon / _width(row, _AREA_DEGREES))


def _centre(square: tuple[int, int], side: float) -> tuple[float, float]:
    row, column = square
    return (row + 0.5) * side, (column + 0.5) * _width(row, side)


def _width(row: int, side: float) -> float:
    """The degrees of longitude that are as wide as a square is high."""
    return side / cos(radians((row + 0.5) * side))


def _kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    lat_a, lon_a, lat_b, lon_b = map(radians, (*a, *b))
    chord = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(min(1.0, chord)))
