"""Letters to people who have no account here: as text, in the language they asked for, with the link that is their way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode

from moderation.models import Report, TrustedFlagger
from moderation.services.receipts import open_contact, token_of


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


def send_receipt(*, report_ids: Sequence[int]) -> None:
    """The receipt of one notice: a reference and a link for each place that it named. Without an address: nothing."""
    reports = list(Report.objects.filter(pk__in=report_ids).order_by("pk"))
    to = open_contact(report=reports[0]).email if reports else ""
    if to:
        lines = [(report.public_id, _link(report)) for report in reports]
        send_letter(to=to, language=reports[0].language, name="receipt", lines=lines)


def send_outcome(*, report_id: int) -> None:
    """That somebody decided, with the link to what and why: nothing of it stands in the letter, which others may read. Without an
    address, or for a member, who is told otherwise: nothing."""
    report = Report.objects.filter(pk=report_id, reporter=None).first()
    to = open_contact(report=report).email if report else ""
    if report and to:
        send_letter(to=to, language=report.language, name="outcome", reference=report.public_id, link=_link(report))


def _link(report: Report) -> str:
    return f"{settings.ORIGIN}{reverse('moderation:status')}?{urlencode({'key': token_of(report.public_id), 'lang': report.language})}"
