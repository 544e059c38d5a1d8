"""The database's own refusal: postings, their entries and proofs are added to, and never changed or deleted, whoever asks.

Laid out by a migration. Not in the databases of tests, which are emptied by DELETE after each test that commits: the tests of the guards
lay them out themselves. A migration that alters one of these tables on SQLite remakes it and must lay its guards out again; a proof
whose guards are missing is red.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("billing_ledgertransaction", "billing_ledgerentry", "billing_ledgerproof")
_VERBS = ("update", "delete")
_WORDS = "the ledger is added to and never changed"
_LAID_OUT = {
    "mysql": "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}
_REFUSE = {"mysql": f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{_WORDS}'", "sqlite": f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"}


def is_throwaway(connection: BaseDatabaseWrapper) -> bool:
    """Whether this is the database of a test run, by the names that Django gives to those."""
    name = str(connection.settings_dict["NAME"])
    return name.startswith("test_") or "mode=memory" in name


def lay_out(connection: BaseDatabaseWrapper) -> None:
    """Create the guards that are missing. MariaDB with a binary log wants `log_bin_trust_function_creators = ON` for it."""
    wanted = missing(connection)
    with connection.cursor() as cursor:
        for table in TABLES:
            for verb in _VERBS:
                if _name(table, verb) in wanted:
                    refuse = _REFUSE[connection.vendor]
                    cursor.execute(f"CREATE TRIGGER {_name(table, verb)} BEFORE {verb.upper()} ON {table} FOR EACH ROW {refuse}")


def take_away(connection: BaseDatabaseWrapper) -> None:
    """Drop them all."""
    with connection.cursor() as cursor:
        for name in _names():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def missing(connection: BaseDatabaseWrapper) -> set[str]:
    """Names of the guards that are not there."""
    with connection.cursor() as cursor:
        cursor.execute(_LAID_OUT[connection.vendor])
        return _names() - {row[0] for row in cursor.fetchall()}


def _names() -> set[str]:
    return {_name(table, verb) for table in TABLES for verb in _VERBS}


def _name(table: str, verb: str) -> str:
    return f"{table}_no_{verb}"
