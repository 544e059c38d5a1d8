"""Airtel Money Open API, collection and refund, as a community document for Madagascar has it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any

from billing.simulators.operators import airtel_signing
from billing.simulators.operators.callbacks import Message, write_compact
from billing.simulators.operators.deals import Book, Deal, State
from billing.simulators.operators.speech import Call, Refusal, Reply, ask, move
from billing.simulators.operators.world import World

CLIENT, SECRET = "airtel-client", "airtel-secret"
PAYEE = "0330000001"
_PAYMENT = re.compile(r"/merchant/v[12]/payments/?")
_ENQUIRY = re.compile(r"/standard/v1/payments/([^/]{1,64})")
_REFUND = re.compile(r"/standard/v[12]/payments/refund/?")
_NUMBER = re.compile(r"3[2-9][0-9]{7}")
_WORDS = {
    State.WAITING: "TIP",
    State.CONFIRMED: "TIP",
    State.DOUBT: "TA",
    State.COMPLETED: "TS",
    State.FAILED: "TF",
    State.EXPIRED: "TE",
}


def answer(world: World, call: Call) -> Reply | None:
    """The reply to a call of this interface; None for another's."""
    book = world.books["airtel"]
    if (call.method, call.path) == ("POST", "/auth/oauth2/token"):
        return _give_token(book, call)
    deed = _find_deed(world, book, call)
    if deed is None:
        return None
    if not book.admits(call.header("Authorization")):
        raise Refusal(Reply(401, {"error_description": "Invalid or expired access token", "error": "invalid_token"}))
    if (call.header("X-Country"), call.header("X-Currency")) != ("MG", "MGA"):
        raise Refusal(_status(400, "ROUTER003", "", "Missing or invalid header"))
    if book.knobs.signing and call.method == "POST" and not airtel_signing.is_signed(call):
        raise Refusal(_status(400, "ESB000008", "DP00800001026", "x-signature and payload did not match"))
    return deed()


def _find_deed(world: World, book: Book, call: Call) -> Callable[[], Reply] | None:
    enquiry = _ENQUIRY.fullmatch(call.path)
    if call.method == "GET" and call.path == "/v1/rsa/encryption-keys":
        return lambda: Reply(200, {"data": {"key_id": "1", "key": airtel_signing.public_key()}, "status": {"success": True, "code": "200"}})
    if call.method == "POST" and _REFUND.fullmatch(call.path):
        return lambda: move(world, book, lambda: _refund(world, book, call), _duplicate())
    if call.method == "POST" and _PAYMENT.fullmatch(call.path):
        return lambda: move(world, book, lambda: _make(world, book, call), _duplicate())
    if call.method == "GET" and enquiry:
        return lambda: ask(world, book, lambda: _enquire(book, enquiry[1]))
    return None


def _give_token(book: Book, call: Call) -> Reply:
    if call.read_json() != {"client_id": CLIENT, "client_secret": SECRET, "grant_type": "client_credentials"}:
        return Reply(401, {"error_description": "Invalid client authentication", "error": "invalid_client"})
    token, life = book.give_token()
    return Reply(200, {"token_type": "bearer", "access_token": token, "expires_in": str(life)})


def _make(world: World, book: Book, call: Call) -> Reply:
    said = call.read_json()
    wrong, code = _find_fault(said)
    if wrong:
        return _status(400, code, "DP00800001004" if wrong == "amount" else "", f"Invalid {wrong}")
    name = said["transaction"]["id"]
    with world.lock:
        if name in book.deals:
            return _duplicate()
        deal = book.open(
            Deal(
                id=name,
                reference=said["reference"],
                amount=int(said["transaction"]["amount"]),
                payer=f"0{said['subscriber']['msisdn']}",
                payee=PAYEE,
                made_at=world.clock.now(),
                fate=book.draw_fate(),
                said=said,
                callback_url=book.knobs.callback_url,
            )
        )
    world.begin(book, deal)
    return _tell({"id": name, "status": "SUCCESS"}, "DP00800001006")


def _find_fault(said: Any) -> tuple[str, str]:
    """The first member of the body that is not as it should be, and Airtel's code for it."""
    subscriber, deal = (said.get(name) if isinstance(said, dict) else None for name in ("subscriber", "transaction"))
    if not isinstance(subscriber, dict) or not isinstance(deal, dict):
        return "body", "ROUTER003"
    rules = (
        ("reference", "ESB000008", isinstance(said.get("reference"), str) and 1 <= len(said["reference"]) <= 25),
        ("country", "ESB000034", {subscriber.get("country"), deal.get("country")} == {"MG"}),
        ("currency", "ESB000035", {subscriber.get("currency"), deal.get("currency")} == {"MGA"}),
        ("msisdn", "ESB000033", _is_plain(subscriber.get("msisdn")) and _NUMBER.fullmatch(str(subscriber["msisdn"]))),
        ("amount", "ESB000008", _is_plain(deal.get("amount")) and re.fullmatch(r"[1-9][0-9]{0,11}", str(deal["amount"]))),
        ("id", "ESB000008", isinstance(deal.get("id"), str) and 1 <= len(deal["id"]) <= 64),
    )
    return next(((name, code) for name, code, good in rules if not good), ("", ""))


def _is_plain(value: Any) -> bool:
    """A text or a whole number: one public client says that both pass."""
    return isinstance(value, str) or type(value) is int


def _enquire(book: Book, name: str) -> Reply:
    deal = book.deals.get(name)
    if deal is None:
        return _status(404, "ESB000045", "DP00800001025", "Transaction not found")
    word = "TR" if deal.refunded_at else _WORDS[deal.state]
    paid = {"airtel_money_id": deal.transaction} if deal.transaction else {}
    # as on the wire: `success` says nothing of the payment
    return _tell({"id": name, "status": word, "message": word, **paid}, "DP00800001001" if word == "TS" else "DP00800001006", success=False)


def _refund(world: World, book: Book, call: Call) -> Reply:
    said = call.read_json()
    asked = said.get("transaction") if isinstance(said, dict) else None
    deal = book.transactions.get(str(asked.get("airtel_money_id"))) if isinstance(asked, dict) else None
    if deal is None:
        return _status(404, "ESB000045", "DP00800001025", "Transaction not found")
    with world.lock:
        if deal.refunded_at:
            return _status(400, "ESB000011", "DP00800001008", "Transaction has already been refunded")
        deal.refunded_at = world.clock.now()
    return _tell({"airtel_money_id": deal.transaction, "status": "SUCCESS"}, "DP00800001001", success=False)


def write_message(book: Book, deal: Deal, contrary: bool) -> Message | None:
    """The callback, with a hash where callback authentication is on. What is neither paid nor refused is not told."""
    if not deal.callback_url or deal.state not in {State.COMPLETED, State.FAILED}:
        return None
    paid = (deal.state == State.COMPLETED) is not contrary
    told = {
        "id": deal.id,
        "message": "Paid" if paid else "Refused",
        "status_code": "TS" if paid else "TF",
        "airtel_money_id": deal.transaction,
    }
    secret = book.knobs.callback_secret
    proof = base64.b64encode(hmac.digest(secret.encode(), write_compact(told), hashlib.sha256)).decode() if secret else ""
    return Message("POST", deal.callback_url, {"transaction": told, **({"hash": proof} if proof else {})})


def _duplicate() -> Reply:
    return _status(200, "ESB000041", "DP00900001017", "External transaction id already exists")


def _tell(transaction: dict[str, str], response: str, *, success: bool = True) -> Reply:
    status = {"code": "200", "message": "SUCCESS", "result_code": "ESB000010", "response_code": response, "success": success}
    return Reply(200, {"data": {"transaction": transaction}, "status": status})


def _status(status: int, result: str, response: str, words: str) -> Reply:
    told = {"code": str(status), "message": words, "result_code": result, "response_code": response, "success": False}
    return Reply(status, {"status": told})
