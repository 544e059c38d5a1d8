"""What each age gate asks: the policy as one table, and the judgement over facts that were already read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from accounts.enums import AgeGate, AgeMethod, Assurance

POLICY_VERSION = 1
SESSION_IDLE = timedelta(minutes=60)
# After so many refusals that were not technical within the pause, the person rests until the first of them is a pause old.
TRIES = 5
PAUSE = timedelta(hours=24)
_ALL = frozenset(AgeMethod) - {AgeMethod.DENIED}
_INDEPENDENT = frozenset({AgeMethod.EU_AV_MDOC, AgeMethod.EU_AV_ZK, AgeMethod.SDJWT_VC, AgeMethod.STRIPE_IDENTITY})


@dataclass(frozen=True, slots=True)
class Rule:
    """What a gate demands. A rule `of_session` is met by a proof of this visit alone, never by one of the account."""

    least: Assurance
    methods: frozenset[AgeMethod]
    of_session: bool = False


# HELP is open to everybody and stands above the table; a gate that is not here lets nobody through.
RULES: dict[str, Rule] = {
    AgeGate.GENERAL: Rule(Assurance.LOW, _ALL - {AgeMethod.OIDC_THIRD_PARTY}),
    AgeGate.MEETING: Rule(Assurance.SUBSTANTIAL, _ALL - {AgeMethod.OIDC_THIRD_PARTY}),
    AgeGate.SENSITIVE: Rule(Assurance.SUBSTANTIAL, _ALL - {AgeMethod.OIDC_THIRD_PARTY}),
    AgeGate.SEXUAL: Rule(Assurance.SUBSTANTIAL, _INDEPENDENT, of_session=True),
    AgeGate.GOODS: Rule(Assurance.SUBSTANTIAL, _ALL - {AgeMethod.OIDC_THIRD_PARTY}),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A current proof of an account, as far as a gate asks."""

    method: str
    assurance: int
    expires_on: date

    def counts(self, now: datetime) -> bool:
        """Whether it is still good, here: a demo wallet's proof is worth nothing where there is no demo wallet."""
        return self.expires_on >= now.date() and (self.method != AgeMethod.DEMO_WALLET or settings.DEMO_WALLET)


def passes_gate(*, gate: str, is_member: bool, birth_year: int, proofs: Collection[Proof], now: datetime) -> bool:
    """Judge an account whose facts were read already; no query. A gate that asks for a proof of the visit stays shut."""
    if gate == AgeGate.HELP:
        return True
    rule = RULES.get(gate)
    if rule is None or rule.of_session or not is_adult_member(is_member=is_member, birth_year=birth_year, now=now):
        return False
    return any(proof.counts(now) and proof.method in rule.methods and proof.assurance >= rule.least for proof in proofs)


def is_adult_member(*, is_member: bool, birth_year: int, now: datetime) -> bool:
    """Whether the account is active and says itself that it is old enough."""
    return is_member and bool(now.year - birth_year >= settings.MINIMUM_AGE)
