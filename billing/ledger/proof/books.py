"""What must be true of postings, accounts and holds (I1 to I6). Each asks one statement at a time, so that postings which go on meanwhile
are seen whole or not at all; each says where it is not true, twenty places at most."""

from __future__ import annotations

from itertools import islice

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from billing.enums import HoldState, NormalSide
from billing.ledger.codes import UnknownAccount, read_code
from billing.ledger.holds import CAPTURE
from billing.models import LedgerAccount, LedgerEntry, LedgerTransaction

MOST = 20
_SIGNED = Case(When(normal=NormalSide.CREDIT, then=F("posted")), default=-F("posted"))


def find_unbalanced(*, after: int = 0) -> list[str]:
    """I1: the entries of a posting sum to nothing in each currency, and every posting has some. With `after`, those of later entries."""
    entries = LedgerEntry.objects.all()
    if after:
        entries = entries.filter(transaction__in=LedgerEntry.objects.filter(pk__gt=after).values("transaction"))
    sums = entries.order_by().values("transaction__key", "account__currency").annotate(total=Sum("amount")).exclude(total=0)
    found = [f"{row['transaction__key']} {row['account__currency']} {row['total']}" for row in sums[:MOST]]
    if not after:
        halves = LedgerTransaction.objects.filter(entries__isnull=True).values_list("key", flat=True)
        found += [f"{key} has no entries" for key in halves[: MOST - len(found)]]
    return found


def find_wrong_balances() -> list[str]:
    """I2: what an account has is the sum of its entries, and what its last entry says."""
    total = Coalesce(Sum("entries__amount"), 0)
    counted = Case(When(normal=NormalSide.CREDIT, then=F("total")), default=-F("total"))
    wrong = LedgerAccount.objects.annotate(total=total).annotate(counted=counted).exclude(posted=F("counted"))
    return list(dict.fromkeys([*_codes(wrong), *find_wrong_ends()]))[:MOST]


def find_wrong_ends(*, after: int = 0) -> list[str]:
    """The second half of I2, with `after` of the accounts that have later entries."""
    accounts = LedgerAccount.objects.all()
    if after:
        accounts = accounts.filter(pk__in=LedgerEntry.objects.filter(pk__gt=after).values("account"))
    last = LedgerEntry.objects.filter(account=OuterRef("pk")).order_by("-pk").values("balance_after")[:1]
    return _codes(accounts.annotate(last=Coalesce(Subquery(last), 0)).exclude(posted=F("last")))


def find_unbalanced_currencies() -> list[str]:
    """I3: all accounts of a currency together have nothing."""
    sums = LedgerAccount.objects.order_by().values("currency").annotate(total=Sum(_SIGNED)).exclude(total=0)
    return [f"{row['currency']} {row['total']}" for row in sums[:MOST]]


def find_overdrawn() -> list[str]:
    """I4: no account has less than it holds, but those that may."""
    return _codes(LedgerAccount.objects.filter(Q(allow_negative=False, posted__lt=F("held")) | Q(held__lt=0)))


def find_disguised() -> list[str]:
    """The second half of I4: each account is what its code says, so that nobody made it one of those that may."""
    rows = LedgerAccount.objects.order_by("pk").values_list("code", "kind", "currency", "normal", "allow_negative")
    return list(islice((row[0] for row in rows.iterator(chunk_size=5000) if not _is_as_coded(*row)), MOST))


def find_doubled() -> list[str]:
    """I5, as far as rows alone say it: one posting a key, undone once at most. What a key stands for is looked at with the chain."""
    keys = LedgerTransaction.objects.order_by().values("key").annotate(times=Count("pk")).filter(times__gt=1).values_list("key", flat=True)
    undone = LedgerTransaction.objects.order_by().filter(reverses__isnull=False).values("reverses__key").annotate(times=Count("pk"))
    return [*keys[:MOST], *undone.filter(times__gt=1).values_list("reverses__key", flat=True)[:MOST]][:MOST]


def find_wrong_held() -> list[str]:
    """I6: what an account holds is the sum of its pending holds."""
    kept = Coalesce(Sum("holds__amount_minor", filter=Q(holds__state=HoldState.PENDING)), 0)
    return _codes(LedgerAccount.objects.annotate(kept=kept).exclude(held=F("kept")))


def find_wrong_captures() -> list[str]:
    """The second half of I6: each capture resolved one hold, its own."""
    loose = LedgerTransaction.objects.filter(kind=CAPTURE, resolves__isnull=True).values_list("key", flat=True)
    captures = LedgerTransaction.objects.filter(resolves__isnull=False).values_list("key", "resolves__pk", "resolves__state")
    wrong = (key for key, pk, state in captures.iterator() if key != f"hold:{pk}:capture" or state != HoldState.POSTED)
    return [*loose[:MOST], *islice(wrong, MOST)]


def _is_as_coded(code: str, kind: str, currency: str, normal: str, allow_negative: bool) -> bool:
    try:
        nature = read_code(code)
    except UnknownAccount:
        return False
    return (nature.kind, nature.currency, nature.normal, nature.allow_negative) == (kind, currency, normal, allow_negative)


def _codes(accounts: QuerySet[LedgerAccount]) -> list[str]:
    return list(accounts.order_by("pk").values_list("code", flat=True)[:MOST])
