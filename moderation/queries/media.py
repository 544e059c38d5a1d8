"""Which evidence a case has: snapshots of what was reported, and pictures, the latter without their bytes."""

from __future__ import annotations

from moderation.models import Case, Evidence

_MOST = 20
_KIND = "MEDIA"


def list_media(*, case: Case) -> list[Evidence]:
    """The pictures of a case, oldest first, without their content; one that several reports kept stands here once; at most 20."""
    rows = Evidence.objects.defer("blob").filter(case=case, kind=_KIND).order_by("pk")[: _MOST * 5]
    once: dict[str, Evidence] = {}
    for row in rows:
        once.setdefault(row.sha256, row)
    return list(once.values())[:_MOST]


def list_snapshots(*, case: Case) -> list[Evidence]:
    """The snapshots of a case, oldest first; at most 20."""
    return list(Evidence.objects.filter(case=case, kind="SNAPSHOT").order_by("pk")[:_MOST])


def find_media(*, case: Case, public_id: str) -> Evidence | None:
    """One picture of this case."""
    return Evidence.objects.filter(case=case, kind=_KIND, public_id=public_id).first()
