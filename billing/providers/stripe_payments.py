"""STRIPE as a provider of payments: Checkout, refunds, statements, events. docs/stripe.md has the rules and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings

from billing.enums import LineKind, PaymentState, Provider, RefundReason, RefundState
from billing.models import Payment, PlanOrder, Refund
from billing.providers import states
from billing.providers.base import (
    NOT_FOUND,
    Capabilities,
    Hint,
    Manual,
    ProviderState,
    PushSent,
    Redirect,
    Refunded,
    RefundPending,
    Refused,
    StatementRow,
    Unclear,
)
from billing.providers.bearer import judge_failure
from billing.providers.stripe import VERSION, Denied, Said, open_gateway
from billing.providers.stripe_changes import begin_change, find_change, lead_to_invoice
from billing.providers.stripe_events import read_event
from billing.providers.stripe_objects import (
    judge_invoice,
    judge_refund,
    judge_session,
    note_of,
    read_invoice,
    read_moment,
    read_money,
    ref_of,
)
from billing.providers.stripe_offers import make_offer
from core.http import OutboundError
from core.money import Money

CURRENCIES = frozenset({"EUR", "USD", "MGA", "KMF", "MUR", "SCR"})
# As long as a key is kept. What Stripe does not have after that, it will never have: nobody was sent to a page of it.
KEY_LIFE = timedelta(hours=24)
_SKEW = timedelta(minutes=10)
_REASONS = {RefundReason.DUPLICATE: "duplicate", RefundReason.FRAUD: "fraudulent"}
_KINDS = {
    "charge": LineKind.PAYMENT,
    "payment": LineKind.PAYMENT,
    "refund": LineKind.REFUND,
    "payment_refund": LineKind.REFUND,
    "refund_failure": LineKind.REFUND,
    "payment_failure_refund": LineKind.REFUND,
    "adjustment": LineKind.DISPUTE,
    "payout": LineKind.PAYOUT,
    "payout_failure": LineKind.PAYOUT,
    "payout_cancel": LineKind.PAYOUT,
    "stripe_fee": LineKind.FEE,
}


class Stripe:
    """See the module."""

    name = Provider.STRIPE.value

    def capabilities(self) -> Capabilities:
        """All but telephones; the same submit may be sent again for a day, and everything is found by our reference."""
        return Capabilities(
            currencies=CURRENCIES,
            refunds="PARTIAL",
            recurring=True,
            needs_msisdn=False,
            repeatable=True,
            finds_by_reference=True,
            api_version=VERSION,
        )

    # ---- A payment --------------------------------------------------------------------------------------------------------------
    def start(self, payment: Payment, *, now: datetime) -> Redirect | PushSent | Refused | Unclear:
        """A page of Stripe's for the payer. Where the answer is lost, or was a failure that Stripe keeps with the key, the page is looked
        for among those that were made: a second one is never asked for under another key. An order that changes what is renewed is asked
        of the card that Stripe keeps, and has a page if its bank asks."""
        if (order := _changed_by(payment)) is not None:
            return self._start_change(payment, order)
        key = f"payment:{payment.public_id}:start:{payment.attempt}"
        gateway = open_gateway()
        try:
            made = gateway.create_session(make_offer(gateway, payment), key=key)
        except OutboundError as error:
            return self._judge_start(payment, error, now)
        return _lead_to(made)

    def _judge_start(self, payment: Payment, error: OutboundError, now: datetime) -> Redirect | Refused | Unclear:
        judged = _judge(error)
        if isinstance(judged, Refused) and payment.checks == 0:
            return judged
        try:
            found = self._find_session(payment, now=now)
        except OutboundError:
            return Unclear(str(error))
        if found is not None and found.get("status") == "open":
            return _lead_to(found)
        return judged if found is None else Unclear("the page is closed")

    def _start_change(self, payment: Payment, order: PlanOrder) -> Redirect | PushSent | Refused | Unclear:
        """A try after the first looks first whether the change was made."""
        gateway = open_gateway()
        try:
            found = find_change(gateway, payment, order) if payment.checks else None
            return lead_to_invoice(found) if found is not None else begin_change(gateway, payment, order)
        except OutboundError as error:
            return _judge(error)

    def fetch(self, payment: Payment, *, now: datetime) -> ProviderState:
        """How its session stands, or of a renewal or a change its invoice. One whose answer was lost is looked for by our reference, or
        behind the subscription that it changes.

        Raises:
            OutboundError.
        """
        ref = payment.provider_ref or ""
        if not ref and (order := _changed_by(payment)) is not None:
            ref = ref_of(find_change(open_gateway(), payment, order))
            if not ref:
                return _not_found(now - (payment.submitted_at or payment.created_at))
        if ref.startswith("in_"):
            return judge_invoice(read_invoice(open_gateway().get_invoice(ref)), ref=ref)
        if not ref:
            found = self._find_session(payment, now=now)
            if found is None:
                return _not_found(now - (payment.submitted_at or payment.created_at))
            ref = ref_of(found)
        try:
            return judge_session(open_gateway().get_session(ref), payment)
        except Denied as denied:
            if denied.code != "resource_missing":
                raise
            return states.unclear(self.name, "NO_SUCH_SESSION", ours=payment.our_reference, theirs=ref)

    def _find_session(self, payment: Payment, *, now: datetime) -> Said | None:
        since = payment.created_at - _SKEW
        rows = open_gateway().list_sessions(since=int(since.timestamp()), until=int((now + _SKEW).timestamp()))
        return next((one for one in rows if note_of(one, "payment") == payment.our_reference), None)

    # ---- Money back -------------------------------------------------------------------------------------------------------------
    def refund(self, refund: Refund, *, now: datetime) -> Refunded | RefundPending | Refused | Unclear | Manual:
        """Send money back. A try after the first looks first whether the money has left already."""
        intent = refund.payment.settle_ref or ""
        if not intent.startswith("pi_"):
            return Refused("NO_CHARGE", alert=True)
        again = refund.checks > 0 or refund.state == RefundState.UNKNOWN
        try:
            found = self._find_refund(refund) if again else None
            made = found or open_gateway().create_refund(_write_refund(refund, intent), key=f"refund:{refund.public_id}:send:1")
        except OutboundError as error:
            return self._judge_refund(refund, error, again=again)
        return _read_refunded(made, refund)

    def _judge_refund(self, refund: Refund, error: OutboundError, *, again: bool) -> Refunded | RefundPending | Refused | Unclear:
        """What a failed try means: unless Stripe refused the first one, only its list can say."""
        judged = _judge(error)
        if isinstance(judged, Refused) and not (again and judged.retry_later):
            return judged
        try:
            found = self._find_refund(refund)
        except OutboundError:
            found = None
        return _read_refunded(found, refund) if found else Unclear(str(error))

    def fetch_refund(self, refund: Refund, *, now: datetime) -> ProviderState:
        """How it stands; one whose answer was lost is looked for by our reference.

        Raises:
            OutboundError.
        """
        found = open_gateway().get_refund(refund.provider_ref) if refund.provider_ref else self._find_refund(refund)
        if found is None:
            return _not_found(now - (refund.submitted_at or refund.created_at))
        return judge_refund(found, refund)

    def _find_refund(self, refund: Refund) -> Said | None:
        rows = open_gateway().list_refunds(intent=refund.payment.settle_ref or "")
        return next((one for one in rows if note_of(one, "refund") == refund.public_id), None)

    # ---- Events, statements, the end of a subscription ----------------------------------------------------------------------------
    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> Hint:
        """See `PaymentProvider.parse_event`; a signature of more than five minutes ago or ahead is none."""
        return read_event(raw, headers, now=now)

    def statement(self, day: date) -> Iterable[StatementRow]:
        """What Stripe booked on a day (UTC), by the second.

        Raises:
            OutboundError.
        """
        begin = datetime.combine(day, time.min, UTC)
        since, before = int(begin.timestamp()), int((begin + timedelta(days=1)).timestamp())
        return list(_read_rows(open_gateway().list_movements(since=since, before=before)))

    def stop_subscription(self, provider_ref: str, *, at_once: bool, now: datetime) -> None:
        """See `RenewingProvider.stop_subscription`. A change that waits for the end of the period is taken back."""
        gateway = open_gateway()
        said = gateway.get_subscription(provider_ref)
        if said.get("status") in {"canceled", "incomplete_expired"}:
            return
        if schedule := ref_of(said.get("schedule")):
            gateway.release_schedule(schedule)
        if at_once:
            gateway.cancel_subscription(provider_ref)
        elif not said.get("cancel_at_period_end"):
            gateway.stop_renewing(provider_ref)


def open_stripe() -> Stripe | None:
    """Stripe, if this house has a key for it."""
    return Stripe() if settings.STRIPE_KEY else None


def _changed_by(payment: Payment) -> PlanOrder | None:
    """The order that a payment pays by changing what is renewed; None for all others."""
    order = PlanOrder.objects.of_subject(payment.subject_key).select_related("price__plan", "subscription").first()
    return order if order is not None and order.changes_renewal else None


def _judge(error: OutboundError) -> Refused | Unclear:
    """What a call that failed means for what was to be begun."""
    if isinstance(error, Denied):
        return Refused(error.code, retry_later=error.retry_later, alert=error.alert)
    return judge_failure(error)


def _lead_to(session: Said) -> Redirect | Unclear:
    url, ref = session.get("url"), ref_of(session)
    return Redirect(url, ref) if isinstance(url, str) and ref else Unclear("no page")


def _not_found(age: timedelta) -> ProviderState:
    if age > KEY_LIFE:
        return ProviderState(PaymentState.FAILED, failure_code="NEVER_ARRIVED")
    return ProviderState(PaymentState.UNKNOWN, failure_code=NOT_FOUND)


def _write_refund(refund: Refund, intent: str) -> dict[str, Any]:
    params: dict[str, Any] = {"payment_intent": intent, "amount": refund.amount_minor, "metadata": {"refund": refund.public_id}}
    params["reason"] = _REASONS.get(RefundReason(refund.reason), "requested_by_customer")
    return params


def _read_refunded(said: Said, refund: Refund) -> Refunded | RefundPending | Refused | Unclear:
    state = judge_refund(said, refund)
    if state.money != refund.money:
        return Unclear("another amount")
    if state.state == PaymentState.SUCCEEDED:
        return Refunded(state.provider_ref)
    if state.state == PaymentState.PENDING:
        return RefundPending(state.provider_ref)
    return Refused(state.failure_code) if state.state == PaymentState.FAILED else Unclear(state.failure_code)


# ---- Statements ----------------------------------------------------------------------------------------------------------------------
def _read_rows(movements: Iterator[Said]) -> Iterator[StatementRow]:
    for one in movements:
        about = one.get("source")
        source: Said = about if isinstance(about, dict) else {}
        money = read_money(one.get("amount"), one.get("currency"))
        fee = Money(int(one.get("fee") or 0), money.currency)
        kind = _KINDS.get(str(one.get("type")), LineKind.FEE)
        came_back = kind not in {LineKind.PAYMENT, LineKind.DISPUTE} and money.amount_minor > 0
        yield StatementRow(
            provider_ref=_name_row(kind, one, source),
            our_ref="" if came_back else note_of(source, "payment") or note_of(source, "refund"),
            money=money,
            fee=fee if fee.amount_minor else None,
            at=read_moment(one.get("created")),
            # A refund or a payout that came back adds to what is held: a payment that no book of ours knows, so that a person looks.
            kind=LineKind.PAYMENT if came_back else kind,
            raw={"id": ref_of(one), "type": str(one.get("type")), "net": one.get("net")},
        )


def _name_row(kind: str, movement: Said, source: Mapping[str, Any]) -> str:
    """By what a line is recognised: the intent of a payment, the refund, the dispute, the payout; the movement itself where there is none,
    and where one of them moves back what it moved before."""
    moved_back = (int(movement.get("amount") or 0) > 0) != (kind == LineKind.PAYMENT)
    name = ref_of(source.get("payment_intent")) if kind == LineKind.PAYMENT else ref_of(source)
    return ref_of(movement) if not name or moved_back or kind == LineKind.FEE else name
