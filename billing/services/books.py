"""The nightly proof of the books, the look of every minute, and what follows when something is wrong: nothing leaves the house."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from billing.ledger import AlreadyProving, look, prove
from billing.models import LedgerAccount, LedgerProof
from billing.queries.ledger import find_last_proof, measure_ledger
from billing.services.alarms import Alarm, raise_alarm
from billing.services.deeds import note_deed

logger = logging.getLogger("resaka.ledger")

# A proof is due each night; this much later somebody must know that there was none.
OVERDUE = timedelta(hours=26)


def prove_books(*, now: datetime) -> LedgerProof:
    """Prove the whole of the books (I1 to I10) and note it. Is it red, then money staff is told at once, and refunds and payouts are
    stopped (`is_money_stopped`) until a later proof is green.

    Raises:
        AlreadyProving: another process proves the same; its word counts.
    """
    proof = prove(now=now)
    measure_ledger()
    if not proof.is_green:
        places = {name: found for name, found in proof.results.items() if found}
        logger.error("the books are wrong; no money leaves the house", extra={"fields": {"proof": proof.number, "places": places}})
        raise_alarm(
            alarm=Alarm.LEDGER_RED,
            ref=", ".join([str(proof.number), *places]),
            once=str(proof.number),
            path=reverse("admin:billing_ledger"),
            now=now,
        )
    return proof


def watch_books(*, now: datetime) -> LedgerProof | None:
    """Look at the books as far as a moment allows. If something seems wrong while the last proof was green, or no proof was made for more
    than a day, prove them whole; that proof, or None when all is well. Runs every minute: an alarm comes within two."""
    last = find_last_proof()
    if last is not None and now - last.created_at <= OVERDUE and not (last.is_green and any(look().values())):
        return None
    try:
        return prove_books(now=now)
    except AlreadyProving:
        return None


def note_reading(*, account: LedgerAccount, by: User, now: datetime) -> None:
    """Note in the audit chain that somebody of the team reads what a person or a partner did with their money. Accounts of the house are
    read without a trace."""
    if account.owner_key is None:
        return
    with transaction.atomic():
        note_deed("ledger.read", kind="ledger_account", ref=str(account.pk), reason="statement", by=by, now=now)
