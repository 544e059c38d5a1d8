"""The pages of paying: they work as forms, say where a payment stands, and show nobody what is another's."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.models import Payment
from billing.providers.base import Refused, Unclear
from billing.queries import payables
from billing.queries.payables import NotPayable, Payable
from billing.services import reach
from billing.services.payments import settle_payment, submit_payment
from billing.tests.bank import Bank
from billing.tests.payments.conftest import Install
from billing.tests.payments.factories import NUMBER, make_payment, paid_payment, push_payment, reload, sent_payment
from core.money import Money
from notifications.tests.factories import deliver_all

pytestmark = pytest.mark.django_db
As = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def goods(monkeypatch: pytest.MonkeyPatch, amina: User) -> dict[str, Payable]:
    """Something that Amina is about to pay: in euros and in ariary."""
    shelf = {
        name: Payable("SUBSCRIPTION", f"thing:{name}", money, "Premium, un mois", "/account/", "/account/done/")
        for name, money in {"euros": Money(499, "EUR"), "ariary": Money(20_000, "MGA"), "much": Money(2_000_00, "EUR")}.items()
    }

    def door(user: User, ref: str, now: datetime) -> Payable:
        if ref not in shelf or user != amina:
            raise NotPayable(ref)
        return shelf[ref]

    monkeypatch.setitem(payables._DOORS, "thing", door)
    monkeypatch.setitem(payables._KINDS, "thing", "thing")
    return shelf


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def form(**fields: str) -> dict[str, str]:
    return {"client_key": str(uuid.uuid4()), "provider": "STRIPE"} | fields


PAY = "/money/pay/thing/euros/"


def test_the_choice_of_a_method(bank: Bank, install: Install, amina: User, as_: As) -> None:
    install("MVOLA", rings=True, currencies=frozenset({"MGA"}))
    page = as_(amina).get(PAY)
    text = text_of(page)
    assert "4,99\u00a0€" in page.content.decode()
    assert 'value="STRIPE"' in text
    assert "MVola" not in text  # it takes no euros
    assert 'name="msisdn"' not in text
    assert re.search(r'name="client_key" value="[0-9a-f-]{36}"', text)
    assert page["Cache-Control"].startswith("max-age=0")
    assert "<script" not in text.replace('<script type="module" src="/static/dist/plain.js">', "")


def test_nothing_is_chosen_beforehand(bank: Bank, amina: User, as_: As) -> None:
    assert " checked" not in text_of(as_(amina).get(PAY))


def test_paying_without_a_script(bank: Bank, amina: User, as_: As) -> None:
    browser = as_(amina)
    answer = browser.post(PAY, form())
    payment = Payment.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/money/payments/{payment.public_id}/?go=1")
    waiting = text_of(browser.get(answer["Location"]))
    assert "Nous transmettons votre paiement" in waiting
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in waiting
    deliver_all()
    onward = browser.get(answer["Location"])
    url = f"https://bank.example/STRIPE-{payment.our_reference}"
    assert (onward.status_code, onward["Refresh"]) == (200, f"0;url={url}")  # no redirect: form-action would stop it
    assert f'href="{url}"' in text_of(onward)
    assert "form-action 'self'" in onward["Content-Security-Policy"]
    back = browser.get(f"/money/payments/{payment.public_id}/")
    assert "Refresh" not in back  # whoever comes back is not sent away again
    assert "Si vous avez déjà payé" in text_of(back)
    bank.pay(payment)
    settle_payment(payment_id=payment.pk, now=timezone.now())
    done = text_of(browser.get(f"/money/payments/{payment.public_id}/"))
    assert "C’est payé" in done
    assert "http-equiv" not in done


def test_a_double_click_is_one_payment(bank: Bank, amina: User, as_: As) -> None:
    browser, sent = as_(amina), form()
    first, second = browser.post(PAY, sent), browser.post(PAY, sent)
    assert first["Location"] == second["Location"]
    assert Payment.objects.count() == 1


def test_two_tabs_lead_to_the_payment_under_way(bank: Bank, amina: User, as_: As) -> None:
    browser = as_(amina)
    browser.post(PAY, form())
    answer = browser.post(PAY, form(), follow=True)
    assert answer.redirect_chain == [(f"/money/payments/{Payment.objects.get().public_id}/", 302)]
    assert "Un paiement est déjà en cours" in text_of(answer)


def test_another_choice_in_the_same_form_is_a_conflict(bank: Bank, install: Install, amina: User, as_: As) -> None:
    install("PAYPAL")
    browser, sent = as_(amina), form()
    browser.post(PAY, sent)
    answer = browser.post(PAY, sent | {"provider": "PAYPAL"})
    assert answer.status_code == 409
    fresh = re.search(r'name="client_key" value="([0-9a-f-]{36})"', answer.content.decode())
    assert fresh
    assert fresh[1] != sent["client_key"]
    assert Payment.objects.count() == 1


def test_what_is_paid_leads_on(bank: Bank, amina: User, as_: As) -> None:
    paid_payment(bank, amina, subject_key="thing:euros")
    answer = as_(amina).post(PAY, form())
    assert (answer.status_code, answer["Location"]) == (302, "/account/done/")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"provider": ""}, "Choisissez comment payer."),
        ({"provider": "MVOLA"}, "Sélectionnez un choix valide"),
        ({"client_key": "x"}, "Ce formulaire a déjà servi"),
    ],
    ids=["none", "not offered", "no key"],
)
def test_bad_forms(bank: Bank, amina: User, as_: As, sent: dict[str, str], words: str) -> None:
    answer = as_(amina).post(PAY, form(**sent))
    assert answer.status_code in (409, 422)
    assert words in text_of(answer)
    assert not Payment.objects.exists()


def test_a_forged_amount_is_not_read(bank: Bank, amina: User, as_: As) -> None:
    as_(amina).post(PAY, form(amount="1", amount_minor="1", currency="MGA", money="1"))
    assert Payment.objects.get().money == Money(499, "EUR")


def test_a_sum_that_no_method_takes(bank: Bank, amina: User, as_: As) -> None:
    assert "Aucun moyen de paiement" in text_of(as_(amina).get("/money/pay/thing/much/"))


def test_a_house_without_providers(amina: User, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    from billing.providers import table

    monkeypatch.setattr(table, "_MAKERS", {})
    text = text_of(as_(amina).get(PAY))
    assert "Aucun moyen de paiement" in text
    assert "<form" not in text.split("<main")[1].split("</main>")[0]


def test_a_provider_that_is_away_is_not_offered_and_named(bank: Bank, install: Install, amina: User, as_: As) -> None:
    install("PAYPAL")
    for _call in range(10):
        reach.note_silence("STRIPE", "reset")
    text = text_of(as_(amina).get(PAY))
    assert "Ne répond pas en ce moment : Stripe." in text
    assert 'value="PAYPAL"' in text
    assert 'value="STRIPE"' not in text
    assert as_(amina).post(PAY, form()).status_code == 422


def test_minors_are_sent_to_show_their_age(bank: Bank, amina: User, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    faly = make_user("Faly", age_method=None)
    thing = Payable("SUBSCRIPTION", "thing:x", Money(499, "EUR"), "Premium", "/account/", "/account/")
    monkeypatch.setitem(payables._DOORS, "any", lambda user, ref, now: thing)
    text = text_of(as_(faly).get("/money/pay/any/x/"))
    assert "Montrer mon âge" in text
    assert "/age/?next=/money/pay/any/x/" in text
    assert 'name="provider"' not in text
    answer = as_(faly).post("/money/pay/any/x/", form())
    assert answer.status_code == 422
    assert not Payment.objects.exists()


# ---- Telephones ------------------------------------------------------------------------------------------------------------------------
ARIARY = "/money/pay/thing/ariary/"


@pytest.mark.parametrize("number", ["034 00 000 03", "+261 34 00 000 03", "0340000003"])
def test_a_number_as_people_write_it(mvola: Bank, amina: User, as_: As, number: str) -> None:
    browser = as_(amina)
    page = browser.post(ARIARY, form(provider="MVOLA", msisdn=number), follow=True)
    deliver_all()
    text = text_of(browser.get(page.request["PATH_INFO"]))
    assert "+261 34 •• ••• 03" in text
    assert "Tapez-y votre code secret" in text
    assert NUMBER not in text


with open(settings.BASE_DIR / "billing" / "tests" / "data" / "msisdn.json", encoding="utf-8") as file:
    REFUSED = json.load(file)["country"]["refused_input"]


@pytest.mark.parametrize("number", [one for one in REFUSED if one])
def test_numbers_that_are_none(mvola: Bank, amina: User, as_: As, number: str) -> None:
    answer = as_(amina).post(ARIARY, form(provider="MVOLA", msisdn=number))
    assert answer.status_code == 422
    assert "Ce numéro n’est pas un numéro mobile de Madagascar" in text_of(answer)
    assert not Payment.objects.exists()


def test_no_number(mvola: Bank, amina: User, as_: As) -> None:
    answer = as_(amina).post(ARIARY, form(provider="MVOLA", msisdn=""))
    assert "Écrivez le numéro que l’opérateur doit appeler." in text_of(answer)


def test_another_operator_s_prefix_is_a_question(mvola: Bank, amina: User, as_: As) -> None:
    browser, sent = as_(amina), form(provider="MVOLA", msisdn="032 00 000 03")
    assert 'name="confirmed"' not in text_of(browser.get(ARIARY))
    asked = browser.post(ARIARY, sent)
    assert asked.status_code == 422
    assert "Ce numéro commence comme ceux de Orange Money. A-t-il un compte MVola ?" in text_of(asked)
    assert 'name="confirmed"' in text_of(asked)
    assert not Payment.objects.exists()
    assert browser.post(ARIARY, sent | {"confirmed": "on"}).status_code == 302
    assert Payment.objects.get().provider == "MVOLA"


def test_a_fourth_prompt_says_when(mvola: Bank, amina: User, as_: As) -> None:
    for number in range(3):
        payment = push_payment(amina, subject_key=f"s{number}", now=timezone.now())
        Payment.objects.filter(pk=payment.pk).update(open_key=None)
    answer = as_(amina).post(ARIARY, form(provider="MVOLA", msisdn="034 00 000 03"))
    assert answer.status_code == 422
    assert "Trop de demandes sont parties" in text_of(answer)


# ---- Where it stands -------------------------------------------------------------------------------------------------------------------
def page_of(browser: Client, payment: Payment) -> str:
    return text_of(browser.get(f"/money/payments/{payment.public_id}/"))


def unknown(mvola: Bank, payer: User, *, ago: timedelta = timedelta(0)) -> Payment:
    mvola.next_starts.append(Unclear("reset"))
    return sent_payment(payer, make=push_payment, subject_key="thing:ariary", now=timezone.now() - ago)


def test_unknown_in_the_words_of_the_design(mvola: Bank, amina: User, as_: As) -> None:
    text = page_of(as_(amina), unknown(mvola, amina))
    assert "Nous ne savons pas encore si vous avez payé" in text
    assert "Ne payez pas une seconde fois. Nous vous le disons sous 24 heures" in text
    assert "Vous pourrez payer par un autre moyen à partir de" in text
    assert "/release/" not in text


def test_after_ten_minutes_another_way_is_open(mvola: Bank, amina: User, as_: As) -> None:
    payment, browser = unknown(mvola, amina, ago=timedelta(minutes=11)), as_(amina)
    assert f"/money/payments/{payment.public_id}/release/" in page_of(browser, payment)
    confirm = text_of(browser.get(f"/money/payments/{payment.public_id}/release/"))
    assert "nous vous rendons le second" in confirm
    assert reload(payment).open_key == "thing:ariary"  # looking frees nothing
    answer = browser.post(f"/money/payments/{payment.public_id}/release/", follow=True)
    assert "Vous pouvez payer par un autre moyen" in text_of(answer)
    assert reload(payment).open_key is None
    assert 'href="/money/pay/thing/ariary/"' in page_of(browser, payment)
    again = browser.post(f"/money/payments/{payment.public_id}/release/", follow=True)
    assert "Ce paiement n’attend plus" in text_of(again)


def test_too_early(mvola: Bank, amina: User, as_: As) -> None:
    payment = unknown(mvola, amina)
    answer = as_(amina).post(f"/money/payments/{payment.public_id}/release/", follow=True)
    assert "La réponse peut encore venir" in text_of(answer)
    assert reload(payment).open_key == "thing:ariary"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("DP00800001007", "Le solde de votre compte ne suffit pas. Rien ne vous a été pris."),
        ("NOT_REACHED", "Le prestataire ne répond pas en ce moment. Rien ne vous a été pris."),
        ("a word of no table", "Le paiement n’a pas abouti. Rien ne vous a été pris."),
    ],
)
def test_failed_and_why(bank: Bank, amina: User, as_: As, code: str, words: str) -> None:
    bank.next_starts.append(Refused(code))
    payment = sent_payment(amina, subject_key="thing:euros", now=timezone.now())
    text = page_of(as_(amina), payment)
    assert words in text
    assert f'href="{PAY}"' in text
    assert code not in text


def test_expired(bank: Bank, amina: User, as_: As) -> None:
    payment = sent_payment(amina, now=timezone.now())
    bank.end(payment, "EXPIRED")
    settle_payment(payment_id=payment.pk, now=timezone.now())
    assert "Le temps prévu pour payer est passé. Rien ne vous a été pris." in page_of(as_(amina), payment)


def test_the_state_for_the_script(bank: Bank, amina: User, as_: As) -> None:
    payment = sent_payment(amina)
    answer = as_(amina).get(f"/money/payments/{payment.public_id}/status/")
    assert (answer.json(), "no-store" in answer["Cache-Control"]) == ({"state": "PENDING"}, True)
    assert f'data-payment-status="/money/payments/{payment.public_id}/status/"' in page_of(as_(amina), payment)


# ---- What is another's ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("tail", ["", "status/", "release/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_carol_finds_nothing(bank: Bank, amina: User, carol: User, as_: As, tail: str, method: str) -> None:
    payment = sent_payment(amina)
    answer = getattr(as_(carol), method)(f"/money/payments/{payment.public_id}/{tail}")
    assert answer.status_code in (404, 405)
    assert payment.our_reference not in answer.content.decode()


def test_what_is_hers_to_pay_is_not_carol_s(bank: Bank, carol: User, as_: As) -> None:
    assert as_(carol).get(PAY).status_code == 404
    assert as_(carol).post(PAY, form()).status_code == 404
    assert as_(carol).get("/money/pay/nothing/x/").status_code == 404


def test_the_subject_of_another_s_payment_tells_nothing(bank: Bank, amina: User, ben: User, as_: As) -> None:
    make_payment(ben, subject_key="thing:euros")
    assert as_(amina).post(PAY, form()).status_code == 404


def test_a_guest_is_asked_who_they_are(bank: Bank, amina: User, as_: As) -> None:
    payment = sent_payment(amina)
    for path in (PAY, "/money/payments/", f"/money/payments/{payment.public_id}/"):
        assert as_(None).get(path)["Location"].startswith("/login/")


def count_rows(text: str) -> int:
    return len(re.findall(r'class="row" href="/money/payments/[a-z2-7]{20}/"', text))


def test_the_list_is_one_s_own(bank: Bank, amina: User, ben: User, carol: User, as_: As) -> None:
    paid_payment(bank, amina, subject_key="a")
    sent_payment(ben, subject_key="b")
    text = text_of(as_(amina).get("/money/payments/"))
    assert count_rows(text) == 1
    assert "Payé" in text
    assert "Aucun paiement" in text_of(as_(carol).get("/money/payments/"))


def test_the_list_has_pages(bank: Bank, amina: User, as_: As) -> None:
    for number in range(21):
        make_payment(amina, subject_key=f"s{number}")
    browser = as_(amina)
    first, second = text_of(browser.get("/money/payments/")), text_of(browser.get("/money/payments/?page=2"))
    assert (count_rows(first), count_rows(second)) == (20, 1)
    assert count_rows(text_of(browser.get("/money/payments/?page=zéro"))) == 20


def test_the_list_costs_the_same_for_one_and_for_three(bank: Bank, amina: User, as_: As, django_assert_num_queries: Any) -> None:
    browser = as_(amina)
    browser.get("/money/payments/")
    counts = []
    for number in range(3):
        paid_payment(bank, amina, subject_key=f"s{number}")
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            browser.get("/money/payments/")
        counts.append(len(seen))
    assert counts[0] == counts[2]


def test_the_page_is_small(bank: Bank, amina: User, as_: As) -> None:
    import gzip

    payment = submit_payment(payment_id=make_payment(amina, now=timezone.now()).pk, now=timezone.now())
    for path in (PAY, f"/money/payments/{payment.public_id}/"):
        assert len(gzip.compress(as_(amina).get(path).content)) < 10_000
