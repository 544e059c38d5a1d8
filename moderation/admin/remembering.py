"""After a decision that took an image away: having it remembered, so that its copies come before a person at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from moderation.admin.claiming import CASE, open_case
from moderation.admin.desk import refuse
from moderation.models import StaffProfile
from moderation.services.hashbank import NothingRemoved, NotYourBank, remember_image


@require_POST
def remember(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Remember the image of a case."""
    case = open_case(staff, public_id)
    try:
        remember_image(case=case, by=staff, now=timezone.now())
    except NothingRemoved:
        return refuse(request, _("Aucune décision en vigueur n’a retiré cette image, ou elle est trop unie."), CASE, public_id=public_id)
    except NotYourBank:
        return refuse(request, _("Votre rôle ne permet pas de retenir cette image."), CASE, public_id=public_id)
    messages.success(request, _("L’image est retenue : ses copies viendront devant une personne."))
    return redirect(CASE, public_id=public_id)
