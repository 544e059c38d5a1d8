"""The figures of the money desk: charts drawn by the server, each beside a table of the same numbers, and a file of all days."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from billing.admin.desk import render_page
from billing.models import RevenueDay
from billing.queries.figures.people import list_months, list_plan_counts
from billing.queries.figures.providers import list_health, list_held
from billing.queries.figures.revenue import Currency, list_days, list_revenue, list_steps
from billing.queries.reconciliation import count_open_gaps
from core.charts import Chart, draw_bars, draw_columns
from core.money import Money, format_money

# Days shown, and how many of them one column holds.
SPANS = {30: 1, 90: 7, 365: 30}
_COLUMNS = ("date", "source", "currency", "gross", "refunds", "vat", "fees", "partners", "net")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One currency: its table, its sources as bars, its days as columns."""

    currency: Currency
    by_source: Chart
    by_time: Chart


@require_safe
def show_figures(request: HttpRequest, user: User) -> HttpResponse:
    """Everything on one page; `?days=` chooses how far back."""
    now, days = timezone.now(), _read_days(request)
    since, until = now.date() - timedelta(days=days - 1), now.date()
    months = list_months(now=now)
    return render_page(
        request,
        user,
        "figures.html",
        _("Chiffres"),
        here="figures",
        days=days,
        spans=list(SPANS),
        drawn=[_draw(one, since, until, SPANS[days]) for one in list_revenue(since=since, until=until)],
        plans=list_plan_counts(),
        months=months,
        by_month=draw_columns([(date_format(one.first, "F"), [("opened", one.joined), ("decided", one.converted)]) for one in months]),
        health=list_health(now=now),
        held=list_held(),
        gaps=count_open_gaps(),
    )


@require_safe
def download(request: HttpRequest, user: User) -> HttpResponse:
    """The same days as a file, a line for each day, source and currency; amounts with a point, whatever the language."""
    until = timezone.now().date()
    rows = list_days(since=until - timedelta(days=_read_days(request) - 1), until=until)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="revenue-{until}.csv"'
    writer = csv.writer(answer)
    writer.writerow(_COLUMNS)
    writer.writerows(_line(row) for row in rows)
    return answer


def _line(row: RevenueDay) -> list[str]:
    amounts = (row.gross_minor, row.refunds_minor, row.vat_minor, row.fees_minor, row.partners_minor, row.net_minor)
    return [row.date.isoformat(), row.source, row.currency, *(Money(amount, row.currency).plain for amount in amounts)]


def _draw(currency: Currency, since: date, until: date, step: int) -> Drawn:
    say = partial(_say, currency.code)
    bars = [(str(row.source.label) if row.source else "", [("decided", row.gross.amount_minor)]) for row in currency.rows]
    steps = list_steps(currency=currency.code, since=since, until=until, days=step)
    columns = [(date_format(first, "j F"), [("opened", gross), ("late", back)]) for first, gross, back in steps]
    return Drawn(currency, draw_bars(bars, say), draw_columns(columns))


def _say(currency: str, amount: int) -> str:
    return format_money(Money(amount, currency), get_language() or "fr")


def _read_days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in {str(one) for one in SPANS} else 30
