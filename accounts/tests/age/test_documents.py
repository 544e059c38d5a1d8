"""A document that its owner sends: taken as data, sealed, and gone when it is decided, taken back, or too late."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from accounts.age.challenges import hash_secret
from accounts.age.refusals import RefusalCode, Refused
from accounts.enums import AgeCheckState, AgeFlow, AgeMethod, ReviewState
from accounts.models import AgeAssertion, AgeCheck, DocumentReview, DocumentVote, User
from accounts.queries import is_age_sufficient
from accounts.services.age import Paused, start_check
from accounts.services.documents import AlreadyOpen, submit_document, withdraw_document
from accounts.tests.age.papers import ADULT, SESSION, UNDER_AGE, begin, browser_of, look, make_reviewer, photo, submit
from accounts.tests.age.sent import HOUR, has_key, raw_image, send
from core.images import NotAnImage
from core.ratelimit import RateLimited
from core.sealing import SealingError, open_sealed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offered")]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

HTML = b"<!doctype html><script>alert(1)</script>"

REVIEW_COLUMNS = {"id", "public_id", "user", "attempt", "state", "image", "created_at", "expires_at", "ended_at", "open_key", "votes"}

VOTE_COLUMNS = {"id", "review", "reviewer", "seen_at", "verdict", "voted_at"}


@pytest.fixture
def pair() -> tuple[User, User]:
    return make_reviewer("Modo1"), make_reviewer("Modo2")


def opens(user: User, gate: str) -> bool:
    return is_age_sufficient(user=User.objects.get(pk=user.pk), session=None, gate=gate, now=timezone.now())


def begin_on_page(browser: Client) -> str:
    """Choose the method; the page of the form."""
    answer = browser.post("/age/start", {"method": "STAFF_DOCUMENT_REVIEW", "flow": "FORM"})
    page = str(answer.headers["Location"])
    assert (answer.status_code, page.startswith("/age/document/")) == (302, True)
    return page


# ---- What may be a column -------------------------------------------------------------------------------------------------------
def test_no_column_tells_who_the_document_says_somebody_is() -> None:
    assert {field.name for field in DocumentReview._meta.get_fields()} == REVIEW_COLUMNS
    assert {field.name for field in DocumentVote._meta.get_fields()} == VOTE_COLUMNS


def test_the_database_holds_an_image_only_while_open(dina: User) -> None:
    review = submit(dina)
    for changes in ({"state": ReviewState.PASSED}, {"image": None}, {"open_key": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DocumentReview.objects.filter(pk=review.pk).update(**changes)
    assert raw_image(review) is not None


# ---- From the page to the open door -----------------------------------------------------------------------------------------------
def test_an_adult_walks_from_the_page_to_ordinary_rooms_and_no_further(
    dina: User, pair: tuple[User, User], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    browser = browser_of(dina)
    home = browser.get("/age/").content.decode()
    assert 'value="FORM"' in home
    assert 'value="SAME_DEVICE"' not in home
    page = begin_on_page(browser)
    form = browser.get(page).content.decode()
    assert "Cachez tout, sauf la photo et la date de naissance" in form
    assert send(browser, page, photo()) == 302
    review = DocumentReview.objects.get()
    waiting = browser.get(page)
    assert "Étape 1 sur 2" in waiting.content.decode()
    assert "no-store" in waiting.headers["Cache-Control"]
    assert page in browser.get("/age/").content.decode()  # no second one: the page leads to the first
    assert look(pair[0], review, ADULT) == ReviewState.OPEN
    assert "Étape 2 sur 2" in browser.get(page).content.decode()
    assert not opens(dina, "GENERAL")
    with django_capture_on_commit_callbacks(execute=True):
        assert look(pair[1], review, ADULT) == ReviewState.PASSED
    assert "Votre âge est confirmé" in browser.get(page).content.decode()
    assert [opens(dina, gate) for gate in ("GENERAL", "MEETING", "SENSITIVE", "SEXUAL", "GOODS")] == [True, False, False, False, False]
    proof = AgeAssertion.objects.get()
    assert (proof.method, proof.assurance, proof.issuer_country, proof.issuer_anchor) == ("STAFF_DOCUMENT_REVIEW", 10, "", "")
    assert (raw_image(review), has_key(review)) == (None, False)


def test_who_is_refused_reads_why_and_may_begin_again(dina: User, pair: tuple[User, User]) -> None:
    browser = browser_of(dina)
    page = begin_on_page(browser)
    send(browser, page, photo())
    assert look(pair[0], DocumentReview.objects.get(), UNDER_AGE) == ReviewState.REFUSED
    shown = browser.get(page).content.decode()
    assert "Cette preuve n’a pas été acceptée" in shown
    assert "3018" in shown  # somebody who may be a minor reads who listens
    assert browser.get(begin_on_page(browser)).context["standing"].state == "UPLOAD"
    assert AgeAssertion.objects.count() == 0


def test_the_general_page_of_an_attempt_leads_to_its_own(dina: User) -> None:
    attempt = begin(dina)
    answer = browser_of(dina).get(f"/age/check/{attempt.public_id}/")
    assert answer.headers["Location"] == f"/age/document/{attempt.public_id}/"


# ---- What is sent is data ---------------------------------------------------------------------------------------------------------
def test_nothing_of_the_file_survives_but_its_pixels_and_they_are_sealed(dina: User) -> None:
    review = submit(dina, photo(3200, 1200, exif=True, after=b"<script>alert(1)</script>"))
    blob = raw_image(review)
    assert blob is not None
    assert (blob[:1], b"RIFF" in blob, b"WEBP" in blob, b"Voahangy" in blob) == (b"\x01", False, False, False)
    data = open_sealed(review.scope, blob, review.sealing_ad)
    drawn = Image.open(io.BytesIO(data))
    assert (drawn.format, drawn.size, dict(drawn.getexif()), b"script" in data) == ("WEBP", (1600, 600), {}, False)
    with pytest.raises(SealingError):  # the key of the person, or of another document, opens nothing
        open_sealed(dina.scope, blob, review.sealing_ad)


@pytest.mark.parametrize("data", [b"texte", SVG, HTML, photo()[:200], photo(kind="BMP"), b"GIF89a" + SVG, b"%PDF-1.7\n" + HTML])
def test_what_is_no_image_is_refused_and_the_attempt_stays(dina: User, data: bytes) -> None:
    browser = browser_of(dina)
    page = begin_on_page(browser)
    assert send(browser, page, data, "carte.svg") == 422
    assert (
        "n’est pas une image que nous savons lire"
        in browser.post(page, {"image": SimpleUploadedFile("carte.jpg", data), "covered": "on"}).content.decode()
    )
    assert DocumentReview.objects.count() == 0
    assert send(browser, page, photo()) == 302
    assert DocumentReview.objects.get().state == ReviewState.OPEN


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"covered": "on"}, "Choisissez une image."),
        ({"covered": "on", "image": SimpleUploadedFile("vide.jpg", b"")}, "n’est pas une image que nous savons lire"),
        ({"image": SimpleUploadedFile("x.jpg", photo())}, "Cachez le reste du document, puis cochez cette case."),
    ],
)
def test_a_form_that_is_not_whole_says_what_is_missing(dina: User, fields: dict[str, object], words: str) -> None:
    browser = browser_of(dina)
    page = begin_on_page(browser)
    answer = browser.post(page, fields)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert DocumentReview.objects.count() == 0


def test_too_many_bytes_or_pixels_are_refused_in_words(dina: User, settings: Settings) -> None:
    browser = browser_of(dina)
    page = begin_on_page(browser)
    settings.IMAGE_BYTES = 2000
    assert send(browser, page, photo() + b"x" * 2000) == 422
    settings.IMAGE_BYTES, settings.IMAGE_PIXELS = 10_000_000, 2399
    answer = browser.post(page, {"image": SimpleUploadedFile("x.jpg", photo()), "covered": "on"})
    assert "10 Mo et 40 millions de pixels au plus" in answer.content.decode()
    assert DocumentReview.objects.count() == 0


def test_ten_files_an_hour(dina: User) -> None:
    attempt = begin(dina)
    for _turn in range(10):
        with pytest.raises(NotAnImage):
            submit_document(attempt=attempt, session_key=SESSION, file=io.BytesIO(HTML), now=timezone.now())
    with pytest.raises(RateLimited):
        submit_document(attempt=attempt, session_key=SESSION, file=io.BytesIO(photo()), now=timezone.now())


def test_an_upload_touches_no_file(dina: User, settings: Settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR, settings.FILE_UPLOAD_MAX_MEMORY_SIZE = str(tmp_path / "absent"), 10
    browser = browser_of(dina)
    page = begin_on_page(browser)
    assert send(browser, page, photo()) == 302
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_forged_request_sends_nothing(dina: User) -> None:
    page = begin_on_page(browser_of(dina))
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(dina)
    assert send(strict, page, photo()) == 403
    assert DocumentReview.objects.count() == 0


# ---- One attempt, one image, one open review ----------------------------------------------------------------------------------------
def test_an_attempt_takes_one_image_in_time_from_the_session_that_began(dina: User) -> None:
    now = timezone.now()
    attempt = begin(dina, now=now)
    for key, moment, code in (
        ("autre", now, RefusalCode.WRONG_SESSION),
        (SESSION, now + HOUR + timedelta(seconds=1), RefusalCode.EXPIRED_CHALLENGE),
    ):
        with pytest.raises(Refused) as refused:
            submit_document(attempt=attempt, session_key=key, file=io.BytesIO(photo()), now=moment)
        assert refused.value.code == code
    stale = AgeCheck.objects.get(pk=attempt.pk)
    review = submit_document(attempt=attempt, session_key=SESSION, file=io.BytesIO(photo()), now=now)
    withdraw_document(review=review, now=now)
    for again in (stale, AgeCheck.objects.get(pk=attempt.pk)):
        with pytest.raises(Refused) as replayed:
            submit_document(attempt=again, session_key=SESSION, file=io.BytesIO(photo()), now=now)
        assert replayed.value.code == RefusalCode.REPLAYED
    assert DocumentReview.objects.count() == 1


def test_what_leads_nowhere_leads_back_to_the_methods_with_a_word(dina: User) -> None:
    browser = browser_of(dina)
    page = begin_on_page(browser)
    elsewhere = browser_of(dina)
    form = {"image": SimpleUploadedFile("x.jpg", photo()), "covered": "on"}
    answer = elsewhere.post(page, form, follow=True)
    assert (answer.redirect_chain, "a commencé ailleurs" in answer.content.decode()) == ([("/age/", 302)], True)
    assert (send(browser, page, photo()), send(browser, page, photo())) == (302, 302)  # pressed twice
    assert "a déjà servi" in browser.get(page).content.decode()
    assert DocumentReview.objects.count() == 1


def test_another_open_document_is_said_on_the_form(dina: User) -> None:
    browser = browser_of(dina)
    first, second = begin_on_page(browser), begin_on_page(browser)
    assert (send(browser, first, photo()), send(browser, second, photo())) == (302, 422)


def test_one_open_review_a_person(dina: User, ben: User) -> None:
    first, other = begin(dina), begin(dina)
    submit_document(attempt=first, session_key=SESSION, file=io.BytesIO(photo()), now=timezone.now())
    with pytest.raises(AlreadyOpen):
        submit_document(attempt=other, session_key=SESSION, file=io.BytesIO(photo()), now=timezone.now())
    submit(ben)
    with pytest.raises(IntegrityError), transaction.atomic():  # and the database says so too
        DocumentReview.objects.filter(user=ben).update(open_key=str(dina.pk))
    assert AgeCheck.objects.get(pk=other.pk).state == AgeCheckState.STARTED


def test_the_method_is_shut_unless_the_house_names_it(dina: User, settings: Settings) -> None:
    attempt = begin(dina)
    settings.AGE_METHODS = ["EU_AV_MDOC"]
    with pytest.raises(Refused) as at_start:
        begin(dina)
    with pytest.raises(Refused) as at_upload:
        submit_document(attempt=attempt, session_key=SESSION, file=io.BytesIO(photo()), now=timezone.now())
    assert (at_start.value.code, at_upload.value.code) == (RefusalCode.METHOD_CLOSED, RefusalCode.METHOD_CLOSED)
    assert "STAFF_DOCUMENT_REVIEW" not in browser_of(dina).get("/age/").content.decode()


@pytest.mark.parametrize("changes", [{"flow": AgeFlow.SAME_DEVICE}, {"flow": AgeFlow.DC_API}, {"purpose": "SESSION"}])
def test_a_document_has_one_road_and_proves_nothing_for_a_visit(dina: User, changes: dict[str, str]) -> None:
    wanted = {"flow": AgeFlow.FORM, "method": AgeMethod.STAFF_DOCUMENT_REVIEW, "origin": "http://testserver"} | changes
    with pytest.raises(Refused) as refused:
        start_check(user=dina, session_key=SESSION, address="192.0.2.1", now=timezone.now(), **wanted)
    assert refused.value.code == RefusalCode.METHOD_CLOSED


def test_no_wallet_and_no_button_ends_what_the_team_decides(dina: User) -> None:
    review = submit(dina)
    browser = browser_of(dina)
    browser.post("/age/complete", {"check": review.attempt.public_id})
    AgeCheck.objects.update(state_hash=hash_secret("tsiambaratelo"), used_at=None)  # even one who knew what nobody is told
    assert browser.post("/age/oid4vp/response", {"state": "tsiambaratelo", "vp_token": "x"}).status_code == 400
    review.refresh_from_db()
    assert (review.state, review.attempt.state, AgeAssertion.objects.count()) == ("OPEN", "ANSWERED", 0)


def test_five_refusals_are_a_pause_also_for_attempts_begun_before(dina: User, pair: tuple[User, User]) -> None:
    now = timezone.now()
    kept = begin(dina, now=now)
    for _turn in range(5):
        look(pair[0], submit(dina, now=now), UNDER_AGE)
    with pytest.raises(Paused):
        begin(dina)
    with pytest.raises(Paused):
        submit_document(attempt=kept, session_key=SESSION, file=io.BytesIO(photo()), now=now + timedelta(minutes=1))
    answer = browser_of(dina).get("/age/").content.decode()
    assert "Plusieurs preuves n’ont pas pu être acceptées" in answer
