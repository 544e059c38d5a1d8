"""What of the work each member of the team may see at all; every page and every deed on a case begins here."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from moderation.enums import StaffRole
from moderation.models import Appeal, Case, Report, StaffProfile

# Who works on cases. An auditor reads the chain and the figures, not what people wrote.
DESK = (StaffRole.MODERATOR, StaffRole.SENIOR, StaffRole.CHILD_SAFETY)


def list_cases_shown_to(staff: StaffProfile) -> QuerySet[Case]:
    """Cases that this person may open: none that is about them or that they reported, those of child safety only in that role,
    and, in that role alone, nothing else."""
    mine = Exists(Report.objects.filter(case=OuterRef("pk"), reporter=staff.user_id))
    shown = Case.objects.filter(~mine).exclude(subject=staff.user_id)
    if not staff.has_role(*DESK):
        return shown.none()
    if not staff.has_role(StaffRole.CHILD_SAFETY):
        shown = shown.filter(child_safety=False)
    elif not staff.has_role(StaffRole.MODERATOR, StaffRole.SENIOR):
        shown = shown.filter(child_safety=True)
    return shown


def list_appeals_shown_to(staff: StaffProfile) -> QuerySet[Appeal]:
    """Appeals that this person may decide: another took the decision, and the matter is not their own."""
    if not staff.has_role(StaffRole.APPEALS):
        return Appeal.objects.none()
    reported = Exists(Report.objects.filter(case=OuterRef("decision__case"), reporter=staff.user_id))
    shown = Appeal.objects.filter(~reported).exclude(decision__moderator=staff)
    shown = shown.exclude(appellant=staff.user_id).exclude(decision__subject=staff.user_id)
    return shown if staff.has_role(StaffRole.CHILD_SAFETY) else shown.filter(decision__case__child_safety=False)
