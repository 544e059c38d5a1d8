"""The pages of support: everybody may ask, only whoever asked may read, only who answers people opens the queue."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import NOON
from billing.models import SupportRequest
from billing.queries.supportkeys import token_of
from billing.services.support.desk import answer_request, claim_request
from billing.tests.support.test_asking import ask
from billing.tests.team import browser_of, make_teller

pytestmark = pytest.mark.django_db
FORM = {"topic": "PAYMENT", "words": "Mon paiement a disparu hier soir."}


def as_(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_member_asks_and_finds_it_again(amina: User) -> None:
    browser = as_(amina)
    assert 'name="email"' not in browser.get("/support/").content.decode()
    answer = browser.post("/support/", FORM, follow=True)
    asked = SupportRequest.objects.get()
    assert answer.redirect_chain == [(f"/support/{asked.public_id}/?fresh=1", 302)]
    page = answer.content.decode()
    assert "Mon paiement a disparu hier soir." in page
    assert "Votre demande est reçue." in page
    assert asked.public_id in browser.get("/support/").content.decode()


def test_a_guest_asks_with_an_address_and_comes_back_by_the_link(client: Client) -> None:
    answer = client.post("/support/", {**FORM, "email": "x@example.org"})
    asked = SupportRequest.objects.get()
    assert answer["Location"] == f"/support/{asked.public_id}/?key={token_of(asked.public_id)}&fresh=1"
    assert client.get(answer["Location"]).status_code == 200
    assert client.get(f"/support/{asked.public_id}/").status_code == 404
    assert mail.outbox == []  # the letter leaves by the outbox, after the page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"topic": ""}, "Choisissez un sujet."),
        ({"topic": "LOTTERY"}, ""),
        ({"words": "aide"}, "Écrivez quelques mots de plus"),
        ({"words": "a" * 4001}, "4 000 caractères au plus."),
        ({"email": ""}, "Sans adresse, nous ne pouvons pas vous répondre."),
        ({"email": "amina"}, "Cette adresse électronique n’est pas complète."),
    ],
)
def test_bad_input_is_said_and_what_was_typed_stays(client: Client, change: dict[str, str], said: str) -> None:
    answer = client.post("/support/", {**FORM, "email": "x@example.org", **change})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert SupportRequest.objects.count() == 0
    if "words" not in change:
        assert FORM["words"] in answer.content.decode()


def test_too_many_are_told_when_to_come_back(amina: User) -> None:
    browser = as_(amina)
    for _number in range(5):
        browser.post("/support/", FORM)
    answer = browser.post("/support/", FORM)
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert FORM["words"] in answer.content.decode()


def test_nobody_else_reads_a_request_not_even_with_its_key(amina: User, carol: User, client: Client) -> None:
    asked = ask(amina)
    page = f"/support/{asked.public_id}/"
    assert as_(amina).get(page).status_code == 200
    for browser in (as_(carol), client):
        assert browser.get(page).status_code == 404
        assert browser.get(f"{page}?key={token_of(asked.public_id)}").status_code == 404


def test_a_guessed_key_opens_nothing(client: Client) -> None:
    asked, other = ask(None, email="x@example.org"), ask(None, email="y@example.org")
    for key in ("", "a" * 43, token_of(other.public_id), "é"):
        assert client.get(f"/support/{asked.public_id}/", {"key": key}).status_code == 404


def test_the_words_are_shown_as_text(amina: User) -> None:
    asked = ask(amina, words="<script>alert(1)</script> bonjour")
    page = as_(amina).get(f"/support/{asked.public_id}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_the_queue_is_for_those_who_answer(amina: User, naly: User, client: Client) -> None:
    asked = ask(amina)
    stranger = make_teller("Fara", "moderation")
    paths = ["/admin/billing/support/", f"/admin/billing/support/{asked.public_id}/"]
    for path in paths:
        assert client.get(path).status_code == 302
        assert browser_of(stranger).get(path).status_code == 403
        assert as_(amina).get(path).status_code in (302, 403)
        assert browser_of(naly).get(path).status_code == 200
    assert browser_of(make_teller("Tovo")).get(paths[0]).status_code == 200


def test_those_who_answer_people_do_not_see_the_money(naly: User) -> None:
    page = browser_of(naly).get("/admin/billing/support/").content.decode()
    assert "/admin/billing/gaps/" not in page
    for part in ("gaps", "statements", "figures"):
        assert browser_of(naly).get(f"/admin/billing/{part}/").status_code == 403


def test_taken_answered_and_read(amina: User, naly: User) -> None:
    asked, browser = ask(amina), browser_of(naly)
    page = f"/admin/billing/support/{asked.public_id}/"
    assert "Prendre la demande" in browser.get(page).content.decode()
    browser.post(f"{page}claim/")
    answer = browser.post(f"{page}answer/", {"words": "Il est retrouvé."}, follow=True)
    assert "Réponse envoyée." in answer.content.decode()
    assert "Il est retrouvé." in as_(amina).get(f"/support/{asked.public_id}/").content.decode()


def test_what_was_typed_stays_when_another_has_it(amina: User, naly: User, hery: User) -> None:
    asked = ask(amina)
    claim_request(request_id=asked.pk, by=hery, now=timezone.now())
    answer = browser_of(naly).post(f"/admin/billing/support/{asked.public_id}/answer/", {"words": "Mon texte."})
    assert answer.status_code == 422
    assert "Mon texte." in answer.content.decode()
    assert "Une autre personne a cette demande en main." in answer.content.decode()


def test_buttons_are_posts(amina: User, naly: User) -> None:
    asked = ask(amina)
    for deed in ("claim", "release", "answer"):
        assert browser_of(naly).get(f"/admin/billing/support/{asked.public_id}/{deed}/").status_code == 405
    assert browser_of(naly).post("/admin/billing/support/nothing/claim/").status_code == 404


def test_an_answered_request_shows_no_form(amina: User, naly: User) -> None:
    asked = ask(amina)
    answer_request(request_id=asked.pk, words="Voilà.", by=naly, now=NOON)
    page = browser_of(naly).get(f"/admin/billing/support/{asked.public_id}/").content.decode()
    assert "Voilà." in page
    assert "<textarea" not in page
