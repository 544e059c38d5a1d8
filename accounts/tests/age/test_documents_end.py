"""A document under review is gone in time, and nobody else ever sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from accounts.access import DocumentNotFound, get_document_attempt
from accounts.enums import UserStatus
from accounts.models import AgeAssertion, AgeCheck, DocumentReview, DocumentVote, User
from accounts.queries.documents import get_document_standing
from accounts.services.age import start_check
from accounts.services.closure import begin_closing, finish_closings
from accounts.services.documents import UNDECIDED, NotOpen, withdraw_document
from accounts.tests.age.papers import ADULT, UNDER_AGE, browser_of, look, make_reviewer, photo, submit
from accounts.tests.age.sent import HOUR, has_key, raw_image, send
from accounts.tests.purging import CHECKS_KEPT, destroy_documents, expire_documents, purge_checks
from core.images import ImageTooLarge
from core.sealing import SealingError, open_sealed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offered")]


@pytest.fixture
def pair() -> tuple[User, User]:
    return make_reviewer("Modo1"), make_reviewer("Modo2")


# ---- Gone ---------------------------------------------------------------------------------------------------------------------------
def test_taking_it_back_destroys_image_and_key(dina: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    review = submit(dina)
    blob = raw_image(review)
    assert blob is not None
    browser = browser_of(dina)
    page = f"/age/document/{review.attempt.public_id}/"
    with django_capture_on_commit_callbacks(execute=True):
        done = browser.post(page + "withdraw/", follow=True)
    assert "Votre document est retiré et son image est détruite." in done.content.decode()
    assert (raw_image(review), has_key(review), DocumentReview.objects.get().state) == (None, False, "WITHDRAWN")
    with pytest.raises(SealingError):  # a copy of the row in a backup opens no more
        open_sealed(review.scope, blob, review.sealing_ad)
    again = browser.post(page + "withdraw/", follow=True)
    assert "n’est plus en cours d’examen" in again.content.decode()
    assert browser.get(page + "withdraw/").status_code == 405


def test_undecided_it_is_destroyed_within_72_hours_and_the_page_says_so(
    dina: User, pair: tuple[User, User], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    begun = timezone.now() - UNDECIDED
    review = submit(dina, now=begun)
    look(pair[0], review, ADULT, now=begun + HOUR)  # one alone decides nothing
    assert timedelta(hours=72) - UNDECIDED >= timedelta(seconds=600)  # twice the period of the job
    assert expire_documents(now=begun + UNDECIDED - timedelta(seconds=1)) == 0
    page = f"/age/document/{review.attempt.public_id}/"
    assert "Personne n’a pu donner son avis à temps" in browser_of(dina).get(page).content.decode()  # even before the job
    with django_capture_on_commit_callbacks(execute=True):
        assert destroy_documents() == 1
    assert (raw_image(review), has_key(review), DocumentReview.objects.get().state) == (None, False, "EXPIRED")
    assert "Personne n’a pu donner son avis à temps" in browser_of(dina).get(page).content.decode()
    assert destroy_documents() == 0
    with pytest.raises(NotOpen):
        withdraw_document(review=review, now=timezone.now())
    assert AgeAssertion.objects.count() == 0


def test_a_day_after_its_time_the_row_is_gone_with_the_attempt(dina: User, pair: tuple[User, User]) -> None:
    now = timezone.now()
    review = submit(dina, now=now)
    look(pair[0], review, UNDER_AGE, now=now)
    purge_checks(now=now + UNDECIDED + CHECKS_KEPT - timedelta(seconds=1))
    assert DocumentReview.objects.count() == 1
    purge_checks(now=now + UNDECIDED + CHECKS_KEPT)
    assert (DocumentReview.objects.count(), DocumentVote.objects.count(), AgeCheck.objects.count()) == (0, 0, 0)


def test_a_closed_account_leaves_no_image_and_no_key(
    dina: User, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.CLOSURE_GRACE = 0
    review, now = submit(dina), timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        begin_closing(user=dina, now=now)
        assert finish_closings(now=now) == 1
    assert User.objects.get(pk=dina.pk).status == UserStatus.CLOSED
    assert (DocumentReview.objects.count(), has_key(review)) == (0, False)


def test_a_rolled_back_end_destroys_nothing(dina: User) -> None:
    review = submit(dina)
    with transaction.atomic():
        withdraw_document(review=review, now=timezone.now())
        transaction.set_rollback(True)
    blob = raw_image(review)
    assert blob is not None
    assert open_sealed(review.scope, blob, review.sealing_ad)[:4] == b"RIFF"


# ---- Carol --------------------------------------------------------------------------------------------------------------------------
def test_carol_sees_and_takes_back_nothing_of_another(dina: User, carol: User) -> None:
    review = submit(dina)
    page = f"/age/document/{review.attempt.public_id}/"
    browser = browser_of(carol)
    assert browser.get(page).status_code == 404
    assert send(browser, page, photo()) == 404
    assert browser.post(page + "withdraw/").status_code == 404
    assert Client().get(page).status_code == 302
    with pytest.raises(DocumentNotFound):
        get_document_attempt(user=carol, public_id=review.attempt.public_id)
    assert raw_image(review) is not None


def test_an_attempt_with_a_wallet_has_no_page_for_documents(dina: User, settings: Settings) -> None:
    settings.AGE_METHODS, settings.DEMO_WALLET = [], True
    made = start_check(
        user=dina, session_key="s", method="DEMO_WALLET", flow="SAME_DEVICE", address="x", origin="http://testserver", now=timezone.now()
    )
    assert browser_of(dina).get(f"/age/document/{made.check.public_id}/").status_code == 404


def test_the_standing_costs_two_queries(dina: User, pair: tuple[User, User], django_assert_num_queries: object) -> None:
    review = submit(dina)
    look(pair[0], review, ADULT)
    with django_assert_num_queries(2):  # type: ignore[operator]
        standing = get_document_standing(attempt=review.attempt, now=timezone.now())
    assert (standing.state, standing.step) == ("OPEN", 2)


def test_pixels_are_counted_before_they_are_drawn(dina: User, settings: Settings) -> None:
    settings.IMAGE_PIXELS = 100
    with pytest.raises(ImageTooLarge):
        submit(dina, photo(20, 20))
