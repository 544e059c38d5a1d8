"""The door: the only way from an outside id to a person."""

from __future__ import annotations

import hmac
from datetime import datetime

from accounts.enums import AgeMethod, ReviewState, UserStatus
from accounts.models import AgeCheck, DocumentReview, User
from accounts.queries.farewell import farewell_token
from accounts.queries.relations import is_hidden_from


class PersonNotFound(LookupError):
    """No such person, or none that this viewer may know of: a block, a pause, a restriction and a closed account look the same."""


def get_person_for_member(*, user: User, public_id: str) -> User:
    """The person behind an outward id, as far as this member may deal with them: present, and not one who blocked them.

    Raises:
        PersonNotFound.
    """
    person = User.objects.present().filter(public_id=public_id, restricted_at__isnull=True).first()
    if person is None or is_hidden_from(viewer_id=user.pk, person_id=person.pk):
        raise PersonNotFound(public_id)
    return person


def get_person_to_release(*, user: User, public_id: str) -> User:
    """The person behind an outward id on whom this member set a block or a mute, whatever became of them since.

    Raises:
        PersonNotFound: no such person, or nothing was set on them.
    """
    made = User.objects.filter(blocks_received__blocker=user) | User.objects.filter(mutes_received__muter=user)
    person = made.filter(public_id=public_id).distinct().first()
    if person is None:
        raise PersonNotFound(public_id)
    return person


def get_account_by_farewell(*, token: str) -> User:
    """The closed account in whose last letter this link stands.

    Raises:
        PersonNotFound: a link that nobody was sent, or an account that is not closed.
    """
    found = User.objects.filter(public_id=token.partition(".")[0], status=UserStatus.CLOSED).first()
    if found is None or not hmac.compare_digest(farewell_token(found).encode(), token.encode()):
        raise PersonNotFound(token)
    return found


class CheckNotFound(LookupError):
    """Not an attempt of this person."""


def get_check_for_member(*, user: User, public_id: str) -> AgeCheck:
    """An attempt of this person to show their age.

    Raises:
        CheckNotFound.
    """
    check = AgeCheck.objects.select_related("user").filter(user=user, public_id=public_id).first()
    if check is None:
        raise CheckNotFound(public_id)
    return check


class DocumentNotFound(LookupError):
    """No such document, none that is open, or none that is this person's to see."""


def get_document_attempt(*, user: User, public_id: str) -> AgeCheck:
    """An attempt of this person to show their age by a document.

    Raises:
        DocumentNotFound.
    """
    check = AgeCheck.objects.select_related("user").filter(user=user, public_id=public_id, method=AgeMethod.STAFF_DOCUMENT_REVIEW).first()
    if check is None:
        raise DocumentNotFound(public_id)
    return check


def may_review_documents(user: User) -> bool:
    """Whether somebody is of the part of the team that looks at documents."""
    return user.is_active and user.is_staff and user.has_perm("accounts.review_document")


def get_document_for_reviewer(*, user: User, public_id: str, now: datetime) -> DocumentReview:
    """A document that is open, for a member of the team who may look at it: never their own.

    Raises:
        DocumentNotFound.
    """
    if not may_review_documents(user):
        raise DocumentNotFound(public_id)
    open_now = DocumentReview.objects.filter(public_id=public_id, state=ReviewState.OPEN, expires_at__gt=now)
    review = open_now.exclude(user=user).first()
    if review is None:
        raise DocumentNotFound(public_id)
    return review
