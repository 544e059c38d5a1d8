"""The desk of data protection: what it may read and do with the requests of others. Every reading of a person's words is noted first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services.ageproofs import change_birth_year
from accounts.services.registration import AgeImplausible, UnderAge, birth_year_of
from core.sealing import SealingError, open_sealed
from moderation.enums import StaffRole
from privacy.enums import RequestKind, RequestTopic
from privacy.models import DataRequest
from privacy.services.requests import SHORTEST, RequestOver, WordsMissing, close_request, note_staff

if TYPE_CHECKING:
    from moderation.models import StaffProfile

# What people answer. Copies and erasures are made by the house, and by nobody's hand.
ANSWERED_BY_PEOPLE = (RequestKind.RECTIFICATION, RequestKind.RESTRICTION, RequestKind.OBJECTION)


class NotYours(PermissionError):
    """Not somebody of data protection, or their own request."""


class YearImpossible(ValueError):
    """A year in which nobody who may be here was born."""


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in a request. Empty where nothing was written, or where its key is gone."""

    words: str = ""
    answer: str = ""


def open_request(request: DataRequest) -> Content:
    """The words of a request and its answer, for its own person. The team reads by `read_request`."""
    return Content(_open(request, "wrote"), _open(request, "answer"))


def read_request(*, request: DataRequest, by: StaffProfile, now: datetime) -> Content:
    """The words of a request for somebody of data protection; that they read them stands in the audit chain before they do.

    Raises:
        NotYours.
    """
    check_desk(request, by)
    with transaction.atomic():
        note_staff("request.read", request, by, request.kind, now)
    return open_request(request)


def answer_request(*, request: DataRequest, words: str, by: StaffProfile, birth_year: int | None = None, now: datetime) -> None:
    """Answer a request that people answer, and tell its person. With `birth_year`, for a rectification of that topic: the year is put
    right in the same deed, and proofs of age that were shown under the old one end.

    Raises:
        NotYours, WordsMissing, YearImpossible; privacy.services.requests.RequestOver: closed, or of a kind that nobody answers.
    """
    check_desk(request, by)
    if request.kind not in ANSWERED_BY_PEOPLE:
        raise RequestOver(request.kind)
    if len(words.strip()) < SHORTEST:
        raise WordsMissing
    with transaction.atomic():
        if birth_year is not None:
            _rectify_year(request, birth_year, now)
        close_request(request=request, words=words, by=by, now=now)


def check_desk(request: DataRequest, by: StaffProfile) -> None:
    """Raises:
    NotYours.
    """
    if not by.has_role(StaffRole.DATA_PROTECTION) or request.user_id == by.user_id:
        raise NotYours(by.handle)


def _rectify_year(request: DataRequest, birth_year: int, now: datetime) -> None:
    if request.topic != RequestTopic.BIRTH_YEAR:
        raise YearImpossible(request.topic)
    try:
        birth_year_of(birth_date=None, age=now.year - birth_year, today=now.date())
    except (AgeImplausible, UnderAge) as error:
        raise YearImpossible(str(birth_year)) from error
    change_birth_year(user=request.user, birth_year=birth_year)


def _open(request: DataRequest, column: str) -> str:
    blob = getattr(request, column)
    if blob is None:
        return ""
    try:
        return open_sealed(request.scope, bytes(blob), request.sealing_ad(column)).decode()
    except SealingError:
        return ""
