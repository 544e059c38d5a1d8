"""The service worker at a stable address with root scope: the built file, preceded by what this release is made of."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_GET

_ASSETS = ("dist/app.css", "dist/app.js", "icons/icon-192.png")


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script of the service worker; its version is the hash of all it may cache."""
    built = Path(settings.BASE_DIR) / "static" / "dist" / "sw.js"
    if not built.is_file():
        raise Http404
    assets = [static(path) for path in _ASSETS]
    code = built.read_text(encoding="utf-8")
    version = hashlib.sha256((code + "".join(assets)).encode()).hexdigest()[:12]
    release = {"version": version, "assets": assets, "offline": reverse("offline")}
    response = HttpResponse(f"self.__RESAKA__={json.dumps(release)};\n{code}", content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = "/"
    return response
