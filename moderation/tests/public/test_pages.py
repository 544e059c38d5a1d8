"""Pages for everybody: lessons, quiz, how we moderate; with and without account, in three languages, also to those the house turned out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.suspension import suspend
from accounts.tests.factories import NOON
from moderation.forms.quiz import QUESTIONS
from moderation.queries.lessons import GUIDES, SLUGS, list_guides, list_lessons

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
PAGES = ["/moderation/", "/trusted-flaggers/", "/learn/", "/learn/quiz/", *(f"/learn/{slug}/" for slug in (*SLUGS, *GUIDES))]


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_the_lessons_are_whole_in_every_language(language: str) -> None:
    lessons, french = ((*list_lessons(language=one), *list_guides(language=one)) for one in (language, "fr"))
    assert [lesson.slug for lesson in lessons] == [*SLUGS, *GUIDES]
    for lesson, source in zip(lessons, french, strict=True):
        assert lesson.title
        assert lesson.summary
        assert lesson.body.count("## ") == source.body.count("## "), lesson.slug
        assert lesson.body.count("\n- ") == source.body.count("\n- "), lesson.slug
        assert language == "fr" or lesson.body != source.body


@pytest.mark.parametrize("path", PAGES)
def test_everybody_reads_them(path: str, as_: LogIn, amina: User) -> None:
    for browser in (as_(None), as_(amina)):
        assert browser.get(path).status_code == 200
    suspend(user=amina, kind=SuspensionKind.SUSPENDED, decision_ref="d", reason="x", ends_at=None, now=NOON)
    assert as_(amina).get(path).status_code == 200


def test_a_lesson_that_is_none(client: Client) -> None:
    assert client.get("/learn/hacking/").status_code == 404
    assert client.get("/learn/../legal/").status_code == 404


def test_the_last_lesson_leads_to_the_questions(client: Client) -> None:
    assert 'href="/learn/sextortion/"' in client.get("/learn/scams/").content.decode()
    assert 'href="/learn/quiz/"' in client.get(f"/learn/{SLUGS[-1]}/").content.decode()


def test_the_guide_for_rooms_stands_apart_and_leads_to_no_question(client: Client) -> None:
    assert 'href="/learn/rooms/"' in client.get("/learn/").content.decode()
    page = client.get("/learn/rooms/").content.decode()
    assert "Les outils, du plus doux au plus fort" in page
    assert 'href="/learn/quiz/"' not in page
    assert 'href="/learn/rooms/"' not in client.get(f"/learn/{SLUGS[-1]}/").content.decode()


def test_the_quiz_says_what_was_right_and_why(client: Client) -> None:
    right = {question.name: question.right for question in QUESTIONS}
    page = client.post("/learn/quiz/", right)
    assert page.status_code == 200
    assert "3 bonnes réponses sur trois" in page.content.decode()
    page = client.post("/learn/quiz/", right | {"code": "a"})
    assert "2 bonnes réponses sur trois" in page.content.decode()
    assert "/learn/scams/" in page.content.decode()
    assert "sessionid" not in client.cookies, "nothing of it is kept"


@pytest.mark.parametrize("answers", [{}, {"code": "b"}, {"code": "z", "blackmail": "a", "meeting": "c"}])
def test_a_quiz_that_is_not_answered_can_be_skipped(client: Client, answers: dict[str, str]) -> None:
    page = client.post("/learn/quiz/", answers)
    assert page.status_code == 422
    assert "Passer le questionnaire" in page.content.decode()


def test_forms_of_others_are_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/learn/quiz/", {}).status_code == 403


def test_how_we_moderate_names_the_real_clocks(client: Client) -> None:
    page = client.get("/moderation/").content.decode()
    assert [words in page for words in ("15 minutes", "1 heure", "4 heures", "24 heures")] == [True] * 4


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_the_database_of_a_guest_more_than_it_shows(
    path: str, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(1):
        client.get(path)


def test_every_page_leads_there(client: Client) -> None:
    page = client.get("/").content.decode()
    assert [f'href="{path}"' in page for path in ("/moderation/", "/learn/", "/rules/")] == [True] * 3
