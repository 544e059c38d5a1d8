"""The money of the house for everybody, a quarter at a time."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.queries.figures.quarters import NoSuchQuarter, Quarter, list_quarters, read_quarter
from billing.queries.figures.revenue import list_revenue


@require_safe
def quarter_figures(request: HttpRequest, year: int | None = None, number: int | None = None) -> HttpResponse:
    """What came in by source, what went back, and what is the partners'; without a quarter the newest one."""
    today = timezone.now().date()
    quarters = list_quarters(today=today)
    shown = _read(year, number, today) if year and number else quarters[0]
    currencies = list_revenue(since=shown.first, until=shown.last)
    context = {"shown": shown, "quarters": quarters, "currencies": currencies, "is_over": shown.last < today}
    return render(request, "billing/figures.html", context)


def _read(year: int, number: int, today: date) -> Quarter:
    try:
        return read_quarter(year=year, number=number, today=today)
    except NoSuchQuarter as error:
        raise Http404 from error
