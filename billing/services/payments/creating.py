"""A payment is made: once for each form, one open at a time for what is paid."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from billing.enums import PaymentState
from billing.events import PaymentCreated
from billing.ledger.postings import is_bookable
from billing.models import Payment
from billing.providers.base import PaymentProvider, open_text, seal_text
from billing.providers.table import get_provider
from billing.services.payments.limits import check_amount, check_payer, check_prompts, hash_of
from billing.services.payments.pace import CREATED_FOR, LOST_AFTER
from billing.services.payments.states import note_step
from core.ids import parse_client_id
from core.money import Money
from core.outbox import publish


class ClientKeyReused(ValueError):
    """The same form was sent again with other content: it is a new wish, and wants a new form."""


class SubjectOpen(Exception):
    """Somebody is paying this already; `payment` says where it stands."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(payment.our_reference)
        self.payment = payment


class SubjectPaid(Exception):
    """It is paid."""


class NumberMissing(ValueError):
    """This provider rings a telephone, and no number was given."""


class NotBookable(ValueError):
    """What is to be paid has no place in the ledger yet, so nobody may pay it."""


def create_payment(
    *,
    payer: User,
    purpose: str,
    subject_key: str,
    money: Money,
    provider: str,
    client_key: str,
    now: datetime,
    msisdn: str = "",
) -> Payment:
    """Note that somebody wants to pay; the outbox then has it sent. `msisdn` in E.164 for providers that ring a telephone, else ignored.

    The same `client_key` (the UUID of the form) with the same content gives the first payment again: a double click pays once.

    Raises:
        BadClientId, ClientKeyReused, NotConfigured, AmountRefused, PayerNotAdult, NumberMissing, TooManyPrompts, SubjectOpen, SubjectPaid,
        NotBookable.
    """
    key, at = parse_client_id(client_key), get_provider(provider)
    number = _number_for(at, msisdn)
    made = Payment(
        payer=payer,
        purpose=purpose,
        subject_key=subject_key,
        open_key=subject_key,
        amount_minor=money.amount_minor,
        currency=money.currency,
        provider=provider,
        client_key=key,
        msisdn_hash=hash_of(number) if number else "",
        created_at=now,
        expires_at=now + CREATED_FOR,
        next_check_at=now + LOST_AFTER,
    )
    if (first := _find_first(payer, key)) is not None:
        return _demand_same(first, made, number)
    if not is_bookable(purpose):
        raise NotBookable(purpose)
    check_amount(money=money, provider=at)
    check_payer(payer=payer, now=now)
    return _insert(made, number, now)


def _number_for(provider: PaymentProvider, msisdn: str) -> str:
    if not provider.capabilities().needs_msisdn:
        return ""
    if not msisdn:
        raise NumberMissing(provider.name)
    return msisdn


def _find_first(payer: User, key: UUID) -> Payment | None:
    return Payment.objects.filter(payer=payer, client_key=key).first()


def _demand_same(first: Payment, made: Payment, number: str) -> Payment:
    """The first payment of a form, if the form says again what it said."""
    said = ("purpose", "subject_key", "amount_minor", "currency", "provider")
    if any(getattr(first, name) != getattr(made, name) for name in said) or open_text(first, "payer_msisdn") != number:
        raise ClientKeyReused(str(first.client_key))
    return first


def _insert(made: Payment, number: str, now: datetime) -> Payment:
    """Store it; what was stored a moment before by the same form, or for the same subject, decides otherwise."""
    made.payer_msisdn = seal_text(made, "payer_msisdn", number)
    assert made.payer is not None
    try:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=made.payer.pk)  # one form after the other, so that no limit is passed by haste
            if (first := _find_first(made.payer, made.client_key)) is not None:
                return _demand_same(first, made, number)
            _demand_unpaid(made)
            if number:
                check_prompts(payer=made.payer, msisdn_hash=made.msisdn_hash, now=now)
            made.save(force_insert=True)
            note_step(made, before="", why="", by=made.payer, now=now)
            publish(PaymentCreated(made.pk))
    except IntegrityError as error:
        holder = Payment.objects.filter(open_key=made.open_key).first()
        if holder is None:
            raise
        raise SubjectOpen(holder) from error
    return made


def _demand_unpaid(made: Payment) -> None:
    """One thing is paid once, and by one payment at a time."""
    same = Payment.objects.filter(subject_key=made.subject_key)
    if same.filter(state=PaymentState.SUCCEEDED).exists():
        raise SubjectPaid(made.subject_key)
    if (holder := same.filter(open_key=made.subject_key).first()) is not None:
        raise SubjectOpen(holder)
