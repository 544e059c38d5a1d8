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
from notifications.models import Delivery
from notifications.transports.base import Gone, Outcome, Refused, Retry, Sent, Suppressed
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


def compose(delivery: Delivery, address: str, words: Words) -> EmailMultiAlternatives:
    """The mail of a delivery, in the person's language. Its Message-ID is the delivery's, so that one that was sent twice is known."""
    notice = delivery.notification
    with translation.override(notice.user.language):
        context = {"words": words, "link": settings.ORIGIN + notice.path, "site_name": settings.SITE_NAME}
        mail = EmailMultiAlternatives(
            subject=words.title,
            body=render_to_string("notifications/mail.txt", context),
            to=[address],
            headers={
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
                "Message-ID": f"<{notice.public_id}.{delivery.pk}@{urlsplit(settings.ORIGIN).hostname}>",
            },
        )
        mail.attach_alternative(render_to_string("notifications/mail.html", context | {"language": notice.user.language}), "text/html")
    return mail


def forget_server() -> None:
    """Trust the mail server again (between tests)."""
    _server.worked()
