"""Going back to where somebody came from, never to a foreign site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def back_url(request: HttpRequest, default: str) -> str:
    """The address in `next` when it is one of this site, else `default` (a name or an address)."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return asked
    return resolve_url(default)


def go_back(request: HttpRequest, default: str) -> HttpResponseRedirect:
    """Redirect to `back_url`."""
    return HttpResponseRedirect(back_url(request, default))
