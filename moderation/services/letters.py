"""Letters to people who have no account here: as text, in the language they asked for, each a copy of what the page says too."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from moderation.models import TrustedFlagger


def send_letter(*, to: str, language: str, name: str, **context: Any) -> None:
    """Send `templates/moderation/letters/<name>_{subject,message}.txt`.

    Raises:
        OSError: the mail server did not take it (smtplib's errors are such); the outbox tries again.
    """
    with translation.override(language):
        context = {"site_name": settings.SITE_NAME, "origin": settings.ORIGIN, **context}
        subject = " ".join(render_to_string(f"moderation/letters/{name}_subject.txt", context).split())
        message = render_to_string(f"moderation/letters/{name}_message.txt", context)
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    EmailMessage(subject, message, settings.DEFAULT_FROM_EMAIL, [to], headers=headers).send()


def warn_flagger(*, flagger_id: int) -> None:
    """Tell an organisation that too many of its notices were unfounded; in French, in which it was taken in. Gone: nothing."""
    flagger = TrustedFlagger.objects.filter(pk=flagger_id).first()
    if flagger is not None:
        send_letter(to=flagger.contact, language="fr", name="flagger", flagger=flagger)
