"""Postal codes of France, its territories, Monaco and Madagascar, each turned into a 5 km cell."""

from __future__ import annotations

import math

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import Country

CELL_DEGREES = 5000 / 111_320


class PostalCode(models.Model):
    """A postal code and the cell it falls into. The table ships with the app (`load_postal`)."""

    country = models.CharField(max_length=2, choices=Country.choices)
    code = models.CharField(max_length=5)
    region = models.CharField(max_length=60)
    region_code = models.CharField(max_length=40, db_index=True)
    lat = models.FloatField()
    lon = models.FloatField()
    cell = models.CharField(max_length=16)
    source = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("code postal")
        verbose_name_plural = _("codes postaux")
        constraints = [models.UniqueConstraint(fields=["country", "code"], name="postal_code_once")]

    def __str__(self) -> str:
        return f"{self.country} {self.code}"


def cell_of(*, lat: float, lon: float) -> str:
    """The fixed 5 km cell, "i:j", that holds a point in degrees. Whatever leaves this app about a place is at best this cell."""
    row = math.floor(lat / CELL_DEGREES)
    width = CELL_DEGREES / math.cos(math.radians((row + 0.5) * CELL_DEGREES))
    return f"{row}:{math.floor(lon / width)}"
