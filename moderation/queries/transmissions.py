"""What was told to authorities about the abuse of children, and which cases they have not been told of."""

from __future__ import annotations

from django.db.models import QuerySet

from moderation.models import Case, StaffProfile, Transmission
from moderation.queries.shown import list_cases_shown_to

_MOST = 100


def list_transmissions(*, case: Case) -> list[Transmission]:
    """The files of one case for authorities, oldest first, without their content; at most 100."""
    return list(_rows().filter(case=case).order_by("pk")[:_MOST])


def find_transmission(*, staff: StaffProfile, public_id: str) -> Transmission | None:
    """One file of a case of child safety that this person may open."""
    shown = list_cases_shown_to(staff).filter(child_safety=True)
    return Transmission.objects.select_related("case").filter(public_id=public_id, case__in=shown).first()


def list_untold_cases(*, staff: StaffProfile) -> list[Case]:
    """Cases of child safety of which no authority was told yet, oldest first; at most 100."""
    told = Transmission.objects.filter(transmitted_at__isnull=False).values("case_id")
    return list(list_cases_shown_to(staff).filter(child_safety=True).exclude(pk__in=told).order_by("opened_at")[:_MOST])


def list_pending_transmissions(*, staff: StaffProfile) -> list[Transmission]:
    """What was prepared and not sent, then what no authority has confirmed, those first whose evidence goes first; at most 100 of each."""
    rows = _rows().filter(confirmed_at__isnull=True, case__in=list_cases_shown_to(staff))
    unsent = rows.filter(transmitted_at__isnull=True).order_by("made_at")[:_MOST]
    return [*unsent, *rows.filter(transmitted_at__isnull=False, blob__isnull=False).order_by("keep_until")[:_MOST]]


def _rows() -> QuerySet[Transmission]:
    return Transmission.objects.select_related("case", "made_by", "marked_by").defer("blob")
