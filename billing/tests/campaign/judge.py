"""The books of the house beside those of the operator: who was charged, who was credited, what is still open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum

from accounts.models import User
from billing.enums import GapKind, PaymentState
from billing.models import Gap, LedgerAccount, LedgerEntry, Payment
from billing.services.reconciliation.absent import fail_absent, list_missing
from billing.services.reconciliation.comparing import reconcile_statement
from billing.services.reconciliation.importing import confirm_statement, upload_file
from billing.tests.campaign.stage import OPEN, Run

_REFERENCE = 20  # what Orange adds is the number of the attempt


@dataclass(frozen=True)
class Verdict:
    """All of it nought: nobody lost anything and nothing is forgotten."""

    charged_twice: int
    drift: int  # wallets less what the operator holds for us, in ariary
    paid_not_credited: int
    credited_not_paid: int
    still_open: int
    gaps: int
    suspense: int


def reconcile(run: Run, *, first: User, second: User) -> None:
    """Bring the operator's files of all days of the run and the day after, one of the team each time, another confirms; and compare."""
    days = [(run.began + timedelta(days=number)).date() for number in range((run.now.date() - run.began.date()).days + 2)]
    run.wait(86_400 * 2)
    for day in days:
        data = run.operators.statement(run.provider.lower(), day.isoformat()).encode()
        statement = upload_file(provider=run.provider, day=day, data=data, by=first, now=run.now)
        confirm_statement(statement=statement, by=second, now=run.now)
        reconcile_statement(statement_id=statement.pk, now=run.now)
    fail_absent(provider=run.provider, now=run.now)
    list_missing(provider=run.provider, now=run.now)


def judge(run: Run) -> Verdict:
    """Read both books."""
    deals = [deal for deal in run.operators.deals(run.provider.lower()) if deal["state"] == "COMPLETED" and not deal["refunded_at"]]
    charged = Counter(deal["reference"][:_REFERENCE] for deal in deals)
    credited = set(Payment.objects.filter(state=PaymentState.SUCCEEDED).values_list("our_reference", flat=True))
    wallets = LedgerEntry.objects.filter(account__code__startswith="wallet:").aggregate(total=Sum("amount"))["total"] or 0
    suspense = LedgerAccount.objects.filter(code__startswith="suspense:").aggregate(total=Sum("posted"))["total"] or 0
    return Verdict(
        charged_twice=sum(times > 1 for times in charged.values()),
        drift=wallets - sum(deal["amount"] for deal in deals),
        paid_not_credited=len(charged.keys() - credited),
        credited_not_paid=len(credited - charged.keys()),
        still_open=Payment.objects.filter(state__in=OPEN).count(),
        gaps=Gap.objects.filter(kind__in=GapKind.values, open_key__isnull=False).count(),
        suspense=suspense,
    )
