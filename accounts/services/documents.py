"""The image of a document as its owner knows it: sent, taken back, or destroyed when nobody looked in time.

It lies sealed in its row while it is open and nowhere else. Its key is destroyed with it, so that backups keep nothing that can be read.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.age.challenges import check_claim, hash_secret
from accounts.age.refusals import RefusalCode, demand
from accounts.enums import AgeCheckState, AgeMethod, ReviewState
from accounts.events import AgeDocumentReviewed
from accounts.models import AgeCheck, DocumentReview, User
from accounts.queries.age import list_open_methods, pause_until
from accounts.services.age import Paused
from core import images, metrics
from core.outbox import publish
from core.ratelimit import hit
from core.sealing import destroy_key, seal

# The limit is 72 hours. An hour is left for the job that destroys, and for a house that stands still for a while.
UNDECIDED = timedelta(hours=71)
IMAGES_PER_HOUR = 10
_LONGEST = 1600
_QUALITY = 80


class AlreadyOpen(Exception):
    """Another document of this person is being looked at."""


class NotOpen(Exception):
    """The review is over: decided, taken back, or too late."""


def submit_document(*, attempt: AgeCheck, session_key: str, file: images.Readable, now: datetime) -> DocumentReview:
    """Take the one image of an attempt: decoded, turned upright, drawn anew without metadata, sealed. A file that is refused leaves the
    attempt as it was, so that the person may choose another.

    Raises:
        core.images.NotAnImage, ImageTooLarge; RateLimited: 10 an hour; AlreadyOpen; Paused: too many refusals in a day; Refused:
        METHOD_CLOSED, WRONG_SESSION, REPLAYED, EXPIRED_CHALLENGE.
    """
    demand(AgeMethod.STAFF_DOCUMENT_REVIEW in list_open_methods(now=now), RefusalCode.METHOD_CLOSED)
    demand(attempt.session_hash == hash_secret(session_key), RefusalCode.WRONG_SESSION)
    check_claim(expires_at=attempt.expires_at, used_at=attempt.used_at, now=now)
    if (until := pause_until(user=attempt.user, now=now)) is not None:
        raise Paused(until)
    if DocumentReview.objects.filter(open_key=str(attempt.user_id)).exists():
        raise AlreadyOpen(attempt.public_id)
    hit("age.document", str(attempt.user_id), limit=IMAGES_PER_HOUR, seconds=3600)
    drawn = images.encode(images.fit(images.read_image(file, longest=_LONGEST), _LONGEST), _QUALITY)
    try:
        with transaction.atomic():
            _claim(attempt, now)
            return _open(attempt, drawn, now)
    except IntegrityError as error:  # two attempts of one person at once
        raise AlreadyOpen(attempt.public_id) from error


def withdraw_document(*, review: DocumentReview, now: datetime) -> None:
    """Take a document back before it is decided; its image is destroyed at once.

    Raises:
        NotOpen.
    """
    with transaction.atomic():
        close_review(review=review, state=ReviewState.WITHDRAWN, now=now)


def withdraw_open_document(*, user: User, now: datetime) -> None:
    """Destroy the image of an account that closes, if there is one; with its key, which a mere deletion of the row would leave."""
    review = DocumentReview.objects.defer("image").filter(open_key=str(user.pk)).first()
    if review is not None:
        withdraw_document(review=review, now=now)


def expire_documents(keys: list[int]) -> int:
    """Destroy the images that nobody decided on in time; how many."""
    now = timezone.now()
    return sum(_expire(review, now) for review in DocumentReview.objects.defer("image").filter(pk__in=keys))


def close_review(*, review: DocumentReview, state: ReviewState, refusal: RefusalCode | None = None, now: datetime) -> None:
    """End a review once, in the caller's transaction: the image goes with it, the attempt learns how it ended, the key dies on commit. Its
    owner is told, unless it is they who took it back.

    Raises:
        NotOpen.
    """
    ended = {"state": state, "image": None, "open_key": None, "ended_at": now}
    if not DocumentReview.objects.filter(pk=review.pk, state=ReviewState.OPEN).update(**ended):
        raise NotOpen(review.public_id)
    AgeCheck.objects.filter(pk=review.attempt_id).update(state=_ATTEMPT[state], refusal=refusal or "", used_at=now)
    transaction.on_commit(partial(destroy_key, review.scope))
    metrics.AGE_CHECKS.labels(AgeMethod.STAFF_DOCUMENT_REVIEW.value, refusal or state.value).inc()
    if state != ReviewState.WITHDRAWN:
        publish(AgeDocumentReviewed(user_id=review.user_id, review_ref=review.public_id, outcome=state.value))


_ATTEMPT = {
    ReviewState.PASSED: AgeCheckState.PASSED,
    ReviewState.REFUSED: AgeCheckState.REFUSED,
    ReviewState.EXPIRED: AgeCheckState.EXPIRED,
    ReviewState.WITHDRAWN: AgeCheckState.EXPIRED,
}


def _claim(attempt: AgeCheck, now: datetime) -> None:
    """One attempt takes one image, whoever presses twice; from now on it lives as long as the image may."""
    mine = AgeCheck.objects.filter(pk=attempt.pk, method=AgeMethod.STAFF_DOCUMENT_REVIEW, used_at=None, expires_at__gt=now)
    won = mine.update(used_at=now, state=AgeCheckState.ANSWERED, expires_at=now + UNDECIDED)
    demand(won, RefusalCode.REPLAYED)


def _open(attempt: AgeCheck, drawn: bytes, now: datetime) -> DocumentReview:
    made = DocumentReview(user=attempt.user, attempt=attempt, created_at=now, expires_at=now + UNDECIDED, open_key=str(attempt.user_id))
    made.image = seal(made.scope, drawn, made.sealing_ad)
    made.save(force_insert=True)
    return made


def _expire(review: DocumentReview, now: datetime) -> bool:
    try:
        with transaction.atomic():
            close_review(review=review, state=ReviewState.EXPIRED, now=now)
    except NotOpen:  # decided meanwhile
        return False
    return True
