"""The pages: the matrix in plain words for those whose work it is, a change by two, destructions to look at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from moderation.enums import StaffRole
from moderation.tests.factories import log_in, make_staff_member
from privacy.models import DeletionRecord, RetentionChange, RetentionRule
from privacy.tests.asking import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
MATRIX, RULE, RECORDS = "/admin/privacy/retentionrule/", "/admin/privacy/retentionrule/MESSAGE_META/", "/admin/privacy/deletionrecord/"
TYPED = {"days": "180", "basis": "décret 2027-1", "reason": "le décret change"}


def browser(name: str, *roles: StaffRole) -> Client:
    client = Client(headers={"Accept-Language": "fr"})
    log_in(client, make_staff_member(name, *roles))
    return client


@pytest.fixture
def dora() -> Client:
    return browser("Modo5", StaffRole.DATA_PROTECTION)


@pytest.mark.parametrize("role", list(StaffRole))
def test_each_role_opens_what_is_its_work(role: StaffRole) -> None:
    client = browser("Elsa", role)
    reads = role in (StaffRole.DATA_PROTECTION, StaffRole.LEGAL_DESK, StaffRole.AUDITOR)
    assert {client.get(path).status_code for path in (MATRIX, RULE, RECORDS)} == {200 if reads else 403}
    assert ("Demander un changement" in client.get(RULE).content.decode()) == (role == StaffRole.DATA_PROTECTION)


def test_outsiders_find_the_door_shut(amina: User) -> None:
    client = Client()
    client.force_login(amina)
    for path in (MATRIX, RULE, RECORDS):
        assert {browser.get(path)["Location"].startswith("/admin/login/") for browser in (client, Client())} == {True}
    assert client.post(RULE, TYPED).status_code == 302
    assert RetentionChange.objects.count() == 0


def test_the_matrix_stands_in_plain_words(dora: Client) -> None:
    page = dora.get(MATRIX).content.decode().replace("\xa0", " ")
    for words in (
        "Preuves scellées d’un dossier",
        "214 jours après la clôture",
        "1 an après l’écriture",
        "DSA 16, 20",
        "effacées aussitôt",
    ):
        assert words in page
    RetentionChange.objects.all().delete()
    RetentionRule.objects.all().delete()
    assert "Aucune règle : rien n’est détruit." in dora.get(MATRIX).content.decode().replace("\xa0", " ")


def test_one_asks_another_agrees_and_the_rule_says_so(dora: Client) -> None:
    assert said(dora.post(RULE, TYPED, follow=True)) == ["C’est fait, et noté dans le registre."]
    asked = RetentionChange.objects.get()
    agree = f"{RULE}{asked.public_id}/agree/"
    page = dora.get(RULE).content.decode().replace("\xa0", " ")
    assert "1 an → 180 jours" in page
    assert "Plus court : vaut aussi pour ce qui existe déjà" in page
    assert agree not in page
    assert "un changement attend un accord" in dora.get(MATRIX).content.decode()
    assert said(dora.post(agree, {"reason": "moi aussi"}, follow=True)) == [
        "Une autre personne de la protection des données doit donner son accord."
    ]
    dino = browser("Modo6", StaffRole.DATA_PROTECTION)
    assert agree in dino.get(RULE).content.decode()
    assert dino.get(agree).status_code == 405
    assert said(dino.post(agree, {"reason": " "}, follow=True)) == ["Écrivez pourquoi."]
    assert said(dino.post(agree, {"reason": "décret lu"}, follow=True)) == ["C’est fait, et noté dans le registre."]
    assert RetentionRule.objects.get(code="MESSAGE_META").keep == timedelta(days=180)
    page = dora.get(RULE).content.decode().replace("\xa0", " ")
    assert "180 jours après l’écriture" in page
    assert "(le décret change)" in page
    assert "(décret lu)" in page
    assert dora.get("/admin/moderation/approvals/").status_code == 200


def test_a_longer_time_says_that_it_is_for_what_begins_later(dora: Client) -> None:
    dora.post(RULE, TYPED | {"days": "730"})
    assert "Vaut seulement pour ce qui commence après l’accord" in dora.get(RULE).content.decode()


@pytest.mark.parametrize(
    "typed", [{"days": "-1"}, {"days": "99999"}, {"days": "bientôt"}, {"basis": ""}, {"reason": ""}, {"basis": "x" * 201}]
)
def test_bad_input_is_told_at_its_field_and_stays_typed(dora: Client, typed: dict[str, str]) -> None:
    answer = dora.post(RULE, TYPED | typed)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(typed)
    assert "errorlist" in answer.content.decode()
    assert RetentionChange.objects.count() == 0


def test_nothing_new_and_fixed_rules_are_refused_in_words(dora: Client) -> None:
    same = {"days": "365", "basis": "décret 2021-1362, art. 5", "reason": "rien"}
    assert said(dora.post(RULE, same, follow=True)) == ["Rien ne changerait, ou une valeur est impossible."]
    fixed = f"{MATRIX}MESSAGE_BODY/"
    assert "Demander un changement" not in dora.get(fixed).content.decode()
    assert said(dora.post(fixed, TYPED, follow=True))[0].startswith("Chaque ligne dit elle-même quand elle finit")


def test_readers_ask_for_nothing_by_a_forged_form() -> None:
    answer = browser("Elsa", StaffRole.LEGAL_DESK).post(RULE, TYPED, follow=True)
    assert said(answer) == ["Une autre personne de la protection des données doit donner son accord."]
    assert browser("Audi", StaffRole.AUDITOR).post(RULE, TYPED).status_code == 403, "an auditor sends nothing at all"
    assert RetentionChange.objects.count() == 0


def test_unknown_rules_and_changes_are_not_found(dora: Client) -> None:
    dora.post(RULE, TYPED)
    asked = RetentionChange.objects.get().public_id
    assert dora.get(f"{MATRIX}NOTHING/").status_code == 404
    assert dora.post(f"{RULE}nothing/agree/", {"reason": "x"}).status_code == 404
    assert dora.post(f"{MATRIX}EVIDENCE/{asked}/agree/", {"reason": "x"}).status_code == 404


def test_destructions_are_numbers_to_look_at(dora: Client) -> None:
    made = DeletionRecord.objects.create(
        at=timezone.now(), code="MESSAGE_META", store="chat_messagemeta", rows=7, kept=timedelta(days=365), reason="DUE"
    )
    assert "MESSAGE_META" in dora.get(RECORDS).content.decode()
    one = f"{RECORDS}{made.pk}/"
    assert "chat_messagemeta" in dora.get(f"{one}change/").content.decode()
    for answer in (dora.post(f"{one}change/", {"rows": "0"}), dora.post(f"{one}delete/", {"post": "yes"}), dora.get(f"{RECORDS}add/")):
        assert answer.status_code == 403
    made.refresh_from_db()
    assert made.rows == 7
