"""The published schemas of an archive: for whoever writes a program that reads one. The same lie in every archive."""

from __future__ import annotations

from django.http import Http404, HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core.exporting import SCHEMA_VERSION, Schema
from privacy.export.manifest import MANIFEST_SCHEMA
from privacy.export.table import BY_NAME

_public = cache_control(public=True, max_age=3600)


@_public
@require_safe
def schemas(request: HttpRequest) -> JsonResponse:
    """Which there are, and where."""
    names = ["manifest", *BY_NAME]
    return JsonResponse(
        {"schema_version": SCHEMA_VERSION, "schemas": {name: reverse("privacy:export_schema", args=[name]) for name in names}}
    )


@_public
@require_safe
def schema(request: HttpRequest, name: str) -> JsonResponse:
    """One of them (JSON Schema 2020-12)."""
    found: Schema | None = MANIFEST_SCHEMA if name == "manifest" else BY_NAME[name].schema if name in BY_NAME else None
    if found is None:
        raise Http404
    return JsonResponse(found, content_type="application/schema+json")
