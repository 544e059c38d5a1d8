"""Tables of the ground floor. DataKey lives in the database alias `keys` alone (core.routers)."""

from __future__ import annotations

from django.db import models


class DataKey(models.Model):
    """The wrapped key of one sealing scope. Losing or destroying the row makes everything sealed under it unreadable."""

    scope = models.CharField(max_length=64, unique=True)
    wrapped = models.BinaryField(max_length=40)
    created_at = models.DateTimeField()
    frozen_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"DataKey {self.pk} of {self.scope}"


class Lease(models.Model):
    """Who may run a periodic job now: claimed by a conditional UPDATE, so that two processes never run it at once."""

    name = models.CharField(max_length=64, primary_key=True)
    holder = models.CharField(max_length=64, blank=True)
    until_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} until {self.until_at:%H:%M:%S}"
