"""What staff see of age proofs: whom the trusted list names, and whether it is still good."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import TrustedIssuer
from accounts.queries.trustedlist import find_list_standing
from core.readonly import ReadOnlyAdmin


@admin.register(TrustedIssuer)
class TrustedIssuerAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "country", "granted", "fingerprint", "list_sequence", "next_update", "loaded_at")
    list_filter = ("granted", "country")
    search_fields = ("organisation", "fingerprint")
    fields = list_display
    ordering = ("country", "organisation", "pk")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        warn_of_late_list(request)
        return super().changelist_view(request, extra_context)


def warn_of_late_list(request: HttpRequest) -> None:
    """Say on top of the page that the list is late, and until when its methods stay open."""
    now, standing = timezone.now(), find_list_standing()
    if standing is None:
        messages.warning(request, _("Aucune liste d’émetteurs n’a été lue : les méthodes qui en dépendent sont fermées."))
    elif standing.is_closed(now):
        messages.error(request, _("La liste d’émetteurs est périmée : les méthodes qui en dépendent sont fermées."))
    elif standing.is_late(now):
        day = standing.closes_at.strftime("%Y-%m-%d")
        messages.warning(
            request, _("La nouvelle liste d’émetteurs tarde. Sans elle, les méthodes qui en dépendent fermeront le %(day)s.") % {"day": day}
        )
