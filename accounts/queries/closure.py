"""What is left of an account after it closed, for its owner to know beforehand."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.enums import Jurisdiction
from accounts.models import User


def get_kept_data(*, user: User) -> dict[str, Any]:
    """Whether the law that applies to this person keeps identity (5 years) and connections (1 year), and the days of grace.

    Source: décret 2021-1362, articles 2 to 5 (France); law 2014-006, articles 26 to 41 (Madagascar: only on requisition).
    """
    return {"law_keeps": user.jurisdiction != Jurisdiction.MG, "grace": settings.CLOSURE_GRACE}
