"""What the write path of the rooms needs to know of the people who send, as one statement that may travel with others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.enums import UserStatus
from accounts.models import Profile, User
from accounts.models.user import avatar_of
from accounts.queries.age import passes_gate
from core.sql import Statement, numbers

_ACTIVE = UserStatus.ACTIVE.value


@dataclass(frozen=True, slots=True)
class Sender:
    """An account that wants to write now."""

    id: int
    public_id: str
    name: str
    is_member: bool
    birth_year: int

    @property
    def wire(self) -> dict[str, Any]:
        """How others see them in a frame."""
        return {"id": self.public_id, "name": self.name, "av": avatar_of(self.public_id)}

    def may_pass(self, gate: str, *, now: datetime) -> bool:
        """The judgement of `is_age_sufficient` for this account."""
        return passes_gate(gate=gate, is_member=self.is_member, birth_year=self.birth_year, now=now)


def senders_query(user_ids: Collection[int]) -> Statement:
    """The query of these accounts; `read_senders` understands its rows."""
    users, profiles = User._meta.db_table, Profile._meta.db_table
    sql = (
        f"SELECT u.id, u.public_id, p.pseudonym, u.status, p.birth_year FROM {users} u JOIN {profiles} p ON p.user_id = u.id "  # noqa: S608  (our own tables)
        f"WHERE u.id IN ({numbers(user_ids)})"
    )
    return Statement(sql)


def read_senders(rows: Sequence[tuple[Any, ...]]) -> dict[int, Sender]:
    """The accounts by inward id; those without a profile are left out."""
    return {row[0]: Sender(row[0], row[1], row[2], row[3] == _ACTIVE, row[4]) for row in rows}
