"""Deeds for two: what somebody asked for, and the button by which another agrees with a reason of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from moderation.admin.desk import refuse, render_page
from moderation.enums import ApprovalKind
from moderation.models import SecondApproval, StaffProfile
from moderation.queries.approvals import find_approval, find_concerned, list_agreed_approvals, list_waiting_approvals
from moderation.services.approvals import ROLES, ApprovalReasonMissing, NotApproved, NotYoursToApprove, approve

PAGE = "admin:moderation_approvals"
# Agreed to on the pages of the legal desk, which know whom a request or a hold names and let nobody agree in their own matter, on that
# of the retention rules, where the old rule stands beside the new one, on that of a breach, which says what was done, and on that of a
# request, which shows what is refused.
_ELSEWHERE = (
    ApprovalKind.RELEASE_DATA,
    ApprovalKind.LIFT_HOLD,
    ApprovalKind.CHANGE_RETENTION,
    ApprovalKind.CLOSE_BREACH,
    ApprovalKind.REFUSE_DATA_REQUEST,
)


def show_approvals(request: HttpRequest, staff: StaffProfile, **kwargs: Any) -> HttpResponse:
    """What waits for a second person in the roles of whoever looks, and what was agreed to and not yet done."""
    now, kinds = timezone.now(), _kinds_of(staff)
    waiting = list_waiting_approvals(kinds=kinds, now=now)
    agreed = list_agreed_approvals(kinds=kinds, now=now)
    return render_page(request, staff, "approvals.html", _("Accords à deux"), now=now, here="approvals", waiting=waiting, agreed=agreed)


@require_POST
def agree(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Agree, with a reason; whoever asked cannot."""
    asked = _get_approval(staff, public_id)
    try:
        approve(
            approval=asked, by=staff, reason=request.POST.get("reason", ""), concerns=find_concerned(approval=asked), now=timezone.now()
        )
    except ApprovalReasonMissing:
        return refuse(request, _("Dites pourquoi vous êtes d’accord."), PAGE)
    except NotYoursToApprove:
        return refuse(request, _("Une autre personne doit donner cet accord : vous l’avez demandé, ou il vous concerne."), PAGE)
    except NotApproved:
        return refuse(request, _("Trop tard : cette demande a expiré, ou quelqu’un a déjà donné son accord."), PAGE)
    messages.success(request, _("Accord donné. L’acte peut être fait jusqu’à l’heure indiquée."))
    return redirect(PAGE)


def _kinds_of(staff: StaffProfile) -> list[ApprovalKind]:
    return [kind for kind, roles in ROLES.items() if kind not in _ELSEWHERE and staff.has_role(*roles)]


def _get_approval(staff: StaffProfile, public_id: str) -> SecondApproval:
    found = find_approval(public_id=public_id, kinds=_kinds_of(staff))
    if found is None:
        raise Http404
    return found
