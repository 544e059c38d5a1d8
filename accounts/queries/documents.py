"""Where a document stands: for its owner, and for the team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from accounts.enums import AgeCheckState, ReviewState
from accounts.models import AgeCheck, DocumentReview, DocumentVote, User

# So long a look at an image lasts, after the button that is noted.
SHOWN_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class DocumentStanding:
    """`state` is UPLOAD (nothing sent yet), LATE (too late to send), or that of the review; `step` 1 or 2 says whose look is awaited."""

    state: str
    review: DocumentReview | None = None
    step: int = 1
    since: datetime | None = None


def find_open_document(*, user: User) -> DocumentReview | None:
    """The review of this person that is not over, without its image."""
    return DocumentReview.objects.defer("image").select_related("attempt").filter(open_key=str(user.pk)).first()


def get_document_standing(*, attempt: AgeCheck, now: datetime) -> DocumentStanding:
    """Where an attempt with a document stands, for its owner; a review whose time is over is expired, if the job has come by or not."""
    review = DocumentReview.objects.defer("image").filter(attempt=attempt).first()
    if review is None:
        begun = attempt.state == AgeCheckState.STARTED and attempt.expires_at > now
        return DocumentStanding("UPLOAD" if begun else "LATE")
    if review.state == ReviewState.OPEN and review.expires_at <= now:
        return DocumentStanding(ReviewState.EXPIRED, review)
    last = review.votes.exclude(verdict="").order_by("-voted_at").first()
    return DocumentStanding(review.state, review, 2 if last else 1, last.voted_at if last else review.created_at)


def list_verdicts(*, review: DocumentReview) -> list[str]:
    """What was said so far, in the order in which it was said."""
    return list(review.votes.exclude(verdict="").order_by("voted_at", "pk").values_list("verdict", flat=True))


def list_documents_to_review(*, user: User, now: datetime) -> QuerySet[DocumentReview]:
    """What is open to this member of the team, the oldest first, without the images; not their own, nor what they have voted on."""
    voted = DocumentVote.objects.filter(reviewer=user).exclude(verdict="").values("review_id")
    rows = DocumentReview.objects.defer("image").filter(state=ReviewState.OPEN, expires_at__gt=now).exclude(user=user).exclude(pk__in=voted)
    return rows.annotate(given=Count("votes", filter=~Q(votes__verdict=""))).order_by("created_at", "pk")


def may_see_image(*, user: User, review: DocumentReview, now: datetime) -> bool:
    """Whether this member of the team pressed the button within the last ten minutes."""
    return DocumentVote.objects.filter(review=review, reviewer=user, verdict="", seen_at__gt=now - SHOWN_FOR).exists()


def has_looked(*, user: User, review: DocumentReview) -> bool:
    """Whether this member of the team has looked at the document, and has not said yet what it shows."""
    return DocumentVote.objects.filter(review=review, reviewer=user, verdict="").exists()
