"""Who a person is by law: sealed as they gave it, opened for justice alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

from django.db import transaction

from accounts.enums import Jurisdiction
from accounts.models import CivilIdentity, User, WithdrawnIdentity
from accounts.services.approvals import Approval, note_opening
from core import sealing
from core.text import clean

SCOPE = "identity"
LENGTHS = {"name": 120, "postal_address": 300}
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{5,23}\Z")
_OLDEST = 120


class IdentityInvalid(ValueError):
    """A part that cannot be what it says: too long, a date to come, a number that is none. `field` says which, "" when all is empty."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Identity:
    """What somebody may have given; empty is not given. `birth_date` is ISO; `email` is put there when an account closes."""

    name: str = ""
    birth_date: str = ""
    postal_address: str = ""
    phone: str = ""
    email: str = ""

    @property
    def parts(self) -> str:
        """The names of what is given."""
        return ",".join(name for name, value in asdict(self).items() if value)


@dataclass(frozen=True, slots=True)
class Opened:
    """What was given, and when it was taken back or replaced; None: it is what stands now."""

    identity: Identity
    given_at: datetime
    withdrawn_at: datetime | None = None


def give_identity(*, user: User, identity: Identity, now: datetime) -> None:
    """Keep what a person gives in place of all that they gave before, which goes the way of what is taken back.

    Raises:
        IdentityInvalid: nothing is changed.
    """
    cleaned = Identity(
        **{field.name: clean(getattr(identity, field.name), lines=field.name == "postal_address") for field in fields(Identity)}
    )
    _check(cleaned, now.date())
    with transaction.atomic():
        _lay_aside(user, now)
        _keep(user, cleaned, now)


def take_identity_back(*, user: User, now: datetime) -> None:
    """Put what a person gave out of everybody's sight; doing it twice changes nothing. It is destroyed by `privacy` within minutes, which
    alone knows what a legal hold keeps: so nobody learns here whether they are held."""
    with transaction.atomic():
        _lay_aside(user, now)


def open_for_legal_request(*, user_id: int, request_ref: str, approvals: Sequence[Approval], held: bool, now: datetime) -> list[Opened]:
    """What a person gave, for an authority, what stands first; empty when they gave nothing. Of a person who is `held` also what they
    took back or replaced and the hold kept; of everybody else that is gone from the second on in which they took it back.

    The audit chain has its entries committed before anything is opened, so this runs in no transaction of a caller.

    Raises:
        NotApproved; core.sealing.SealingError: the row was moved or damaged, or the key is gone.
    """
    with transaction.atomic(durable=True):
        note_opening(action="identity.open", user_id=user_id, request_ref=request_ref, approvals=approvals, now=now)
    rows = CivilIdentity.objects.select_related("user").filter(user_id=user_id)
    former = WithdrawnIdentity.objects.select_related("user").filter(user_id=user_id).order_by("-withdrawn_at", "-pk") if held else ()
    return [Opened(_open(row), row.given_at) for row in rows] + [Opened(_open(row), row.given_at, row.withdrawn_at) for row in former]


def keep_at_closure(*, user: User, email: str, now: datetime) -> None:
    """Put the address of an account that closes beside what its owner gave, where its law asks for that; elsewhere nothing stays."""
    if user.jurisdiction == Jurisdiction.MG:
        take_identity_back(user=user, now=now)
        return
    with transaction.atomic():
        row = CivilIdentity.objects.select_for_update().filter(user=user).first()
        given = _open(row) if row else Identity()
        _keep(user, Identity(**asdict(given) | {"email": email}), now)


def _check(identity: Identity, today: date) -> None:
    if not identity.parts:
        raise IdentityInvalid("")
    for field, length in LENGTHS.items():
        if len(getattr(identity, field)) > length:
            raise IdentityInvalid(field)
    if identity.phone and not _PHONE.match(identity.phone):
        raise IdentityInvalid("phone")
    if identity.birth_date and not _is_birth_date(identity.birth_date, today):
        raise IdentityInvalid("birth_date")


def _is_birth_date(text: str, today: date) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day < today and day.year >= today.year - _OLDEST


def _keep(user: User, identity: Identity, now: datetime) -> None:
    blob = sealing.seal(SCOPE, json.dumps(asdict(identity), ensure_ascii=False).encode(), _ad(user.public_id))
    CivilIdentity.objects.update_or_create(user=user, defaults={"blob": blob, "parts": identity.parts, "given_at": now})


def _lay_aside(user: User, now: datetime) -> None:
    row = CivilIdentity.objects.select_for_update().filter(user=user).first()
    if row is None:
        return
    WithdrawnIdentity.objects.create(user=user, blob=row.blob, parts=row.parts, given_at=row.given_at, withdrawn_at=now)
    row.delete()


def _open(row: CivilIdentity | WithdrawnIdentity) -> Identity:
    return Identity(**json.loads(sealing.open_sealed(SCOPE, bytes(row.blob), _ad(row.user.public_id))))


def _ad(public_id: str) -> str:
    return f"accounts.CivilIdentity.blob:{public_id}"
