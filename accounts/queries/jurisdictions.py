"""Who lives under which law."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from accounts.models import User


def people_under(jurisdictions: Sequence[str]) -> QuerySet[User, Any]:
    """The inward ids of all accounts under these laws, closed ones too: a query to be a part of another one, never to be run."""
    return User.objects.filter(jurisdiction__in=list(jurisdictions)).values("pk")
