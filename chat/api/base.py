"""What every address of the rooms over REST needs: the router, the forms of numbers, the person and the moment of a request."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

from django.http import HttpRequest
from django.utils import timezone
from ninja import Header, Query, Router

from accounts.models import User
from chat.access import Seat, get_seat
from chat.converters import LARGEST_SEQ
from chat.queries.veils import Reader
from chat.schemas import Refusal

router = Router(tags=["rooms"])
ASeq = Annotated[int, Query(ge=0, le=LARGEST_SEQ)]
MaybeSeq = Annotated[int | None, Query(ge=0, le=LARGEST_SEQ)]
APage = Annotated[int, Query(ge=1, le=10_000)]
UpTo100 = Annotated[int, Query(ge=1, le=100)]
UpTo200 = Annotated[int, Query(ge=1, le=200)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key")]
REFUSALS = {202: Refusal, 400: Refusal, 403: Refusal, 404: Refusal, 409: Refusal, 410: Refusal, 429: Refusal, 503: Refusal}


def me(request: HttpRequest) -> User:
    return cast(User, request.user)


def right_now() -> datetime:
    return timezone.now()


def reader_of(request: HttpRequest) -> Reader:
    return Reader(request.user if isinstance(request.user, User) else None, request.session, right_now())


def seat_of(request: HttpRequest, room: str) -> Seat:
    return get_seat(user=me(request), session=request.session, slug=room, now=right_now())
