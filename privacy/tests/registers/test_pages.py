"""What everybody reads of the registers: in three languages, of the rules that are in force, with who answers for it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from privacy.models import RetentionRule
from privacy.registers.reading import read_activities
from privacy.tests.asking import page_of, plain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
DATA, RETENTION = "/legal/data/", "/legal/retention/"
LANGUAGES = ["fr", "mg", "en"]


def read(path: str, language: str = "fr") -> str:
    return page_of(Client().get(f"{path}?lang={language}"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_activity_stands_there_in_the_readers_language(language: str) -> None:
    page = read(DATA, language)
    for activity in read_activities():
        assert activity.name.say(language) in page
        assert activity.purpose.say(language) in page
    assert page.count("<h2") == len(read_activities()) + 1


def test_it_says_the_basis_the_periods_in_force_and_who_else_is_asked() -> None:
    page = read(DATA)
    assert "le contrat avec la personne (RGPD 6(1)(b))" in page
    assert "Factures et avoirs, 10 ans après l’écriture" in page
    RetentionRule.objects.filter(code="INVOICE", jurisdiction="").update(keep=timedelta(days=4018))
    assert "Factures et avoirs, 11 ans après l’écriture" in read(DATA), "what is in force, not what shipped"
    assert "Stripe Payments Europe, Ltd." in page


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "le service de courriel que"), ("mg", "ny sampan-draharaha mailaka"), ("en", "the mail service that")]
)
def test_companies_without_a_name_are_described_in_the_readers_language(language: str, words: str) -> None:
    page = read(DATA, language)
    assert words in page
    assert ("the mail service" in page, "chosen by the operator" in page) == (language == "en", language == "en")


def test_it_names_no_table_and_no_column() -> None:
    page = read(DATA).partition("<main")[2]
    assert not any(model in page for one in read_activities() for line in one.data for model in line.models)


def test_who_answers_is_named_or_said_to_be_missing() -> None:
    nobody = replace(settings.RESPONSIBLE, **{field.name: "" for field in fields(settings.RESPONSIBLE)})
    who = replace(
        nobody,
        controller="Association <b>",
        address="1 rue",
        representative="Claude",
        dpo_name="Dominique",
        dpo_email="dpo@resaka.example",
        established_in="FR",
        supervisor="CNIL",
        data_region="France",
    )
    with override_settings(RESPONSIBLE=who):
        page = read(DATA)
    for words in ("Association &lt;b&gt;, 1 rue", "Représentant légal : Claude", "mailto:dpo@resaka.example", "CNIL", "France"):
        assert words in page
    with override_settings(RESPONSIBLE=nobody):
        silent = read(DATA)
    assert "n’a pas encore nommé qui répond des données" in silent
    assert "n’a pas encore dit où sont gardées les données" in silent


def test_a_draft_is_called_one_and_the_malagasy_a_machines() -> None:
    for path in (DATA, RETENTION):
        assert "aucun juriste n’a encore relu" in read(path)
        assert "Traduction faite par une machine" not in read(path)
        assert read(path, "mg").count('role="note"') == 1


def test_the_retention_table_is_the_rules_as_they_are() -> None:
    page = read(RETENTION)
    for rule in RetentionRule.objects.all():
        assert plain(rule.label) in page
    assert "Code de commerce, L123-22" in page
    assert "gardé jusqu’au bout, lisible pour la justice seule" in page
    RetentionRule.objects.all().delete()
    assert "Aucune règle n’est chargée" in read(RETENTION)


@pytest.mark.parametrize("path", [DATA, RETENTION])
def test_guests_read_it_and_nothing_can_be_sent(path: str) -> None:
    assert Client().get(path).status_code == 200
    assert Client().head(path).status_code == 200
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize(("path", "most"), [(DATA, 2), (RETENTION, 3)])
def test_its_cost_is_known(path: str, most: int) -> None:
    client = Client()
    client.get(path)
    with CaptureQueriesContext(connection) as spent:
        client.get(path)
    assert len(spent) <= most, [query["sql"] for query in spent.captured_queries]


def test_the_other_texts_lead_here(django_user_model: Any) -> None:
    home = page_of(Client().get("/contact/?lang=fr"))
    assert f'href="{DATA}"' in home
    assert f'href="{RETENTION}"' in read(DATA)
    assert f'href="{DATA}"' in read(RETENTION)
