"""Electronic mail by Django's backend: text and plain HTML, no image, nothing that tells the sender that it was opened.

A mail server that is away is asked again after half a minute by one delivery, not by each: the outbox carries other things too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from accounts.enums import GONE
from accounts.queries import find_confirmed_address
from accounts.services.addresses import open_former_address
from core.breaker import Breaker
from core.sealing import SealingError
from notifications.enums import SuppressionReason
from notifications.kinds import HABITS, KINDS
from notifications.models import Delivery, EmailSuppression
from notifications.models.suppression import mac_of
from notifications.transports.base import Gone, Outcome, Refused, Retry, Sent, Suppressed
from notifications.transports.unsubscribing import headers_of, link_of, make_token
from notifications.words.base import Words

AWAY = timedelta(seconds=60)
_PERMANENT = 500
_server = Breaker(seconds=30)


class Email:
    """To the confirmed principal address that the account has when it is sent."""

    def send(self, delivery: Delivery, *, words: Words, now: datetime) -> Outcome:
        user = delivery.notification.user
        if user.status in GONE:
            return Gone("ACCOUNT")
        address = find_confirmed_address(user=user)
        return _post(delivery, address, words) if address else Suppressed("UNCONFIRMED")


class FormerEmail:
    """To the address that the account had before: the one place where a thief of the account cannot hide the change."""

    def send(self, delivery: Delivery, *, words: Words, now: datetime) -> Outcome:
        if not delivery.address:
            return Suppressed("NO_ADDRESS")
        try:
            address = open_former_address(user=delivery.notification.user, sealed=bytes(delivery.address))
        except SealingError:
            return Gone("KEY")
        return _post(delivery, address, words)


def _post(delivery: Delivery, address: str, words: Words) -> Outcome:
    if reason := _why_not(delivery, address):
        return Suppressed(reason)
    if not _server.allows():
        return Retry("SERVER_AWAY", after=AWAY)
    try:
        compose(delivery, address, words).send()
    except SMTPRecipientsRefused as error:
        _server.worked()
        code = max((answer[0] for answer in error.recipients.values()), default=_PERMANENT)
        return Refused("ADDRESS", code) if code >= _PERMANENT else Retry("ADDRESS", status_code=code)
    except SMTPResponseException as error:
        _server.worked()
        return Retry("SERVER", status_code=error.smtp_code)
    except (SMTPException, OSError):
        _server.failed()
        return Retry("SERVER_AWAY")
    _server.worked()
    return Sent()


def _why_not(delivery: Delivery, address: str) -> str:
    """What stands against this address. What the law owes goes also to whoever unsubscribed, and never where no address exists."""
    kind = KINDS[delivery.notification.kind]
    rows = EmailSuppression.objects.filter(address_mac=mac_of(address), category__in=("", kind.category))
    reasons = set(rows.values_list("reason", flat=True))
    if SuppressionReason.HARD_BOUNCE in reasons:
        return "BOUNCED"
    return "UNSUBSCRIBED" if SuppressionReason.UNSUBSCRIBED in reasons and not kind.owed else ""


def compose(delivery: Delivery, address: str, words: Words) -> EmailMultiAlternatives:
    """The mail of a delivery, in the person's language. Its Message-ID is the telling's, so that one that was sent twice is known."""
    notice = delivery.notification
    with translation.override(notice.user.language):
        token = _unsubscribing(notice.kind, address)
        stop = link_of(token) if token else ""
        context = {"words": words, "link": settings.ORIGIN + notice.path, "site_name": settings.SITE_NAME, "stop": stop}
        mail = EmailMultiAlternatives(
            subject=words.title,
            body=render_to_string("notifications/mail.txt", context),
            to=[address],
            headers={
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
                "Message-ID": f"<{_name(delivery)}@{urlsplit(settings.ORIGIN).hostname}>",
                **(headers_of(token) if token else {}),
            },
        )
        mail.attach_alternative(render_to_string("notifications/mail.html", context | {"language": notice.user.language}), "text/html")
    return mail


def _name(delivery: Delivery) -> str:
    """One name for each telling: a mail that is tried again keeps it, also after its process ended; a notice that is told again is another
    mail."""
    notice = delivery.notification
    again = f".{int(notice.again_at.timestamp())}" if notice.again_at else ""
    return f"{notice.public_id}.{delivery.pk}{again}"


def _unsubscribing(kind: str, address: str) -> str:
    """The token of the link that ends mails like this one; empty for what nobody can refuse."""
    row = KINDS[kind]
    if row.owed or not HABITS[row.category].mail_free:
        return ""
    return make_token(address_mac=mac_of(address), category=row.category)


def forget_server() -> None:
    """Trust the mail server again (between tests)."""
    _server.worked()
