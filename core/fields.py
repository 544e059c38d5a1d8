"""Columns that Django does not bring."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

_ST = TypeVar("_ST", contravariant=True)
_GT = TypeVar("_GT", covariant=True)


class KeyField(models.CharField[_ST, _GT]):
    """Text that is compared byte by byte on every engine: two ids of an outside service that differ by case stay two.

    MariaDB's own collation would take them for one, and a unique column would refuse the second.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters: Any = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters
