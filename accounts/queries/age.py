"""Is somebody old enough: the one judge."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import F, FilteredRelation, Q

from accounts.age.refusals import RefusalCode
from accounts.enums import AgeBand, AgeCheckState, AgeGate, AgeMethod, AgePurpose, Assurance, ConsentPurpose
from accounts.models import AgeAssertion, AgeCheck, Profile, User
from accounts.providers import needs_list
from accounts.providers.anchors import is_list_fresh
from accounts.queries.gates import PAUSE, RULES, TRIES, Facts, Proof, asks_for_consent, asks_for_visit, passes_gate
from accounts.queries.legal import has_consent
from accounts.queries.visits import find_visit

_TECHNICAL = [code.value for code in RefusalCode if code.technical]


def is_age_sufficient(*, user: User | None, session: SessionBase | None, gate: str, now: datetime) -> bool:
    """Whether this person (None: a guest) may pass an age gate now.

    Judged by the account's proofs of age, beside the declared year of birth and the confirmed e-mail; for a gate that asks for
    a fresh proof, by the one that `session` holds (None: it holds none); for one that asks for the word of art. 9, by that too.
    One query the first time for a given `user` object, none later; one more for the word, and one for a session that was not read
    yet, where the gate asks for it. An unknown gate lets nobody through.
    """
    if gate == AgeGate.HELP:
        return True
    if user is None or (facts := _facts_of(user)) is None:
        return False
    visit = find_visit(session=session, user=user) if asks_for_visit(gate) else None
    consents = asks_for_consent(gate) and has_agreed_to_sensitive(user=user, now=now)
    return passes_gate(gate=gate, facts=facts, now=now, visit=visit, consents=consents)


def has_agreed_to_sensitive(*, user: User, now: datetime) -> bool:
    """Whether the person agreed that their presence in a sensitive room may tell something of them; one query for a `user` object."""
    found: bool | None = user.__dict__.get("art9")
    if found is None:
        found = user.__dict__["art9"] = has_consent(user=user, purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS, now=now)
    return found


def _facts_of(user: User) -> Facts | None:
    """Year of birth and current proofs; kept on the object, since a page asks more than once."""
    found: tuple[int, tuple[Proof, ...]] | None = user.__dict__.get("age_facts")
    if found is None:
        found = _read_facts(user.pk)
        user.__dict__["age_facts"] = found
    return Facts(user.is_member, found[0], user.jurisdiction, found[1]) if found else None


def forget_age_facts(user: User) -> None:
    """Have the next question look again, after a proof or a word was added or ended."""
    user.__dict__.pop("age_facts", None)
    user.__dict__.pop("art9", None)


def _read_facts(user_id: int) -> tuple[int, tuple[Proof, ...]] | None:
    current = FilteredRelation("user__age_assertions", condition=Q(user__age_assertions__open_key__isnull=False))
    rows = list(
        Profile.objects.filter(user_id=user_id)
        .annotate(proof=current, method=F("proof__method"), assurance=F("proof__assurance"), ends=F("proof__expires_on"))
        .values_list("birth_year", "method", "assurance", "ends")
    )
    return (rows[0][0], proofs_of([row[1:] for row in rows])) if rows else None


def proofs_of(rows: list[tuple[str | None, int | None, date | str | None]]) -> tuple[Proof, ...]:
    """Proofs out of the rows of an outer join; SQLite hands a date of plain SQL as text."""
    return tuple(
        Proof(method, assurance, ends if isinstance(ends, date) else date.fromisoformat(ends))
        for method, assurance, ends in rows
        if method is not None and assurance is not None and ends is not None
    )


def list_proofs(*, user: User, now: datetime) -> list[AgeAssertion]:
    """The current proofs of a person that open something here, for their own page."""
    rows = AgeAssertion.objects.filter(user=user, open_key__isnull=False, assurance__gte=Assurance.LOW).order_by(
        "-assurance", "-expires_on"
    )[:20]
    return [row for row in rows if Proof(row.method, row.assurance, row.expires_on).counts(now)]


def pause_until(*, user: User, now: datetime) -> datetime | None:
    """Until when this person has to wait after too many refusals that were not technical; None: not at all."""
    ends = AgeCheck.objects.filter(user=user, state=AgeCheckState.REFUSED, used_at__gt=now - PAUSE).exclude(refusal__in=_TECHNICAL)
    times = list(ends.order_by("-used_at").values_list("used_at", flat=True)[:TRIES])
    return times[-1] + PAUSE if len(times) == TRIES and times[-1] is not None else None


def list_open_methods(*, now: datetime, purpose: str = AgePurpose.ACCOUNT) -> list[AgeMethod]:
    """The methods that can be chosen in this house now, the one offered first at the head; what needs a trusted list closes without it.

    For a visit only those that can open a gate which asks for one.
    """
    fresh = is_list_fresh(now=now)
    listed = [AgeMethod(name) for name in settings.AGE_METHODS if fresh or not needs_list(name)]
    found = listed + ([AgeMethod.DEMO_WALLET] if settings.DEMO_WALLET else [])
    return [method for method in found if purpose != AgePurpose.SESSION or method in RULES[AgeGate.SEXUAL].methods]


def get_age_band(*, user: User, now: datetime) -> AgeBand | None:
    """The age band of a person, None when unknown."""
    try:
        return user.profile.age_band(now)
    except Profile.DoesNotExist:
        return None
