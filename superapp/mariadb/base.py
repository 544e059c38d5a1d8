"""Texts are compared letter by letter (`utf8mb4_bin`), as SQLite and PostgreSQL do; only the lookups that say so forgive.

The customary collations take é for e, A for a, and some take all emoji for one: two names, slugs or keys that the code holds apart
would collide in a unique column, and a lookup by one would find the other. An address that differs by an accent has even let
strangers reset passwords elsewhere (CVE-2019-19844). But under a binary collation MySQL's LIKE is exact too, and with it every
`icontains`. So this backend writes these lookups differently:

- `iexact` compares LOWER on both sides: capitals do not matter, accents do;
- `icontains`, `istartswith`, `iendswith` search by `utf8mb4_unicode_520_ci`: neither capitals nor accents matter, emoji do.

Neither uses an index; nothing that is looked up often should need them. Both collations exist on MariaDB and MySQL.
"""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error
from django.db.backends.mysql import base, operations, validation

COLLATION = "utf8mb4_bin"
SEARCH = "utf8mb4_unicode_520_ci"


class DatabaseOperations(operations.DatabaseOperations):
    def lookup_cast(self, lookup_type: str, internal_type: str | None = None) -> str:
        inner = str(super().lookup_cast(lookup_type, internal_type))
        return f"LOWER({inner})" if lookup_type == "iexact" else inner

    def prep_for_iexact_query(self, x: Any) -> str:
        """It is compared with `=`, so nothing is escaped for LIKE."""
        return str(x)


class DatabaseValidation(validation.DatabaseValidation):
    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [*super().check(**kwargs), *self._check_collation()]

    def _check_collation(self) -> list[CheckMessage]:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT @@collation_database")
            found = cursor.fetchone()[0]
        if found == COLLATION:
            return []
        name = self.connection.settings_dict["NAME"]
        hint = f"Before the first migration: ALTER DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE {COLLATION};"
        return [Error(f"Database {name!r}: its collation {found} takes different texts for one.", hint=hint, id="resaka.E010")]


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    validation_class = DatabaseValidation
    operators = {
        **base.DatabaseWrapper.operators,
        "iexact": "= LOWER(%s)",
        "icontains": f"COLLATE {SEARCH} LIKE %s",
        "istartswith": f"COLLATE {SEARCH} LIKE %s",
        "iendswith": f"COLLATE {SEARCH} LIKE %s",
    }
    pattern_ops = {
        **base.DatabaseWrapper.pattern_ops,
        "icontains": f"COLLATE {SEARCH} LIKE CONCAT('%%', {{}}, '%%')",
        "istartswith": f"COLLATE {SEARCH} LIKE CONCAT({{}}, '%%')",
        "iendswith": f"COLLATE {SEARCH} LIKE CONCAT('%%', {{}})",
    }
