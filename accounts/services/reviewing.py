"""Documents as the team knows them: each look and each vote is noted in the audit chain, in the transaction that makes it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.access import get_document_for_reviewer
from accounts.age.refusals import Refused
from accounts.enums import AgeMethod, DocumentVerdict, ReviewState
from accounts.models import DocumentReview, DocumentVote, User
from accounts.providers import get_provider
from accounts.providers.base import Pending
from accounts.queries.documents import SHOWN_FOR, list_verdicts
from accounts.services.ageproofs import record_proof
from accounts.services.documents import NotOpen, close_review
from core import audit
from core.sealing import open_sealed


class NotSeen(Exception):
    """Nobody judges a document that they have not looked at; for the image itself: not within the last ten minutes."""


class AlreadyVoted(Exception):
    """This member of the team has said what they saw."""


def reveal_document(*, by: User, public_id: str, now: datetime) -> None:
    """Note that somebody looks at a document, and let them see it for ten minutes.

    Raises:
        accounts.access.DocumentNotFound; AlreadyVoted: there is nothing more to see.
    """
    review = get_document_for_reviewer(user=by, public_id=public_id, now=now)
    with transaction.atomic():
        look, made = DocumentVote.objects.get_or_create(review=review, reviewer=by, defaults={"seen_at": now})
        if not made and not DocumentVote.objects.filter(pk=look.pk, verdict="").update(seen_at=now):
            raise AlreadyVoted(public_id)
        _note("age_document.reveal", review, by, "", now)


def open_image(*, by: User, public_id: str, now: datetime) -> bytes:
    """The image (WebP), for who pressed the button within the last ten minutes and has not voted.

    Raises:
        accounts.access.DocumentNotFound; NotSeen; core.sealing.SealingError: the row was moved or damaged, or its key is gone.
    """
    review = get_document_for_reviewer(user=by, public_id=public_id, now=now)
    if not DocumentVote.objects.filter(review=review, reviewer=by, verdict="", seen_at__gt=now - SHOWN_FOR).exists():
        raise NotSeen(public_id)
    return open_sealed(review.scope, bytes(review.image or b""), review.sealing_ad)


def vote_on_document(*, by: User, public_id: str, verdict: DocumentVerdict, now: datetime) -> ReviewState:
    """Say what the document shows. The first word against it ends the review, the second one for it too; where it stands then.

    Raises:
        accounts.access.DocumentNotFound; NotSeen; AlreadyVoted; NotOpen: it was decided a moment ago.
    """
    found = get_document_for_reviewer(user=by, public_id=public_id, now=now)
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=found.user_id)  # first, as everywhere: a proof may follow
        review = DocumentReview.objects.select_for_update().defer("image").get(pk=found.pk)
        if review.state != ReviewState.OPEN:
            raise NotOpen(public_id)
        votes = DocumentVote.objects.filter(review=review, reviewer=by)
        if not votes.filter(verdict="").update(verdict=verdict, voted_at=now):
            raise AlreadyVoted(public_id) if votes.exists() else NotSeen(public_id)
        state = _conclude(review, now)
        _note("age_document.vote", review, by, verdict.value, now)  # last: the chain is everybody's lock
    return state


def _conclude(review: DocumentReview, now: datetime) -> ReviewState:
    """Have the method judge what was said so far; two at once wait for each other at the locks."""
    provider = get_provider(AgeMethod.STAFF_DOCUMENT_REVIEW)
    try:
        attested = provider.complete(
            check=review.attempt, payload={"verdicts": list_verdicts(review=review)}, origin=settings.ORIGIN, now=now
        )
    except Pending:
        return ReviewState.OPEN
    except Refused as refused:
        close_review(review=review, state=ReviewState.REFUSED, refusal=refused.code, now=now)
        return ReviewState.REFUSED
    close_review(review=review, state=ReviewState.PASSED, now=now)
    record_proof(
        user=review.user,
        method=AgeMethod.STAFF_DOCUMENT_REVIEW,
        assurance=provider.assurance,
        over=attested.over,
        ends_on=attested.valid_until.date(),
        now=now,
    )
    return ReviewState.PASSED


def _note(action: str, review: DocumentReview, by: User, reason: str, now: datetime) -> None:
    entry = audit.Entry(
        action=action,
        object_kind="age_document",
        object_ref=review.public_id,
        reason=reason,
        actor=by.public_id,
        handle=by.username[:40],
        role="reviewer",
    )
    audit.append(entry, now=now)
