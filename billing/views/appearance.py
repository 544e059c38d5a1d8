"""The page of the look: theme for everybody, colours for who is entitled to them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import AuthenticatedRequest, member_required
from billing.forms.wallet import LookForm
from billing.queries.entitlements import get_entitlement
from billing.services.appearance import AccentNotIncluded, choose_look


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def appearance(request: AuthenticatedRequest) -> HttpResponse:
    """Choose how the pages look."""
    now, me = timezone.now(), request.user
    form = LookForm(request.POST if request.method == "POST" else None, initial={"theme": me.theme, "accent": me.accent})
    if form.is_valid():
        try:
            choose_look(user=me, theme=form.cleaned_data["theme"], accent=form.cleaned_data["accent"], now=now)
            messages.success(request, _("Apparence enregistrée."))
            return redirect("billing:appearance")
        except AccentNotIncluded:
            form.add_error("accent", _("Cette couleur fait partie de Premium. Les thèmes clair, sombre et à contraste élevé sont à tous."))
    context = {"form": form, "has_colours": bool(get_entitlement(me, "THEMES", now))}
    return render(request, "billing/appearance.html", context, status=422 if form.errors else 200)
