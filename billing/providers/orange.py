"""Orange Money WebPay 1: the payer is sent to a page of Orange (docs/mobile-money.md has the contract and its sources).

A reply that is lost harms nobody, for nobody was sent anywhere: a new order is made. Orange finds a payment by its pay_token alone, and
says neither who paid nor how much: that the order and the amount of our question are those of the token is what its answer proves. There
is no refund. Never run against the live service.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from billing.enums import PaymentState, Provider
from billing.models import Payment
from billing.providers import states
from billing.providers.ariary import MGA
from billing.providers.base import (
    NOT_FOUND,
    Capabilities,
    Hint,
    ProviderState,
    PushSent,
    Redirect,
    Refused,
    Unclear,
    callback_url_of,
    open_text,
    return_url_of,
)
from billing.providers.bearer import SECONDS, call_under_token, judge_failure, read_body
from billing.providers.operators import RefundsByHand, StatementsInFiles
from core.http import Answer, BadAnswer, OutboundError, call

_REFUSED = frozenset({400, 401, 403, 404, 429})
_CURRENCY = {"dev": "OUV", "mg": "MGA"}  # OUV lives between us and the sandbox alone
_LARGEST = 10_000_000  # unverified
_PROOF = "notif_sha256"


class OrangeMoney(RefundsByHand, StatementsInFiles):
    """See the module."""

    name = Provider.ORANGE.value
    early = timedelta(seconds=60)

    def __init__(self) -> None:
        self.url = settings.ORANGE_URL
        self._path = f"/orange-money-webpay/{settings.ORANGE_PLACE}/v1/"

    def capabilities(self) -> Capabilities:
        """Ariary, on Orange's own page, and nothing back. A new attempt is a new order, so the same one is never sent twice."""
        return Capabilities(
            currencies=frozenset({MGA}),
            refunds="NONE",
            recurring=False,
            needs_msisdn=False,
            repeatable=False,
            finds_by_reference=True,  # not at Orange; but without tokens of ours it is known that nobody was sent anywhere
            largest={MGA: _LARGEST},
        )

    def ask_token(self) -> Answer:
        """A token, for an hour or for ninety days: sources differ, so its own word counts."""
        headers = {"Authorization": f"Basic {settings.ORANGE_BASIC}"}
        return call("POST", f"{self.url}/oauth/v3/token", headers=headers, form={"grant_type": "client_credentials"}, seconds=SECONDS)

    # ---- A payment --------------------------------------------------------------------------------------------------------------
    def start(self, payment: Payment, *, now: datetime) -> Redirect | PushSent | Refused | Unclear:
        """An order of this attempt, and the page on which it is paid."""
        try:
            answer = call_under_token(self, "POST", f"{self._path}webpayment", data=_write_order(payment), now=now)
        except OutboundError as error:
            return judge_failure(error)
        if answer.status == 201:
            return self._read_begun(payment, answer)
        if answer.status in _REFUSED:
            return Refused(_read_code(answer), retry_later=answer.status == 429, alert=answer.status in {401, 403})
        return Unclear(f"status {answer.status}")

    def _read_begun(self, payment: Payment, answer: Answer) -> Redirect | Unclear:
        try:
            said = answer.read_object()
        except BadAnswer as error:
            return Unclear(str(error))
        names = ("pay_token", "payment_url", "notif_token")
        if said.get("status") != 201 or not all(isinstance(said.get(name), str) and said[name] for name in names):
            return Unclear("no payment_url")
        if not self._may_send_to(said["payment_url"]):
            return Unclear("payment_url is no page of a server that we trust")
        secret = {"order_id": _order_of(payment), "pay_token": said["pay_token"], "notif_token": said["notif_token"]}
        return Redirect(said["payment_url"], provider_ref=_order_of(payment), secret=json.dumps(secret))

    def _may_send_to(self, url: str) -> bool:
        """A page over https, or one of the server that was asked."""
        page, asked = urlsplit(url), urlsplit(self.url)
        return bool(page.hostname) and (page.scheme == "https" or (page.scheme, page.netloc) == (asked.scheme, asked.netloc))

    def fetch(self, payment: Payment, *, now: datetime) -> ProviderState:
        """How the last order stands. Without its tokens nobody was ever sent to a page: nothing can have been paid.

        Raises:
            OutboundError: no answer that counts.
        """
        secret = _open_secret(payment)
        if not secret:
            return ProviderState(PaymentState.FAILED, failure_code="NO_PAGE")
        question = {"order_id": secret["order_id"], "amount": payment.amount_minor, "pay_token": secret["pay_token"]}
        answer = call_under_token(self, "POST", f"{self._path}transactionstatus", data=question, now=now)
        if answer.status == 404:
            return states.unclear(self.name, NOT_FOUND, ours=secret["order_id"])
        if answer.status not in {200, 201}:
            raise BadAnswer(f"status {answer.status}")
        return self._read_state(payment, answer.read_object(), secret["order_id"])

    def _read_state(self, payment: Payment, said: dict[str, Any], order: str) -> ProviderState:
        state, name = states.read_state(states.ORANGE, said.get("status")), said.get("txnid")
        if said.get("order_id") != order:
            return states.unclear(self.name, "OTHER_PAYMENT", ours=order)
        if state == PaymentState.UNKNOWN:
            return states.unclear(self.name, "UNKNOWN_WORD", word=said.get("status"))
        if state != PaymentState.SUCCEEDED:
            return ProviderState(state, provider_ref=order)
        if not isinstance(name, str) or not name:
            return states.unclear(self.name, "NO_TXNID", ours=order)
        return ProviderState(state, provider_ref=order, settle_ref=name, money=payment.money)

    # ---- Events -------------------------------------------------------------------------------------------------------------------
    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> Hint:
        """The notification: no order, no amount, a token that may be repeated for ever. Its hash is for `is_from_orange`.

        Raises:
            ValueError.
        """
        said = read_body(raw)
        token, word = said.get("notif_token"), said.get("status")
        if not isinstance(token, str) or not 1 <= len(token) <= 256 or not isinstance(word, str):
            raise ValueError("not a notification of Orange")
        return Hint(hashlib.sha256(raw).hexdigest(), word[:20], notes={_PROOF: hashlib.sha256(token.encode()).hexdigest()})


def is_from_orange(payment: Payment, notes: Mapping[str, str]) -> bool:
    """Whether a notification carries the token that Orange gave for this payment; compared in a time that tells nothing."""
    token = _open_secret(payment).get("notif_token", "")
    return bool(token) and hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), str(notes.get(_PROOF, "")))


def _order_of(payment: Payment) -> str:
    """An order may be used once: each attempt has its own. 22 of Orange's 30 characters."""
    return f"{payment.our_reference}-{payment.attempt}"


def _open_secret(payment: Payment) -> dict[str, str]:
    text = open_text(payment, "provider_secret")
    read: dict[str, str] = json.loads(text) if text else {}
    return read


def _write_order(payment: Payment) -> dict[str, Any]:
    return {
        "merchant_key": settings.ORANGE_MERCHANT_KEY,
        "currency": _CURRENCY[settings.ORANGE_PLACE],
        "order_id": _order_of(payment),
        "amount": payment.amount_minor,
        "return_url": return_url_of(payment),
        "cancel_url": return_url_of(payment),
        "notif_url": callback_url_of(payment),
        "lang": "fr",
        "reference": settings.ORANGE_SHOP,
    }


def _read_code(answer: Answer) -> str:
    try:
        code = answer.read_object().get("code")
    except BadAnswer:
        code = None
    return f"ORANGE_{code}" if type(code) is int and 0 < code < 100_000 else f"HTTP_{answer.status}"
