"""What the write path of the rooms needs to know of the people who send, as one statement that may travel with others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.enums import UserStatus
from accounts.models import AgeAssertion, Consent, Profile, User
from accounts.models.user import avatar_of
from accounts.queries.age import proofs_of
from accounts.queries.gates import Proof, passes_gate
from core.sql import Statement, numbers

_ACTIVE = UserStatus.ACTIVE.value


@dataclass(frozen=True, slots=True)
class Sender:
    """An account that wants to write now."""

    id: int
    public_id: str
    name: str
    is_member: bool
    silenced: bool
    birth_year: int
    proofs: tuple[Proof, ...] = ()
    agreed: bool = True

    @property
    def wire(self) -> dict[str, Any]:
        """How others see them in a frame."""
        return {"id": self.public_id, "name": self.name, "av": avatar_of(self.public_id)}

    def may_pass(self, gate: str, *, now: datetime) -> bool:
        """The judgement of `is_age_sufficient` for this account."""
        return passes_gate(gate=gate, is_member=self.is_member, birth_year=self.birth_year, proofs=self.proofs, now=now)


def senders_query(user_ids: Collection[int], *, agreements: Mapping[str, Sequence[str]] | None = None) -> Statement:
    """The query of these accounts with their current proofs of age, one row each; `read_senders` understands its rows.

    With `agreements` (`required_to_write`) it tells who has accepted each of those texts in a version that counts.
    """
    agreed, versions = _agreed(agreements or {})
    users, profiles, proofs = User._meta.db_table, Profile._meta.db_table, AgeAssertion._meta.db_table
    columns = "u.id, u.public_id, p.pseudonym, u.status, u.barred, u.silenced, p.birth_year, a.method, a.assurance, a.expires_on"
    sql = (
        f"SELECT {columns}, {agreed} "  # noqa: S608  (our own tables)
        f"FROM {users} u JOIN {profiles} p ON p.user_id = u.id "
        f"LEFT JOIN {proofs} a ON a.user_id = u.id AND a.open_key IS NOT NULL WHERE u.id IN ({numbers(user_ids)})"
    )
    return Statement(sql, versions)


def _agreed(agreements: Mapping[str, Sequence[str]]) -> tuple[str, list[str]]:
    """A column that is true for those who accepted all of them, and its parameters."""
    if not agreements:
        return "1", []
    pairs = [(kind, version) for kind, versions in agreements.items() for version in versions]
    either = " OR ".join("(c.purpose = %s AND c.version = %s)" for _pair in pairs)
    given = (
        f"SELECT COUNT(DISTINCT c.purpose) FROM {Consent._meta.db_table} c "  # noqa: S608  (our own table)
        f"WHERE c.user_id = u.id AND c.withdrawn_at IS NULL AND ({either})"
    )
    return f"({given}) = {len(agreements)}", [word for pair in pairs for word in pair]


def read_senders(rows: Sequence[tuple[Any, ...]]) -> dict[int, Sender]:
    """The accounts by inward id; those without a profile are left out."""
    found: dict[int, Sender] = {}
    for row in rows:
        earlier = found[row[0]].proofs if row[0] in found else ()
        found[row[0]] = Sender(
            row[0], row[1], row[2], row[3] == _ACTIVE and not row[4], bool(row[5]), row[6], earlier + proofs_of([row[7:10]]), bool(row[10])
        )
    return found
