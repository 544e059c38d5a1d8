"""What the restricted person reads: all that art. 17(3) demands, from the facts that were published, and nobody's name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import NOON, make_user
from core.tests.moments import day_in_french
from moderation.actions import ACTIONS
from moderation.enums import Action, Ground, ReportSource
from moderation.models import StatementOfReasons, TrustedFlagger
from moderation.queries.statements import StatementWords, statement_words
from moderation.tests.factories import make_staff_member
from moderation.tests.statements import make_case, make_decision, make_report, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


def lines(words: StatementWords, letter: str) -> tuple[str, ...]:
    return next(section.lines for section in words.sections if section.letter == letter)


def words_of(ben: User, language: str = "fr", **fields: Any) -> StatementWords:
    return statement_words(state(make_decision(make_case(ben), **fields)), language)


def test_all_that_the_article_demands_in_its_order(ben: User) -> None:
    words = words_of(ben)
    assert [section.letter for section in words.sections] == ["a", "b", "c", "e", "f"]
    assert lines(words, "a") == (
        "Nous avons retiré ce contenu.",
        "Objet\u00a0: message.",
        f"Depuis le {day_in_french()}.",
        "Sans limite de durée.",
        "Partout où Resaka est ouvert.",
    )
    assert lines(words, "b") == ("Le message insulte une autre personne du salon.", "Nous avons agi de notre propre initiative.")
    assert lines(words, "c")[1] == "Une personne de l’équipe a pris la décision."
    assert lines(words, "e") == ("Ce contenu est contraire à nos règles\u00a0: Charte, article 3.", "La charte interdit les insultes.")
    assert len(lines(words, "f")) == 3
    assert words.reference == StatementOfReasons.objects.get().decision.public_id


def test_a_law_a_territory_an_end_and_a_machine_are_said(ben: User) -> None:
    words = words_of(
        ben,
        action=Action.SUSPEND_ACCOUNT,
        ground=Ground.LAW,
        ground_ref="Code pénal, article 222-33-2-2",
        ends_at=NOON + timedelta(days=7),
        territory="FR,BE",
        automated_detection=True,
        automated_decision=True,
    )
    assert [section.letter for section in words.sections] == ["a", "b", "c", "d", "f"]
    assert lines(words, "a")[:2] == ("Votre compte est suspendu.", "Le contenu signalé est retiré aussi.")
    assert lines(words, "a")[4:] == (f"Jusqu’au {day_in_french(days=7)}.", "Dans ces pays\u00a0: FR, BE.")
    assert lines(words, "c") == (
        "Un contrôle automatique a remarqué ce contenu.",
        "La décision a été prise automatiquement. Une personne la reverra si vous faites un recours.",
    )
    assert lines(words, "d")[0] == "Nous tenons ce contenu pour illégal\u00a0: Code pénal, article 222-33-2-2."


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_who_told_us_and_who_decided_is_never_said(language: str, ben: User) -> None:
    flagger = TrustedFlagger.objects.create(
        name="Point de Contact", areas="x", contact="a@example.org", coordinator_ref="1", token_sha256="0" * 64, created_at=NOON
    )
    amina, mod, case = make_user("Amina"), make_staff_member(), make_case(ben)
    make_report(case, ReportSource.TRUSTED_FLAGGER, flagger=flagger)
    make_report(case, ReportSource.MEMBER, reporter=amina)
    statement = state(make_decision(case, mod))
    said = str(statement_words(statement, language))
    for name in ("Amina", "Point de Contact", mod.handle, mod.user.username, "Ben"):
        assert name not in said
    assert statement.payload["source_identity"] == "Point de Contact"


@pytest.mark.parametrize("action", [action for action, spec in ACTIONS.items() if spec.restricts])
def test_every_measure_has_its_words(action: Action, ben: User) -> None:
    assert lines(words_of(ben, action=action), "a")[0].endswith(".")


def test_a_decision_that_was_overturned_says_so(ben: User) -> None:
    statement = state(make_decision(make_case(ben)))
    statement.decision.reversed_at = NOON + timedelta(days=2)
    assert lines(statement_words(statement, "fr"), "a")[-1] == f"Cette décision a été annulée le {day_in_french(days=2)}."


def test_it_asks_nothing_when_the_case_came_along(ben: User) -> None:
    made = state(make_decision(make_case(ben)))
    statement = StatementOfReasons.objects.select_related("decision__case").get(pk=made.pk)
    with CaptureQueriesContext(connection) as asked:
        statement_words(statement, "fr")
    assert len(asked) == 0
