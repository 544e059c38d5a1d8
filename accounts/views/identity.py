"""Giving one's civil identity, giving it anew, taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.forms.identity import IdentityForm
from accounts.queries.identity import find_given_identity
from accounts.services.identity import IdentityInvalid, give_identity, take_identity_back

# The same words for everybody: whom justice had frozen must not learn it here (GDPR, article 12(3) and (4); counsel reads the text).
TAKEN_BACK = gettext_noop(
    "Votre identité est retirée. Sa destruction est en cours : quelques minutes d’ordinaire, davantage quand la loi l’exige."
)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def identity(request: AuthenticatedRequest) -> HttpResponse:
    """What was given, by name alone, and a form to give it anew."""
    form = IdentityForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            give_identity(user=request.user, identity=form.identity(), now=timezone.now())
        except IdentityInvalid as error:
            form.refuse(error.field)
        else:
            messages.success(request, _("Votre identité est scellée. Personne ne peut la lire ici, pas même vous."))
            return redirect("accounts:identity")
    context = {"form": form, "given": find_given_identity(user=request.user)}
    return render(request, "accounts/identity.html", context, status=422 if form.errors else 200)


@require_POST
@member_required
def delete(request: AuthenticatedRequest) -> HttpResponse:
    """Take it back."""
    take_identity_back(user=request.user, now=timezone.now())
    messages.success(request, _(TAKEN_BACK))
    return redirect("accounts:identity")
