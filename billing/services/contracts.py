"""What people tell us about their contract without having to log in: who they say they are, and which contract they mean.

A contract is found by its number together with the address of its account, or by the log-in. What is not found is kept all the same, and
answered by a person: the law gives the right to whoever has a contract, not to whoever types without a slip.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from billing.enums import RequestKind, RequestState
from billing.models import ContractRequest, PlanOrder, Subscription
from billing.models.contract import SCOPE
from billing.services.alarms import Alarm, raise_alarm
from billing.services.deeds import note_deed
from billing.services.writing import address_of
from core.ids import new_public_id
from core.ratelimit import RateLimited, hit
from core.sealing import SealingError, open_sealed, seal
from core.text import clean

REQUESTS_PER_HOUR = 10
LETTERS_A_DAY = 3
NOTE = 500


@dataclass(frozen=True, slots=True)
class Contact:
    """Who somebody says they are. Without `email` the answer goes by post to `address`."""

    name: str
    email: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A form as it was sent: `client_key` is the form's own, `ip` where it came from, `user` whoever is logged in."""

    contact: Contact
    reference: str
    language: str
    client_key: uuid.UUID
    ip: str
    user: User | None = None
    wished_on: date | None = None


class NothingToSettle(Exception):
    """Somebody of the team has settled this request already, or it needed nobody."""


def normalise(reference: str) -> str:
    """A contract's number as it is stored: capitals, without blanks and dashes."""
    return reference.upper().replace("-", "").replace(" ", "")[:24]


def find_contract(told: Told) -> tuple[Subscription | None, PlanOrder | None]:
    """The subscription and the order that a form means, as far as whoever sent it may speak of them: by their log-in, or by number and
    address together. Both None: not found, and nobody is told which of the two was wrong."""
    number = normalise(told.reference)
    orders = PlanOrder.objects.select_related("price__plan", "subscription", "user", "payment")
    order = orders.filter(reference=number).first() if number else None
    rows = Subscription.objects.select_related("price__plan", "user")
    subscription = order.subscription if order else rows.filter(reference=number).first() if number else None
    if not number and told.user is not None:
        return rows.filter(user=told.user, open_key__isnull=False).order_by("pk").first(), None
    owner = order.user if order else subscription.user if subscription else None
    return (subscription, order) if owner is not None and _is_theirs(told, owner) else (None, None)


def _is_theirs(told: Told, owner: User) -> bool:
    if told.user is not None and told.user.pk == owner.pk:
        return True
    return bool(told.contact.email) and told.contact.email.casefold() == address_of(owner).casefold()


def limit(told: Told) -> None:
    """At most ten forms an hour from one place, so that nobody tries numbers.

    Raises:
        RateLimited.
    """
    hit("contract", told.ip, limit=REQUESTS_PER_HOUR, seconds=3600)


def may_write_to(told: Told) -> bool:
    """Whether a letter may go to an address that nobody has proven to be theirs: three a day, so that a form is no way to fill the
    letter box of a stranger. What was asked counts all the same."""
    try:
        hit("contract.letter", told.contact.email.casefold(), limit=LETTERS_A_DAY, seconds=86400)
    except RateLimited:
        return False
    return True


def find_request(told: Told) -> ContractRequest | None:
    """What this same form did when it was sent before."""
    return ContractRequest.objects.filter(client_key=told.client_key).first()


def record(
    *,
    kind: RequestKind,
    state: RequestState,
    told: Told,
    subscription: Subscription | None = None,
    order: PlanOrder | None = None,
    ends_at: datetime | None = None,
    refund_minor: int = 0,
    now: datetime,
) -> ContractRequest:
    """Keep a request with its day and hour, in the caller's transaction; who sent it is sealed. Nobody's contract wakes the team.

    Raises:
        IntegrityError: the same form was sent twice at once.
    """
    row = ContractRequest(
        public_id=new_public_id(),
        client_key=told.client_key,
        kind=kind,
        state=state,
        typed_reference=normalise(told.reference),
        wished_on=told.wished_on,
        language=told.language,
        user=told.user,
        subscription=subscription,
        order=order,
        received_at=now,
        ends_at=ends_at,
        refund_minor=refund_minor,
    )
    row.contact = seal(SCOPE, json.dumps(asdict(told.contact)).encode(), row.contact_ad)
    row.save(force_insert=True)
    if state == RequestState.UNMATCHED:
        raise_alarm(alarm=Alarm.CONTRACT_UNMATCHED, ref=row.public_id, now=now)
    return row


def open_contact(request: ContractRequest) -> Contact:
    """Who sent a request; empty when its key is gone."""
    if request.contact is None:
        return Contact(name="")
    try:
        return Contact(**json.loads(open_sealed(SCOPE, bytes(request.contact), request.contact_ad)))
    except SealingError:
        return Contact(name="")


def settle_request(*, request: ContractRequest, by: User, note: str, now: datetime) -> None:
    """A member of the team has found the contract and done what was asked, or has answered; `note` says what, and it is audited.

    Raises:
        NothingToSettle, ValueError: no note.
    """
    words = clean(note, lines=False)[:NOTE]
    if not words:
        raise ValueError("a request is settled with words")
    with transaction.atomic():
        waiting = ContractRequest.objects.filter(pk=request.pk, state=RequestState.UNMATCHED)
        if not waiting.update(state=RequestState.SETTLED, settled_by=by, settled_at=now, note=words):
            raise NothingToSettle(request.public_id)
        note_deed("billing.request.settle", kind="contract_request", ref=request.public_id, reason=words, by=by, now=now)
