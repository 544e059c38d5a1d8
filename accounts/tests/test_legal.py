"""Texts that people accept: versions, proof, and being asked again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.enums import DocumentType, Language
from accounts.middleware import DEVICE_COOKIE
from accounts.models import Consent, LegalDocument, User
from accounts.queries.legal import list_documents
from accounts.services.consents import Draft, NotAllAccepted, PublishedTextChanged, accept_missing, publish_legal_documents
from accounts.services.legal_files import FOLDER, LegalFileInvalid, Reservations, list_reservations, read_drafts
from accounts.tests.factories import make_user
from accounts.views.auth import REFUSAL_COOKIE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]


def publish_charter(version: str = "2.0", *, again: bool = True) -> None:
    drafts = [
        Draft(
            doc_type=DocumentType.CHARTER,
            version=version,
            language=language,
            title="Charte",
            body=f"# Charte {version}\n",
            published_at=timezone.now() - timedelta(minutes=1),
            requires_reacceptance=again,
        )
        for language in Language.values
    ]
    publish_legal_documents(drafts=drafts)


def test_every_text_exists_in_three_languages_with_the_same_sections() -> None:
    drafts = read_drafts()
    assert {(draft.doc_type, draft.language) for draft in drafts} == {
        (kind, code) for kind in DocumentType.values for code in Language.values
    }
    for kind, version in {(draft.doc_type, draft.version) for draft in drafts}:
        heads = [draft.body.count("\n## ") for draft in drafts if (draft.doc_type, draft.version) == (kind, version)]
        assert len(heads) == len(Language.values)
        assert len(set(heads)) == 1, (kind, version)
        assert heads[0] >= 3


def test_publishing_twice_publishes_nothing_and_a_changed_text_is_refused() -> None:
    out = StringIO()
    call_command("load_legal", stdout=out)
    assert "0" in out.getvalue()
    draft = read_drafts()[0]
    with pytest.raises(PublishedTextChanged):
        publish_legal_documents(drafts=[Draft(**{**{f: getattr(draft, f) for f in draft.__dataclass_fields__}, "body": "Autre"})])
    assert LegalDocument.objects.count() == len(read_drafts()) == (len(DocumentType.values) + 4) * len(Language.values), (
        "four have two versions"
    )


@pytest.mark.parametrize("language", Language.values)
def test_the_charter_that_holds_says_where_to_appeal_and_the_one_before_is_still_read(client: Client, language: str) -> None:
    page = client.get(f"/rules/?lang={language}").content.decode()
    roads = [f'href="{path}"' in page for path in ("/decisions/", "/reports/", "/notice/status/", "/moderation/")]
    assert roads == [True] * 4
    before = client.get(f"/legal/charter/1.0/?lang={language}").content.decode()
    assert 'href="/notice/status/"' not in before
    old, new = (LegalDocument.objects.get(doc_type="CHARTER", version=version, language=language) for version in ("1.0", "1.1"))
    assert (old.published_at < new.published_at, new.requires_reacceptance, old.title) == (True, False, new.title)


@pytest.mark.parametrize("text", ["sans tête", "---\nversion: 1\n---\ncorps", "---\ndoc_type: NOPE\nversion: 1\n---\n"])
def test_a_file_without_its_head_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "charter.md").write_text(text)
    with pytest.raises(LegalFileInvalid, match=r"charter\.md"):
        read_drafts(tmp_path)
    assert FOLDER.is_dir()


def test_a_consent_points_to_the_very_text(amina: User) -> None:
    for consent in Consent.objects.filter(user=amina):
        text = LegalDocument.objects.get(doc_type=consent.purpose, version=consent.version, language=consent.language)
        assert consent.text_sha256 == text.text_sha256 == hashlib.sha256(text.body.encode()).hexdigest()
    assert Consent.objects.filter(user=amina).count() == 2


def test_a_new_version_asks_again_before_one_may_write(as_: LogIn) -> None:
    browser = as_(make_user("Dina"))
    assert browser.get("/account/").status_code == 200
    publish_charter()
    asked = browser.get("/account/")
    assert (asked.status_code, asked["Location"]) == (302, "/account/agree/?next=%2Faccount%2F")
    assert browser.get("/rules/").status_code == 200
    assert browser.post("/api/v1/rooms", {"title": "Essai", "languages": ["fr"]}, content_type="application/json").status_code == 403
    answer = browser.post("/account/agree/", {"next": "/account/"})
    assert answer.status_code == 422
    page = browser.get("/account/agree/").content.decode()
    assert "2.0" in page
    browser.post("/account/agree/", {"CHARTER": "on", "charter": "on", "next": "/account/"})
    assert browser.get("/account/").status_code == 200
    assert "2.0" in browser.get("/account/consents/").content.decode()


def test_reading_today_and_deciding_later(as_: LogIn) -> None:
    browser = as_(make_user("Dina"))
    publish_charter()
    browser.post("/account/agree/later/")
    assert browser.get("/rooms/").status_code == 200
    assert browser.post("/rooms/new/", {"title": "Essai"}).status_code == 302
    assert "/account/agree/" in browser.post("/rooms/new/", {"title": "Essai"})["Location"]


def test_a_small_change_asks_nobody(as_: LogIn) -> None:
    browser = as_(make_user("Dina"))
    publish_charter("1.2", again=False)
    assert browser.get("/account/").status_code == 200


def test_nothing_is_recorded_by_halves() -> None:
    dina = make_user("Dina")
    publish_charter()
    with pytest.raises(NotAllAccepted):
        accept_missing(user=dina, accepted=set(), language="fr", now=timezone.now())
    assert Consent.objects.filter(user=dina).count() == 2


@pytest.mark.parametrize("path", ["/rules/", "/legal/terms/", "/legal/privacy/"])
@pytest.mark.parametrize("language", Language.values)
def test_texts_are_read_by_everybody_in_their_language(client: Client, path: str, language: str) -> None:
    answer = client.get(path, headers={"Accept-Language": language})
    assert (answer.status_code, answer["Content-Language"]) == (200, language)
    assert f'<html lang="{language}"' in answer.content.decode()
    assert client.get("/legal/autre/").status_code == 404


def test_the_current_text_is_the_newest_that_has_begun() -> None:
    publish_charter()
    titles = {document.doc_type: document.version for document in list_documents(language="fr", now=timezone.now())}
    assert titles["CHARTER"] == "2.0"
    before = list_documents(language="fr", now=timezone.now() - timedelta(hours=1))
    assert [document.version for document in before if document.doc_type == "CHARTER"] == ["1.1"]


# ---- What the texts must say, and who has not read them --------------------------------------------------------------------------
NO_CRYPTO = {
    "fr": ("Aucun crypto-actif n’est accepté", "Les crypto-actifs ne sont pas acceptés"),
    "mg": ("Tsy misy vola kripto ekena", "Tsy ekena ny vola kripto"),
    "en": ("No crypto-asset is accepted", "Crypto-assets are not accepted"),
}


@pytest.mark.parametrize("language", Language.values)
def test_terms_of_use_and_of_sale_refuse_crypto_assets_in_writing(client: Client, language: str) -> None:
    for path, words in zip(("/legal/terms/", "/legal/sales/"), NO_CRYPTO[language], strict=True):
        assert words in client.get(f"{path}?lang={language}").content.decode()
    for path in ("/legal/terms/1.0/", "/legal/sales/1.1/"):
        before = client.get(f"{path}?lang={language}")
        assert before.status_code == 200, "what somebody accepted is still read as it was"
        assert not any(words in before.content.decode() for words in NO_CRYPTO[language])


@pytest.mark.parametrize("language", Language.values)
def test_the_privacy_text_leads_to_the_register_the_periods_and_the_rights(client: Client, language: str) -> None:
    page = client.get(f"/legal/privacy/?lang={language}").content.decode()
    article = page.partition("<article")[2].partition("</article>")[0]
    assert [f'href="{path}"' in article for path in ("/legal/data/", "/legal/retention/", "/legal/cookies/", "/account/data/")] == [
        True
    ] * 4


def test_every_language_has_the_same_versions_and_the_same_sections_in_the_same_order() -> None:
    shapes: dict[tuple[str, str], set[tuple[int, ...]]] = {}
    languages: dict[tuple[str, str], set[str]] = {}
    for draft in read_drafts():
        sections = draft.body.split("\n## ")
        points = tuple(sum(line.startswith(("- ", "1. ")) for line in part.splitlines()) for part in sections)
        shapes.setdefault((draft.doc_type, draft.version), set()).add(points)
        languages.setdefault((draft.doc_type, draft.version), set()).add(draft.language)
    assert {key for key, found in languages.items() if found != set(Language.values)} == set()
    assert {key for key, found in shapes.items() if len(found) != 1} == set(), "a list is longer in one language than in another"


@pytest.mark.parametrize("language", Language.values)
def test_no_cookie_is_left_out_of_their_list(language: str) -> None:
    text = next(draft.body for draft in read_drafts() if (draft.doc_type, draft.language) == ("COOKIES", language))
    named = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, settings.AWAY_COOKIE}
    named |= {DEVICE_COOKIE, REFUSAL_COOKIE, CookieStorage.cookie_name, "theme", "saver"}
    assert {name for name in named if f"**{name}**" not in text} == set()


def test_a_text_says_that_no_lawyer_has_read_it_and_a_machine_wrote_the_malagasy(client: Client) -> None:
    lawyer, native = "aucun juriste n’a encore relu ce texte", "Traduction faite par une machine"
    french = client.get("/legal/privacy/?lang=fr").content.decode()
    assert (lawyer in french, native in french) == (True, False)
    pending = list_reservations()
    assert {key for key, found in pending.items() if found.native} >= {("PRIVACY", "1.1", "mg"), ("COOKIES", "1.0", "mg")}
    assert {language for (_kind, _version, language), found in pending.items() if found.native} == {"mg"}


def test_a_text_that_was_read_shows_no_reservation(tmp_path: Path) -> None:
    (tmp_path / "mg").mkdir()
    head = "---\ntitle: T\nversion: 3\npublished_at: 2026-01-01\nlegal_review: done\nnative_review: done\n---\nx\n"
    (tmp_path / "mg" / "charter.md").write_text(head)
    assert list_reservations(tmp_path) == {("CHARTER", "3", "mg"): Reservations(lawyer=False, native=False)}
    (tmp_path / "mg" / "terms.md").write_text(
        head.replace("native_review: done", "native_review: pending").replace("legal_review: done\n", "")
    )
    list_reservations.cache_clear()
    assert list_reservations(tmp_path)["TERMS", "3", "mg"] == Reservations(lawyer=True, native=True)
