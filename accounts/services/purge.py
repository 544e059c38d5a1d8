"""What of the accounts goes when its time has come, and how; `privacy` decides and calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from accounts.enums import ReviewState, UserStatus
from accounts.models import (
    AgeAssertion,
    AgeCheck,
    BanKey,
    CivilIdentity,
    ConnectionRecord,
    Consent,
    DeviceMark,
    DocumentReview,
    KeptAccount,
    LoginSession,
    Profile,
    PseudonymHistory,
    WithdrawnIdentity,
)
from accounts.services.ageproofs import destroy_checks
from accounts.services.connections import list_purgeable
from accounts.services.documents import expire_documents
from accounts.services.registration import destroy_unconfirmed, list_unconfirmed
from core.purging import Shelf, delete_rows

# A log-in is noted a moment before its session is written.
_WRITTEN_BY_THEN = timedelta(hours=1)


def _all(model: type[Any]) -> Any:
    return lambda now: model.objects.all()


def _of_the_closed(model: type[Any]) -> Any:
    """The rows of accounts that are gone; their clock is `user__closed_at`."""
    return lambda now: model.objects.filter(user__status=UserStatus.CLOSED, user__closed_at__isnull=False)


def _of_the_left(model: type[Any]) -> Shelf:
    """What closing an account deletes: nothing lies here unless something of that failed."""
    return Shelf(_of_the_closed(model), "user__closed_at", delete_rows(model), owner="user_id")


def _names_of_nobody(now: datetime) -> QuerySet[PseudonymHistory]:
    """Names whose wearer is forgotten; they are kept so that nobody else wears them for a year."""
    return PseudonymHistory.objects.filter(user__isnull=True, to_at__isnull=False)


def _forget_wearers(keys: list[Any]) -> int:
    return PseudonymHistory.objects.filter(pk__in=keys).update(user=None)


def _over_consents(now: datetime) -> QuerySet[Consent]:
    """Consents that were taken back or whose account is gone, with since when."""
    return Consent.objects.annotate(over_at=Coalesce("withdrawn_at", "user__closed_at")).filter(over_at__isnull=False)


def _ended_logins(now: datetime) -> QuerySet[LoginSession]:
    """Log-ins whose session is over."""
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    return LoginSession.objects.filter(started_at__lte=now - _WRITTEN_BY_THEN).exclude(session_key__in=alive)


# By the code of their retention; a code may have several shelves.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "CONNECTION": (Shelf(list_purgeable, "expires_at", delete_rows(ConnectionRecord), owner="user_id"),),
    "IDENTITY": (Shelf(_of_the_closed(CivilIdentity), "user__closed_at", delete_rows(CivilIdentity), owner="user_id"),),
    "IDENTITY_WITHDRAWN": (Shelf(_all(WithdrawnIdentity), "withdrawn_at", delete_rows(WithdrawnIdentity), owner="user_id"),),
    # First whose name it was, then the name; those of an erased account lie sealed apart.
    "ACCOUNT_OTHER": (
        Shelf(_of_the_closed(KeptAccount), "user__closed_at", delete_rows(KeptAccount), owner="user_id"),
        Shelf(_of_the_closed(PseudonymHistory), "user__closed_at", _forget_wearers, owner="user_id"),
        Shelf(_names_of_nobody, "to_at", delete_rows(PseudonymHistory)),
    ),
    "PROFILE": (_of_the_left(Profile),),
    "AGE_ASSERTION": (_of_the_left(AgeAssertion),),
    "SESSION": (
        Shelf(_all(Session), "expire_date", delete_rows(Session)),
        Shelf(_ended_logins, "started_at", delete_rows(LoginSession), owner="user_id"),
    ),
    "CONSENT": (Shelf(_over_consents, "over_at", delete_rows(Consent), owner="user_id"),),
    "DEVICE_MARK": (Shelf(_all(DeviceMark), "expires_at", delete_rows(DeviceMark), owner="user_id"),),
    "BAN_KEY": (Shelf(_all(BanKey), "expires_at", delete_rows(BanKey)),),
    "AGE_CHECK": (Shelf(_all(AgeCheck), "expires_at", destroy_checks, owner="user_id"),),
    "ID_DOCUMENT": (
        Shelf(lambda now: DocumentReview.objects.filter(state=ReviewState.OPEN), "expires_at", expire_documents, owner="user_id"),
    ),
    "UNCONFIRMED": (Shelf(list_unconfirmed, "created_at", destroy_unconfirmed, owner="pk"),),
}
