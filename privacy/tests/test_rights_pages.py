"""The pages of a person's rights: what they read, what they send, and what nobody else can do in their name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from accounts.enums import Jurisdiction, SuspensionKind, UserStatus
from accounts.models import User
from accounts.services.suspension import suspend
from accounts.tests.factories import make_user
from billing.tests.purses import open_wallets, pay_in
from moderation.enums import StaffRole
from moderation.services.claims import claim_case
from moderation.tests.desk import make_case
from moderation.tests.factories import make_staff_member
from privacy.enums import RequestKind, RequestState
from privacy.models import DataRequest, RetentionRule
from privacy.queries.holdings import summarize_erasure
from privacy.services.desk import open_request
from privacy.services.refusals import propose_refusal, refuse_request
from privacy.services.requests import PER_HOUR, close_request, withdraw_request
from privacy.tests.asking import WORDS, asked, browser, page_of, said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
DATA = "/account/data/"
FORMS = {
    "rectify": (RequestKind.RECTIFICATION, {"topic": "BIRTH_YEAR", "words": WORDS}),
    "restrict": (RequestKind.RESTRICTION, {"topic": "ACCURACY", "words": ""}),
    "object": (RequestKind.OBJECTION, {"topic": "SCREENING", "words": WORDS}),
}
SURE = ("restrict", "erase")
each_form = pytest.mark.parametrize("page", list(FORMS))


# ---- The overview -------------------------------------------------------------------------------------------------------------


def test_the_doors_what_is_held_and_nothing_asked_yet(amina: User) -> None:
    page = page_of(browser(amina).get(DATA))
    for words in (
        "Mes données",
        "Rectifier",
        "Limiter",
        "S’opposer",
        "Effacer",
        "Textes des messages des salons",
        "1 an après l’écriture",
        "décret 2021-1362, art. 5",
        "5 ans après le retrait, ou après la fin du compte",
        "Rien encore.",
        "à tout moment saisir l’autorité",
    ):
        assert words in page
    assert "Livraisons internes" not in page  # of nobody
    assert "L’usage de vos données est limité" not in page


def test_what_is_under_way_stands_with_its_legal_day_and_what_is_over_below(amina: User, dora: Any) -> None:
    now = timezone.now()
    open_one, done = asked(amina, RequestKind.OBJECTION, now=now), asked(amina, now=now)
    close_request(request=done, words="C’est corrigé.", by=dora, now=now)
    page = page_of(browser(amina).get(DATA))
    before, after = page.split("Mes droits")
    assert f"/account/data/requests/{open_one.public_id}/" in before
    assert "réponse au plus tard le" in before
    assert f"/account/data/requests/{done.public_id}/" in after.split("Ce que vous avez demandé")[1]


def test_of_two_rules_the_one_of_their_own_law_is_shown(amina: User) -> None:
    User.objects.filter(pk=amina.pk).update(jurisdiction=Jurisdiction.MG)
    page = page_of(browser(amina).get(DATA))
    assert "jusqu’à la fin du compte · loi malgache 2014-006 : rien n’est gardé d’avance" in page
    assert "décret 2021-1362, art. 2" not in page


def test_the_overview_costs_the_same_with_one_request_and_with_twenty(amina: User, django_assert_max_num_queries: Any) -> None:
    client, now = browser(amina), timezone.now()
    asked(amina, now=now)
    client.get(DATA)
    with django_assert_max_num_queries(4) as first:
        client.get(DATA)
    rows = [DataRequest(user=amina, kind=RequestKind.OBJECTION, asked_at=now, due_at=now, open_key=f"k{number}") for number in range(20)]
    DataRequest.objects.bulk_create(rows)
    with django_assert_max_num_queries(4) as many:
        client.get(DATA)
    assert len(many) == len(first)


# ---- Asking by form -----------------------------------------------------------------------------------------------------------


@each_form
def test_a_form_makes_the_request_and_leads_to_its_page(amina: User, page: str) -> None:
    kind, typed = FORMS[page]
    client = browser(amina, sure=True)
    assert client.get(f"{DATA}{page}/").status_code == 200
    answer = client.post(f"{DATA}{page}/", typed)
    made = DataRequest.objects.get()
    assert (made.user, made.kind, made.topic, made.is_open) == (amina, kind, typed["topic"], True)
    assert answer["Location"] == f"{DATA}requests/{made.public_id}/?fresh=1"
    shown = page_of(client.get(answer["Location"]))
    assert "Votre demande est reçue." in shown
    assert (WORDS in shown) == bool(typed["words"])
    assert open_request(made).words == typed["words"]


@each_form
@pytest.mark.parametrize("wrong", [{"topic": ""}, {"topic": "NOTHING"}, {"words": "x" * 4001}])
def test_bad_input_is_told_at_its_field_and_stays_typed(amina: User, page: str, wrong: dict[str, str]) -> None:
    _kind, typed = FORMS[page]
    answer = browser(amina, sure=True).post(f"{DATA}{page}/", typed | wrong)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(wrong)
    assert "À corriger avant de continuer" in page_of(answer)
    assert DataRequest.objects.count() == 0


@pytest.mark.parametrize("words", ["", "    ", "court", "\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b"])
def test_too_few_words_are_told_so(amina: User, words: str) -> None:
    answer = browser(amina).post(f"{DATA}rectify/", {"topic": "OTHER", "words": words})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"words"}


def test_a_flood_is_stopped_with_how_long_to_wait(amina: User) -> None:
    client, now = browser(amina), timezone.now()
    for _number in range(PER_HOUR):
        withdraw_request(request=asked(amina, now=now), now=now)
    answer = client.post(f"{DATA}rectify/", FORMS["rectify"][1])
    assert (answer.status_code, int(answer["Retry-After"])) == (429, 3600)
    assert "Trop de demandes d’un coup." in page_of(answer)


def test_what_was_written_is_shown_as_text_and_never_as_markup(amina: User) -> None:
    words = "<script>alert(1)</script> \u202e onmouseover=x {{ 7*7 }} 👩🏽‍🌾"
    client = browser(amina)
    page = page_of(client.get(client.post(f"{DATA}rectify/", {"topic": "OTHER", "words": words})["Location"]))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;  onmouseover=x {{ 7*7 }} 👩🏽‍🌾" in page
    assert "<script>alert" not in page


# ---- Erasing ------------------------------------------------------------------------------------------------------------------


def test_the_summary_says_what_goes_what_stays_and_what_is_not_ours(amina: User) -> None:
    page = page_of(browser(amina, sure=True).get(f"{DATA}erase/"))
    gone, rest = page.split("Gardé parce que la loi")
    kept, others = rest.split("Ce qui n’est pas à nous")
    assert "Textes des messages des salons" in gone
    assert "Connexions : adresse IP, port, heure" in kept
    assert "décret 2021-1362, art. 2" in kept
    year = timezone.now().year + 5
    assert "Identité civile que la personne a donnée, et son adresse électronique · jusqu’au" in kept
    assert f" {year}" in kept
    assert "les livres de votre banque" in others
    assert "Votre argent" not in page
    assert "copie de vos données est en cours" not in page
    assert "en main" not in page


def test_nothing_is_asked_before_the_name_is_typed(amina: User) -> None:
    client = browser(amina, sure=True)
    for typed in ("", "Ben", "amin", "AMINA2"):
        answer = client.post(f"{DATA}erase/", {"typed": typed})
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {"typed"}
    assert DataRequest.objects.count() == 0
    answer = client.post(f"{DATA}erase/", {"typed": "  amina "})
    made = DataRequest.objects.get()
    assert (made.kind, made.user) == (RequestKind.ERASURE, amina)
    assert answer["Location"] == f"{DATA}requests/{made.public_id}/?fresh=1"


def test_asked_twice_the_open_one_is_shown(amina: User) -> None:
    client = browser(amina, sure=True)
    client.post(f"{DATA}erase/", {"typed": "Amina"})
    made = DataRequest.objects.get()
    for answer in (client.get(f"{DATA}erase/"), client.post(f"{DATA}erase/", {"typed": "Amina"})):
        assert answer["Location"] == f"{DATA}requests/{made.public_id}/"
    assert DataRequest.objects.count() == 1


def test_during_a_copy_the_page_says_that_it_is_cut_off_and_then_it_is(amina: User) -> None:
    copy = asked(amina, RequestKind.EXPORT, now=timezone.now())
    client = browser(amina, sure=True)
    assert "Une copie de vos données est en cours de fabrication." in page_of(client.get(f"{DATA}erase/"))
    client.post(f"{DATA}erase/", {"typed": "Amina"})
    copy.refresh_from_db()
    assert copy.state == RequestState.WITHDRAWN


def test_a_moderator_reads_that_their_cases_go_back_first(dora: Any) -> None:
    now = timezone.now()
    mod = make_staff_member("Modo1", StaffRole.MODERATOR, now=now)
    claim_case(case_id=make_case(now=now).pk, version=1, by=mod, now=now)
    page = page_of(browser(mod.user, sure=True).get(f"{DATA}erase/"))
    assert "Vous avez 1 dossier en main : il est d’abord rendu à l’équipe." in page


def test_a_payer_reads_what_of_their_money_stays(amina: User, ben: User, settings: Any) -> None:
    open_wallets(settings)
    pay_in(amina, 12_50)
    page = page_of(browser(amina, sure=True).get(f"{DATA}erase/"))
    assert "Votre porte-monnaie contient 12,50" in page
    assert "Votre argent" not in page_of(browser(ben, sure=True).get(f"{DATA}erase/"))


def test_the_summary_costs_the_same_whatever_there_is(amina: User, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(4):
        summarize_erasure(user=amina, now=timezone.now())


# ---- One request --------------------------------------------------------------------------------------------------------------


def test_an_answer_and_a_refusal_are_read_on_their_page(amina: User, dora: Any, dino: Any) -> None:
    now = timezone.now()
    answered, refused = asked(amina, now=now), asked(amina, RequestKind.OBJECTION, now=now)
    close_request(request=answered, words="C’est corrigé : 1991.", by=dora, now=now)
    proposal = propose_refusal(
        request=refused, ground="COMPELLING", words="La lecture protège tout le monde.", by=dora, reason="x", now=now
    )
    client = browser(amina)
    page = page_of(client.get(f"{DATA}requests/{refused.public_id}/"))
    assert "La lecture protège tout le monde." not in page  # a proposal is no answer
    assert "21(1)" not in page
    refuse_request(request=refused, approval=proposal, by=dino, reason="relu", now=now)
    assert "C’est corrigé : 1991." in page_of(client.get(f"{DATA}requests/{answered.public_id}/"))
    page = page_of(client.get(f"{DATA}requests/{refused.public_id}/"))
    for words in ("Refusée", "RGPD, article 21(1)", "motifs légitimes et impérieux", "La lecture protège tout le monde.", "ou un juge"):
        assert words in page
    for handle in (dora.handle, dino.handle):
        assert handle not in page


def test_a_request_is_taken_back_by_its_button_and_once(amina: User) -> None:
    made = asked(amina, now=timezone.now())
    client, page = browser(amina), f"{DATA}requests/{made.public_id}/"
    assert "Reprendre ma demande" in page_of(client.get(page))
    assert said(client.post(f"{page}withdraw/", follow=True)) == ["Votre demande est reprise."]
    assert "Reprendre ma demande" not in page_of(client.get(page))
    assert said(client.post(f"{page}withdraw/", follow=True)) == ["Cette demande ne peut plus être reprise."]
    assert client.get(f"{page}withdraw/").status_code == 405


def test_a_restriction_is_lifted_by_its_button(amina: User) -> None:
    asked(amina, RequestKind.RESTRICTION, now=timezone.now())
    client = browser(amina, sure=True)
    assert "L’usage de vos données est limité" in page_of(client.get(DATA))
    assert said(client.post(f"{DATA}restrict/lift/", follow=True)) == ["La limitation est levée : les autres vous voient de nouveau."]
    assert said(client.post(f"{DATA}restrict/lift/", follow=True)) == ["Rien n’était limité."]


# ---- Strangers, stalkers, thieves ---------------------------------------------------------------------------------------------


def test_guests_are_sent_to_the_log_in(amina: User) -> None:
    made = asked(amina)
    for path in (DATA, *(f"{DATA}{page}/" for page in (*FORMS, "erase")), f"{DATA}requests/{made.public_id}/"):
        assert Client().get(path)["Location"].startswith("/login/?next=")
    assert Client().post(f"{DATA}erase/", {"typed": "Amina"}).status_code == 302
    assert DataRequest.objects.count() == 1


def test_carol_finds_nothing_of_others_by_any_address(amina: User, carol: User) -> None:
    made = asked(amina)
    client = browser(carol, sure=True)
    page = f"{DATA}requests/{made.public_id}/"
    assert client.get(page).status_code == 404
    assert client.post(f"{page}withdraw/").status_code == 404
    for forged in ("aaaaaaaaaaaaaaaaaaaa", "..%2f", "0", made.public_id.upper()):
        assert client.get(f"{DATA}requests/{forged}/").status_code == 404
    made.refresh_from_db()
    assert made.is_open
    assert made.public_id not in page_of(client.get(DATA))


def test_a_stalker_asks_in_nobodys_name_but_their_own(amina: User, carol: User) -> None:
    """Whatever is put into the form beside its fields, a request is of whoever is logged in."""
    client = browser(carol, sure=True)
    forged = {"user": amina.pk, "user_id": amina.public_id, "for": "amina", "kind": "ERASURE"}
    client.post(f"{DATA}rectify/", FORMS["rectify"][1] | forged)
    client.post(f"{DATA}erase/?user={amina.public_id}", {"typed": "Amina"} | forged)
    made = DataRequest.objects.get()
    assert (made.user, made.kind) == (carol, RequestKind.RECTIFICATION)


@pytest.mark.parametrize("page", SURE)
def test_a_stolen_session_has_to_show_that_it_is_them(page: str) -> None:
    client = browser(make_user("Amina", password="une phrase que personne ne devine"))
    for answer in (client.get(f"{DATA}{page}/"), client.post(f"{DATA}{page}/", {"typed": "Amina", "topic": "ACCURACY"})):
        assert unquote(answer["Location"]).startswith("/reauthenticate/")
    assert unquote(client.post(f"{DATA}restrict/lift/")["Location"]).startswith("/reauthenticate/")
    assert DataRequest.objects.count() == 0


def test_a_form_of_another_site_is_refused(amina: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(amina)
    for path in (f"{DATA}rectify/", f"{DATA}erase/", f"{DATA}restrict/lift/"):
        assert client.post(path, FORMS["rectify"][1]).status_code == 403
    assert DataRequest.objects.count() == 0


def test_no_cache_keeps_these_pages(amina: User) -> None:
    made = asked(amina)
    client = browser(amina, sure=True)
    for path in (DATA, f"{DATA}erase/", f"{DATA}rectify/", f"{DATA}requests/{made.public_id}/"):
        assert "no-store" in client.get(path)["Cache-Control"]


# ---- Whom the house turned out ------------------------------------------------------------------------------------------------


def test_a_suspended_person_has_all_their_rights(amina: User) -> None:
    now = timezone.now()
    suspend(user=amina, kind=SuspensionKind.SUSPENDED, decision_ref="D1", reason="x", ends_at=now + timedelta(days=9), now=now)
    amina.refresh_from_db()
    client = browser(amina, sure=True)
    for path in (DATA, *(f"{DATA}{page}/" for page in (*FORMS, "erase"))):
        assert client.get(path).status_code == 200
    client.post(f"{DATA}object/", FORMS["object"][1])
    assert DataRequest.objects.get().kind == RequestKind.OBJECTION
    assert client.get("/account/profile/").status_code == 302


def test_somebody_who_is_about_to_close_too(amina: User) -> None:
    closes_at = timezone.now() + timedelta(days=9)
    User.objects.filter(pk=amina.pk).update(status=UserStatus.CLOSING, closes_at=closes_at)
    client = browser(amina, sure=True)
    assert 'href="/account/data/"' in page_of(client.get("/account/closing/"))
    assert client.get(DATA).status_code == 200
    client.post(f"{DATA}erase/", {"typed": "Amina"})
    assert DataRequest.objects.get().kind == RequestKind.ERASURE


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_every_page_is_there_in_three_languages(amina: User, language: str) -> None:
    made = asked(amina)
    client = browser(amina, sure=True)
    for path in (DATA, *(f"{DATA}{page}/" for page in (*FORMS, "erase")), f"{DATA}requests/{made.public_id}/"):
        answer = client.get(f"{path}?lang={language}")
        assert (answer.status_code, answer["Content-Language"]) == (200, language)
        assert "%(" not in page_of(answer)


def test_a_house_without_rules_says_so_and_does_not_break(amina: User) -> None:
    apps.get_model("privacy", "RetentionChange").objects.all().delete()
    RetentionRule.objects.all().delete()
    assert browser(amina).get(DATA).status_code == 200
