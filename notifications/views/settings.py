"""How a person is told: what they choose, and a trial of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import AuthenticatedRequest, member_required
from notifications.forms import SettingsForm
from notifications.services.choosing import TooManyTrials, choices_of, choose, send_trial
from notifications.services.suppressions import has_bounced, trust_address


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def settings(request: AuthenticatedRequest) -> HttpResponse:
    """The page of choices."""
    form = SettingsForm(request.POST if request.method == "POST" else None, choices=choices_of(user=request.user))
    if form.is_valid():
        choose(user=request.user, choices=form.choices(), now=timezone.now())
        messages.success(request, _("Vos choix valent à partir de maintenant."))
        return redirect("notifications:settings")
    context = {"form": form, "bounced": has_bounced(user=request.user)}
    return render(request, "notifications/settings.html", context, status=422 if form.errors else 200)


@require_POST
@member_required
def trial(request: AuthenticatedRequest) -> HttpResponse:
    """A notice by every road."""
    try:
        send_trial(user=request.user, now=timezone.now())
        messages.success(request, _("L’essai est parti : il arrive ici, par courriel, et sur vos appareils s’ils sont activés."))
    except TooManyTrials:
        messages.error(request, _("Trois essais par heure suffisent. Réessayez plus tard."))
    return redirect("notifications:settings")


@require_POST
@member_required
def trust(request: AuthenticatedRequest) -> HttpResponse:
    """The address works again."""
    trust_address(user=request.user)
    messages.success(request, _("Nous écrivons de nouveau à cette adresse."))
    return redirect("notifications:settings")
