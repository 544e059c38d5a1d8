"""What Stripe renews: another card, and the question of one's bank. Both lie on Stripe's pages, to which this one leads."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.models import User
from billing.queries.renewing import find_renewing
from billing.services.reach import NotReached
from billing.services.stripe_pages import NothingRenews, open_card_page, open_confirmation


@never_cache
@require_safe
@member_required
def renewal(request: AuthenticatedRequest) -> HttpResponse:
    """How the renewal stands, and what may be done about it."""
    return render(request, "billing/renewal.html", {"renewal": find_renewing(request.user)})


@never_cache
@require_POST
@member_required
def card(request: AuthenticatedRequest) -> HttpResponse:
    """On to the page on which another card is given."""
    return _lead(request, lambda user: open_card_page(user=user))


@never_cache
@require_POST
@member_required
def confirm(request: AuthenticatedRequest) -> HttpResponse:
    """On to the page on which the bank asks."""
    return _lead(request, lambda user: open_confirmation(user=user))


def _lead(request: AuthenticatedRequest, open_page: Callable[[User], str]) -> HttpResponse:
    """No redirect: `form-action` of Chromium would block one to another host after a form."""
    try:
        url = open_page(request.user)
    except NothingRenews:
        messages.info(request, _("Rien n’attend plus ici."))
        return redirect("billing:renewal")
    except NotReached:
        messages.warning(request, _("Stripe ne répond pas en ce moment. Réessayez dans quelques minutes."))
        return redirect("billing:renewal")
    answer = render(request, "billing/renewal_leaving.html", {"url": url})
    answer["Refresh"] = f"0;url={url}"
    return answer
