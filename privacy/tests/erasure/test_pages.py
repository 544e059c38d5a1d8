"""The pages of an erasure: one behind a secret link, one for everybody who holds a certificate, one for whoever has no account any more."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.queries.farewell import farewell_token
from accounts.services.closure import begin_closing, finish_closings
from accounts.tests.factories import NOON, make_user
from moderation.courts.terms import HoldScope
from moderation.enums import StaffRole
from moderation.services.holds import place_hold
from moderation.tests.factories import log_in, make_staff_member
from privacy.enums import RequestKind, RequestState
from privacy.erasure.links import LinkUnknown, get_request_by_token, token_of
from privacy.erasure.saga import LETTER, run_erasure
from privacy.models import DataRequest, ErasureRun
from privacy.services.requests import ask

pytestmark = pytest.mark.django_db
CHECK = "/privacy/certificate/"


def page_of(asked: DataRequest) -> str:
    return f"/privacy/erasure/{token_of(asked.public_id)}/"


@pytest.fixture
def done(asked: DataRequest) -> DataRequest:
    run_erasure(request_id=asked.pk, now=NOON)
    return asked


# ---- The secret link ---------------------------------------------------------------------------------------------------------
def test_the_link_opens_one_page_and_the_certificate(done: DataRequest) -> None:
    page = Client().get(page_of(done))
    assert page.status_code == 200
    assert "Attestation d’effacement" in page.content.decode()
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert "no-store" in page["Cache-Control"]
    file = Client().get(f"{page_of(done)}certificate.json")
    assert (file.status_code, file["Content-Type"]) == (200, "application/json")
    assert json.loads(file.content)["certificate"]["reference"] == done.public_id


@pytest.mark.parametrize("language", ["fr", "en", "mg"])
def test_it_is_read_in_three_languages(done: DataRequest, language: str) -> None:
    page = Client().get(f"{page_of(done)}?lang={language}")
    assert page.status_code == 200
    assert done.public_id in page.content.decode()
    assert f'lang="{language}"' in page.content.decode()


def test_a_forged_link_opens_nothing(done: DataRequest) -> None:
    good = token_of(done.public_id)
    other = token_of("b" * 20).partition(".")[2]
    for token in (done.public_id, f"{done.public_id}.", good[:-1], f"{good}x", f"{done.public_id}.{other}", good.upper(), "é.x", "." * 3):
        assert Client().get(f"/privacy/erasure/{token}/").status_code == 404, token
        assert Client().get(f"/privacy/erasure/{token}/certificate.json").status_code == 404, token


def test_the_link_of_another_kind_of_request_opens_nothing(full: User) -> None:
    other = ask(user=full, kind=RequestKind.RECTIFICATION, topic="OTHER", words="Mon année est fausse", now=NOON)
    with pytest.raises(LinkUnknown):
        get_request_by_token(token_of(other.public_id))


def test_before_it_is_over_it_says_that_it_is_in_progress_and_until_when(asked: DataRequest) -> None:
    page = Client().get(page_of(asked))
    assert (page.status_code, "Effacement en cours" in page.content.decode()) == (200, True)
    assert Client().get(f"{page_of(asked)}certificate.json").status_code == 404


def test_of_a_held_person_it_reads_the_same_word_for_word(asked: DataRequest, full: User, lea: Any) -> None:
    """Whoever works, whoever fails, whoever is held: nobody learns which."""
    before = body_of(asked)
    place_hold(scope=HoldScope.USER, subject_ids=[full.pk], by=lea, reason="réquisition", now=NOON)
    run_erasure(request_id=asked.pk, now=NOON)
    asked.refresh_from_db()
    assert asked.state == RequestState.WAITING
    assert body_of(asked) == before


def body_of(asked: DataRequest) -> str:
    return Client().get(page_of(asked)).content.decode().partition("<main")[2].partition("</main>")[0]


def test_the_page_of_the_request_leads_there_while_there_is_an_account(asked: DataRequest, full: User) -> None:
    browser = Client()
    browser.force_login(full)
    assert page_of(asked) in browser.get(f"/account/data/requests/{asked.public_id}/").content.decode()


def test_the_desk_reads_what_the_certificate_says_once_it_is_there(asked: DataRequest) -> None:
    desk, page = Client(headers={"Accept-Language": "fr"}), f"/admin/privacy/datarequest/{asked.public_id}/"
    log_in(desk, make_staff_member("Dora", StaffRole.DATA_PROTECTION))
    assert "Attestation d’effacement" not in desk.get(page).content.decode()
    run_erasure(request_id=asked.pk, now=NOON)
    said = json.loads(ErasureRun.objects.get().certificate)["certificate"]
    shown = desk.get(page).content.decode()
    assert "Attestation d’effacement" in shown
    assert shown.count("Jusqu’au") == len(said["remains"]) > 0
    assert "la dernière disparaît le" in shown
    assert "la dernière lettre" not in shown, "what was next is no news once all is done"


def test_the_desk_says_in_words_that_only_the_last_letter_is_owed(asked: DataRequest) -> None:
    DataRequest.objects.filter(pk=asked.pk).update(state=RequestState.RUNNING, next_step=LETTER, tries=2)
    desk = Client(headers={"Accept-Language": "fr"})
    log_in(desk, make_staff_member("Dora", StaffRole.DATA_PROTECTION))
    shown = desk.get(f"/admin/privacy/datarequest/{asked.public_id}/").content.decode()
    assert "la dernière lettre à la personne (2 essais)" in shown
    assert LETTER not in shown


def test_it_changes_nothing_and_takes_nothing(done: DataRequest) -> None:
    assert Client().post(page_of(done)).status_code == 405


# ---- Checking a certificate --------------------------------------------------------------------------------------------------
def test_a_good_certificate_is_said_to_be_good_pasted_or_as_a_file(done: DataRequest) -> None:
    text = ErasureRun.objects.get().certificate
    for given in ({"text": text}, {"file": SimpleUploadedFile("a.json", text.encode(), "application/json")}):
        page = Client().post(CHECK, given)
        assert page.status_code == 200
        assert "Cette attestation est authentique." in page.content.decode()
        assert done.public_id in page.content.decode()


def test_an_altered_one_is_refused_in_words(done: DataRequest) -> None:
    text = ErasureRun.objects.get().certificate.replace("IDENTITY", "IDENTITX")
    page = Client().post(CHECK, {"text": text})
    assert page.status_code == 422
    assert "Cette attestation a été modifiée" in page.content.decode()


def test_a_foreign_one_is_refused_in_words(done: DataRequest) -> None:
    whole = json.loads(ErasureRun.objects.get().certificate)
    whole["certificate"]["key"] = "0" * 64
    page = Client().post(CHECK, {"text": json.dumps(whole)})
    assert (page.status_code, "un autre site" in page.content.decode()) == (422, True)


@pytest.mark.parametrize("given", ["Bonjour", "{}", "<script>alert(1)</script>", "\x00", "x" * 70_000])
def test_what_is_no_certificate_is_refused_in_words_and_kept_in_the_form(given: str) -> None:
    page = Client().post(CHECK, {"text": given})
    assert page.status_code == 422
    assert "<script>alert" not in page.content.decode()


def test_nothing_given_is_asked_for() -> None:
    page = Client().post(CHECK, {})
    assert (page.status_code, "Collez l’attestation" in page.content.decode()) == (422, True)


def test_a_file_that_is_too_large_or_no_text_is_refused() -> None:
    for data in (b"x" * 70_000, bytes(range(256))):
        assert Client().post(CHECK, {"file": SimpleUploadedFile("a.json", data)}).status_code == 422


def test_the_page_is_for_everybody_and_gives_the_key() -> None:
    assert Client().get(CHECK).status_code == 200
    key = Client().get(f"{CHECK}key.pem")
    assert key.content.startswith(b"-----BEGIN PUBLIC KEY-----")


# ---- Without an account ------------------------------------------------------------------------------------------------------
@pytest.fixture
def closed(full: User) -> User:
    begin_closing(user=full, now=NOON)
    finish_closings(now=NOON + timedelta(days=15))
    full.refresh_from_db()
    return full


def test_the_last_letter_has_a_link_by_which_the_rest_is_erased(closed: User) -> None:
    letter = next(one for one in mail.outbox if "/privacy/farewell/" in one.body)
    path = "/privacy/farewell/" + letter.body.partition("/privacy/farewell/")[2].split()[0]
    assert Client().get(path).status_code == 200
    assert Client().post(path, {}).status_code == 422
    assert DataRequest.objects.count() == 0
    answer = Client().post(path, {"sure": "1"})
    request = DataRequest.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(request))
    assert (request.user, request.kind) == (closed, RequestKind.ERASURE)
    assert run_erasure(request_id=request.pk, now=NOON + timedelta(days=16)) == RequestState.DONE
    again = Client().post(path, {"sure": "1"})
    assert (again["Location"], DataRequest.objects.count()) == (page_of(request), 1)


def test_the_link_of_somebody_else_or_of_an_open_account_opens_nothing(closed: User, carol: User) -> None:
    assert Client().get(f"/privacy/farewell/{farewell_token(carol)}/").status_code == 404  # hers is open
    forged = f"{closed.public_id}.{farewell_token(carol).partition('.')[2]}"
    for token in (forged, closed.public_id, farewell_token(closed)[:-1], "x"):
        assert Client().post(f"/privacy/farewell/{token}/", {"sure": "1"}).status_code == 404
    assert DataRequest.objects.count() == 0


def test_a_link_that_is_only_opened_erases_nothing(closed: User) -> None:
    Client().get(f"/privacy/farewell/{farewell_token(closed)}/")
    assert DataRequest.objects.count() == 0


# ---- Whoever logs in meanwhile -----------------------------------------------------------------------------------------------
def test_the_only_page_of_an_account_that_is_being_erased_says_so(asked: DataRequest, full: User, lea: Any) -> None:
    place_hold(scope=HoldScope.USER, subject_ids=[full.pk], by=lea, reason="réquisition", now=NOON)
    run_erasure(request_id=asked.pk, now=NOON)
    browser = Client()
    full.refresh_from_db()
    browser.force_login(full)
    assert browser.get("/rooms/")["Location"] == "/account/closing/"
    page = browser.get("/account/closing/?lang=fr").content.decode()
    assert "Son effacement est en cours." in page
    assert "Garder mon compte" not in page
    assert browser.post("/account/closing/").status_code == 410
    full.refresh_from_db()
    assert full.status == "CLOSING"


def test_a_newcomer_may_use_the_address_at_once(done: DataRequest) -> None:
    assert make_user("Benja", email="ben@example.org").email == "ben@example.org"
