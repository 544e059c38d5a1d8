"""MVola Merchant Pay 1.0: a question on the payer's telephone (docs/mobile-money.md has the contract and its sources).

It promises nothing about a second call and finds nothing by our reference: it is told once. If its reply is lost, only its callback or its
statement can say what became of it. There is no refund. Never run against the live service.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings

from billing.enums import PaymentState, Provider
from billing.models import Payment
from billing.msisdn import find_msisdn, to_local
from billing.providers import states
from billing.providers.ariary import MGA, read_ariary
from billing.providers.base import (
    Capabilities,
    Hint,
    ProviderState,
    PushSent,
    Redirect,
    Refused,
    Unclear,
    callback_url_of,
    open_text,
)
from billing.providers.bearer import SECONDS, call_under_token, judge_failure, read_body
from billing.providers.operators import RefundsByHand, StatementsInFiles
from core.clock import to_wire
from core.http import Answer, BadAnswer, OutboundError, call

_PATH = "/mvola/mm/transactions/type/merchantpay/1.0.0/"
# Refusals that prove that nothing was processed; 409 is none of them.
_REFUSED = frozenset({400, 401, 402, 403, 404, 429})
_LARGEST = 10_000_000  # unverified: the operator's own limits are lower, by the payer's account, and come as a refusal


class MVola(RefundsByHand, StatementsInFiles):
    """See the module."""

    name = Provider.MVOLA.value
    early = timedelta(seconds=60)

    def __init__(self) -> None:
        self.url = settings.MVOLA_URL

    def capabilities(self) -> Capabilities:
        """Ariary, once, and nothing back."""
        return Capabilities(
            currencies=frozenset({MGA}),
            refunds="NONE",
            recurring=False,
            needs_msisdn=True,
            repeatable=False,
            finds_by_reference=False,
            payee=find_msisdn(settings.MVOLA_MSISDN),
            largest={MGA: _LARGEST},
        )

    def ask_token(self) -> Answer:
        """A token for an hour."""
        pair = base64.b64encode(f"{settings.MVOLA_KEY}:{settings.MVOLA_SECRET}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}", "Cache-Control": "no-cache"}
        form = {"grant_type": "client_credentials", "scope": "EXT_INT_MVOLA_SCOPE"}
        return call("POST", f"{self.url}/token", headers=headers, form=form, seconds=SECONDS)

    # ---- A payment --------------------------------------------------------------------------------------------------------------
    def start(self, payment: Payment, *, now: datetime) -> Redirect | PushSent | Refused | Unclear:
        """Put the question on the payer's telephone."""
        headers = {**self._headers(str(payment.submit_key)), "X-Callback-URL": callback_url_of(payment)}
        try:
            answer = call_under_token(self, "POST", _PATH, headers=headers, data=_write_order(payment, now), now=now)
        except OutboundError as error:
            return judge_failure(error)
        if answer.status in {200, 202}:
            return _read_begun(answer)
        if answer.status in _REFUSED:
            return Refused(_read_code(answer), retry_later=answer.status == 429, alert=answer.status in {401, 403})
        return Unclear(f"status {answer.status}")

    def fetch(self, payment: Payment, *, now: datetime) -> ProviderState:
        """Its status, and the details of one that is completed; UNKNOWN while we have not learned MVola's own name of it.

        Raises:
            OutboundError: no answer that counts.
        """
        if not payment.provider_ref:
            return ProviderState(PaymentState.UNKNOWN)
        said = self._ask(f"status/{quote(payment.provider_ref, safe='')}", now=now)
        if said.get("serverCorrelationId") != payment.provider_ref:
            return states.unclear(self.name, "OTHER_PAYMENT", ours=payment.our_reference)
        state = states.read_state(states.MVOLA, said.get("status"))
        if state == PaymentState.UNKNOWN:
            return states.unclear(self.name, "UNKNOWN_WORD", word=said.get("status"))
        if state == PaymentState.SUCCEEDED:
            return self._fetch_details(payment, said.get("objectReference"), now=now)
        return ProviderState(state, provider_ref=payment.provider_ref)

    def _fetch_details(self, payment: Payment, name: object, *, now: datetime) -> ProviderState:
        """What was moved from whom to whom: the reply carries no reference of ours, so all of it has to agree."""
        if not isinstance(name, str) or not name:
            return states.unclear(self.name, "NO_OBJECT_REFERENCE", ours=payment.our_reference)
        said = self._ask(quote(name, safe=""), now=now)
        money = read_ariary(said.get("amount"), said.get("currency"))
        if (said.get("transactionReference"), said.get("transactionStatus")) != (name, "completed") or money is None:
            return states.unclear(self.name, "DETAILS_DIFFER", ours=payment.our_reference, theirs=name)
        payee, payer = _read_party(said.get("creditParty")), _read_party(said.get("debitParty"))
        if not payee or not payer:
            return states.unclear(self.name, "NO_PARTIES", ours=payment.our_reference, theirs=name)
        return ProviderState(PaymentState.SUCCEEDED, payment.provider_ref or "", name, money, payee, payer)

    def _ask(self, path: str, *, now: datetime) -> dict[str, Any]:
        answer = call_under_token(self, "GET", _PATH + path, headers=self._headers(str(uuid.uuid4())), now=now)
        if answer.status not in {200, 202}:
            raise BadAnswer(f"status {answer.status}")
        return answer.read_object()

    def _headers(self, correlation: str) -> dict[str, str]:
        return {
            "Version": "1.0",
            "X-CorrelationID": correlation,
            "UserLanguage": "FR",
            "UserAccountIdentifier": f"msisdn;{settings.MVOLA_MSISDN}",
            "partnerName": settings.MVOLA_PARTNER,
            "Content-Type": "application/json",
            "Cache-Control": "no-cache",
        }

    # ---- Events -------------------------------------------------------------------------------------------------------------------
    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> Hint:
        """The callback: unsigned, and without a reference of ours. It may bring MVola's own name of a payment whose reply was lost.

        Raises:
            ValueError.
        """
        said = read_body(raw)
        name, word = said.get("serverCorrelationId"), said.get("transactionStatus")
        if not isinstance(name, str) or not 1 <= len(name) <= 64 or not isinstance(word, str):
            raise ValueError("not a callback of MVola")
        return Hint(hashlib.sha256(raw).hexdigest(), word[:20], provider_ref=name)


def _write_order(payment: Payment, now: datetime) -> dict[str, Any]:
    partner = [{"key": "partnerName", "value": settings.MVOLA_PARTNER}, {"key": "fc", "value": "USD"}, {"key": "amountFc", "value": "1"}]
    return {
        "amount": str(payment.amount_minor),
        "currency": "Ar",
        "descriptionText": f"Resaka-{payment.our_reference}",  # one public client says that spaces are refused
        "requestingOrganisationTransactionReference": payment.our_reference,
        "originalTransactionReference": payment.our_reference,
        "requestDate": to_wire(now.astimezone(UTC)),
        "debitParty": [{"key": "msisdn", "value": to_local(open_text(payment, "payer_msisdn"))}],
        "creditParty": [{"key": "msisdn", "value": settings.MVOLA_MSISDN}],
        "metadata": partner,
    }


def _read_begun(answer: Answer) -> PushSent | Unclear:
    try:
        name = answer.read_object().get("serverCorrelationId")
    except BadAnswer as error:
        return Unclear(str(error))
    return PushSent(name) if isinstance(name, str) and name else Unclear("no serverCorrelationId")


def _read_code(answer: Answer) -> str:
    """Why it was refused, in the operator's word; both spellings of its members are met."""
    try:
        said = answer.read_object()
    except BadAnswer:
        return f"HTTP_{answer.status}"
    code = said.get("errorCode") or said.get("ErrorCode")
    return str(code)[:48] if isinstance(code, str) and code else f"HTTP_{answer.status}"


def _read_party(party: object) -> str:
    """The number of a party, as +261…; nothing where there is none."""
    if not isinstance(party, list):
        return ""
    values = [one.get("value") for one in party if isinstance(one, dict) and one.get("key") == "msisdn"]
    return find_msisdn(values[0]) if len(values) == 1 else ""
