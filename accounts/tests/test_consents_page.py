"""The page of what one agreed to: the very words, in each language; free consents are given by a box and taken back by one button."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.enums import FREE_PURPOSES, ConsentPurpose, DocumentType, Language
from accounts.forms.consents import describe
from accounts.models import Consent, LegalDocument, User
from accounts.queries import has_consent, list_free_consents
from accounts.services.consents import Draft, give_consent, publish_legal_documents, withdraw_consent
from accounts.services.legal_files import FOLDER, list_unreviewed, read_drafts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]
ROOMS = ConsentPurpose.ART9_SENSITIVE_ROOMS
PAGE = "/account/consents/"
GIVE, WITHDRAW = PAGE + "art9_sensitive_rooms/give/", PAGE + "art9_sensitive_rooms/withdraw/"


def agrees(user: User) -> bool:
    return has_consent(user=user, purpose=ROOMS, now=timezone.now())


def text_of(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


# ---- Giving -------------------------------------------------------------------------------------------------------------------


def test_the_whole_text_stands_above_a_box_that_nobody_ticked(amina: User, as_: LogIn) -> None:
    page = text_of(as_(amina), GIVE)
    assert "article 9 du RGPD" in page
    assert re.search(r'<input type="checkbox" name="agree"[^>]*>', page)
    assert "checked" not in page
    assert not agrees(amina)


def test_without_the_tick_nothing_is_agreed(amina: User, as_: LogIn) -> None:
    answer = as_(amina).post(GIVE, {})
    assert answer.status_code == 422
    assert "Cochez cette case" in answer.content.decode()
    assert not agrees(amina)


def test_a_tick_agrees_and_leads_back_to_the_page_that_asked(amina: User, ben: User, as_: LogIn) -> None:
    answer = as_(amina).post(GIVE, {"agree": "on", "next": "/rooms/"})
    assert answer["Location"] == "/rooms/"
    assert (agrees(amina), agrees(ben)) == (True, False)
    assert as_(ben).post(GIVE, {"agree": "on", "next": "https://evil.example/"})["Location"] == PAGE


@pytest.mark.parametrize("purpose", ["charter", "terms", "privacy", "nothing"])
def test_what_is_no_free_consent_has_no_page(amina: User, as_: LogIn, purpose: str) -> None:
    browser, before = as_(amina), Consent.objects.count()
    assert browser.get(f"{PAGE}{purpose}/give/").status_code == 404
    assert browser.post(f"{PAGE}{purpose}/give/", {"agree": "on"}).status_code == 404
    assert browser.post(f"{PAGE}{purpose}/withdraw/").status_code == 404
    assert (Consent.objects.count(), Consent.objects.exclude(withdrawn_at=None).count()) == (before, 0)


@pytest.mark.parametrize("path", [PAGE, GIVE, WITHDRAW])
def test_guests_have_no_consents(client: Client, path: str) -> None:
    method = client.post if path == WITHDRAW else client.get
    assert method(path)["Location"].startswith("/login/")


@pytest.mark.parametrize("language", Language.values)
def test_it_is_agreed_to_in_the_language_it_was_read_in(amina: User, as_: LogIn, language: str) -> None:
    User.objects.filter(pk=amina.pk).update(language=language)
    browser = as_(amina)
    title = LegalDocument.objects.get(doc_type=ROOMS, language=language).title
    assert title in text_of(browser, GIVE)
    browser.post(GIVE, {"agree": "on"})
    assert Consent.objects.get(user=amina, purpose=ROOMS).language == language


# ---- Taking back --------------------------------------------------------------------------------------------------------------


def test_one_button_takes_it_back_and_what_that_means_stands_beside_it(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    assert "vous quittez ces salons" not in text_of(browser, PAGE)
    browser.post(GIVE, {"agree": "on"})
    page = text_of(browser, PAGE)
    assert "Si vous le retirez, vous quittez ces salons aussitôt." in page
    assert page.count(f'action="{WITHDRAW}"') == 1
    assert browser.get(WITHDRAW).status_code == 405
    answer = browser.post(WITHDRAW, follow=True)
    assert "Votre accord est retiré." in answer.content.decode()
    assert not agrees(amina)
    assert "retirée le" in text_of(browser, PAGE)


def test_charter_and_terms_have_no_button(amina: User, as_: LogIn) -> None:
    page = text_of(as_(amina), PAGE)
    assert "/consents/charter/withdraw/" not in page
    assert "/consents/terms/withdraw/" not in page
    assert page.count("acceptée le") == 2


def test_taking_back_anothers_is_not_possible(amina: User, ben: User, as_: LogIn) -> None:
    give_consent(user=ben, purpose=ROOMS, language="fr", now=timezone.now())
    as_(amina).post(WITHDRAW)
    assert agrees(ben)


def test_an_old_yes_is_shown_as_not_given_once_the_text_asks_again(amina: User) -> None:
    give_consent(user=amina, purpose=ROOMS, language="fr", now=timezone.now())
    moment = timezone.now() - timedelta(minutes=1)
    publish_legal_documents(drafts=[Draft(ROOMS, "2.0", language, "T", f"# {language}\n", moment, True) for language in Language.values])
    [line] = list_free_consents(user=amina, language="fr", now=timezone.now())
    assert (line.document.version, line.given_at) == ("2.0", None)
    withdraw_consent(user=amina, purpose=ROOMS, now=timezone.now())
    assert not Consent.objects.filter(user=amina, purpose=ROOMS, withdrawn_at=None).exists()


def test_every_free_purpose_says_what_it_is_for_and_what_its_end_means(amina: User) -> None:
    words = [describe(consent) for consent in list_free_consents(user=amina, language="fr", now=timezone.now())]
    assert [word.purpose for word in words] == list(FREE_PURPOSES)
    assert all(word.what.endswith(".") and word.without.endswith(".") for word in words)


# ---- The very words -----------------------------------------------------------------------------------------------------------


def test_what_was_accepted_is_read_as_it_was_then(amina: User, as_: LogIn) -> None:
    moment = timezone.now() - timedelta(minutes=1)
    publish_legal_documents(
        drafts=[Draft("CHARTER", "2.0", language, "Charte", f"## Nouvelle {language}\n", moment, False) for language in Language.values]
    )
    browser = as_(amina)
    assert 'href="/legal/charter/1.1/"' in text_of(browser, PAGE)
    old, new = text_of(browser, "/legal/charter/1.1/"), text_of(browser, "/rules/")
    assert ("Pas de guet-apens" in old, "Pas de guet-apens" in new, "Nouvelle fr" in new) == (True, False, True)


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize("kind", DocumentType.values)
def test_every_text_is_read_in_every_language_without_an_account(client: Client, kind: str, language: str) -> None:
    document = LegalDocument.objects.filter(doc_type=kind, language=language).latest("published_at")
    title = document.title
    page = text_of(client, f"/legal/{kind.lower()}/{document.version}/?lang={language}")
    assert f'<h1 tabindex="-1">{title.replace("’", "’")}</h1>' in page
    assert f'<article class="prose" lang="{language}">' in page


@pytest.mark.parametrize("path", ["/legal/charter/9.9/", "/legal/nothing/1.0/", "/legal/charter/%00/", "/legal/charter/../1.0/"])
def test_a_version_that_never_was_is_no_page(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_version_in_one_language_is_read_in_that_one(client: Client) -> None:
    moment = timezone.now() - timedelta(minutes=1)
    publish_legal_documents(drafts=[Draft("SALES", "2.0", "mg", "Fepetra", "## Fepetra\n", moment, False)])
    assert '<article class="prose" lang="mg">' in text_of(client, "/legal/sales/2.0/?lang=en")


# ---- What a lawyer has yet to read --------------------------------------------------------------------------------------------


def test_every_text_says_whether_a_lawyer_read_it() -> None:
    out = StringIO()
    call_command("load_legal", stdout=out)
    assert f"{len(read_drafts())} texts await legal review" in out.getvalue()
    assert all("legal_review: pending" in path.read_text("utf-8") for path in list_unreviewed())


def test_a_text_that_was_read_waits_no_more(tmp_path: Path) -> None:
    folder = tmp_path / "fr"
    folder.mkdir()
    text = (FOLDER / "fr" / "terms.md").read_text("utf-8")
    (folder / "terms.md").write_text(text.replace("legal_review: pending", "legal_review: done"))
    (folder / "charter.md").write_text(text.replace("legal_review: pending\n", ""))
    assert [path.stem for path in list_unreviewed(tmp_path)] == ["charter"]


def test_the_new_texts_promise_nothing_that_the_house_does_not_do() -> None:
    """The periods named in the privacy text are those of the code."""
    from accounts.services.devices import KEPT as MARK_KEPT
    from accounts.tests.purging import CHECKS_KEPT

    body = next(draft.body for draft in read_drafts() if (draft.doc_type, draft.language) == ("PRIVACY", "fr"))
    assert (MARK_KEPT.days, CHECKS_KEPT.days) == (180, 1)
    assert "180 jours" in body
    assert "un jour après sa fin" in body
