"""Agreeing to texts, and publishing them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.enums import ConsentChannel
from accounts.models import Consent, LegalDocument, User
from accounts.queries.legal import forget_required_agreements, list_missing_agreements


class NotAllAccepted(ValueError):
    """A text that must be accepted was left out."""


class PublishedTextChanged(ValueError):
    """A published text never changes: the new wording needs a new version."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to publish."""

    doc_type: str
    version: str
    language: str
    title: str
    body: str
    published_at: datetime
    requires_reacceptance: bool


def record_consents(*, user: User, documents: Iterable[LegalDocument], channel: ConsentChannel, now: datetime) -> None:
    """One Consent per text, by its coordinates; doing it twice adds nothing."""
    for document in documents:
        Consent.objects.get_or_create(
            open_key=f"{user.pk}:{document.doc_type}:{document.version}",
            defaults={
                "user": user,
                "purpose": document.doc_type,
                "version": document.version,
                "text_sha256": document.text_sha256,
                "language": document.language,
                "given_at": now,
                "channel": channel,
            },
        )


def accept_missing(*, user: User, accepted: Iterable[str], language: str, now: datetime) -> None:
    """Accept all that is asked anew; `accepted` are the document types whose boxes were ticked.

    Raises:
        NotAllAccepted: one of them was not ticked; nothing is recorded.
    """
    missing = list_missing_agreements(user=user, language=language, now=now)
    if not {document.doc_type for document in missing} <= set(accepted):
        raise NotAllAccepted
    with transaction.atomic():
        record_consents(user=user, documents=missing, channel=ConsentChannel.PAGE, now=now)


@transaction.atomic
def publish_legal_documents(*, drafts: Sequence[Draft]) -> int:
    """Publish the texts that are not published yet; the number of new ones. Doing it twice publishes nothing.

    Raises:
        PublishedTextChanged: a text of the same type, version and language reads otherwise; nothing is published.
    """
    new = sum(_publish(draft) for draft in drafts)
    forget_required_agreements()
    return new


def _publish(draft: Draft) -> bool:
    digest = hashlib.sha256(draft.body.encode()).hexdigest()
    row, created = LegalDocument.objects.get_or_create(
        doc_type=draft.doc_type,
        version=draft.version,
        language=draft.language,
        defaults={
            "title": draft.title,
            "body": draft.body,
            "text_sha256": digest,
            "published_at": draft.published_at,
            "requires_reacceptance": draft.requires_reacceptance,
        },
    )
    if not created and row.text_sha256 != digest:
        raise PublishedTextChanged(str(row))
    return created
