"""Which texts hold, and who agreed to them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import cache

from accounts.enums import AGREEMENTS, FREE_PURPOSES, DocumentType
from accounts.models import Consent, LegalDocument, User

_REQUIRED_SECONDS = 60
_REQUIRED_SLOT = "accounts:required-agreements"
_MEMORY_SECONDS = 5.0
_memory: dict[str, tuple[float, dict[str, list[str]]]] = {}


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


def find_version(*, doc_type: str, version: str, language: str) -> LegalDocument | None:
    """A text as it was published under this version, in `language`, else in the default one, else in any; None when it never was."""
    texts = {row.language: row for row in LegalDocument.objects.filter(doc_type=doc_type, version=version).order_by("-language")}
    return texts.get(language) or texts.get(settings.LANGUAGE_CODE) or next(iter(texts.values()), None)


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


@dataclass(frozen=True, slots=True)
class FreeConsent:
    """A purpose that one may agree to or not: the text that holds now, and since when one agrees to it (None: one does not)."""

    purpose: str
    document: LegalDocument
    given_at: datetime | None


def list_free_consents(*, user: User, language: str, now: datetime) -> list[FreeConsent]:
    """All purposes of which this person is the master, those whose text is published."""
    standing = {row.purpose: row.given_at for row in Consent.objects.filter(user=user, withdrawn_at=None).order_by("given_at")}
    counts = {purpose for purpose in standing if has_consent(user=user, purpose=purpose, now=now)} & set(FREE_PURPOSES)
    texts = _list_held([DocumentType(purpose) for purpose in FREE_PURPOSES], language, now)
    return [FreeConsent(text.doc_type, text, standing[text.doc_type] if text.doc_type in counts else None) for text in texts]


def list_missing_agreements(*, user: User, language: str, now: datetime) -> list[LegalDocument]:
    """The texts this person must accept before they may write again: those of a required version they have not accepted."""
    missing = _missing_types(user, now)
    return [get_document(doc_type=kind, language=language, now=now) for kind in AGREEMENTS if kind in missing]


def has_agreed(*, user: User, now: datetime) -> bool:
    """Whether nothing must be accepted before writing. One query when some text requires acceptance, else none (60 s cached)."""
    return not _missing_types(user, now)


def has_consent(*, user: User, purpose: str, now: datetime) -> bool:
    """Whether this person agrees to `purpose`, in a version that still counts. One query, and the cached one of `has_agreed`."""
    return bool(list_agreeing(user_ids=[user.pk], purpose=purpose, now=now))


def list_agreeing(*, user_ids: Collection[int], purpose: str, now: datetime) -> set[int]:
    """`has_consent` for many people at once: the inward ids of those who agree."""
    counts = required_agreements(now=now).get(purpose)
    given = Consent.objects.filter(user_id__in=user_ids, purpose=purpose, withdrawn_at=None)
    return set((given if counts is None else given.filter(version__in=counts)).values_list("user_id", flat=True))


def required_agreements(*, now: datetime) -> dict[str, list[str]]:
    """For each text that must be accepted again: the versions that count, i.e. the last required one and all after it.

    Kept for 60 s in the cache and for 5 s in the process, so that the check of every page and of every message costs nothing while
    nothing is required.
    """
    known = _memory.get(_REQUIRED_SLOT)
    if known is not None and time.monotonic() < known[0]:
        return known[1]
    kept: dict[str, list[str]] | None = cache.get(_REQUIRED_SLOT)
    if kept is None:
        kept = _accepted_versions(now)
        cache.set(_REQUIRED_SLOT, kept, _REQUIRED_SECONDS)
    _memory[_REQUIRED_SLOT] = (time.monotonic() + _MEMORY_SECONDS, kept)
    return kept


def required_to_write(*, now: datetime) -> dict[str, list[str]]:
    """`required_agreements` without the texts that are agreed to freely: what must be accepted before one may write."""
    return {kind: versions for kind, versions in required_agreements(now=now).items() if kind in AGREEMENTS}


def forget_required_agreements() -> None:
    """Look again at the next question (a text was just published). Other processes do so within a minute."""
    _memory.clear()
    cache.delete(_REQUIRED_SLOT)


def _accepted_versions(now: datetime) -> dict[str, list[str]]:
    """What `required_agreements` keeps. One query, however many texts there are."""
    rows = list(
        LegalDocument.objects.filter(published_at__lte=now)
        .order_by("published_at")
        .values_list("doc_type", "version", "published_at", "requires_reacceptance")
    )
    since = {kind: at for kind, _version, at, again in rows if again}  # the last one stays
    return {kind: sorted({version for one, version, at, _again in rows if one == kind and at >= since[kind]}) for kind in since}


def _missing_types(user: User, now: datetime) -> set[str]:
    required = required_to_write(now=now)
    if not required:
        return set()
    given = set(Consent.objects.filter(user=user, withdrawn_at=None).values_list("purpose", "version"))
    return {kind for kind, versions in required.items() if not any((kind, version) in given for version in versions)}
