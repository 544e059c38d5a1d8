"""The workload: what waits, how soon it is acted on, who carries how much."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.charts import draw_bars, draw_columns
from moderation.admin.desk import render_page
from moderation.enums import Severity
from moderation.models import StaffProfile
from moderation.queries.workload import Waiting, get_quality, list_days, list_shares, list_speeds, list_waiting


def show_workload(request: HttpRequest, staff: StaffProfile, **kwargs: Any) -> HttpResponse:
    """Figures and charts; the same numbers in both."""
    now = timezone.now()
    waiting, days = list_waiting(now=now), list_days(now=now)
    return render_page(
        request,
        staff,
        "workload.html",
        _("Charge de travail"),
        now=now,
        here="workload",
        waiting=waiting,
        by_severity=draw_bars([(f"S{severity}", _parts(waiting, severity=severity)) for severity in Severity]),
        by_language=draw_bars([(code.upper(), _parts(waiting, language=code)) for code in sorted({row.language for row in waiting})]),
        days=days,
        by_day=draw_columns([(date_format(day, "j F"), [("opened", opened), ("decided", decided)]) for day, opened, decided in days]),
        speeds=list_speeds(now=now),
        shares=list_shares(now=now),
        quality=get_quality(now=now),
    )


def _parts(waiting: list[Waiting], *, severity: Severity | None = None, language: str = "") -> list[tuple[str, int]]:
    rows = [row for row in waiting if severity in (None, row.severity) and language in ("", row.language)]
    late = sum(row.overdue for row in rows)
    return [("late", late), ("open", sum(row.open for row in rows) - late)]
