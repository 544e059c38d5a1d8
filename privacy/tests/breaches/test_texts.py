"""Drafts for the authority and for the people: in three languages, of what the log says, and nothing that would break a letter."""

from __future__ import annotations

from dataclasses import astuple, fields, replace
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from accounts.tests.factories import NOON
from privacy.enums import SilenceGround
from privacy.services.breaches import tell_authority
from privacy.services.breachletters import stay_silent
from privacy.services.breachtexts import Audience, draft_letters, render_text
from privacy.tests.breaches.facts import facts, make_breach

pytestmark = pytest.mark.django_db
LANGUAGES = [code for code, _name in settings.LANGUAGES]
WHO = replace(
    settings.RESPONSIBLE,
    controller="Association Resaka",
    address="1 rue de l’Essai",
    representative="Claude Exemple",
    dpo_name="Dominique",
    dpo_email="dpo@resaka.example",
    established_in="FR",
    supervisor="CNIL",
    data_region="France",
)


@pytest.mark.parametrize("language", LANGUAGES)
@override_settings(RESPONSIBLE=WHO)
def test_the_authority_reads_what_article_33_wants(dora: Any, language: str) -> None:
    breach = make_breach(dora)
    text = render_text(breach=breach, audience=Audience.AUTHORITY, language=language)
    known = facts()
    for wanted in (breach.public_id, known.nature, known.effects, known.measures, "200", "5000", *astuple(WHO)[:5]):
        assert wanted in text, wanted
    assert "{{" not in text
    assert "{%" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@override_settings(RESPONSIBLE=WHO)
def test_a_person_reads_what_article_34_wants_and_no_figure_of_others(dora: Any, language: str) -> None:
    text = draft_letters(breach=make_breach(dora))[language]
    known = facts()
    assert all(wanted in text for wanted in (known.nature, known.effects, known.measures, "dpo@resaka.example", "CNIL"))
    assert "5000" not in text
    assert "{{" not in text


def test_no_two_languages_say_it_alike(dora: Any) -> None:
    breach = make_breach(dora)
    for audience in Audience:
        heads = {render_text(breach=breach, audience=audience, language=code).splitlines()[0] for code in LANGUAGES}
        assert len(heads) == len(LANGUAGES)


def test_words_are_given_as_they_were_typed(dora: Any) -> None:
    breach = make_breach(dora, nature="<b>A & B</b> {{ settings.SECRET_KEY }}")
    for audience in Audience:
        assert "<b>A & B</b> {{ settings.SECRET_KEY }}" in render_text(breach=breach, audience=audience, language="fr")


def test_the_text_follows_what_was_done(dora: Any) -> None:
    breach = make_breach(dora)
    first = render_text(breach=breach, audience=Audience.AUTHORITY, language="fr")
    assert "Notification initiale" in first
    late = NOON.replace(year=NOON.year + 1)
    tell_authority(breach=breach, told_at=late, reference="N-77", late_reason="nuit de fête", by=dora, now=late)
    stay_silent(breach=breach, ground=SilenceGround.PUBLIC_NOTICE, reason="avis en page d’accueil", by=dora, now=late)
    breach.refresh_from_db()
    after = render_text(breach=breach, audience=Audience.AUTHORITY, language="fr")
    assert "Complément à la notification N-77" in after
    assert "nuit de fête" in after
    assert "avis en page d’accueil" in after
    assert "article 34(3)(c)" in after


@override_settings(RESPONSIBLE=replace(WHO, **{field.name: "" for field in fields(WHO)}))
def test_what_the_operator_has_not_said_is_marked_and_not_invented(dora: Any) -> None:
    assert "[à compléter], [à compléter]" in render_text(breach=make_breach(dora), audience=Audience.AUTHORITY, language="fr")
