"""Agreeing to texts, and publishing them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.enums import FREE_PURPOSES, ConsentChannel
from accounts.events import ConsentWithdrawn, LegalTextChanged
from accounts.models import Consent, LegalDocument, User
from accounts.queries.age import forget_age_facts
from accounts.queries.legal import forget_required_agreements, get_document, list_missing_agreements
from core.outbox import publish, publish_many


class NotAllAccepted(ValueError):
    """A text that must be accepted was left out."""


class NotFree(ValueError):
    """Not a consent of its own: the charter and the terms are accepted by joining, and end with the account."""


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


def give_consent(*, user: User, purpose: str, language: str, now: datetime) -> None:
    """Agree to what the text of this purpose says now, in the language it was read in; doing it twice adds nothing.

    Raises:
        NotFree: `purpose` is no consent of its own.
        DocumentNotPublished.
    """
    _check_free(purpose)
    text = get_document(doc_type=purpose, language=language, now=now)
    with transaction.atomic():
        record_consents(user=user, documents=[text], channel=ConsentChannel.PAGE, now=now)
    forget_age_facts(user)


def withdraw_consent(*, user: User, purpose: str, now: datetime) -> bool:
    """Take a consent back, in every version; False when there was none. What rested on it ends within a minute (ConsentWithdrawn).

    Raises:
        NotFree: `purpose` is no consent of its own.
    """
    _check_free(purpose)
    with transaction.atomic():
        standing = Consent.objects.filter(user=user, purpose=purpose, withdrawn_at=None)
        if not standing.update(withdrawn_at=now, open_key=None):
            return False
        publish(ConsentWithdrawn(user_id=user.pk, purpose=str(purpose)))
    forget_age_facts(user)
    return True


def _check_free(purpose: str) -> None:
    if purpose not in FREE_PURPOSES:
        raise NotFree(purpose)


@transaction.atomic
def publish_legal_documents(*, drafts: Sequence[Draft]) -> int:
    """Publish the texts that are not published yet; the number of new ones. Doing it twice publishes nothing.

    Raises:
        PublishedTextChanged: a text of the same type, version and language reads otherwise; nothing is published.
    """
    before = set(LegalDocument.objects.values_list("doc_type", "version"))
    new = sum(_publish(draft) for draft in drafts)
    publish_many(_changes(drafts, before))
    forget_required_agreements()
    return new


def _changes(drafts: Sequence[Draft], before: set[tuple[str, str]]) -> list[LegalTextChanged]:
    """One for each text that had another version before: the first version of a text changes nothing for anybody."""
    known = {doc_type for doc_type, _version in before}
    first = {(draft.doc_type, draft.version): draft for draft in reversed(drafts)}
    return [
        LegalTextChanged(draft.doc_type, draft.version, draft.published_at.date().isoformat(), draft.requires_reacceptance)
        for key, draft in first.items()
        if draft.doc_type in known and key not in before
    ]


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
