"""Proofs of age as they are kept: written, ended, forgotten."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.enums import AgeMethod, Assurance
from accounts.events import AgeAsserted, AgeExpired
from accounts.models import AgeAssertion, AgeCheck, User
from accounts.queries.age import forget_age_facts
from accounts.queries.gates import POLICY_VERSION
from core.outbox import publish, publish_many

LONGEST = timedelta(days=365)
WITHDRAWN_GRACE = timedelta(days=14)
CHECKS_KEPT = timedelta(hours=24)
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
    """Have this person show their age anew: a confirmed report, a recovered account, another year of birth."""
    with transaction.atomic():
        ended, _rows = AgeAssertion.objects.filter(user=user).delete()
        if ended:
            publish(AgeExpired(user_id=user.pk))
    forget_age_facts(user)


def shorten_proofs(*, anchors: list[str], now: datetime) -> int:
    """An issuer lost its standing: its proofs end in 14 days at the latest."""
    last = now.date() + WITHDRAWN_GRACE
    return AgeAssertion.objects.filter(issuer_anchor__in=anchors, expires_on__gt=last).update(expires_on=last)


def purge_checks(*, now: datetime) -> int:
    """Delete attempts a day after their end."""
    ids = list(AgeCheck.objects.filter(expires_at__lt=now - CHECKS_KEPT).values_list("pk", flat=True)[:_BATCH])
    AgeCheck.objects.filter(pk__in=ids).delete()
    return len(ids)
