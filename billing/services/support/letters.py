"""Letters to those who asked without an account: that it came, and that it was answered, each with the link to its page.

The words themselves stand on the page alone: a letter may be read by others.
"""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode

from billing.models import SupportRequest
from billing.queries.supportkeys import token_of
from billing.services.support.asking import open_request


def send_letter(*, request_id: int, name: str) -> None:
    """Send `templates/billing/letters/support_<name>_{subject,message}.txt`, in the language of the question. A member, or an address
    whose key is gone: nothing.

    Raises:
        OSError: the mail server did not take it; the outbox tries again.
    """
    asked = SupportRequest.objects.filter(pk=request_id, user=None).first()
    to = open_request(asked).email if asked else ""
    if asked is None or not to:
        return
    with translation.override(asked.language):
        context = {"site_name": settings.SITE_NAME, "asked": asked, "link": link_of(asked)}
        subject = " ".join(render_to_string(f"billing/letters/support_{name}_subject.txt", context).split())
        message = render_to_string(f"billing/letters/support_{name}_message.txt", context)
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    EmailMessage(subject, message, settings.DEFAULT_FROM_EMAIL, [to], headers=headers).send()


def link_of(asked: SupportRequest) -> str:
    """The page of a request, with what opens it to somebody without account."""
    page = reverse("billing:support_request", args=[asked.public_id])
    return f"{settings.ORIGIN}{page}?{urlencode({'key': token_of(asked.public_id), 'lang': asked.language})}"
