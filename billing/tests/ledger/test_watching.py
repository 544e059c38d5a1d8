"""Who watches the books: the proof of the night, the look of the minute, the alarm, and the stop of all that leaves."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from prometheus_client import REGISTRY

from accounts.models import User
from accounts.tests.factories import make_user
from billing import tasks
from billing.ledger import place_hold
from billing.models import Hold, LedgerAccount, LedgerEntry, LedgerProof
from billing.queries.ledger import is_money_stopped, measure_ledger
from billing.queries.staff import GROUP
from billing.services.books import note_reading, prove_books, watch_books
from billing.tests.ledger.books import AMINA, MVOLA, NOON, REVENUE, SOON, move, pay_in, sums
from core.clock import shared_now
from core.models import AuditEntry
from core.money import Money
from notifications.queries import list_notices

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def vola() -> User:
    """Of the money team."""
    person = make_user("Vola", is_staff=True)
    person.groups.add(Group.objects.get_or_create(name=GROUP)[0])
    return person


@pytest.fixture(autouse=True)
def carol() -> User:
    """Of another team: nobody wakes her."""
    return make_user("Carol", is_staff=True)


def told(person: str = "Vola") -> list[tuple[str, str, str]]:
    lines = list_notices(user=User.objects.get(profile__pseudonym=person)).lines
    return [(line.kind, line.words.text, line.path) for line in lines]


def spoil(amount: int = 1) -> None:
    found = LedgerAccount.objects.get(code=AMINA)
    LedgerAccount.objects.filter(pk=found.pk).update(posted=found.posted + amount)


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def test_green_books_wake_nobody() -> None:
    pay_in(AMINA, 100)
    assert prove_books(now=NOON).is_green
    assert watch_books(now=NOON + MINUTE) is None
    assert told() == []
    assert not is_money_stopped()
    assert (gauge("resaka_ledger_stopped"), gauge("resaka_ledger_proved_at_seconds")) == (0, NOON.timestamp())


def test_a_wrong_balance_is_told_within_the_minute_and_stops_what_leaves(caplog: pytest.LogCaptureFixture) -> None:
    pay_in(AMINA, 100)
    prove_books(now=NOON)
    spoil()
    assert not is_money_stopped()
    with caplog.at_level(logging.ERROR, "resaka.ledger"):
        proof = watch_books(now=NOON + MINUTE)
    assert proof is not None
    assert not proof.is_green
    assert is_money_stopped()
    words = "La preuve du grand livre n’est pas juste (2, I2, I3). Les versements sont arrêtés."
    assert told() == [("MONEY_ALARM", words, "/admin/billing/ledger/")]
    assert told("Carol") == []
    assert "no money leaves the house" in caplog.text
    assert (gauge("resaka_ledger_stopped"), gauge("resaka_ledger_faults", invariant="I2")) == (1, 1)


def test_it_is_told_once_and_again_by_the_proof_of_the_next_night() -> None:
    pay_in(AMINA, 100)
    prove_books(now=NOON)
    spoil()
    for minute in range(1, 5):
        watch_books(now=NOON + minute * MINUTE)
    assert (len(told()), LedgerProof.objects.count()) == (1, 2)
    prove_books(now=NOON + timedelta(days=1))
    assert len(told()) == 2


def test_what_was_put_right_lets_money_leave_again() -> None:
    pay_in(AMINA, 100)
    prove_books(now=NOON)
    spoil()
    watch_books(now=NOON + MINUTE)
    spoil(-1)
    assert is_money_stopped()  # until somebody has proved it
    assert prove_books(now=NOON + 2 * MINUTE).is_green
    assert not is_money_stopped()
    assert gauge("resaka_ledger_faults", invariant="I2") == 0


def test_a_look_finds_entries_that_were_added_since_the_last_proof() -> None:
    pay_in(AMINA, 100)
    prove_books(now=NOON)
    move(AMINA, REVENUE, 10, key="a")
    LedgerEntry.objects.filter(transaction__key="a", account__code=REVENUE).update(amount=9)
    proof = watch_books(now=NOON + MINUTE)
    assert proof is not None
    assert [name for name, places in proof.results.items() if places] == ["I1", "I2", "I5"]


def test_a_forged_hold_is_seen() -> None:
    pay_in(AMINA, 100)
    place_hold(key="h", code=AMINA, money=Money(40, "MGA"), expires_at=SOON, now=NOON)
    prove_books(now=NOON)
    Hold.objects.update(amount_minor=30)
    proof = watch_books(now=NOON + MINUTE)
    assert proof is not None
    assert proof.results["I6"] == [AMINA]


def test_a_night_without_proof_is_made_up_for() -> None:
    assert watch_books(now=NOON) is not None  # the first of a new house
    assert watch_books(now=NOON + timedelta(hours=26)) is None
    assert watch_books(now=NOON + timedelta(hours=26, seconds=1)) is not None
    assert LedgerProof.objects.count() == 2


def test_before_the_first_proof_nothing_is_stopped() -> None:
    measure_ledger()
    assert not is_money_stopped()
    assert gauge("resaka_ledger_stopped") == 0
    assert str(gauge("resaka_ledger_proved_at_seconds")) == "nan"


def test_the_jobs_do_it() -> None:
    place_hold(key="h", code="payable:shop:MGA", money=Money(40, "MGA"), expires_at=SOON, now=NOON)
    assert tasks.expire_holds() == (1 if shared_now() >= SOON else 0)
    proof = tasks.prove_ledger()
    assert isinstance(proof, LedgerProof)
    assert proof.is_green
    assert tasks.watch_ledger() is None


def test_who_reads_the_money_of_others_is_noted(vola: User) -> None:
    pay_in(AMINA, 100)
    for code in (AMINA, MVOLA):
        note_reading(account=LedgerAccount.objects.get(code=code), by=vola, now=NOON)
    entry = AuditEntry.objects.get(action="ledger.read")
    assert (entry.object_kind, entry.object_ref) == ("ledger_account", str(LedgerAccount.objects.get(code=AMINA).pk))
    assert sums(AMINA) == (100, 0)
