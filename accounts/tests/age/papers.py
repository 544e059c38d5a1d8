"""A photo of a document, who sends it, and who looks at it."""

from __future__ import annotations

import io
from datetime import datetime

from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.access import get_document_attempt
from accounts.enums import AgeFlow, AgeMethod, DocumentVerdict
from accounts.models import AgeCheck, DocumentReview, User
from accounts.services.age import start_check
from accounts.services.documents import submit_document
from accounts.services.reviewing import reveal_document, vote_on_document
from accounts.tests.factories import make_user

ADULT, UNDER_AGE = DocumentVerdict.ADULT, DocumentVerdict.UNDER_AGE
SESSION = "une-session"
MAKER, GPS = 0x010F, 0x8825


def photo(width: int = 60, height: int = 40, kind: str = "JPEG", *, exif: bool = False, after: bytes = b"") -> bytes:
    picture = Image.new("RGB", (width, height), "white")
    data = Image.Exif()
    if exif:
        data[MAKER] = "Appareil de Voahangy"
        data.get_ifd(GPS)[1] = "S"
    out = io.BytesIO()
    picture.save(out, kind, exif=data)
    return out.getvalue() + after


def begin(user: User, *, session_key: str = SESSION, now: datetime | None = None) -> AgeCheck:
    """An attempt with a document, on which no image was sent yet."""
    return start_check(
        user=user,
        session_key=session_key,
        method=AgeMethod.STAFF_DOCUMENT_REVIEW,
        flow=AgeFlow.FORM,
        address="192.0.2.1",
        origin="http://testserver",
        now=now or timezone.now(),
    ).check


def submit(user: User, data: bytes | None = None, *, now: datetime | None = None) -> DocumentReview:
    """An image on its way to the team."""
    made = begin(user, now=now)
    attempt = get_document_attempt(user=user, public_id=made.public_id)
    return submit_document(attempt=attempt, session_key=SESSION, file=io.BytesIO(data or photo()), now=now or timezone.now())


def make_reviewer(name: str) -> User:
    """Somebody of the team who looks at documents, and may do nothing else."""
    user = make_user(name, reserved_name=True, is_staff=True, age_method=None)
    user.user_permissions.add(Permission.objects.get(codename="review_document"))
    return user


def look(by: User, review: DocumentReview, verdict: DocumentVerdict, *, now: datetime | None = None) -> str:
    """Press the button, then say what is seen; where the review stands then."""
    reveal_document(by=by, public_id=review.public_id, now=now or timezone.now())
    return vote_on_document(by=by, public_id=review.public_id, verdict=verdict, now=now or timezone.now())


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser
