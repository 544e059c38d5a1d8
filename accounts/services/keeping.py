"""The names of an erased account: sealed for as long as the law keeps them, opened for justice alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.enums import Jurisdiction
from accounts.models import KeptAccount, PseudonymHistory, User
from accounts.queries.subscribers import Worn
from accounts.queries.veiling import veil
from accounts.services.approvals import Approval, note_opening
from accounts.services.identity import SCOPE
from core import sealing
from core.erasing import Rows


def veil_names(*, user: User, now: datetime) -> Rows:
    """Take the names that somebody wore out of everybody's sight: sealed where their law keeps them, in the history veiled, so that
    nobody else wears them for a year. `{}` when that was done."""
    with transaction.atomic():
        worn = list(PseudonymHistory.objects.select_for_update().filter(user=user).exclude(pseudonym="").order_by("from_at", "pk"))
        if not worn:
            return {}
        if user.jurisdiction != Jurisdiction.MG:
            names = [[row.pseudonym, row.from_at.isoformat(), (row.to_at or now).isoformat()] for row in worn]
            blob = sealing.seal(SCOPE, json.dumps(names, ensure_ascii=False).encode(), _ad(user.public_id))
            KeptAccount.objects.update_or_create(user=user, defaults={"blob": blob, "closed_at": now})
        for row in worn:
            row.pseudonym, row.skeleton, row.to_at = "", veil(row.skeleton), row.to_at or now
        PseudonymHistory.objects.bulk_update(worn, ["pseudonym", "skeleton", "to_at"])
    return {PseudonymHistory._meta.db_table: len(worn)}


def open_names_for_legal_request(*, user_id: int, request_ref: str, approvals: Sequence[Approval], now: datetime) -> list[Worn]:
    """The names that an erased account wore, for an authority, the oldest first; empty when nothing is kept.

    The audit chain has its entries committed before anything is opened, so this runs in no transaction of a caller.

    Raises:
        NotApproved; core.sealing.SealingError: the row was moved or damaged, or the key is gone.
    """
    with transaction.atomic(durable=True):
        note_opening(action="names.open", user_id=user_id, request_ref=request_ref, approvals=approvals, now=now)
    row = KeptAccount.objects.select_related("user").filter(user_id=user_id).first()
    if row is None:
        return []
    names = json.loads(sealing.open_sealed(SCOPE, bytes(row.blob), _ad(row.user.public_id)))
    return [Worn(name, datetime.fromisoformat(since), datetime.fromisoformat(until)) for name, since, until in names]


def _ad(public_id: str) -> str:
    return f"accounts.KeptAccount.blob:{public_id}"
