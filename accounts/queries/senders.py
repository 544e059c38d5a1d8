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
from accounts.queries.gates import Facts, Visit, passes_gate
from accounts.queries.visits import Beyond
from core.sql import Statement, moment, numbers

_ACTIVE = UserStatus.ACTIVE.value


@dataclass(frozen=True, slots=True)
class Sender:
    """An account that wants to write now."""

    id: int
    public_id: str
    name: str
    silenced: bool
    restricted: bool  # they have the processing of their data restricted
    facts: Facts
    age_epoch: int
    agreed: bool = True
    since: datetime | None = None  # when the account was made

    @property
    def wire(self) -> dict[str, Any]:
        """How others see them in a frame."""
        return {"id": self.public_id, "name": self.name, "av": avatar_of(self.public_id)}

    @property
    def is_member(self) -> bool:
        """Whether the account is active."""
        return self.facts.is_member

    def may_pass(self, gate: str, *, now: datetime, session_key: str = "", beyond: Beyond | None = None) -> bool:
        """The judgement of `is_age_sufficient` for this account; `beyond` is needed by the gates that ask for more than proofs of it."""
        if beyond is None:
            return passes_gate(gate=gate, facts=self.facts, now=now)
        visit = self.find_visit(session_key, beyond)
        return passes_gate(gate=gate, facts=self.facts, now=now, visit=visit, consents=self.id in beyond.consenting)

    def find_visit(self, session_key: str, beyond: Beyond | None) -> Visit | None:
        """The proof of age of this person's visit, out of what was read."""
        return beyond.find_visit(session_key=session_key, user_id=self.id, age_epoch=self.age_epoch) if beyond is not None else None


def senders_query(user_ids: Collection[int], *, agreements: Mapping[str, Sequence[str]] | None = None) -> Statement:
    """The query of these accounts with their current proofs of age, one row each; `read_senders` understands its rows.

    With `agreements` (`required_to_write`) it tells who has accepted each of those texts in a version that counts.
    """
    agreed, versions = _agreed(agreements or {})
    users, profiles, proofs = User._meta.db_table, Profile._meta.db_table, AgeAssertion._meta.db_table
    account = (
        "u.id, u.public_id, p.pseudonym, u.status, u.barred, u.silenced, u.restricted_at, p.birth_year, u.jurisdiction, u.age_epoch, "
        "u.created_at"
    )
    sql = (
        f"SELECT {account}, a.method, a.assurance, a.expires_on, {agreed} "  # noqa: S608  (our own tables)
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
    for pk, public_id, name, status, barred, silenced, limited, birth_year, jurisdiction, age_epoch, made, *proof, agreed in rows:
        earlier = found[pk].facts.proofs if pk in found else ()
        facts = Facts(status == _ACTIVE and not barred, birth_year, jurisdiction, earlier + proofs_of([tuple(proof)]))
        found[pk] = Sender(pk, public_id, name, bool(silenced), limited is not None, facts, age_epoch, bool(agreed), moment(made))
    return found
