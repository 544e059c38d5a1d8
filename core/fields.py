"""Columns that Django does not bring."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class KeyField(models.CharField):  # type: ignore[type-arg]  # generic for its stubs alone
    """Text that is compared byte by byte on every engine: two ids of an outside service that differ by case stay two.

    MariaDB's own collation would take them for one, and a unique column would refuse the second.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters: Any = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters
