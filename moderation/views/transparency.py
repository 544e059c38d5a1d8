"""The figures of the house, for everybody: on a page, and as files."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from moderation.dsa.figures import Report, to_csv, to_json
from moderation.queries.transparency.report import NoSuchYear, get_shown_report, list_years
from moderation.views.tables import lay_out, sum_up

_WRITERS = {"csv": (to_csv, "text/csv; charset=utf-8"), "json": (to_json, "application/json")}


@require_safe
def transparency(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """What was reported, decided, appealed and asked for by authorities, with the query of every figure."""
    now = timezone.now()
    report = _report(now.year if year is None else year)
    context = {"report": report, "year": report.period.start.year, "years": list_years(now=now)}
    context |= {"headlines": sum_up(report), "groups": lay_out(report)}
    return render(request, "moderation/transparency.html", context)


@require_safe
def download(request: HttpRequest, year: int, form: str) -> HttpResponse:
    """The same for machines."""
    write, kind = _WRITERS[form]
    answer = HttpResponse(write(_report(year)), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="transparency-{year}.{form}"'
    return answer


def _report(year: int) -> Report:
    try:
        return get_shown_report(year=year, now=timezone.now())
    except NoSuchYear as error:
        raise Http404 from error
