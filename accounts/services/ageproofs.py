"""Proofs of age as they are kept: written, ended, forgotten."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.enums import AgeCheckState, AgeMethod, Assurance
from accounts.events import AgeAsserted, AgeExpired, AgeProofExpiring
from accounts.models import AgeAssertion, AgeCheck, Profile, User
from accounts.queries.age import forget_age_facts
from accounts.queries.gates import POLICY_VERSION
from core import metrics
from core.leases import claim_once, forget_ended
from core.outbox import publish, publish_many

LONGEST = timedelta(days=365)
WARNED_BEFORE = timedelta(days=14)
_WARNED = "accounts.age_warning:"
_BATCH = 1000


def record_proof(
    *,
    user: User,
    method: AgeMethod,
    assurance: Assurance,
    over: int = 18,
    issuer_country: str = "",
    issuer_anchor: str = "",
    ends_on: date | None = None,
    now: datetime,
) -> AgeAssertion:
    """Keep that somebody is old enough, until the attestation ends or a year has passed; it takes the place of the same method's last."""
    today = now.date()
    key = f"{user.pk}:{method.value}"
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)  # two at once would meet at the unique key
        AgeAssertion.objects.filter(open_key=key).delete()
        made = AgeAssertion.objects.create(
            user=user,
            over=over,
            method=method,
            assurance=assurance,
            issuer_country=issuer_country,
            issuer_anchor=issuer_anchor,
            checked_on=today,
            expires_on=min(ends_on or today + LONGEST, today + LONGEST),
            policy_version=POLICY_VERSION,
            open_key=key,
        )
        publish(AgeAsserted(user_id=user.pk, method=method.value))
    forget_age_facts(user)
    return made


def expire_proofs(*, now: datetime) -> int:
    """Take out of force and forget the proofs whose day has passed; the rooms hear of each (AgeExpired). The number of proofs."""
    with transaction.atomic():
        rows = list(AgeAssertion.objects.filter(expires_on__lt=now.date()).values_list("pk", "user_id")[:_BATCH])
        AgeAssertion.objects.filter(pk__in=[pk for pk, _user in rows]).delete()
        publish_many([AgeExpired(user_id=user) for user in dict.fromkeys(user for _pk, user in rows)])
    return len(rows)


def end_proofs(*, user: User) -> None:
    """Have this person show their age anew: a confirmed report, a recovered account, another year of birth. Also in every session."""
    with transaction.atomic():
        AgeAssertion.objects.filter(user=user).delete()
        User.objects.filter(pk=user.pk).update(age_epoch=F("age_epoch") + 1)
        publish(AgeExpired(user_id=user.pk))
    user.refresh_from_db(fields=["age_epoch"])
    forget_age_facts(user)


def change_birth_year(*, user: User, birth_year: int) -> None:
    """Put another declared year of birth: a rectification. What was shown before was shown for another person, so it ends.

    The same year changes nothing.
    """
    with transaction.atomic():
        if Profile.objects.filter(user=user).exclude(birth_year=birth_year).update(birth_year=birth_year):
            end_proofs(user=user)


def shorten_proofs(*, anchors: list[str], now: datetime) -> int:
    """An issuer lost its standing: its proofs end in 14 days at the latest, and their people are told now (AgeProofExpiring)."""
    last = now.date() + WARNED_BEFORE
    with transaction.atomic():
        rows = AgeAssertion.objects.filter(issuer_anchor__in=anchors, expires_on__gt=last)
        people = list(rows.values_list("user_id", flat=True))
        shortened = rows.update(expires_on=last)
        publish_many([AgeProofExpiring(user_id=user, expires_on=last.isoformat()) for user in _without_longer(people, last)])
    return shortened


def warn_of_ending(*, now: datetime) -> int:
    """Tell each person once, 14 days before, that their last proof of age ends (AgeProofExpiring); the number of people.

    Each day is done once, whoever runs this and however often; days on which it did not run are made up for.
    """
    today = now.date()
    warned = 0
    for back in range(WARNED_BEFORE.days):
        ends = today + WARNED_BEFORE - timedelta(days=back)
        with transaction.atomic():
            if not claim_once(name=f"{_WARNED}{ends.isoformat()}", kept=2 * WARNED_BEFORE, now=now):
                continue
            people = list(AgeAssertion.objects.filter(expires_on=ends, open_key__isnull=False).values_list("user_id", flat=True))
            told = _without_longer(people, ends)
            publish_many([AgeProofExpiring(user_id=user, expires_on=ends.isoformat()) for user in told])
            warned += len(told)
    forget_ended(prefix=_WARNED, now=now)
    return warned


def _without_longer(people: list[int], ends: date) -> list[int]:
    """Those of these people who have no proof that lasts longer, each once."""
    longer = AgeAssertion.objects.filter(user_id__in=people, open_key__isnull=False, expires_on__gt=ends)
    return sorted(set(people) - set(longer.values_list("user_id", flat=True)))


def destroy_checks(keys: list[int]) -> int:
    """Delete attempts; of those that nobody answered the number by method remains."""
    for method in AgeCheck.objects.filter(pk__in=keys, state=AgeCheckState.STARTED).values_list("method", flat=True):
        metrics.AGE_CHECKS.labels(method, AgeCheckState.EXPIRED.value).inc()
    AgeCheck.objects.filter(pk__in=keys).delete()
    return len(keys)
