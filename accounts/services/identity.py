"""Who a person is by law: sealed as they gave it, opened for justice alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from accounts.enums import Jurisdiction
from accounts.models import CivilIdentity, User
from core import sealing

SCOPE = "identity"


@dataclass(frozen=True, slots=True)
class Identity:
    """What somebody may have given; empty is not given. `birth_date` is ISO."""

    name: str = ""
    birth_date: str = ""
    postal_address: str = ""
    phone: str = ""
    email: str = ""

    @property
    def parts(self) -> str:
        """The names of what is given."""
        return ",".join(name for name, value in asdict(self).items() if value)


def keep_at_closure(*, user: User, email: str, now: datetime) -> None:
    """Put the address of an account that closes beside what its owner gave, where its law asks for that; elsewhere nothing stays."""
    if user.jurisdiction == Jurisdiction.MG:
        CivilIdentity.objects.filter(user=user).delete()
        return
    with transaction.atomic():
        row = CivilIdentity.objects.select_for_update().filter(user=user).first()
        given = _open(row) if row else Identity()
        _keep(user, Identity(**asdict(given) | {"email": email}), now)


def _keep(user: User, identity: Identity, now: datetime) -> None:
    blob = sealing.seal(SCOPE, json.dumps(asdict(identity)).encode(), _ad(user.public_id))
    CivilIdentity.objects.update_or_create(user=user, defaults={"blob": blob, "parts": identity.parts, "given_at": now})


def _open(row: CivilIdentity) -> Identity:
    return Identity(**json.loads(sealing.open_sealed(SCOPE, bytes(row.blob), _ad(row.user.public_id))))


def _ad(public_id: str) -> str:
    return f"accounts.CivilIdentity.blob:{public_id}"
