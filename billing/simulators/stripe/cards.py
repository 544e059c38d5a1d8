"""Stripe's test cards: what becomes of whoever pays with one. The numbers are those of docs.stripe.com/testing."""

from __future__ import annotations

from dataclasses import dataclass

from billing.simulators.stripe.errors import ApiError, declined
from billing.simulators.stripe.world import Obj, World


@dataclass(frozen=True, slots=True)
class Card:
    """One test card. `asks`: never, unless_set_up (only while the payer is there, once), always."""

    number: str
    token: str
    brand: str = "visa"
    refusal: str = ""
    attaches: bool = True
    asks: str = "never"
    aftermath: str = ""  # what comes of it later: dispute or warning


_ALL = (
    Card("4242424242424242", "pm_card_visa"),
    Card("5555555555554444", "pm_card_mastercard", brand="mastercard"),
    Card("4000000000000002", "pm_card_chargeDeclined", refusal="generic_decline", attaches=False),
    Card("4000000000009995", "pm_card_chargeDeclinedInsufficientFunds", refusal="insufficient_funds", attaches=False),
    Card("4000000000000341", "pm_card_chargeCustomerFail", refusal="generic_decline"),
    Card("4000002500003155", "pm_card_authenticationRequiredOnSetup", asks="unless_set_up"),
    Card("4000002760003184", "pm_card_authenticationRequired", asks="always"),
    Card("4000000000000259", "pm_card_createDispute", aftermath="dispute"),
    Card("4000000000005423", "pm_card_createIssuerFraudRecord", aftermath="warning"),
)
_BY_NUMBER = {card.number: card for card in _ALL}
_BY_TOKEN = {card.token: card for card in _ALL}
_WORDS = {"generic_decline": "Your card was declined.", "insufficient_funds": "Your card has insufficient funds."}


def read_card(number: str) -> Card | None:
    """The card of a number as somebody typed it."""
    return _BY_NUMBER.get("".join(number.split()))


def save_card(world: World, card: Card, customer: str | None, *, method: str = "card") -> Obj:
    """A payment method made of a card.

    Raises:
        ApiError: it does not attach to a customer.
    """
    if customer and not card.attaches:
        raise refusal_of(card)
    details: Obj = {"brand": card.brand, "country": "FR", "exp_month": 12, "exp_year": 2034, "funding": "credit", "last4": card.number[-4:]}
    blank: Obj = {"checks": None, "fingerprint": f"fp{card.number[-8:]}", "generated_from": None, "networks": None, "wallet": None}
    blank |= {"display_brand": card.brand, "regulated_status": "unregulated", "three_d_secure_usage": {"supported": True}}
    if method == "card":
        return world.make("payment_method", type="card", card=details | blank, customer=customer, _card=card, _is_set_up=False)
    return world.make("payment_method", type=method, customer=customer, _card=card, _is_set_up=True)


def find_method(world: World, name: str, customer: str | None) -> Obj:
    """A saved payment method by its id, or a fresh one by the token of a test card.

    Raises:
        ApiError.
    """
    if name in _BY_TOKEN:
        return save_card(world, _BY_TOKEN[name], customer)
    return world.get("payment_method", name, status=400)


def refusal_of(card: Card, **more: object) -> ApiError:
    """What is said of a card that is refused."""
    return declined("card_declined", card.refusal, _WORDS[card.refusal], **more)
