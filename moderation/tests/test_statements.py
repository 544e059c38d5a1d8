"""A decision states its reasons, or is not made."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import NOON, make_user
from moderation.dsa.checking import check_payload
from moderation.enums import Action, Ground, ReportSource, TargetKind
from moderation.models import StatementOfReasons, TrustedFlagger
from moderation.services.statements import BadStatement, Preview, make_statement, preview_statement
from moderation.tests.statements import build_decision, make_case, make_decision, make_report, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


def test_a_restriction_is_stated_and_kept(ben: User) -> None:
    case = make_case(ben)
    decision = make_decision(case, ends_at=NOON + timedelta(days=7), action=Action.SUSPEND_ACCOUNT)
    statement = state(decision)
    kept = StatementOfReasons.objects.get()
    assert kept == statement
    assert kept.puid == kept.payload["puid"]
    assert kept.schema_version == "2025-07-01"
    assert (kept.sent_at, kept.remote_uuid, kept.error) == (None, "", "")
    assert kept.payload["end_date_account_restriction"] == (NOON + timedelta(days=7)).date().isoformat()
    assert kept.payload["decision_facts"] == "Le message insulte une autre personne du salon."
    assert check_payload(kept.payload) == {}


@pytest.mark.parametrize("action", [Action.NO_ACTION, Action.WARN])
def test_what_restricts_nobody_needs_none(action: Action, ben: User) -> None:
    decision = make_decision(make_case(ben), action=action)
    assert make_statement(decision=decision, pseudonyms=["Ben"], now=NOON) is None
    assert preview_statement(decision=decision, pseudonyms=["Ben"]) == Preview()
    assert StatementOfReasons.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        (
            {"facts": "Ben insulte quelqu’un."},
            "facts",
            "Aucune donnée personnelle ici, le texte est publié\u00a0: le pseudonyme d’une personne du dossier.",
        ),
        ({"facts": ""}, "facts", "Ce champ est nécessaire."),
        (
            {"explanation": "Écrire à contact@example.org."},
            "explanation",
            "Aucune donnée personnelle ici, le texte est publié\u00a0: une adresse e-mail.",
        ),
        ({"explanation": "x" * 2001}, "explanation", "Au plus 2000 caractères."),
        ({"ground_ref": ""}, "ground_ref", "Ce champ est nécessaire."),
        ({"ground_ref": "", "ground": Ground.LAW}, "ground_ref", "Ce champ est nécessaire."),
        ({"ends_at": NOON - timedelta(days=1)}, "ends_at", "La fin vient avant le début."),
        ({"territory": "FR,EL"}, "territory", "Valeur inconnue\u00a0: EL."),
    ],
)
def test_what_may_not_be_published_is_not_stated(fields: dict[str, Any], field: str, words: str, ben: User) -> None:
    decision = build_decision(make_case(ben), **fields)  # MariaDB has no room for what is too long
    with pytest.raises(BadStatement) as bad:
        make_statement(decision=decision, pseudonyms=["Ben", "Amina"], now=NOON)
    assert {name: str(said) for name, said in bad.value.errors.items()} == {field: words}
    assert StatementOfReasons.objects.count() == 0


def test_the_preview_says_the_same_and_writes_nothing(ben: User) -> None:
    case = make_case(ben)
    good = preview_statement(decision=build_decision(case), pseudonyms=["Ben"])
    assert good.errors == {}
    assert good.payload is not None
    assert good.payload["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_REMOVED"]
    bad = preview_statement(decision=build_decision(case, facts="Ben"), pseudonyms=["Ben"])
    assert (bad.payload, list(bad.errors)) == (None, ["facts"])
    assert StatementOfReasons.objects.count() == 0


@pytest.mark.parametrize(
    ("sources", "word"),
    [
        ([], "SOURCE_VOLUNTARY"),
        ([ReportSource.AUTOMATIC], "SOURCE_VOLUNTARY"),
        ([ReportSource.MEMBER], "SOURCE_TYPE_OTHER_NOTIFICATION"),
        ([ReportSource.ROOM_MODERATOR, ReportSource.AUTOMATIC], "SOURCE_TYPE_OTHER_NOTIFICATION"),
        ([ReportSource.MEMBER, ReportSource.NOTICE_16], "SOURCE_ARTICLE_16"),
        ([ReportSource.NOTICE_16, ReportSource.TRUSTED_FLAGGER, ReportSource.MEMBER], "SOURCE_TRUSTED_FLAGGER"),
    ],
)
def test_the_source_is_the_notice_that_counts_most(sources: list[ReportSource], word: str, ben: User) -> None:
    case = make_case(ben)
    for source in sources:
        make_report(case, source)
    assert state(make_decision(case)).payload["source_type"] == word


def test_an_organisation_is_named_and_a_person_never(ben: User) -> None:
    flagger = TrustedFlagger.objects.create(
        name="Point de Contact", areas="x", contact="a@example.org", coordinator_ref="1", token_sha256="0" * 64, created_at=NOON
    )
    case, other = make_case(ben), make_case(ben, target=TargetKind.ROOM)
    make_report(case, ReportSource.TRUSTED_FLAGGER, flagger=flagger)
    make_report(other, ReportSource.MEMBER, reporter=make_user("Amina"))
    assert state(make_decision(case)).payload["source_identity"] == "Point de Contact"
    assert "source_identity" not in state(make_decision(other)).payload


def test_when_the_content_was_made_is_said_if_it_is_known(ben: User) -> None:
    case = make_case(ben)
    assert state(make_decision(case)).payload["content_date"] == NOON.date().isoformat()
    decision = make_decision(case)
    known = make_statement(decision=decision, pseudonyms=[], now=NOON, content_date=date(2026, 11, 20))
    assert known is not None
    assert known.payload["content_date"] == "2026-11-20"
