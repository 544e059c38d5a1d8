"""How the providers do: what they answered in a day, what nobody knows, and how long they have held our money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, Max, Min, Q

from billing.enums import AccountKind, PaymentState, Provider
from billing.models import LedgerAccount, LedgerEntry, Payment, ProviderEvent
from core.money import Money

DAY = timedelta(days=1)
_MOST = 5000


@dataclass(frozen=True, slots=True)
class Health:
    """One provider over the last 24 hours; what is unknown counts whatever its age. Times are None where there is nothing to measure."""

    name: str
    begun: int
    paid: int
    failed: int
    unknown: int
    oldest_unknown: datetime | None
    seconds_to_settle: float | None
    last_event: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a provider holds for us, and since when it has never been nothing."""

    code: str
    money: Money
    since: datetime | None


def list_health(*, now: datetime) -> list[Health]:
    """A line for each provider that was used in the last 24 hours or has something unknown, in four queries."""
    recent, unknown = Q(submitted_at__gte=now - DAY), Q(state=PaymentState.UNKNOWN)
    counts = (
        Payment.objects.filter(recent | unknown)
        .values("provider")
        .annotate(
            begun=Count("pk", filter=recent),
            paid=Count("pk", filter=recent & Q(state=PaymentState.SUCCEEDED)),
            failed=Count("pk", filter=recent & Q(state__in=(PaymentState.FAILED, PaymentState.EXPIRED))),
            unknown=Count("pk", filter=unknown),
            oldest=Min("submitted_at", filter=unknown),
        )
    )
    speeds, events = _speeds(now), _last_events()
    return [
        Health(
            name=Provider(row["provider"]).label,
            begun=row["begun"],
            paid=row["paid"],
            failed=row["failed"],
            unknown=row["unknown"],
            oldest_unknown=row["oldest"],
            seconds_to_settle=speeds.get(row["provider"]),
            last_event=events.get(row["provider"]),
        )
        for row in counts.order_by("provider")
    ]


def list_held() -> list[Held]:
    """Every clearing account that holds something, with the moment at which it last began to; two queries an account."""
    accounts = LedgerAccount.objects.filter(kind=AccountKind.CLEARING).exclude(posted=0).order_by("code")
    return [Held(account.code, Money(account.posted, account.currency), _held_since(account)) for account in accounts]


def _held_since(account: LedgerAccount) -> datetime | None:
    entries = LedgerEntry.objects.filter(account=account)
    empty = entries.filter(balance_after=0).order_by("-pk").values_list("pk", flat=True).first() or 0
    since: datetime | None = entries.filter(pk__gt=empty).order_by("pk").values_list("transaction__created_at", flat=True).first()
    return since


def _speeds(now: datetime) -> dict[str, float]:
    """The median number of seconds from our telling to the money, of those paid in the last 24 hours."""
    paid = Payment.objects.filter(state=PaymentState.SUCCEEDED, settled_at__gte=now - DAY, submitted_at__isnull=False)
    took: dict[str, list[float]] = {}
    for provider, began, ended in paid.order_by("-settled_at").values_list("provider", "submitted_at", "settled_at")[:_MOST]:
        if began is not None and ended is not None:
            took.setdefault(provider, []).append((ended - began).total_seconds())
    return {provider: round(median(seconds), 1) for provider, seconds in took.items()}


def _last_events() -> dict[str, datetime]:
    rows = ProviderEvent.objects.values("provider").annotate(last=Max("received_at"))
    return {row["provider"]: row["last"] for row in rows.order_by("provider")}
