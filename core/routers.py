"""Which table lives in which database."""

from __future__ import annotations

from typing import Any

from core import replica

KEYS = "keys"
KEYS_APP = "core"  # the only app with tables there
_KEY_MODELS = {("core", "datakey"), ("core", "tombstone")}


class KeysRouter:
    """Wrapped keys live apart from what they open, so that a copy of one database is worth nothing; and with them what was destroyed, so
    that a copy of the other that is put back does not bring it back."""

    def db_for_read(self, model: Any, **hints: object) -> str | None:
        return KEYS if self._is_key(model._meta.app_label, model._meta.model_name) else None

    def db_for_write(self, model: Any, **hints: object) -> str | None:
        return self.db_for_read(model)

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: object) -> bool | None:
        if model_name is None:  # a data migration of some app: the key store has nothing of the other apps
            return app_label == KEYS_APP if db == KEYS else None
        return (db == KEYS) == self._is_key(app_label, model_name)

    @staticmethod
    def _is_key(app_label: str, model_name: str | None) -> bool:
        return (app_label, model_name) in _KEY_MODELS


class ReplicaRouter:
    """Only reads that `core.replica` has chosen go to the replica; what was read there is written to the primary."""

    def db_for_read(self, model: Any, **hints: object) -> str | None:
        if self._is_elsewhere(model):
            return None
        return replica.ALIAS if replica.is_reading() else self._primary(hints)

    def db_for_write(self, model: Any, **hints: object) -> str | None:
        return None if self._is_elsewhere(model) else self._primary(hints)

    def allow_relation(self, one: Any, other: Any, **hints: object) -> bool | None:
        same = {"default", replica.ALIAS}
        return True if {one._state.db, other._state.db} <= same else None

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool | None:
        return False if db == replica.ALIAS else None

    @staticmethod
    def _primary(hints: dict[str, Any]) -> str | None:
        """Django would stay with the database an object came from."""
        origin = getattr(getattr(hints.get("instance"), "_state", None), "db", None)
        return "default" if origin == replica.ALIAS else None

    @staticmethod
    def _is_elsewhere(model: Any) -> bool:
        return KeysRouter._is_key(model._meta.app_label, model._meta.model_name)
