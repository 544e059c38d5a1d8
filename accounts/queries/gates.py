"""What each age gate asks: the policy as one table, and the judgement over facts that were already read."""

from __future__ import annotations

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
    """What a gate demands. A rule `of_session` is met by a proof of this visit alone, never by one of the account; one with `consent`
    also by the person's word that their presence may tell something of them (GDPR, art. 9)."""

    least: Assurance
    methods: frozenset[AgeMethod]
    of_session: bool = False
    consent: bool = False


# HELP is open to everybody and stands above the table; a gate that is not here lets nobody through.
RULES: dict[str, Rule] = {
    AgeGate.GENERAL: Rule(Assurance.LOW, _ALL - {AgeMethod.OIDC_THIRD_PARTY}),
    AgeGate.MEETING: Rule(Assurance.SUBSTANTIAL, _ALL - {AgeMethod.OIDC_THIRD_PARTY}),
    AgeGate.SENSITIVE: Rule(Assurance.SUBSTANTIAL, _ALL - {AgeMethod.OIDC_THIRD_PARTY}, consent=True),
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


@dataclass(frozen=True, slots=True)
class Visit:
    """A proof of age of one visit: it counts while the person is about, and an hour of rest ends it."""

    method: str
    seen: datetime

    @property
    def until(self) -> datetime:
        """When it ends unless the person does something before."""
        return self.seen + SESSION_IDLE

    def counts(self, now: datetime) -> bool:
        """Whether it is still good."""
        return now <= self.until


@dataclass(frozen=True, slots=True)
class Facts:
    """What a gate asks about an account."""

    is_member: bool
    birth_year: int
    jurisdiction: str
    proofs: tuple[Proof, ...] = ()


def passes_gate(*, gate: str, facts: Facts, now: datetime, visit: Visit | None = None, consents: bool = False) -> bool:
    """Judge an account whose facts were read already; no query. `visit` is the proof of this visit, `consents` the word of art. 9."""
    if gate == AgeGate.HELP:
        return True
    rule = RULES.get(gate)
    if rule is None or not is_adult_member(is_member=facts.is_member, birth_year=facts.birth_year, now=now):
        return False
    if rule.of_session:
        return is_open_in(gate, facts.jurisdiction) and visit is not None and visit.counts(now) and visit.method in rule.methods
    if rule.consent and not consents:
        return False
    return any(proof.counts(now) and proof.method in rule.methods and proof.assurance >= rule.least for proof in facts.proofs)


def is_open_in(gate: str, jurisdiction: str) -> bool:
    """Whether the policy opens a gate to the people of a jurisdiction at all (`AGE_SEXUAL_JURISDICTIONS`)."""
    return gate != AgeGate.SEXUAL or jurisdiction in settings.AGE_SEXUAL_JURISDICTIONS


def asks_for_visit(gate: str) -> bool:
    """Whether a gate asks for a proof of this visit."""
    return gate in RULES and RULES[gate].of_session


def asks_for_consent(gate: str) -> bool:
    """Whether a gate asks for the word of art. 9."""
    return gate in RULES and RULES[gate].consent


# The gates that ask for more than proofs of the account: a proof of the visit, or the word of art. 9.
ASKING_MORE = frozenset(gate for gate, rule in RULES.items() if rule.of_session or rule.consent)


def is_adult_member(*, is_member: bool, birth_year: int, now: datetime) -> bool:
    """Whether the account is active and says itself that it is old enough."""
    return is_member and bool(now.year - birth_year >= settings.MINIMUM_AGE)
