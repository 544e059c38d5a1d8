"""Letters about an account to its own address, in its own language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User


def send_letter(*, user: User, name: str, **context: Any) -> None:
    """Send `templates/accounts/letters/<name>_{subject,message}.txt` to the person's address.

    Raises:
        OSError: the mail server did not take it (smtplib's errors are such).
    """
    with translation.override(user.language):
        context = {"site_name": settings.SITE_NAME, "origin": settings.ORIGIN, **context}
        subject = render_to_string(f"accounts/letters/{name}_subject.txt", context).strip()
        message = render_to_string(f"accounts/letters/{name}_message.txt", context)
    send_mail(subject, message, settings.DEFAULT_FROM_EMAIL, [user.email])
