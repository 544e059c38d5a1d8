"""MVola Merchant Pay 1.0, as its document of 2021-07-12 has it."""

from __future__ import annotations

import base64
import re
import uuid
from typing import Any
from urllib.parse import parse_qs

from billing.simulators.operators.callbacks import Message
from billing.simulators.operators.clock import write_moment
from billing.simulators.operators.deals import OPEN, Book, Deal, State
from billing.simulators.operators.speech import Call, Refusal, Reply, ask, move
from billing.simulators.operators.world import World

KEY, SECRET = "mvola-key", "mvola-secret"
SCOPE = "EXT_INT_MVOLA_SCOPE"
PATH = "/mvola/mm/transactions/type/merchantpay/1.0.0/"
_WORDS = re.compile(r"[A-Za-z0-9 ._,-]{1,50}")
_AMOUNT = re.compile(r"[1-9][0-9]{0,11}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_NUMBER = re.compile(r"03[0-9]{8}")
# What the document demands and its sandbox forgives: that they were missing is counted.
_FORGIVEN = ("UserLanguage", "partnerName", "Cache-Control")


def answer(world: World, call: Call) -> Reply | None:
    """The reply to a call of this interface; None for another's."""
    book = world.books["mvola"]
    if (call.method, call.path) == ("POST", "/token"):
        return _give_token(book, call)
    if not call.path.startswith(PATH):
        return None
    _check_headers(book, call, world)
    rest = call.path.removeprefix(PATH)
    if call.method == "POST" and not rest:
        return move(world, book, lambda: _initiate(world, book, call), _fault(world, 409, "businessRule", "duplicateRequest", "Conflict"))
    if call.method == "GET" and rest.startswith("status/"):
        return ask(world, book, lambda: _tell_status(world, book, rest.removeprefix("status/")))
    if call.method == "GET" and rest:
        return ask(world, book, lambda: _tell_details(world, book, rest))
    return Reply(405, {"fault": {"code": 900905, "message": "Method not allowed for given API resource"}})


def _give_token(book: Book, call: Call) -> Reply:
    form = {name: values[0] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    expected = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    if call.header("Authorization") != expected:
        return Reply(401, {"error": "invalid_client", "error_description": "A valid OAuth client could not be found"})
    if form != {"grant_type": "client_credentials", "scope": SCOPE}:
        return Reply(400, {"error": "unsupported_grant_type", "error_description": "Unsupported grant_type value"})
    token, life = book.give_token()
    shown: int | str = str(life) if book.knobs.expires_in_text else life
    return Reply(200, {"access_token": token, "scope": SCOPE, "token_type": "Bearer", "expires_in": shown})


def _check_headers(book: Book, call: Call, world: World) -> None:
    with world.lock:
        for name in _FORGIVEN:
            book.counts[f"without {name}"] += not call.header(name)
    if not book.admits(call.header("Authorization")):
        said = {"code": 900901, "message": "Invalid Credentials", "description": "Make sure you have given the correct access token"}
        raise Refusal(Reply(401, {"fault": said}))
    account = re.fullmatch(r"msisdn;03[0-9]{8}", call.header("UserAccountIdentifier"))
    if call.header("Version") != "1.0" or not 1 <= len(call.header("X-CorrelationID")) <= 40 or account is None:
        raise Refusal(_fault(world, 400, "validation", "mandatoryValueNotSupplied", "Missing header"))


def _initiate(world: World, book: Book, call: Call) -> Reply:
    said = call.read_json()
    wrong = _find_fault(said)
    if wrong:
        return _fault(world, 400, "validation", "formatError", f"Invalid value for {wrong}")
    url = call.header("X-Callback-URL")
    with world.lock:
        deal = book.open(
            Deal(
                id=str(uuid.UUID(int=book.chance.getrandbits(128), version=4)),
                reference=said["requestingOrganisationTransactionReference"],
                amount=int(said["amount"]),
                payer=said["debitParty"][0]["value"],
                payee=said["creditParty"][0]["value"],
                made_at=world.clock.now(),
                fate=book.draw_fate(),
                said=said,
                callback_url=url,
            )
        )
    world.begin(book, deal)
    return Reply(202, {"status": "pending", "serverCorrelationId": deal.id, "notificationMethod": "callback" if url else "polling"})


def _find_fault(said: Any) -> str:
    """The first member of the body that is not as the document has it."""
    if not isinstance(said, dict):
        return "body"
    text: dict[str, re.Pattern[str]] = {
        "amount": _AMOUNT,
        "currency": re.compile("Ar"),
        "descriptionText": _WORDS,
        "requestingOrganisationTransactionReference": _WORDS,
        "requestDate": _MOMENT,
    }
    for name, form in text.items():
        if not isinstance(said.get(name), str) or form.fullmatch(said[name]) is None:
            return name
    original = said.get("originalTransactionReference", "")
    if not isinstance(original, str) or (original and _WORDS.fullmatch(original) is None):
        return "originalTransactionReference"
    parties = [_read_party(said.get(name)) for name in ("debitParty", "creditParty")]
    if not parties[0] or not parties[1] or parties[0] == parties[1]:
        return "debitParty" if not parties[0] else "creditParty"
    return "" if _has_partner(said.get("metadata")) else "metadata"


def _read_party(party: Any) -> str:
    good = isinstance(party, list) and len(party) == 1 and isinstance(party[0], dict) and party[0].keys() == {"key", "value"}
    if not good or party[0]["key"] != "msisdn" or not isinstance(party[0]["value"], str):
        return ""
    return party[0]["value"] if _NUMBER.fullmatch(party[0]["value"]) else ""


def _has_partner(metadata: Any) -> bool:
    if not isinstance(metadata, list) or not all(isinstance(one, dict) and one.keys() == {"key", "value"} for one in metadata):
        return False
    said = {one["key"]: one["value"] for one in metadata}
    return isinstance(said.get("partnerName"), str) and 1 <= len(said["partnerName"]) <= 50


def _tell_status(world: World, book: Book, name: str) -> Reply:
    deal = book.deals.get(name)
    if deal is None:
        return _fault(world, 404, "identification", "identifierError", "Transaction not found")
    word = "pending" if deal.state in OPEN else _word(deal)
    told = {"status": word, "serverCorrelationId": deal.id, "notificationMethod": "callback" if deal.callback_url else "polling"}
    return Reply(200, {**told, "objectReference": deal.transaction})


def _tell_details(world: World, book: Book, name: str) -> Reply:
    deal = book.transactions.get(name)
    if deal is None:
        return _fault(world, 404, "identification", "identifierError", "Transaction not found")
    told = {
        "amount": f"{deal.amount}.00",
        "currency": "Ar",
        "transactionReference": deal.transaction,
        "transactionStatus": _word(deal),
        "createDate": write_moment(deal.made_at),
        "debitParty": _party(deal.payer),
        "creditParty": _party(deal.payee),
        "metadata": [{"key": "originalTransactionResult", "value": "0"}, {"key": "originalTransactionResultDesc", "value": "0"}],
        "fee": {"feeAmount": _write_fee(deal)},
    }
    return Reply(200, told)


def write_message(_book: Book, deal: Deal, contrary: bool) -> Message | None:
    """The callback: a PUT without signature, amount or reference of the merchant."""
    if not deal.callback_url:
        return None
    completed = (deal.state == State.COMPLETED) is not contrary
    body = {
        "transactionStatus": "completed" if completed else "failed",
        "serverCorrelationId": deal.id,
        "transactionReference": deal.transaction,
        "requestDate": write_moment(deal.ended_at),
        "debitParty": _party(deal.payer),
        "creditParty": _party(deal.payee),
        "metadata": [],
    }
    fees = {"fees": [{"feeAmount": _write_fee(deal)}]} if completed else {}
    return Message("PUT", deal.callback_url, {**body, **fees})


def _word(deal: Deal) -> str:
    return "completed" if deal.state == State.COMPLETED else "failed"


def _party(number: str) -> list[dict[str, str]]:
    return [{"key": "msisdn", "value": number}]


def _write_fee(deal: Deal) -> str:
    """With decimals, as in the sample of the document."""
    return f"{deal.fee}.00"


def _fault(world: World, status: int, category: str, code: str, words: str) -> Reply:
    said = {"errorCategory": category, "errorCode": code, "errorDescription": words, "errorDateTime": write_moment(world.clock.now())}
    return Reply(status, {**said, "errorParameters": [{"key": "mmErrorCode", "value": "4001"}]})
