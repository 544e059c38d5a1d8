"""Being asked again: what a new version of a text stops, what it leaves open, and what counts as a yes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import DocumentType, Language
from accounts.middleware import LATER
from accounts.models import Consent, LegalDocument, User
from accounts.queries import find_document, has_agreed, list_missing_agreements
from accounts.services.consents import Draft, NotAllAccepted, accept_missing, publish_legal_documents
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]
JSON = "application/json"


def publish(kind: DocumentType, version: str, *, again: bool = True, at: datetime | None = None, languages: tuple[str, ...] = ()) -> None:
    """A version of one text, in all languages unless some are named, in force for a minute unless a moment is named."""
    moment = at or timezone.now() - timedelta(minutes=1)
    publish_legal_documents(
        drafts=[
            Draft(kind, version, language, "Titre", f"# {kind} {version} {language}\n", moment, requires_reacceptance=again)
            for language in languages or Language.values
        ]
    )


def missing(user: User, now: datetime | None = None) -> list[str]:
    return [document.doc_type for document in list_missing_agreements(user=user, language="fr", now=now or timezone.now())]


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


# ---- What counts --------------------------------------------------------------------------------------------------------------


def test_two_new_texts_need_two_boxes_and_one_of_them_records_nothing(dina: User, as_: LogIn) -> None:
    publish(DocumentType.CHARTER, "2.0")
    publish(DocumentType.TERMS, "3.0")
    browser = as_(dina)
    page = browser.get("/account/agree/").content.decode()
    assert ("2.0" in page, "3.0" in page, "checked" in page) == (True, True, False)
    half = browser.post("/account/agree/", {"charter": "on"})
    assert half.status_code == 422
    assert Consent.objects.filter(user=dina).count() == 2
    browser.post("/account/agree/", {"charter": "on", "terms": "on"})
    assert missing(dina) == []
    assert set(Consent.objects.filter(user=dina, channel="PAGE").values_list("purpose", "version")) == {
        ("CHARTER", "2.0"),
        ("TERMS", "3.0"),
    }


def test_only_what_changed_is_asked(dina: User, as_: LogIn) -> None:
    publish(DocumentType.TERMS, "3.0")
    assert missing(dina) == ["TERMS"]
    page = as_(dina).get("/account/agree/").content.decode()
    assert 'name="terms"' in page
    assert 'name="charter"' not in page


def test_a_yes_is_recorded_once_with_the_words_that_were_read(dina: User) -> None:
    publish(DocumentType.CHARTER, "2.0")
    for _twice in range(2):
        accept_missing(user=dina, accepted={"CHARTER"}, language="mg", now=timezone.now())
    row = Consent.objects.get(user=dina, version="2.0")
    text = LegalDocument.objects.get(doc_type="CHARTER", version="2.0", language="mg")
    assert (row.language, row.text_sha256) == ("mg", text.text_sha256)


def test_accepting_another_text_is_not_accepting_this_one(dina: User) -> None:
    publish(DocumentType.CHARTER, "2.0")
    with pytest.raises(NotAllAccepted):
        accept_missing(user=dina, accepted={"TERMS", "PRIVACY", ""}, language="fr", now=timezone.now())
    assert missing(dina) == ["CHARTER"]


def test_a_later_small_version_counts_as_the_required_one(dina: User) -> None:
    now = timezone.now()
    publish(DocumentType.CHARTER, "2.0", at=now - timedelta(days=2))
    publish(DocumentType.CHARTER, "2.1", at=now - timedelta(days=1), again=False)
    accept_missing(user=dina, accepted={"CHARTER"}, language="fr", now=now)
    assert Consent.objects.filter(user=dina, version="2.1").exists()
    assert missing(dina) == []


def test_a_small_version_between_does_not_excuse_from_the_next_required_one(dina: User) -> None:
    now = timezone.now()
    publish(DocumentType.CHARTER, "2.0", at=now - timedelta(days=3))
    accept_missing(user=dina, accepted={"CHARTER"}, language="fr", now=now)
    publish(DocumentType.CHARTER, "3.0", at=now - timedelta(days=1))
    assert missing(dina) == ["CHARTER"]


def test_a_yes_that_was_taken_back_is_asked_for_again(dina: User) -> None:
    publish(DocumentType.CHARTER, "2.0")
    accept_missing(user=dina, accepted={"CHARTER"}, language="fr", now=timezone.now())
    Consent.objects.filter(user=dina, version="2.0").update(withdrawn_at=timezone.now(), open_key=None)
    assert missing(dina) == ["CHARTER"]
    accept_missing(user=dina, accepted={"CHARTER"}, language="fr", now=timezone.now())
    assert missing(dina) == []
    assert Consent.objects.filter(user=dina, version="2.0").count() == 2  # the withdrawn one stays on record


def test_a_text_of_tomorrow_is_asked_tomorrow(dina: User, as_: LogIn) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    publish(DocumentType.CHARTER, "2.0", at=tomorrow)
    assert "2.0" not in as_(dina).get("/rules/").content.decode()
    found = find_document(doc_type="CHARTER", language="fr", now=tomorrow)
    assert found is not None
    assert found.version == "2.0"
    assert as_(dina).get("/account/").status_code == 200


def test_a_version_without_the_readers_language_is_read_in_french(dina: User) -> None:
    publish(DocumentType.CHARTER, "2.0", languages=("fr",))
    found = find_document(doc_type="CHARTER", language="mg", now=timezone.now())
    assert found is not None
    assert (found.version, found.language) == ("2.0", "fr")


def test_who_joined_after_it_accepted_it_at_the_door() -> None:
    publish(DocumentType.CHARTER, "2.0")
    newcomer = make_user("Fara", now=timezone.now())
    assert has_agreed(user=newcomer, now=timezone.now())
    assert Consent.objects.filter(user=newcomer, version="2.0").count() == 1


def test_nobodys_yes_is_anothers(dina: User, ben: User) -> None:
    publish(DocumentType.CHARTER, "2.0")
    accept_missing(user=dina, accepted={"CHARTER"}, language="fr", now=timezone.now())
    assert (missing(dina), missing(ben)) == ([], ["CHARTER"])


# ---- What stays open ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/rules/", "/legal/terms/", "/legal/privacy/", "/account/agree/", "/logout/"])
def test_the_texts_the_question_and_the_way_out_stay_open(dina: User, as_: LogIn, path: str) -> None:
    publish(DocumentType.CHARTER, "2.0")
    assert as_(dina).get(path).status_code == 200


def test_leaving_needs_no_yes(dina: User, as_: LogIn) -> None:
    publish(DocumentType.CHARTER, "2.0")
    browser = as_(dina)
    browser.post("/logout/")
    assert browser.get("/account/")["Location"].startswith("/login/")


def test_scripts_may_read_and_not_write(dina: User, as_: LogIn) -> None:
    publish(DocumentType.CHARTER, "2.0")
    browser = as_(dina)
    assert browser.get("/api/v1/me").status_code == 200
    refused = browser.patch("/api/v1/me", {"bio": "x"}, content_type=JSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "agreement_required")
    dina.refresh_from_db()
    assert dina.profile.bio == ""


def test_later_is_for_one_day_and_one_browser(dina: User, as_: LogIn) -> None:
    publish(DocumentType.CHARTER, "2.0")
    browser = as_(dina)
    browser.post("/account/agree/later/")
    assert browser.get("/account/").status_code == 200
    assert as_(dina).get("/account/").status_code == 302
    session = browser.session
    session[LATER] = (timezone.now().date() - timedelta(days=1)).isoformat()
    session.save()
    assert browser.get("/account/")["Location"].startswith("/account/agree/")
    assert missing(dina) == ["CHARTER"]


@pytest.mark.parametrize("path", ["/account/profile/", "/account/sessions/end/"])
def test_a_form_that_was_stopped_is_not_done(dina: User, as_: LogIn, path: str) -> None:
    publish(DocumentType.CHARTER, "2.0")
    epoch = dina.session_epoch
    answer = as_(dina).post(path, {"bio": "x"})
    assert answer["Location"] == "/account/agree/?next=%2F"
    dina.refresh_from_db()
    assert (dina.session_epoch, dina.profile.bio) == (epoch, "")


def test_the_question_leads_back_to_the_page_that_was_asked(dina: User, as_: LogIn) -> None:
    publish(DocumentType.CHARTER, "2.0")
    browser = as_(dina)
    asked = browser.get("/account/sessions/?a=1")["Location"]
    assert 'name="next" value="/account/sessions/?a=1"' in browser.get(asked).content.decode()
    answer = browser.post("/account/agree/", {"charter": "on", "next": "/account/sessions/?a=1"})
    assert answer["Location"] == "/account/sessions/?a=1"


def test_the_question_never_leads_abroad(dina: User, as_: LogIn) -> None:
    publish(DocumentType.CHARTER, "2.0")
    browser = as_(dina)
    page = browser.get("/account/agree/", {"next": "//evil.example"}).content.decode()
    assert page.count('name="next" value="/account/"') == 2
    assert 'value="//evil' not in page
    answer = browser.post("/account/agree/?next=//evil.example", {"charter": "on", "next": "https://evil.example/"})
    assert answer["Location"] == "/account/"


def test_with_nothing_to_ask_the_question_is_no_page(dina: User, as_: LogIn) -> None:
    assert as_(dina).get("/account/agree/", {"next": "/rooms/"})["Location"] == "/rooms/"


def test_guests_read_on(client: Client) -> None:
    publish(DocumentType.CHARTER, "2.0")
    assert [client.get(path).status_code for path in ("/", "/rooms/", "/rules/", "/signup/")] == [200] * 4


def test_logging_in_leads_to_the_question(client: Client, dina: User) -> None:
    publish(DocumentType.CHARTER, "2.0")
    answer = client.post("/login/", {"login": dina.email, "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/account/agree/")


# ---- The list -----------------------------------------------------------------------------------------------------------------


def test_the_list_shows_ones_own_acceptances_with_what_was_taken_back(dina: User, ben: User, as_: LogIn) -> None:
    publish(DocumentType.CHARTER, "2.0")
    accept_missing(user=ben, accepted={"CHARTER"}, language="fr", now=timezone.now())
    Consent.objects.filter(user=ben, purpose="TERMS").update(withdrawn_at=timezone.now(), open_key=None)
    page = as_(ben).get("/account/consents/").content.decode()
    assert page.count("acceptée le") == 3
    assert page.count("retirée le") == 1
    assert Consent.objects.filter(user=dina).count() == 2
