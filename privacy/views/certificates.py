"""The page on which anybody checks a certificate of erasure, and the key with which they can do it without us."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from core.signatures import public_fingerprint, public_key
from privacy.erasure.showing import show_certificate
from privacy.forms.certificate import CertificateForm


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Whether a certificate is ours and unaltered; if so, what it says."""
    form = CertificateForm(request.POST, request.FILES) if request.method == "POST" else CertificateForm()
    shown = show_certificate(form.found) if form.is_bound and form.is_valid() and form.found else None
    context = {"form": form, "certificate": shown, "fingerprint": public_fingerprint()}
    return render(request, "privacy/check.html", context, status=422 if form.errors else 200)


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """The public key, for `openssl pkeyutl -verify`."""
    return HttpResponse(public_key(), content_type="application/x-pem-file")
