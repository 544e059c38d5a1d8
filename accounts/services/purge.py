"""What of the accounts goes when its time has come, and how; `privacy` decides and calls."""

from __future__ import annotations

from typing import Any

from accounts.enums import ReviewState
from accounts.models import AgeCheck, BanKey, ConnectionRecord, DeviceMark, DocumentReview, WithdrawnIdentity
from accounts.services.ageproofs import destroy_checks
from accounts.services.connections import list_purgeable
from accounts.services.documents import expire_documents
from accounts.services.registration import destroy_unconfirmed, list_unconfirmed
from core.purging import Shelf, delete_rows


def _all(model: type[Any]) -> Any:
    return lambda now: model.objects.all()


# By the code of their retention; a code may have several shelves.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "CONNECTION": (Shelf(list_purgeable, "expires_at", delete_rows(ConnectionRecord), owner="user_id"),),
    "IDENTITY_WITHDRAWN": (Shelf(_all(WithdrawnIdentity), "withdrawn_at", delete_rows(WithdrawnIdentity), owner="user_id"),),
    "DEVICE_MARK": (Shelf(_all(DeviceMark), "expires_at", delete_rows(DeviceMark), owner="user_id"),),
    "BAN_KEY": (Shelf(_all(BanKey), "expires_at", delete_rows(BanKey)),),
    "AGE_CHECK": (Shelf(_all(AgeCheck), "expires_at", destroy_checks, owner="user_id"),),
    "ID_DOCUMENT": (
        Shelf(lambda now: DocumentReview.objects.filter(state=ReviewState.OPEN), "expires_at", expire_documents, owner="user_id"),
    ),
    "UNCONFIRMED": (Shelf(list_unconfirmed, "created_at", destroy_unconfirmed, owner="pk"),),
}
