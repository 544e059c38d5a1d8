"""Orange Money WebPay 1, as five Malagasy code bases call it."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from billing.simulators.operators.callbacks import Message, is_here
from billing.simulators.operators.deals import Book, Deal, State
from billing.simulators.operators.speech import Call, Refusal, Reply, ask, move
from billing.simulators.operators.world import World

BASIC = base64.b64encode(b"orange-client:orange-secret").decode()
MERCHANT_KEY = "orange-merchant"
PAYEE = "0320000001"
PAGE = "/payment/pay_token/"
_PATH = re.compile(r"/orange-money-webpay/(dev|mg)/v1/(webpayment|transactionstatus)")
_CURRENCY = {"dev": "OUV", "mg": "MGA"}
_WORDS = {
    State.WAITING: "INITIATED",
    State.CONFIRMED: "PENDING",
    State.DOUBT: "PENDING",
    State.COMPLETED: "SUCCESS",
    State.FAILED: "FAILED",
    State.EXPIRED: "EXPIRED",
}


def answer(world: World, call: Call) -> Reply | None:
    """The reply to a call of this interface; None for another's."""
    book = world.books["orange"]
    if (call.method, call.path) == ("POST", "/oauth/v3/token"):
        return _give_token(book, call)
    found = _PATH.fullmatch(call.path)
    if found is None or call.method != "POST":
        return None
    if not book.admits(call.header("Authorization")):
        raise Refusal(_fault(401, 42, "Expired credentials" if call.header("Authorization") else "Invalid credentials"))
    if found[2] == "transactionstatus":
        return ask(world, book, lambda: _tell_status(book, call))
    used = _fault(400, 31, "order_id already used")
    return move(world, book, lambda: _make(world, book, call, found[1]), used)


def _give_token(book: Book, call: Call) -> Reply:
    if call.header("Authorization") != f"Basic {BASIC}":
        return Reply(401, {"error": "invalid_client", "error_description": "The requested service needs credentials"})
    if parse_qs(call.body.decode("utf-8", "replace")) != {"grant_type": ["client_credentials"]}:
        return Reply(400, {"error": "unsupported_grant_type", "error_description": "grant_type"})
    token, life = book.give_token()
    return Reply(200, {"token_type": "Bearer", "access_token": token, "expires_in": str(life) if book.knobs.expires_in_text else life})


def _make(world: World, book: Book, call: Call, place: str) -> Reply:
    said = call.read_json()
    wrong = _find_fault(said, _CURRENCY[place])
    if wrong:
        return _fault(400, 23, f"Missing or invalid body field: {wrong}")
    with world.lock:
        if said["order_id"] in book.references:
            return _fault(400, 31, "order_id already used")
        deal = book.open(
            Deal(
                id=book.draw_name(64, "abcdef0123456789"),
                reference=said["order_id"],
                amount=said["amount"],
                payer="",
                payee=PAYEE,
                made_at=world.clock.now(),
                fate=book.draw_fate(),
                said=said,
                callback_url=said["notif_url"],
                secret=book.draw_name(32, "abcdef0123456789"),
            )
        )
    world.begin(book, deal)
    url = f"http://{call.header('Host')}{PAGE}{deal.id}"
    return Reply(201, {"status": 201, "message": "OK", "pay_token": deal.id, "payment_url": url, "notif_token": deal.secret})


def _find_fault(said: Any, currency: str) -> str:
    """The first field of the body that is not as it should be."""
    if not isinstance(said, dict):
        return "body"
    rules: dict[str, bool] = {
        "merchant_key": said.get("merchant_key") == MERCHANT_KEY,
        "currency": said.get("currency") == currency,
        "order_id": isinstance(said.get("order_id"), str) and 1 <= len(said["order_id"]) <= 30,
        "amount": type(said.get("amount")) is int and said["amount"] > 0,
        "lang": isinstance(said.get("lang"), str) and len(said["lang"]) == 2,
        "reference": isinstance(said.get("reference"), str) and 1 <= len(said["reference"]) <= 30,
        **{name: _is_address(said.get(name)) for name in ("return_url", "cancel_url", "notif_url")},
    }
    return next((name for name, good in rules.items() if not good), "")


def _is_address(value: Any) -> bool:
    """https, or this machine."""
    return isinstance(value, str) and (urlsplit(value).scheme == "https" or is_here(value))


def _tell_status(book: Book, call: Call) -> Reply:
    said = call.read_json()
    deal = book.deals.get(str(said.get("pay_token"))) if isinstance(said, dict) else None
    if deal is None or (said.get("order_id"), said.get("amount")) != (deal.reference, deal.amount):
        return _fault(404, 60, "Resource not found")
    told = {"status": _WORDS[deal.state], "order_id": deal.reference}
    return Reply(200, {**told, "txnid": deal.transaction} if deal.transaction else told)


def write_message(_book: Book, deal: Deal, contrary: bool) -> Message | None:
    """The notification: neither order nor amount, and a token that anybody can repeat."""
    good = (deal.state in {State.COMPLETED, State.CONFIRMED}) is not contrary
    body = {"status": "SUCCESS" if good else "FAILED", "notif_token": deal.secret, "txnid": deal.transaction}
    return Message("POST", deal.callback_url, body)


def _fault(status: int, code: int, words: str) -> Reply:
    return Reply(status, {"code": code, "message": words, "description": words})
