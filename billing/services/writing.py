"""Letters about a contract: written once with their text kept as proof, sent by the outbox, tried again for a month.

The law wants these on a durable medium: the confirmation of an order (L221-13), of a cancellation (L215-1-1), of a withdrawal (L221-21),
and the notice of a renewal (L215-1), whose deadline stands in a visible box. They go to an address, not to an account: people without one
have contracts too.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import translation

from accounts.enums import DocumentType
from accounts.models import User
from accounts.queries import find_confirmed_address, find_version
from billing.deadlines import last_day_of, withdrawal_deadline
from billing.enums import LetterKind
from billing.events import LetterWritten
from billing.models import ContractLetter, PlanOrder, Subscription
from billing.models.contract import SCOPE
from billing.services.alarms import Alarm, raise_alarm
from core.ids import new_public_id
from core.outbox import publish, publish_many
from core.sealing import open_sealed, seal

# The outbox tries for hours; after that a letter is taken up again every six hours, for a month.
AGAIN_AFTER = timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=30)
_PERMANENT = 500
_BATCH = 200
_RULE = "═" * 64


def address_of(user: User) -> str:
    """Where letters about this person's contracts go; empty when they have no address any more."""
    return find_confirmed_address(user=user) or user.email


@transaction.atomic
def write_letter(
    *,
    kind: LetterKind,
    key: str,
    to: str,
    language: str,
    context: dict[str, Any],
    subscription: Subscription | None = None,
    now: datetime,
) -> ContractLetter:
    """Write the letter of `kind` to an address, in a language, and have it sent; with the same `key` it is the first one.

    Its words are `templates/billing/letters/<kind>_{subject,message}.txt`, and `_box.txt` where something stands in a box.
    """
    subject, text = _render(kind, language, context)
    letter = ContractLetter(
        public_id=new_public_id(),
        key=key,
        kind=kind,
        subscription=subscription,
        language=language,
        subject=subject,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        created_at=now,
        next_try_at=now + AGAIN_AFTER,
    )
    letter.to = seal(SCOPE, to.encode(), letter.sealing_ad("to"))
    letter.body = seal(SCOPE, text.encode(), letter.sealing_ad("body"))
    try:
        with transaction.atomic():
            letter.save(force_insert=True)
    except IntegrityError:
        known = ContractLetter.objects.filter(key=key).first()
        if known is None:
            raise
        return known
    publish(LetterWritten(letter_id=letter.pk))
    return letter


def write_order_letter(*, order: PlanOrder, now: datetime) -> None:
    """Confirm a paid order to its buyer, with the conditions that they accepted, word for word. Without an address: nothing."""
    if order.user is None or not (to := address_of(order.user)):
        return
    text = find_version(doc_type=DocumentType.SALES, version=order.text_version, language=order.language)
    context = {
        "order": order,
        "terms": text.body if text else "",
        "last_day": last_day_of(withdrawal_deadline(order.ordered_at)),
    }
    write_letter(
        kind=LetterKind.ORDER,
        key=f"order:{order.public_id}",
        to=to,
        language=order.language,
        context=context,
        subscription=order.subscription,
        now=now,
    )


def send_letter(*, letter_id: int, now: datetime) -> None:
    """Hand a letter to the mail server, unless it took it before. An address that it refuses for good wakes the team: the law counts such
    a letter as not received.

    Raises:
        OSError: the server did not take it now (smtplib's errors are such).
    """
    letter = ContractLetter.objects.filter(pk=letter_id, sent_at=None, bounced_at=None).first()
    if letter is None:
        return
    mine = ContractLetter.objects.filter(pk=letter.pk, sent_at=None)
    try:
        compose(letter).send()
    except SMTPRecipientsRefused as error:
        if max((answer[0] for answer in error.recipients.values()), default=_PERMANENT) < _PERMANENT:
            raise
        with transaction.atomic():
            mine.update(bounced_at=now, next_try_at=None)
            raise_alarm(alarm=Alarm.LETTER_BOUNCED, ref=letter.public_id, now=now)
    else:
        mine.update(sent_at=now, next_try_at=None)


def resend_letters(*, now: datetime) -> int:
    """Take up again what no server has taken yet, for a month; how many letters."""
    with transaction.atomic():
        due = ContractLetter.objects.filter(sent_at=None, next_try_at__lte=now, created_at__gt=now - GIVEN_UP_AFTER)
        ids = list(due.order_by("next_try_at").values_list("pk", flat=True)[:_BATCH])
        ContractLetter.objects.filter(pk__in=ids).update(next_try_at=now + AGAIN_AFTER)
        publish_many([LetterWritten(letter_id=pk) for pk in ids])
    return len(ids)


def read_letter(letter: ContractLetter) -> str:
    """The text of a letter as it was sent.

    Raises:
        core.sealing.SealingError.
    """
    return open_sealed(SCOPE, bytes(letter.body), letter.sealing_ad("body")).decode()


def compose(letter: ContractLetter) -> EmailMultiAlternatives:
    """The mail of a letter: its text, and the same as plain HTML. Its Message-ID is the letter's, so that one sent twice is known."""
    text = read_letter(letter)
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=text,
        to=[open_sealed(SCOPE, bytes(letter.to), letter.sealing_ad("to")).decode()],
        headers={
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Message-ID": f"<{letter.public_id}@{urlsplit(settings.ORIGIN).hostname}>",
        },
    )
    with translation.override(letter.language):
        mail.attach_alternative(render_to_string("billing/letters/letter.html", _parts(letter, text)), "text/html")
    return mail


def _render(kind: LetterKind, language: str, context: dict[str, Any]) -> tuple[str, str]:
    name = f"billing/letters/{kind.lower()}"
    with translation.override(language):
        context = {"site_name": settings.SITE_NAME, "origin": settings.ORIGIN, "contact_email": settings.CONTACT_EMAIL, **context}
        context |= {"seller_name": settings.SELLER_NAME or settings.SITE_NAME, "seller_address": settings.SELLER_ADDRESS}
        subject = " ".join(render_to_string(f"{name}_subject.txt", context).split())
        text = render_to_string(f"{name}_message.txt", context).strip() + "\n"
        if kind == LetterKind.RENEWAL:
            box = render_to_string(f"{name}_box.txt", context).strip()
            text = f"{_RULE}\n{box}\n{_RULE}\n\n{text}"
    return subject, text


def _parts(letter: ContractLetter, text: str) -> dict[str, Any]:
    """The box of a letter, if it has one, and its paragraphs."""
    box, rest = "", text
    if text.startswith(_RULE):
        _empty, box, rest = text.split(_RULE, 2)
    paragraphs = [part.strip() for part in rest.split("\n\n") if part.strip()]
    return {"subject": letter.subject, "box": box.strip(), "paragraphs": paragraphs, "language": letter.language}
