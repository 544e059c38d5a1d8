"""The part of the team that looks at documents: two different people, each look and each vote noted, and nobody else."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from accounts.access import DocumentNotFound
from accounts.age.refusals import RefusalCode
from accounts.enums import DocumentVerdict, ReviewState
from accounts.models import AgeAssertion, AgeCheck, DocumentReview, DocumentVote, User
from accounts.services.documents import NotOpen, expire_documents, withdraw_document
from accounts.services.reviewing import AlreadyVoted, NotSeen, open_image, reveal_document, vote_on_document
from accounts.tests.age.papers import ADULT, UNDER_AGE, browser_of, look, make_reviewer, submit
from accounts.tests.factories import log_in_staff, make_user
from core import audit
from core.models import AuditEntry, OutboxEvent
from core.sealing import SealingError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offered")]
QUEUE = "/admin/accounts/documentreview/"


@pytest.fixture
def one() -> User:
    return make_reviewer("Modo1")


@pytest.fixture
def two() -> User:
    return make_reviewer("Modo2")


@pytest.fixture
def review(dina: User) -> DocumentReview:
    return submit(dina)


def staff_browser(user: User) -> Client:
    browser = Client()
    log_in_staff(browser, user)
    return browser


def page_of(review: DocumentReview, deed: str = "") -> str:
    return f"{QUEUE}{review.public_id}/{deed}/" if deed else f"{QUEUE}{review.pk}/change/"


def state_of(review: DocumentReview) -> str:
    return DocumentReview.objects.get(pk=review.pk).state


def noted() -> list[tuple[str, ...]]:
    return list(AuditEntry.objects.order_by("seq").values_list("action", "object_kind", "object_ref", "handle", "role", "reason"))


def shows_image(answer: Any) -> bool:
    return b"RIFF" in answer.content or b"/image/" in answer.content


# ---- Two who agree, two who do not ----------------------------------------------------------------------------------------------------
def test_two_who_say_adult_make_a_proof(dina: User, one: User, two: User, review: DocumentReview) -> None:
    assert look(one, review, ADULT) == ReviewState.OPEN
    assert AgeAssertion.objects.count() == 0
    assert look(two, review, ADULT) == ReviewState.PASSED
    proof = AgeAssertion.objects.get()
    assert (proof.user_id, proof.method, proof.assurance) == (dina.pk, "STAFF_DOCUMENT_REVIEW", 10)
    assert AgeCheck.objects.get().state == "PASSED"


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (DocumentVerdict.UNDER_AGE, RefusalCode.UNDER_AGE),
        (DocumentVerdict.UNREADABLE, RefusalCode.PAPER_UNREADABLE),
        (DocumentVerdict.UNCOVERED, RefusalCode.PAPER_UNCOVERED),
        (DocumentVerdict.DOUBTFUL, RefusalCode.PAPER_DOUBTFUL),
    ],
)
@pytest.mark.parametrize("agreed_before", [False, True])
def test_one_word_against_it_refuses_the_first_as_the_second(
    one: User, two: User, review: DocumentReview, verdict: DocumentVerdict, code: RefusalCode, agreed_before: bool
) -> None:
    if agreed_before:
        look(one, review, ADULT)
    assert look(two, review, verdict) == ReviewState.REFUSED
    attempt = AgeCheck.objects.get()
    assert (attempt.state, attempt.refusal, code.technical) == ("REFUSED", code.value, False)
    assert (DocumentReview.objects.get().image, AgeAssertion.objects.count()) == (None, 0)
    with pytest.raises(DocumentNotFound):  # nothing is left to agree with
        look(one, review, ADULT)


def reviewed() -> list[tuple[int, str]]:
    """Whom the floors above are told of, and how it ended."""
    rows = OutboxEvent.objects.filter(event="accounts.AgeDocumentReviewed").order_by("pk").values_list("payload", flat=True)
    return [(row["user_id"], row["outcome"]) for row in rows]


def test_its_owner_is_told_of_once_it_is_decided(dina: User, one: User, two: User, review: DocumentReview) -> None:
    for reviewer in (one, two):
        assert reviewed() == []
        look(reviewer, review, ADULT)
    assert reviewed() == [(dina.pk, "PASSED")]


def test_of_what_nobody_looked_at_in_time_too_and_of_what_was_taken_back_not(dina: User, review: DocumentReview) -> None:
    expire_documents([review.pk])
    assert reviewed() == [(dina.pk, "EXPIRED")]
    again = submit(dina)
    withdraw_document(review=again, now=timezone.now())
    assert reviewed() == [(dina.pk, "EXPIRED")]


def test_every_look_and_every_vote_is_noted(one: User, two: User, review: DocumentReview) -> None:
    reveal_document(by=one, public_id=review.public_id, now=timezone.now())
    look(one, review, ADULT)
    look(two, review, UNDER_AGE)
    which = ("age_document", review.public_id)
    assert noted() == [
        ("age_document.reveal", *which, "modo1", "reviewer", ""),
        ("age_document.reveal", *which, "modo1", "reviewer", ""),
        ("age_document.vote", *which, "modo1", "reviewer", "ADULT"),
        ("age_document.reveal", *which, "modo2", "reviewer", ""),
        ("age_document.vote", *which, "modo2", "reviewer", "UNDER_AGE"),
    ]
    assert audit.verify().holds


def test_what_cannot_be_noted_does_not_happen(one: User, review: DocumentReview) -> None:
    AuditEntry.objects.create(seq=1, at=timezone.now(), action="x", object_kind="x", object_ref="x", reason="", prev_mac="", mac="", kid=1)
    with pytest.raises(IntegrityError), transaction.atomic():  # a chain that somebody has tampered with takes no entry
        reveal_document(by=one, public_id=review.public_id, now=timezone.now())
    with pytest.raises(NotSeen):
        open_image(by=one, public_id=review.public_id, now=timezone.now())
    assert DocumentVote.objects.count() == 0


# ---- Who may not -----------------------------------------------------------------------------------------------------------------------
def test_the_same_person_is_not_the_second_one(one: User, review: DocumentReview) -> None:
    look(one, review, ADULT)
    with pytest.raises(AlreadyVoted):
        vote_on_document(by=one, public_id=review.public_id, verdict=ADULT, now=timezone.now())
    with pytest.raises(AlreadyVoted):
        reveal_document(by=one, public_id=review.public_id, now=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        DocumentVote.objects.create(review=review, reviewer=one, seen_at=timezone.now())
    assert (state_of(review), DocumentVote.objects.count()) == ("OPEN", 1)


def test_nobody_looks_at_their_own(one: User, two: User) -> None:
    mine = submit(one)
    with pytest.raises(DocumentNotFound):
        reveal_document(by=one, public_id=mine.public_id, now=timezone.now())
    with pytest.raises(DocumentNotFound):
        vote_on_document(by=one, public_id=mine.public_id, verdict=ADULT, now=timezone.now())
    browser = staff_browser(one)
    assert mine.public_id not in browser.get(QUEUE).content.decode()
    assert [browser.post(page_of(mine, deed)).status_code for deed in ("reveal",)] == [404]
    assert browser.get(page_of(mine, "image")).status_code == 404
    assert browser.post(page_of(mine, "vote"), {"verdict": "ADULT"}).status_code == 404
    assert mine.public_id in staff_browser(two).get(QUEUE).content.decode()


def test_nobody_judges_unseen(one: User, review: DocumentReview) -> None:
    with pytest.raises(NotSeen):
        vote_on_document(by=one, public_id=review.public_id, verdict=ADULT, now=timezone.now())
    assert noted() == []


@pytest.mark.parametrize("of_the_team", [True, False])
def test_without_the_right_nothing_opens(review: DocumentReview, of_the_team: bool) -> None:
    other = make_user("Modo3", reserved_name=True, is_staff=of_the_team)
    for deed in (reveal_document, open_image):
        with pytest.raises(DocumentNotFound):
            deed(by=other, public_id=review.public_id, now=timezone.now())
    with pytest.raises(DocumentNotFound):
        vote_on_document(by=other, public_id=review.public_id, verdict=ADULT, now=timezone.now())
    browser = staff_browser(other)
    for answer in (
        browser.get(QUEUE),
        browser.get(page_of(review)),
        browser.get(page_of(review, "image")),
        browser.post(page_of(review, "reveal")),
        browser.post(page_of(review, "vote"), {"verdict": "ADULT"}),
    ):
        assert answer.status_code in (302, 403, 404)
        assert not shows_image(answer)
    assert noted() == []


def test_the_right_alone_without_being_staff_opens_nothing(one: User, review: DocumentReview) -> None:
    User.objects.filter(pk=one.pk).update(is_staff=False)
    with pytest.raises(DocumentNotFound):
        reveal_document(by=User.objects.get(pk=one.pk), public_id=review.public_id, now=timezone.now())


def test_without_a_second_factor_the_door_stays_shut(one: User, review: DocumentReview) -> None:
    browser = browser_of(one)
    reveal_document(by=one, public_id=review.public_id, now=timezone.now())  # even for one who has just looked elsewhere
    for answer in (
        browser.get(QUEUE),
        browser.get(page_of(review)),
        browser.get(page_of(review, "image")),
        browser.post(page_of(review, "reveal")),
        browser.post(page_of(review, "vote"), {"verdict": "ADULT"}),
    ):
        assert (answer.status_code, shows_image(answer)) == (403, False)
    assert (state_of(review), len(noted())) == ("OPEN", 1)


def test_carol_fetches_no_image(carol: User, dina: User, one: User, review: DocumentReview) -> None:
    reveal_document(by=one, public_id=review.public_id, now=timezone.now())
    for browser in (browser_of(carol), browser_of(dina), Client()):  # not even its owner: they have the document
        for path in (page_of(review, "image"), f"/media/{review.public_id}/full/", f"/media/{review.attempt.public_id}/full/"):
            answer = browser.get(path)
            assert answer.status_code in (302, 404)
            assert not shows_image(answer)


# ---- The pages -------------------------------------------------------------------------------------------------------------------------
def test_the_queue_has_the_oldest_first_and_names_nobody(one: User, two: User, dina: User) -> None:
    now = timezone.now()
    late, early = submit(make_user("Amina", age_method=None), now=now), submit(dina, now=now - timedelta(hours=2))
    browser = staff_browser(one)
    text = browser.get(QUEUE).content.decode()
    assert re.findall(r"/documentreview/(\d+)/change/", text) == [str(early.pk), str(late.pk)]
    assert not {"Dina", "dina", "amina", "Amina"} & set(re.findall(r"\w+", text))
    look(one, early, ADULT)
    assert re.findall(r"/documentreview/(\d+)/change/", browser.get(QUEUE).content.decode()) == [str(late.pk)]
    look(two, late, UNDER_AGE)
    assert "/change/" not in browser.get(QUEUE).content.decode()


def test_the_image_is_hidden_until_the_button_and_for_ten_minutes(one: User, two: User, review: DocumentReview) -> None:
    browser = staff_browser(one)
    page = browser.get(page_of(review))
    assert "Montrer l’image" in page.content.decode()
    assert not shows_image(page)
    assert browser.get(page_of(review, "image")).status_code == 404
    assert browser.get(page_of(review, "reveal")).status_code == 405
    assert noted() == []
    shown = browser.post(page_of(review, "reveal"), follow=True)
    assert page_of(review, "image") in shown.content.decode()
    assert "Dina" not in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    image = browser.get(page_of(review, "image"))
    assert (image.status_code, image.content[:4], image.headers["Content-Type"]) == (200, b"RIFF", "image/webp")
    assert "no-store" in image.headers["Cache-Control"]
    assert image.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert image.headers["X-Content-Type-Options"] == "nosniff"
    assert staff_browser(two).get(page_of(review, "image")).status_code == 404  # each presses their own
    DocumentVote.objects.update(seen_at=timezone.now() - timedelta(minutes=10))
    assert browser.get(page_of(review, "image")).status_code == 404
    again = browser.get(page_of(review)).content.decode()
    assert "Montrer l’image" in again
    assert "Que montre ce document" in again
    assert len(noted()) == 1


def test_votes_on_the_page_are_told_and_a_replayed_one_changes_nothing(
    one: User, two: User, review: DocumentReview, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    first, second = staff_browser(one), staff_browser(two)
    vote = page_of(review, "vote")
    unseen = first.post(vote, {"verdict": "ADULT"}, follow=True)
    assert "Regardez d’abord le document." in unseen.content.decode()
    first.post(page_of(review, "reveal"))
    for wrong in ({}, {"verdict": "MAYBE"}):
        assert "Choisissez un avis." in first.post(vote, wrong, follow=True).content.decode()
    assert "Une seconde personne doit encore regarder." in first.post(vote, {"verdict": "ADULT"}, follow=True).content.decode()
    assert first.get(page_of(review, "image")).status_code == 404  # who has voted has seen enough
    replayed = first.post(vote, {"verdict": "ADULT"}, follow=True)
    assert "Vous avez déjà donné votre avis sur ce document." in replayed.content.decode()
    assert "Vous avez déjà donné votre avis" in first.post(page_of(review, "reveal"), follow=True).content.decode()
    assert (state_of(review), AgeAssertion.objects.count()) == ("OPEN", 0)
    second.post(page_of(review, "reveal"))
    with django_capture_on_commit_callbacks(execute=True):
        done = second.post(vote, {"verdict": "ADULT"}, follow=True)
    assert "La décision est prise et l’image est détruite." in done.content.decode()
    assert second.post(vote, {"verdict": "ADULT"}).status_code == 404
    assert second.get(page_of(review, "image")).status_code == 404
    assert AgeAssertion.objects.count() == 1
    assert len(noted()) == 4


def test_nothing_is_changed_by_hand_in_the_admin(one: User, review: DocumentReview) -> None:
    browser = staff_browser(one)
    assert browser.get(QUEUE + "add/").status_code == 403
    assert browser.post(page_of(review), {"state": "PASSED"}).status_code == 403
    assert browser.post(f"{QUEUE}{review.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser.get("/admin/accounts/user/").status_code == 403  # the right is for this table alone
    assert (state_of(review), AgeAssertion.objects.count()) == ("OPEN", 0)


def test_a_sealed_image_that_was_moved_to_another_row_does_not_open(one: User, review: DocumentReview, amina: User) -> None:
    other = submit(amina)
    DocumentReview.objects.filter(pk=review.pk).update(image=DocumentReview.objects.get(pk=other.pk).image)
    reveal_document(by=one, public_id=review.public_id, now=timezone.now())
    with pytest.raises(SealingError):
        open_image(by=one, public_id=review.public_id, now=timezone.now())


# ---- At the same moment -----------------------------------------------------------------------------------------------------------------
def test_too_late_or_taken_back_nothing_is_decided(one: User, two: User, review: DocumentReview) -> None:
    look(one, review, ADULT)
    reveal_document(by=two, public_id=review.public_id, now=timezone.now())
    with pytest.raises(DocumentNotFound):
        vote_on_document(by=two, public_id=review.public_id, verdict=ADULT, now=review.expires_at)
    withdraw_document(review=review, now=timezone.now())
    with pytest.raises(DocumentNotFound):
        vote_on_document(by=two, public_id=review.public_id, verdict=ADULT, now=timezone.now())
    assert AgeAssertion.objects.count() == 0


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("words", [(ADULT, ADULT), (ADULT, UNDER_AGE)])
def test_two_votes_at_once_decide_once(words: tuple[DocumentVerdict, DocumentVerdict]) -> None:
    review = submit(make_user("Dina", age_method=None))
    people = [make_reviewer("Modo1"), make_reviewer("Modo2")]
    for person in people:
        reveal_document(by=person, public_id=review.public_id, now=timezone.now())
    start = Barrier(2)

    def race(pair: tuple[User, DocumentVerdict]) -> str:
        start.wait(timeout=30)
        try:
            return vote_on_document(by=pair[0], public_id=review.public_id, verdict=pair[1], now=timezone.now())
        except (NotOpen, DocumentNotFound):
            return "late"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as crowd:
        ends = list(crowd.map(race, zip(people, words, strict=True)))
    agreed = words == (ADULT, ADULT)
    final = "PASSED" if agreed else "REFUSED"
    assert ends.count(final) == 1
    assert (state_of(review), AgeAssertion.objects.count(), AgeCheck.objects.get().state) == (final, int(agreed), final)
    assert DocumentReview.objects.get().image is None


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_one_reviewer_in_two_windows_votes_once() -> None:
    review, person = submit(make_user("Dina", age_method=None)), make_reviewer("Modo1")
    reveal_document(by=person, public_id=review.public_id, now=timezone.now())
    start = Barrier(4)

    def race(_number: int) -> bool:
        start.wait(timeout=30)
        try:
            vote_on_document(by=person, public_id=review.public_id, verdict=ADULT, now=timezone.now())
        except AlreadyVoted:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as crowd:
        won = list(crowd.map(race, range(4)))
    assert (won.count(True), state_of(review), AgeAssertion.objects.count()) == (1, "OPEN", 0)
