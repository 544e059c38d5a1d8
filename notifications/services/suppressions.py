"""To which addresses no mail goes: those that their server refused, and those whose owners want no more of a kind."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.queries import find_confirmed_address
from notifications.enums import Category, Road, SuppressionReason, Transport
from notifications.models import Delivery, EmailSuppression
from notifications.models.suppression import mac_of
from notifications.transports.base import Outcome, Refused
from notifications.transports.unsubscribing import Wish, read_token

_PERMANENT = 500


def note_answer(*, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """Remember an address that its server refused for good (5xx to the recipient); no query for any other answer."""
    if not isinstance(outcome, Refused) or outcome.reason != "ADDRESS" or (outcome.status_code or 0) < _PERMANENT:
        return
    address = find_confirmed_address(user=delivery.notification.user) if Transport(delivery.transport).road == Road.MAIL else ""
    if address:
        note_bounce(address=address, status_code=outcome.status_code or _PERMANENT, now=now)


def note_bounce(*, address: str, status_code: int, now: datetime) -> None:
    """An address does not exist: nothing goes there any more, until its owner says that it works again."""
    fresh = {"status_code": status_code, "created_at": now}
    EmailSuppression.objects.get_or_create(address_mac=mac_of(address), reason=SuppressionReason.HARD_BOUNCE, category="", defaults=fresh)


def has_bounced(*, user: User) -> bool:
    """Whether letters to this account come back. Two queries."""
    address = find_confirmed_address(user=user)
    bounces = EmailSuppression.objects.filter(address_mac=mac_of(address), reason=SuppressionReason.HARD_BOUNCE)
    return bool(address) and bounces.exists()


def trust_address(*, user: User) -> bool:
    """The owner says that their address works again: letters go there; whether they did not."""
    address = find_confirmed_address(user=user)
    bounces = EmailSuppression.objects.filter(address_mac=mac_of(address), reason=SuppressionReason.HARD_BOUNCE)
    return bool(address) and bool(bounces.delete()[0])


def unsubscribe(*, token: str, now: datetime) -> Wish:
    """End the mails that a link names. Doing it twice changes nothing.

    Raises:
        BadLink.
    """
    wish = read_token(token)
    row = {"address_mac": wish.address_mac, "reason": SuppressionReason.UNSUBSCRIBED, "category": wish.category}
    EmailSuppression.objects.get_or_create(**row, defaults={"created_at": now})
    return wish


def resubscribe(*, token: str) -> Wish:
    """Take `unsubscribe` back.

    Raises:
        BadLink.
    """
    wish = read_token(token)
    _lift(wish.address_mac, [wish.category])
    return wish


def list_unsubscribed(*, user: User) -> frozenset[str]:
    """The categories that the address of an account no longer wants. Two queries."""
    mac = mac_of(find_confirmed_address(user=user))
    rows = EmailSuppression.objects.filter(address_mac=mac, reason=SuppressionReason.UNSUBSCRIBED)
    return frozenset(rows.values_list("category", flat=True))


def lift_unsubscribed(*, user: User, categories: list[Category]) -> None:
    """The person asks for mails of these categories again."""
    if categories and (address := find_confirmed_address(user=user)):
        _lift(mac_of(address), [category.value for category in categories])


def _lift(address_mac: str, categories: list[str]) -> None:
    rows = EmailSuppression.objects.filter(address_mac=address_mac, reason=SuppressionReason.UNSUBSCRIBED)
    rows.filter(category__in=categories).delete()
