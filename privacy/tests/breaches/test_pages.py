"""The desk for breaches in the admin, and the page on which a person reads what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from moderation.enums import StaffRole
from moderation.tests.factories import log_in, make_staff_member
from privacy.enums import BreachRisk
from privacy.models import Breach, BreachPerson
from privacy.services.breachletters import name_people, tell_people
from privacy.tests.asking import browser as person
from privacy.tests.asking import page_of, said
from privacy.tests.breaches.facts import LETTERS, make_breach, with_letters

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
LIST = "/admin/privacy/breach/"
TYPED: dict[str, Any] = {
    "nature": "Une liste est partie à la mauvaise adresse.",
    "harms": ["CONFIDENTIALITY"],
    "codes": ["ACCOUNT_OTHER"],
    "persons": "3",
    "records": "3",
    "effects": "Quelqu’un connaît trois pseudonymes.",
    "measures": "La liste est rappelée.",
    "risk": "RISK",
}


def form(**change: Any) -> dict[str, Any]:
    return {"found_at": (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")} | TYPED | change


def desk(name: str, role: StaffRole = StaffRole.DATA_PROTECTION) -> Client:
    client = Client(headers={"Accept-Language": "fr"})
    log_in(client, make_staff_member(name, role))
    return client


@pytest.fixture
def dora_desk(dora: Any) -> Client:
    client = Client(headers={"Accept-Language": "fr"})
    log_in(client, dora)
    return client


def recent(dora: Any, hours: float = 1, **change: Any) -> Breach:
    now = timezone.now()
    return make_breach(dora, now=now, found_at=now - timedelta(hours=hours), started_at=None, **change)


# ---- Who comes in ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", list(StaffRole))
def test_the_desk_opens_to_its_role_and_auditors_look(dora: Any, role: StaffRole) -> None:
    breach, client = recent(dora), desk("Elsa", role)
    page = f"{LIST}{breach.public_id}/"
    reads = role in (StaffRole.DATA_PROTECTION, StaffRole.AUDITOR)
    assert {client.get(path).status_code for path in (LIST, page)} == {200 if reads else 403}
    assert client.get(f"{LIST}new/").status_code == (200 if role == StaffRole.DATA_PROTECTION else 403)
    if role != StaffRole.DATA_PROTECTION:
        assert client.post(f"{LIST}new/", form()).status_code == 403
        assert client.post(f"{page}amend/", form(reason="x")).status_code == 403
        assert Breach.objects.get().persons == 200
    if role == StaffRole.AUDITOR:
        assert 'method="post"' not in page_of(client.get(page)).partition('id="content-main"')[2]


def test_outsiders_find_the_door_shut(dora: Any, carol: User) -> None:
    page = f"{LIST}{recent(dora).public_id}/"
    for client in (person(), person(carol)):
        assert client.get(page)["Location"].startswith("/admin/login/")
        assert client.post(f"{page}tell/", {"read": "on"}).status_code == 302
    assert Breach.objects.get().persons_told_at is None


# ---- Writing one in ----------------------------------------------------------------------------------------------------------------
def test_one_is_written_in_and_its_page_says_how_long_is_left(dora_desk: Client) -> None:
    answer = dora_desk.post(f"{LIST}new/", form(), follow=True)
    breach = Breach.objects.get()
    assert said(answer) == [f"Inscrite sous la référence {breach.public_id}. L’horloge court."]
    page = page_of(answer)
    assert "encore 2 jours" in page
    assert "Pseudonymes portés, avec leurs dates" in page
    assert breach.public_id in page_of(dora_desk.get(LIST))


def test_the_list_says_what_there_is_when_there_is_nothing(dora_desk: Client) -> None:
    page = page_of(dora_desk.get(LIST))
    assert "Aucune violation ouverte." in page
    assert "Aucune violation close." in page


def test_a_late_one_is_red(dora_desk: Client, dora: Any) -> None:
    recent(dora, hours=80)
    page = page_of(dora_desk.get(LIST))
    assert '<tr class="legal-late">' in page
    assert "en retard de 8 heures" in page


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"found_at": "2999-01-01T10:00"}, "found_at"),
        ({"found_at": "hier"}, "found_at"),
        ({"started_at": "2999-01-01T10:00"}, "started_at"),
        ({"nature": ""}, "nature"),
        ({"harms": []}, "harms"),
        ({"codes": ["NOTHING"]}, "codes"),
        ({"persons": "-1"}, "persons"),
        ({"risk": "SMALL"}, "risk"),
        ({"effects": "x" * 4001}, "effects"),
    ],
)
def test_bad_input_is_told_at_its_field_and_stays_typed(dora_desk: Client, change: dict[str, Any], field: str) -> None:
    answer = dora_desk.post(f"{LIST}new/", form(**change))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "La liste est rappelée." in page_of(answer)
    assert Breach.objects.count() == 0


# ---- The deeds ---------------------------------------------------------------------------------------------------------------------
def test_from_filing_to_closing_with_two_people(dora_desk: Client, dora: Any) -> None:
    breach = recent(dora, risk=BreachRisk.RISK)
    page = f"{LIST}{breach.public_id}/"
    assert "Demander l’accord d’une seconde personne" not in page_of(dora_desk.get(page)), "not before the authority was told"
    filed = {"told_at": timezone.now().strftime("%Y-%m-%dT%H:%M"), "reference": "N-1", "late_reason": ""}
    assert said(dora_desk.post(f"{page}authority/", filed, follow=True)) == ["C’est fait, et noté dans le registre."]
    dora_desk.post(f"{page}ask/", {"reason": "tout est fait"})
    mine = page_of(dora_desk.get(page))
    assert "Une autre personne de la protection des données doit donner son accord." in mine
    other = desk("Modo7")
    shown = page_of(other.get(page))
    assert "tout est fait" in shown
    agree = shown.partition(f'action="{page}agree/')[2].partition('"')[0]
    assert said(dora_desk.post(f"{page}agree/{agree}", {"reason": "moi"}, follow=True)) == [
        "Une autre personne de la protection des données doit donner son accord."
    ]
    assert said(other.post(f"{page}agree/{agree}", {"reason": " "}, follow=True)) == ["Écrivez pourquoi."]
    assert said(other.post(f"{page}agree/{agree}", {"reason": "relu"}, follow=True)) == ["C’est fait, et noté dans le registre."]
    assert Breach.objects.get().closed_at is not None
    assert "<form" not in page_of(dora_desk.get(page)).partition('id="content-main"')[2]


def test_what_a_service_refuses_is_said_beside_its_field_and_stays_typed(dora_desk: Client, dora: Any) -> None:
    page = f"{LIST}{recent(dora, hours=80).public_id}/"
    filed = {"told_at": timezone.now().strftime("%Y-%m-%dT%H:%M"), "reference": "N-42", "late_reason": ""}
    answer = dora_desk.post(f"{page}authority/", filed)
    assert answer.status_code == 422
    shown = page_of(answer)
    assert "Après soixante-douze heures, la loi demande la raison du retard." in shown
    assert 'value="N-42"' in shown
    assert '<details class="module" open>' in shown
    assert Breach.objects.get().authority_told_at is None
    empty = dora_desk.post(f"{page}tell/", {"read": "on"})
    assert empty.status_code == 422
    assert "La lettre n’est pas écrite dans toutes les langues de la maison." in page_of(empty)


def test_naming_says_whom_it_did_not_find(dora_desk: Client, dora: Any, amina: User) -> None:
    page = f"{LIST}{recent(dora).public_id}/"
    answer = dora_desk.post(f"{page}people/", {"words": "Amina, Personne\n Amina"}, follow=True)
    assert said(answer) == ["C’est fait, et noté dans le registre.", "1 compte ajouté.", "Ne désignent personne : Personne"]
    assert BreachPerson.objects.get().user == amina
    many = dora_desk.post(f"{page}people/", {"words": " ".join(f"nom{number}" for number in range(501))})
    assert many.status_code == 422
    assert "Cinq cents comptes au plus à la fois." in page_of(many)


def test_the_page_names_nobody_who_is_touched(dora_desk: Client, dora: Any, amina: User) -> None:
    breach = recent(dora)
    name_people(breach=breach, words=["Amina"], everybody=False, by=dora, now=timezone.now())
    page = page_of(dora_desk.get(f"{LIST}{breach.public_id}/"))
    assert "Amina" not in page
    assert amina.public_id not in page


def test_letters_begin_as_drafts_and_go_only_when_somebody_says_that_they_read_them(dora_desk: Client, dora: Any, amina: User) -> None:
    breach = recent(dora)
    page = f"{LIST}{breach.public_id}/"
    shown = page_of(dora_desk.get(page))
    assert "Bonjour," in shown
    assert "Miarahaba," in shown
    assert "ne peut plus être changée ni reprise" in shown
    assert said(dora_desk.post(f"{page}letters/", LETTERS, follow=True)) == ["C’est fait, et noté dans le registre."]
    dora_desk.post(f"{page}people/", {"words": "Amina"})
    unread = dora_desk.post(f"{page}tell/", {})
    assert unread.status_code == 422
    assert "Relisez, puis cochez" in page_of(unread)
    assert Breach.objects.get().persons_told_at is None
    dora_desk.post(f"{page}tell/", {"read": "on"})
    assert Breach.objects.get().persons_told_at is not None
    assert said(dora_desk.post(f"{page}tell/", {"read": "on"}, follow=True))[-1].startswith("Les personnes sont déjà prévenues")


def test_what_is_not_there_is_not_found(dora_desk: Client, dora: Any) -> None:
    page = f"{LIST}{recent(dora).public_id}/"
    assert dora_desk.get(f"{LIST}nothing/").status_code == 404
    assert dora_desk.post(f"{page}nothing/", {}).status_code == 404
    assert dora_desk.get(f"{page}tell/").status_code == 405
    assert dora_desk.post(f"{page}agree/nothing/", {"reason": "x"}).status_code == 404


def test_no_two_fields_of_the_page_share_an_id(dora_desk: Client, dora: Any) -> None:
    page = page_of(dora_desk.get(f"{LIST}{recent(dora).public_id}/"))
    ids = [part.partition('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_ten_breaches_cost_as_many_queries_as_one(dora_desk: Client, dora: Any, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    recent(dora)
    dora_desk.get(LIST)
    with CaptureQueriesContext(connection) as one:
        dora_desk.get(LIST)
    for _ in range(9):
        recent(dora)
    with django_assert_num_queries(len(one)):
        dora_desk.get(LIST)


# ---- The person's page -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def letter(dora: Any, amina: User) -> str:
    breach = with_letters(recent(dora), dora)
    name_people(breach=breach, words=["Amina"], everybody=False, by=dora, now=timezone.now())
    tell_people(breach=breach, by=dora, now=timezone.now())
    return f"/account/data/breaches/{breach.public_id}/"


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_the_person_reads_it_in_their_language(letter: str, amina: User, language: str) -> None:
    User.objects.filter(pk=amina.pk).update(language=language)
    answer = person(amina).get(letter)
    assert answer.status_code == 200
    assert LETTERS[language] in page_of(answer)
    assert answer["Cache-Control"].startswith("max-age=0")


def test_it_says_whom_to_ask_and_where_to_complain(letter: str, amina: User) -> None:
    who = replace(settings.RESPONSIBLE, dpo_name="Dominique", dpo_email="dpo@resaka.example", supervisor="CMIL")
    with override_settings(RESPONSIBLE=who):
        page = page_of(person(amina).get(letter))
    assert 'href="mailto:dpo@resaka.example"' in page
    assert "(Dominique)" in page
    assert "saisir l’autorité (CMIL)" in page


def test_others_and_guests_read_nothing_and_learn_nothing(letter: str, ben: User, carol: User) -> None:
    for other in (ben, carol):
        assert person(other).get(letter).status_code == 404
        assert person(other).get("/account/data/breaches/nothing/").status_code == 404
    assert person().get(letter)["Location"].startswith("/login/")
    assert person(carol).post(letter).status_code == 405


def test_it_opens_to_a_barred_person(letter: str, amina: User) -> None:
    User.objects.filter(pk=amina.pk).update(barred=True)
    assert LETTERS["fr"] in page_of(person(amina).get(letter))


def test_a_breach_that_was_not_told_is_not_found_by_whom_it_touches(dora: Any, amina: User) -> None:
    breach = with_letters(recent(dora), dora)
    name_people(breach=breach, words=["Amina"], everybody=False, by=dora, now=timezone.now())
    assert person(amina).get(f"/account/data/breaches/{breach.public_id}/").status_code == 404


def test_what_touches_everybody_is_read_by_everybody(dora: Any) -> None:
    breach = with_letters(recent(dora), dora)
    name_people(breach=breach, words=[], everybody=True, by=dora, now=timezone.now())
    tell_people(breach=breach, by=dora, now=timezone.now())
    assert person(make_user("Nivo")).get(f"/account/data/breaches/{breach.public_id}/").status_code == 200


def test_what_staff_wrote_is_shown_as_text(dora: Any, amina: User) -> None:
    breach = recent(dora)
    with_letters(breach, dora)
    Breach.objects.filter(pk=breach.pk).update(letter_fr="<script>alert(1)</script>", persons_told_at=timezone.now(), everybody=True)
    page = page_of(person(amina).get(f"/account/data/breaches/{breach.public_id}/"))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
