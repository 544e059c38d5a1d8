"""Two weeks before a proof of age ends its owner is told, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.enums import AgeFlow, AgeMethod, AgePurpose, Assurance
from accounts.events import AgeProofExpiring
from accounts.models import AgeAssertion, AgeCheck, User
from accounts.services.ageproofs import record_proof, shorten_proofs, warn_of_ending
from accounts.tests.factories import NOON, make_user
from accounts.tests.purging import CHECKS_KEPT, purge_checks
from core import metrics, outbox
from core.models import Lease, OutboxEvent

pytestmark = pytest.mark.django_db
ENDS = NOON.date() + timedelta(days=20)


def hear(event: Any) -> None:
    """A handler for the row alone."""


@pytest.fixture(autouse=True)
def _listener() -> Iterator[None]:
    before = outbox.registered()
    outbox.register([outbox.Route(AgeProofExpiring, hear)])
    yield
    outbox.register(before)


def prove(user: User, ends: date, method: AgeMethod = AgeMethod.SDJWT_VC, anchor: str = "") -> None:
    record_proof(user=user, method=method, assurance=Assurance.SUBSTANTIAL, issuer_anchor=anchor, ends_on=ends, now=NOON)


def told() -> list[tuple[int, str]]:
    rows = OutboxEvent.objects.filter(event="accounts.AgeProofExpiring").order_by("pk").values_list("payload", flat=True)
    return [(row["user_id"], row["expires_on"]) for row in rows]


@pytest.fixture
def ben() -> User:
    user = make_user("Ben", age_method=None)
    prove(user, ENDS)
    return user


def day(number: int) -> datetime:
    """So many days before the proof ends."""
    return datetime.combine(ENDS, NOON.timetz()) - timedelta(days=number)


def test_it_is_told_on_the_fourteenth_day_before_and_not_again(ben: User) -> None:
    assert warn_of_ending(now=day(15)) == 0
    assert warn_of_ending(now=day(14)) == 1
    assert [warn_of_ending(now=day(number)) for number in (14, 13, 7, 1, 0)] == [0] * 5
    assert told() == [(ben.pk, ENDS.isoformat())]


def test_days_without_the_job_are_made_up_for(ben: User) -> None:
    assert warn_of_ending(now=day(3)) == 1
    assert warn_of_ending(now=day(2)) == 0
    assert told() == [(ben.pk, ENDS.isoformat())]


def test_a_failure_in_the_middle_leaves_the_day_to_be_done(ben: User) -> None:
    with transaction.atomic():
        warn_of_ending(now=day(14))
        transaction.set_rollback(True)
    assert told() == []
    assert warn_of_ending(now=day(14)) == 1


def test_who_has_a_proof_that_lasts_longer_is_left_alone(ben: User) -> None:
    prove(ben, ENDS + timedelta(days=1), AgeMethod.EU_AV_MDOC)
    assert warn_of_ending(now=day(14)) == 0
    assert warn_of_ending(now=day(13)) == 1
    assert told() == [(ben.pk, (ENDS + timedelta(days=1)).isoformat())]


def test_an_issuer_that_lost_its_standing_is_told_of_at_once(ben: User) -> None:
    prove(ben, ENDS + timedelta(days=90), AgeMethod.EU_AV_MDOC, "anchor")
    AgeAssertion.objects.filter(method=AgeMethod.SDJWT_VC).delete()
    amina = make_user("Amina")
    assert shorten_proofs(anchors=["anchor"], now=NOON) == 1
    assert told() == [(ben.pk, (NOON.date() + timedelta(days=14)).isoformat())]
    assert AgeAssertion.objects.get(user=amina).expires_on == NOON.date() + timedelta(days=365)
    assert shorten_proofs(anchors=["anchor"], now=NOON) == 0
    assert len(told()) == 1


def test_what_is_remembered_of_warnings_goes_after_a_month(ben: User) -> None:
    warn_of_ending(now=day(14))
    assert Lease.objects.filter(name__startswith="accounts.age_warning:").count() == 14
    warn_of_ending(now=day(14) + timedelta(days=29))
    assert Lease.objects.filter(name__startswith="accounts.age_warning:").count() == 14


def test_of_attempts_that_nobody_answered_a_number_remains(ben: User) -> None:
    counter = metrics.AGE_CHECKS.labels("SDJWT_VC", "EXPIRED")._value
    before = counter.get()
    for number, state in enumerate(("STARTED", "PASSED", "REFUSED", "STARTED")):
        AgeCheck.objects.create(
            user=ben,
            session_hash="s",
            method=AgeMethod.SDJWT_VC,
            purpose=AgePurpose.ACCOUNT,
            flow=AgeFlow.SAME_DEVICE,
            state_hash=f"state {number}",
            nonce="n",
            state=state,
            created_at=NOON,
            expires_at=NOON,
        )
    assert purge_checks(now=NOON + CHECKS_KEPT + timedelta(seconds=1)) == 4
    assert counter.get() - before == 2
    assert AgeCheck.objects.count() == 0
