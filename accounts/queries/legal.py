"""Which texts hold, and who agreed to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core.cache import cache

from accounts.enums import AGREEMENTS, DocumentType
from accounts.models import Consent, LegalDocument, User

_REQUIRED_SECONDS = 60
_REQUIRED_SLOT = "accounts:required-agreements"


class DocumentNotPublished(Exception):
    """No version of this text has been published yet (`manage.py load_legal` publishes them)."""


def find_document(*, doc_type: str, language: str, now: datetime) -> LegalDocument | None:
    """The text that holds now, in `language` or else in the default one; None when none was published."""
    published = LegalDocument.objects.filter(doc_type=doc_type, published_at__lte=now).order_by("-published_at", "-version", "language")
    newest = published.first()
    if newest is None:
        return None
    texts = {row.language: row for row in published.filter(version=newest.version)}
    return texts.get(language) or texts.get(settings.LANGUAGE_CODE) or newest


def get_document(*, doc_type: str, language: str, now: datetime) -> LegalDocument:
    """The text that holds now.

    Raises:
        DocumentNotPublished.
    """
    found = find_document(doc_type=doc_type, language=language, now=now)
    if found is None:
        raise DocumentNotPublished(doc_type)
    return found


def list_documents(*, language: str, now: datetime) -> list[LegalDocument]:
    """The texts that hold now, one per type, those that were published."""
    return _list_held(DocumentType, language, now)


def list_agreements(*, language: str, now: datetime) -> list[LegalDocument]:
    """The texts that everybody accepts at sign-up, as they hold now, those that were published."""
    return _list_held(AGREEMENTS, language, now)


def _list_held(kinds: Iterable[DocumentType], language: str, now: datetime) -> list[LegalDocument]:
    found = [find_document(doc_type=kind, language=language, now=now) for kind in kinds]
    return [document for document in found if document is not None]


def list_consents(*, user: User) -> list[Consent]:
    """All that this person agreed to and withdrew, the newest first."""
    return list(Consent.objects.filter(user=user).order_by("-given_at", "-id")[:200])


def list_missing_agreements(*, user: User, language: str, now: datetime) -> list[LegalDocument]:
    """The texts this person must accept before they may write again: those of a required version they have not accepted."""
    missing = _missing_types(user, now)
    return [get_document(doc_type=kind, language=language, now=now) for kind in AGREEMENTS if kind in missing]


def has_agreed(*, user: User, now: datetime) -> bool:
    """Whether nothing must be accepted before writing. One query when some text requires acceptance, else none (60 s cached)."""
    return not _missing_types(user, now)


def has_consent(*, user: User, purpose: str, now: datetime) -> bool:
    """Whether this person agrees to `purpose`, in a version that still counts. One query, and the cached one of `has_agreed`."""
    counts = required_agreements(now=now).get(purpose)
    given = Consent.objects.filter(user=user, purpose=purpose, withdrawn_at=None)
    return (given if counts is None else given.filter(version__in=counts)).exists()


def required_agreements(*, now: datetime) -> dict[str, list[str]]:
    """For each text that must be accepted again: the versions that count, i.e. the last required one and all after it.

    Kept for 60 s in the cache, so that the check of every page costs nothing while nothing is required.
    """
    kept: dict[str, list[str]] | None = cache.get(_REQUIRED_SLOT)
    if kept is None:
        kept = {kind: versions for kind in DocumentType.values if (versions := _accepted_versions(kind, now))}
        cache.set(_REQUIRED_SLOT, kept, _REQUIRED_SECONDS)
    return kept


def forget_required_agreements() -> None:
    """Look again at the next question (a text was just published)."""
    cache.delete(_REQUIRED_SLOT)


def _accepted_versions(doc_type: str, now: datetime) -> list[str]:
    rows = LegalDocument.objects.filter(doc_type=doc_type, published_at__lte=now)
    required = rows.filter(requires_reacceptance=True).order_by("-published_at").first()
    if required is None:
        return []
    return sorted(set(rows.filter(published_at__gte=required.published_at).values_list("version", flat=True)))


def _missing_types(user: User, now: datetime) -> set[str]:
    required = {kind: versions for kind, versions in required_agreements(now=now).items() if kind in AGREEMENTS}
    if not required:
        return set()
    given = set(Consent.objects.filter(user=user, withdrawn_at=None).values_list("purpose", "version"))
    return {kind for kind, versions in required.items() if not any((kind, version) in given for version in versions)}
