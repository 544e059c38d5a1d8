"""The door of money: the only way from an outside id to a row."""

from __future__ import annotations

from accounts.models import User
from billing.models import ContractRequest, Invoice, Payment, PlanOrder, SupportRequest, WalletSpend
from billing.queries.staff import is_money_staff
from billing.queries.supportkeys import is_token_of


class PaymentNotFound(LookupError):
    """No such payment, or not this person's."""


def get_payment_for_payer(user: User, public_id: str) -> Payment:
    """A payment of this person.

    Raises:
        PaymentNotFound.
    """
    payment = Payment.objects.filter(payer=user, public_id=public_id).first()
    if payment is None:
        raise PaymentNotFound(public_id)
    return payment


class InvoiceNotFound(LookupError):
    """No such document, or not this person's."""


def get_invoice_for_payer(*, user: User, public_id: str) -> Invoice:
    """An invoice or credit note of this person.

    Raises:
        InvoiceNotFound.
    """
    invoice = Invoice.objects.select_related("corrects").filter(payer=user, public_id=public_id).first()
    if invoice is None:
        raise InvoiceNotFound(public_id)
    return invoice


def get_invoice_for_staff(*, user: User, public_id: str) -> Invoice:
    """Anybody's document, for the part of the team that works on money.

    Raises:
        InvoiceNotFound.
    """
    invoice = Invoice.objects.select_related("payer", "corrects").filter(public_id=public_id).first()
    if invoice is None or not is_money_staff(user):
        raise InvoiceNotFound(public_id)
    return invoice


class SpendNotFound(LookupError):
    """No such spend, or not out of this person's wallet."""


def get_spend_for_payer(*, user: User, public_id: str) -> WalletSpend:
    """What this person paid out of their wallet.

    Raises:
        SpendNotFound.
    """
    found = WalletSpend.objects.filter(user=user, public_id=public_id).first()
    if found is None:
        raise SpendNotFound(public_id)
    return found


class SupportNotFound(LookupError):
    """No such request, or not for this person."""


def get_support_request(*, user: User | None, public_id: str, key: str) -> SupportRequest:
    """A request to the team, for whoever asked, or for whoever holds the link of a letter about a question without account.

    Raises:
        SupportNotFound.
    """
    found = SupportRequest.objects.filter(public_id=public_id).first()
    if found is None or not _may_read(found, user, key):
        raise SupportNotFound(public_id)
    return found


def _may_read(found: SupportRequest, user: User | None, key: str) -> bool:
    if found.user_id is not None:
        return user is not None and found.user_id == user.pk
    return is_token_of(key, found.public_id)


class OrderNotFound(LookupError):
    """No such order of a plan, or not this person's."""


def get_order_for_buyer(*, user: User, public_id: str) -> PlanOrder:
    """An order of a plan that this person made.

    Raises:
        OrderNotFound.
    """
    found = PlanOrder.objects.select_related("price__plan", "payment", "subscription").filter(user=user, public_id=public_id).first()
    if found is None:
        raise OrderNotFound(public_id)
    return found


class RequestNotFound(LookupError):
    """No cancellation or withdrawal under that id."""


def get_contract_request(*, public_id: str) -> ContractRequest:
    """A cancellation or a withdrawal by the id that only whoever sent it was shown: a hundred random bits, and no name behind them.

    Raises:
        RequestNotFound.
    """
    found = ContractRequest.objects.select_related("subscription__price__plan", "order__price__plan").filter(public_id=public_id).first()
    if found is None:
        raise RequestNotFound(public_id)
    return found
