"""Proving the whole of the books, and looking at what can be seen in a moment."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from billing.ledger.proof import books, payments
from billing.ledger.proof.chain import AUDIT_KIND, read_chain
from billing.models import LedgerEntry, LedgerProof
from core import audit

INVARIANTS = tuple(f"I{number}" for number in range(1, 11))


class AlreadyProving(Exception):
    """Somebody else proved the same entries meanwhile; theirs counts."""


def prove(*, now: datetime) -> LedgerProof:
    """Read all books (I1 to I10) while postings go on, note what was found, and lengthen the chain; also in the audit chain of the house.

    Takes seconds for a million entries; it holds no lock while it reads.

    Raises:
        AlreadyProving.
    """
    before = LedgerProof.objects.order_by("-number").first()
    newest = LedgerEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    until = max(newest, before.last_entry_id if before else 0)  # entries cut off from the end do not turn the chain around
    results = {
        "I1": books.find_unbalanced(),
        "I2": books.find_wrong_balances(),
        "I3": books.find_unbalanced_currencies(),
        "I4": books.find_overdrawn() + books.find_disguised(),
        "I5": books.find_doubled(),
        "I6": books.find_wrong_held() + books.find_wrong_captures(),
        "I8": payments.find_fractions(),
        "I9": payments.find_stuck_clearing(now),
        "I10": payments.find_unposted(),
    }
    reading = read_chain(until=until)
    results["I5"] += reading.other_lines
    results["I7"] = reading.broken
    proof = LedgerProof(
        number=before.number + 1 if before else 1,
        date=now.date(),
        is_green=not any(results.values()),
        results={name: results[name][: books.MOST] for name in INVARIANTS},
        last_entry_id=until,
        chain=reading.end,
        created_at=now,
    )
    return _note(proof, now)


def look() -> dict[str, list[str]]:
    """What is wrong at first sight: balances, holds and overdrafts of all accounts, and the entries since the last proof. Cheap enough
    for every minute."""
    proof = LedgerProof.objects.order_by("-number").first()
    after = proof.last_entry_id if proof else 0
    return {
        "I1": books.find_unbalanced(after=after),
        "I2": books.find_wrong_ends(after=after),
        "I3": books.find_unbalanced_currencies(),
        "I4": books.find_overdrawn(),
        "I6": books.find_wrong_held(),
    }


def _note(proof: LedgerProof, now: datetime) -> LedgerProof:
    found = ", ".join(f"{name} {len(places)}" for name, places in proof.results.items() if places)
    try:
        with transaction.atomic():
            proof.save(force_insert=True)
            entry = audit.Entry("ledger.prove", AUDIT_KIND, str(proof.number), reason=found or "green", after=proof.chain, role="system")
            audit.append(entry, now=now)
    except IntegrityError as error:  # its number is taken
        raise AlreadyProving from error
    return proof
