"""Airtel Money Open API: a question on the payer's telephone (docs/mobile-money.md has the contract and its sources).

Airtel finds a payment by our own name, so whatever is unclear is asked, and told once more under the same name only when it is not found.
The word of `data.transaction.status` decides alone. Never run against the live service.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings

from billing.enums import PaymentState, Provider
from billing.models import Payment, Refund
from billing.msisdn import to_subscriber
from billing.providers import airtel_codes, states
from billing.providers.airtel_signing import BadKey, read_key, sign
from billing.providers.ariary import MGA
from billing.providers.base import (
    NOT_FOUND,
    BadSignature,
    Capabilities,
    Hint,
    Manual,
    ProviderState,
    PushSent,
    Redirect,
    Refunded,
    RefundPending,
    Refused,
    Unclear,
    open_text,
)
from billing.providers.bearer import SECONDS, NoToken, call_under_token, judge_failure, read_body
from billing.providers.operators import StatementsInFiles
from core.http import Answer, BadAnswer, OutboundError, call

_HEADERS = {"X-Country": "MG", "X-Currency": MGA, "Content-Type": "application/json", "Accept": "*/*"}
_REFUSED = frozenset({400, 401, 403, 404})
_LARGEST = 10_000_000  # unverified
# What its answers to a submit and to a refund say of what was taken on.
_QUEUED = frozenset({"SUCCESS", "TIP", "TI", "TS"})
_REVERSED = frozenset({"SUCCESS", "TS", "TR"})


class NoKey(NoToken):
    """The key for signing could not be had."""


class AirtelMoney(StatementsInFiles):
    """See the module."""

    name = Provider.AIRTEL.value
    early = timedelta(seconds=15)

    def __init__(self) -> None:
        self.url = settings.AIRTEL_URL

    def capabilities(self) -> Capabilities:
        """Ariary, and all of it back."""
        return Capabilities(
            currencies=frozenset({MGA}),
            refunds="FULL",
            recurring=False,
            needs_msisdn=True,
            repeatable=False,  # only after an enquiry that found nothing
            finds_by_reference=True,
            largest={MGA: _LARGEST},
        )

    def ask_token(self) -> Answer:
        """A token; some live three minutes."""
        said = {"client_id": settings.AIRTEL_CLIENT, "client_secret": settings.AIRTEL_SECRET, "grant_type": "client_credentials"}
        return call("POST", f"{self.url}/auth/oauth2/token", headers={"Accept": "*/*"}, data=said, seconds=SECONDS)

    # ---- A payment --------------------------------------------------------------------------------------------------------------
    def start(self, payment: Payment, *, now: datetime) -> Redirect | PushSent | Refused | Unclear:
        """Put the question on the payer's telephone, under our own name of the payment."""
        try:
            answer = self._post("/merchant/v1/payments/", _write_order(payment), now=now)
        except OutboundError as error:
            return judge_failure(error)
        said = _read(answer)
        if answer.status == 200 and _word_in(said) in _QUEUED:
            return PushSent(payment.our_reference)
        if answer.status == 429:
            return Refused("HTTP_429", retry_later=True)
        return _judge_refusal(answer, said)

    def fetch(self, payment: Payment, *, now: datetime) -> ProviderState:
        """The word of its status; UNKNOWN with the code NOT_FOUND where Airtel has no such payment. It says neither amount nor payer.

        Raises:
            OutboundError: no answer that counts.
        """
        status, said = self._enquire(payment, now=now)
        transaction, word = _transaction_in(said), _word_in(said)
        if not transaction and airtel_codes.says_not_found(said.get("status")):
            return ProviderState(PaymentState.UNKNOWN, failure_code=NOT_FOUND)
        if status != 200:
            raise BadAnswer(f"status {status}")
        if transaction.get("id") != payment.our_reference:
            return states.unclear(self.name, "OTHER_PAYMENT", ours=payment.our_reference)
        if word not in states.AIRTEL:
            return states.unclear(self.name, "UNKNOWN_WORD", word=word, ours=payment.our_reference)
        return self._read_state(payment, word, transaction, said)

    def _read_state(self, payment: Payment, word: str, transaction: dict[str, Any], said: dict[str, Any]) -> ProviderState:
        state, name = states.AIRTEL[word], transaction.get("airtel_money_id")
        if state != PaymentState.SUCCEEDED:
            codes = airtel_codes.codes_in(said.get("status"))
            why = next((code for code in codes if airtel_codes.class_of(code) == airtel_codes.FAILED), word)
            failed = state in {PaymentState.FAILED, PaymentState.EXPIRED}
            return ProviderState(state, payment.our_reference, failure_code=why if failed else "")
        if not isinstance(name, str) or not name:
            return states.unclear(self.name, "NO_AIRTEL_MONEY_ID", ours=payment.our_reference)
        return ProviderState(state, payment.our_reference, settle_ref=name)

    def _enquire(self, payment: Payment, *, now: datetime) -> tuple[int, dict[str, Any]]:
        path = f"/standard/v1/payments/{quote(payment.our_reference, safe='')}"
        answer = call_under_token(self, "GET", path, headers=_HEADERS, now=now)
        if answer.status not in {200, 400, 404}:
            raise BadAnswer(f"status {answer.status}")
        return answer.status, answer.read_object()

    # ---- Back -------------------------------------------------------------------------------------------------------------------
    def refund(self, refund: Refund, *, now: datetime) -> Refunded | RefundPending | Refused | Unclear | Manual:
        """All of a payment back; a part of it by hand, for there is no call for that."""
        payment = refund.payment
        if refund.amount_minor != payment.amount_minor or not payment.settle_ref:
            return Manual()
        try:
            answer = self._post("/standard/v1/payments/refund", {"transaction": {"airtel_money_id": payment.settle_ref}}, now=now)
        except OutboundError as error:
            return judge_failure(error)
        said = _read(answer)
        word, name = _word_in(said), _transaction_in(said).get("airtel_money_id")
        if answer.status == 200 and word in _REVERSED:
            return Refunded(name if isinstance(name, str) and name else payment.settle_ref)
        if answer.status == 200 and word in {"TIP", "TI"}:
            return RefundPending(payment.settle_ref)
        return _judge_refusal(answer, said)

    def fetch_refund(self, refund: Refund, *, now: datetime) -> ProviderState:
        """SUCCEEDED where the payment itself is told as reversed (TR). That one is not may mean that it never says so: the statement knows.

        Raises:
            OutboundError: no answer that counts.
        """
        status, said = self._enquire(refund.payment, now=now)
        if status == 200 and _word_in(said) == "TR":
            name = refund.payment.settle_ref or ""
            return ProviderState(PaymentState.SUCCEEDED, provider_ref=name, settle_ref=name)
        return ProviderState(PaymentState.UNKNOWN)

    # ---- Events, statements -----------------------------------------------------------------------------------------------------
    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> Hint:
        """The callback; where callback authentication is on, with a hash of its `transaction`.

        Raises:
            BadSignature. ValueError.
        """
        said = read_body(raw)
        transaction = said.get("transaction")
        if not isinstance(transaction, dict) or not isinstance(transaction.get("id"), str) or not 1 <= len(transaction["id"]) <= 64:
            raise ValueError("not a callback of Airtel")
        if settings.AIRTEL_CALLBACK_SECRET and not _is_hash_of(said.get("hash"), transaction):
            raise BadSignature("hash")
        return Hint(hashlib.sha256(raw).hexdigest(), str(transaction.get("status_code", ""))[:20], payment_ref=transaction["id"])

    def _post(self, path: str, data: Mapping[str, Any], *, now: datetime) -> Answer:
        """Exactly the bytes that are signed, where they are."""
        body = _write_compact(data)
        signature = sign(body, self._fetch_key(now=now)) if settings.AIRTEL_SIGNING else {}
        return call_under_token(self, "POST", path, headers={**_HEADERS, **signature}, content=body, now=now)

    def _fetch_key(self, *, now: datetime) -> Any:
        """Airtel's key; that it cannot be had proves that nothing was sent."""
        try:
            answer = call_under_token(self, "GET", "/v1/rsa/encryption-keys", headers=_HEADERS, now=now)
            data = answer.read_object().get("data")
            return read_key(data.get("key") if isinstance(data, dict) else None)
        except (OutboundError, BadKey) as error:
            raise NoKey(f"{type(error).__name__}: {error}", refused=False) from error


def _write_order(payment: Payment) -> dict[str, Any]:
    """Our reference twice: one source calls the first the name of a payment, another the second."""
    place = {"country": "MG", "currency": MGA}
    return {
        "reference": payment.our_reference,
        "subscriber": {**place, "msisdn": to_subscriber(open_text(payment, "payer_msisdn"))},
        "transaction": {"amount": payment.amount_minor, **place, "id": payment.our_reference},
    }


def _write_compact(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


def _read(answer: Answer) -> dict[str, Any]:
    """The body; nothing where it cannot be read."""
    try:
        return answer.read_object()
    except BadAnswer:
        return {}


def _transaction_in(said: dict[str, Any]) -> dict[str, Any]:
    data = said.get("data")
    transaction = data.get("transaction") if isinstance(data, dict) else None
    return transaction if isinstance(transaction, dict) else {}


def _word_in(said: dict[str, Any]) -> str:
    word = _transaction_in(said).get("status")
    return word if isinstance(word, str) else ""


def _judge_refusal(answer: Answer, said: dict[str, Any]) -> Refused | Unclear:
    """Nothing was begun for sure only where every code of the answer says so, or where the door itself was shut."""
    code, kind = airtel_codes.judge_refusal(said.get("status"))
    if answer.status in {401, 403} and not code:
        return Refused(f"HTTP_{answer.status}", retry_later=True, alert=True)
    if kind in {airtel_codes.FAILED, airtel_codes.CONFIG} and answer.status in _REFUSED | {200}:
        return Refused(code, alert=kind == airtel_codes.CONFIG)
    return Unclear(f"status {answer.status} {code}".strip())


def _is_hash_of(given: object, transaction: dict[str, Any]) -> bool:
    secret = settings.AIRTEL_CALLBACK_SECRET.encode()
    expected = base64.b64encode(hmac.digest(secret, _write_compact(transaction), hashlib.sha256))
    return isinstance(given, str) and hmac.compare_digest(expected, given.encode())
