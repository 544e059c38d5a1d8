"""What everybody may read of the registers: what is done with which data, and for how long each kind is kept."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from privacy.queries.registers import list_activities
from privacy.queries.rules import list_matrix


@require_safe
def data_use(request: HttpRequest) -> HttpResponse:
    """Who answers for the data, where it lies, and each activity of the register in the reader's language."""
    return render(request, "public/data_use.html", {"activities": list_activities(language=(get_language() or "")[:2])})


@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """Every kind of data with the rule that is in force: how long, why, and whether one can have it erased before."""
    return render(request, "public/retention.html", {"rows": list_matrix(now=timezone.now())})
