"""Whom the methods of the EU profile trust: the last trusted list, while it is fresh."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from accounts.age.certificates import Anchor
from accounts.age.refusals import RefusalCode, demand
from accounts.age.trustedlist import GRACE
from accounts.models import TrustedIssuer


def is_list_fresh(*, now: datetime) -> bool:
    """Whether there is a trusted list and its successor is not too late; else the methods that need it are closed."""
    due = TrustedIssuer.objects.aggregate(due=Max("next_update"))["due"]
    return due is not None and now <= due + GRACE


def list_anchors(*, now: datetime) -> list[Anchor]:
    """The certificates of the list, withdrawn ones marked as such.

    Raises:
        Refused: METHOD_CLOSED, when the list is missing or stale.
    """
    demand(is_list_fresh(now=now), RefusalCode.METHOD_CLOSED)
    rows = TrustedIssuer.objects.order_by("pk")
    return [Anchor(bytes(row.certificate), row.fingerprint, row.country, row.granted) for row in rows]
