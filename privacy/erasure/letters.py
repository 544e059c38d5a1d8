"""The two letters of an erasure: that it has begun, with the link to its page, and the last one, with the certificate.

The account may be gone by the time of the second: so the address is kept apart, sealed under a key of its own, and dies with that letter.
"""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from core.sealing import SealingError, open_sealed, seal
from privacy.erasure.links import token_of
from privacy.models import DataRequest, ErasureRun


def seal_contact(*, run: ErasureRun, address: str) -> None:
    """Set the address of a run that is about to be saved; nothing for somebody whose account is closed already, who has the page alone."""
    run.contact = seal(run.scope, address.encode(), _ad(run)) if address else None


def announce(*, run: ErasureRun) -> None:
    """Write that the erasure has begun, and where its page is.

    Raises:
        OSError: the mail server did not take it.
    """
    _send(run, "begun")


def say_goodbye(*, run: ErasureRun) -> None:
    """Write the last letter, with the certificate beside it.

    Raises:
        OSError: the mail server did not take it.
    """
    _send(run, "done", attached=run.certificate)


def address_of(*, run: ErasureRun) -> str:
    """Where letters of this run go; empty when there is no address, or no key to it any more."""
    if run.contact is None:
        return ""
    try:
        return open_sealed(run.scope, bytes(run.contact), _ad(run)).decode()
    except SealingError:
        return ""


def page_of(request: DataRequest) -> str:
    """The whole address of the page of an erasure."""
    return settings.ORIGIN + reverse("privacy:erasure", args=[token_of(request.public_id)])


def _send(run: ErasureRun, name: str, *, attached: str = "") -> None:
    address = address_of(run=run)
    if not address:
        return
    with translation.override(run.language):
        context = {
            "site_name": settings.SITE_NAME,
            "page": page_of(run.request),
            "ref": run.request.public_id,
            "due_at": run.request.due_at,
        }
        subject = render_to_string(f"privacy/letters/{name}_subject.txt", context).strip()
        body = render_to_string(f"privacy/letters/{name}_message.txt", context)
    letter = EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [address])
    if attached:
        letter.attach(f"resaka-{run.request.public_id}.json", attached, "application/json")
    letter.send()


def _ad(run: ErasureRun) -> str:
    return f"privacy.ErasureRun.contact:{run.request.public_id}"
