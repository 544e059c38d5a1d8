"""The inbox: what providers tell us is kept as it came and answered at once; what follows from it is done by the outbox.

An event is a hint. It says which payment to ask about, and nothing that stands in it is believed beyond that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from billing.enums import EventState, Provider
from billing.events import EventReceived
from billing.metrics import EVENTS
from billing.models import Payment, ProviderEvent, Refund
from billing.providers.base import SCOPE, BadSignature, Hint
from billing.providers.orange import is_from_orange
from billing.providers.paypal import is_from_paypal
from billing.providers.table import get_provider
from billing.services.alarms import Alarm, raise_alarm
from billing.services.payments import settle_payment
from billing.services.refunds import settle_refund
from billing.services.stripe_sync import follow_event
from core.outbox import publish
from core.sealing import open_sealed, seal

MAX_BYTES = 256 * 1024
_KEPT_HEADERS = ("content-type", "stripe-signature", "paypal-")
_DONE = (EventState.PROCESSED, EventState.IGNORED, EventState.REFUSED, EventState.WRONG_VERSION)
_ID = 255


class UnknownToken(LookupError):
    """No payment of this provider has this address."""


class Unreadable(ValueError):
    """The body is none that this provider sends."""


# Who else looks at the events of a provider: subscriptions, disputes. Each gets the hint, and says whether it was for them.
Follower = Callable[[Hint, datetime], bool]
_FOLLOWERS: dict[str, Follower] = {Provider.STRIPE: follow_event}


def receive_event(*, provider: str, raw: bytes, headers: Mapping[str, str], path: str, now: datetime, token: str = "") -> bool:
    """Keep an event and have it followed; False when it was here before. `token` is what its address names a payment by, if it does.

    Raises:
        NotConfigured, UnknownToken, BadSignature (counted, not kept), Unreadable.
    """
    at = get_provider(provider)
    payment = _by_token(provider, token) if token else None
    try:
        hint = at.parse_event(raw, headers, now=now)
    except BadSignature:
        EVENTS.labels(provider, "bad_signature").inc()
        raise
    except (ValueError, RecursionError) as error:
        EVENTS.labels(provider, "unreadable").inc()
        raise Unreadable(provider) from error
    pinned = at.capabilities().api_version
    event = ProviderEvent(
        provider=provider,
        event_id=_name_of(hint, path, raw, named_by_token=bool(token)),
        kind=hint.kind[:80],
        payment=payment,
        hint=asdict(hint) | {"notes": dict(hint.notes)},
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        headers={name.lower(): value[:1000] for name, value in headers.items() if name.lower().startswith(_KEPT_HEADERS)},
        api_version=hint.api_version[:40],
        state=EventState.WRONG_VERSION if pinned and hint.api_version != pinned else EventState.RECEIVED,
        received_at=now,
    )
    is_new = _keep(event, raw, now)
    EVENTS.labels(provider, event.state.lower() if is_new else "known").inc()
    return is_new


def process_event(*, event_id: int, now: datetime) -> None:
    """Follow an event to what it names, and ask the provider about it. Done twice, it changes nothing; what fails is tried again by the
    outbox, and stands as FAILED meanwhile."""
    event = ProviderEvent.objects.select_related("payment").get(pk=event_id)
    if event.state in _DONE:
        return
    hint = Hint(**event.hint)
    ProviderEvent.objects.filter(pk=event.pk).update(attempts=F("attempts") + 1)
    if _is_forged(event, hint):
        ProviderEvent.objects.filter(pk=event.pk).update(state=EventState.REFUSED)
        return
    try:
        was_ours = _follow(event, hint, now)
    except Exception as error:
        ProviderEvent.objects.filter(pk=event.pk).update(state=EventState.FAILED, last_error=type(error).__name__)
        raise
    ProviderEvent.objects.filter(pk=event.pk).update(state=EventState.PROCESSED if was_ours else EventState.IGNORED, last_error="")


def _is_forged(event: ProviderEvent, hint: Hint) -> bool:
    """Whether somebody else than the provider said it, as far as only asking or our own secrets can tell.

    Raises:
        OutboundError: the provider did not answer; the outbox comes again.
    """
    if event.provider == Provider.ORANGE:
        return event.payment is not None and not is_from_orange(event.payment, hint.notes)
    if event.provider == Provider.PAYPAL and event.raw is not None:
        return not is_from_paypal(open_sealed(SCOPE, bytes(event.raw), event.sealing_ad), event.headers)
    return False


def _name_of(hint: Hint, path: str, raw: bytes, *, named_by_token: bool) -> str:
    """The provider's own id of an event; where it has none, what was said at which address."""
    if hint.event_id and not named_by_token:
        return hint.event_id[:_ID]
    return hashlib.sha256(path.encode() + b"\0" + raw).hexdigest()


def _by_token(provider: str, token: str) -> Payment:
    payment = Payment.objects.filter(provider=provider, callback_token=token).first()
    if payment is None:
        EVENTS.labels(provider, "unknown_token").inc()
        raise UnknownToken(provider)
    return payment


def _keep(event: ProviderEvent, raw: bytes, now: datetime) -> bool:
    """One row for each id of the provider; the unique pair decides between two that come at once."""
    event.raw = seal(SCOPE, raw, event.sealing_ad)
    try:
        with transaction.atomic():
            event.save(force_insert=True)
            if event.state == EventState.WRONG_VERSION:
                raise_alarm(alarm=Alarm.WRONG_VERSION, ref=f"{event.provider} {event.api_version}"[:60], now=now)
            else:
                publish(EventReceived(event.pk))
    except IntegrityError:
        if not ProviderEvent.objects.filter(provider=event.provider, event_id=event.event_id).exists():
            raise
        return False
    return True


def _follow(event: ProviderEvent, hint: Hint, now: datetime) -> bool:
    follower = _FOLLOWERS.get(event.provider)
    followed = follower(hint, now) if follower else False
    payment = event.payment or _find_payment(event.provider, hint)
    refunds = _list_refunds(payment, hint)
    if payment is not None:
        if event.payment is None:
            ProviderEvent.objects.filter(pk=event.pk).update(payment=payment)
        _learn_name(payment, hint, now)
        settle_payment(payment_id=payment.pk, now=now)
    for refund_id in refunds:
        settle_refund(refund_id=refund_id, now=now)
    return followed or payment is not None or bool(refunds)


def _find_payment(provider: str, hint: Hint) -> Payment | None:
    """The payment that an event names; one of another provider is not found by it."""
    mine = Payment.objects.filter(provider=provider)
    if hint.payment_ref and (found := mine.filter(our_reference=hint.payment_ref).first()):
        return found
    return mine.filter(provider_ref=hint.provider_ref).first() if hint.provider_ref else None


def _list_refunds(payment: Payment | None, hint: Hint) -> list[int]:
    names = [name for name in (hint.subject, hint.provider_ref) if name]
    named = Refund.objects.filter(provider_ref__in=names)
    rows = named | Refund.objects.filter(payment=payment) if payment is not None else named
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def _learn_name(payment: Payment, hint: Hint, now: datetime) -> None:
    """What the answer that was lost would have told: by which name the provider knows the payment. Asking by it decides, not the event."""
    if not hint.provider_ref or payment.provider_ref is not None:
        return
    try:
        with transaction.atomic():
            Payment.objects.filter(pk=payment.pk, provider_ref__isnull=True).update(provider_ref=hint.provider_ref)
    except IntegrityError:  # the event brings the name of another payment: nothing is believed
        with transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(flag="REFERENCE")
            raise_alarm(alarm=Alarm.PAYMENT_FLAGGED, ref=payment.our_reference, once=f"{payment.our_reference}:REFERENCE", now=now)
