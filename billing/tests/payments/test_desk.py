"""The money desk: payments with their story, refunds by two, disputes and events; and who may not even look."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.models import Payment, ProviderEvent, Refund
from billing.services.disputes import record_dispute
from billing.tests.bank import Bank, event, lost_refund
from billing.tests.payments.conftest import Install
from billing.tests.payments.factories import NOW, NUMBER, after, is_proven, paid_payment, push_payment, reload, sent_payment
from core.money import Money

pytestmark = pytest.mark.django_db
Desk = Callable[[User], Client]
LIST, REFUNDS = "/admin/billing/payments/", "/admin/billing/refunds/"


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def page(payment: Payment) -> str:
    return f"{LIST}{payment.public_id}/"


def deed(browser: Client, refund: Refund, name: str, typed: str = "") -> Any:
    return browser.post(f"{REFUNDS}{refund.public_id}/{name}/", {"typed": typed}, follow=True)


# ---- Who may look ----------------------------------------------------------------------------------------------------------------------
def test_the_desk_is_for_the_money_team(bank: Bank, amina: User, carol: User, mod: User, desk: Desk, as_: Any) -> None:
    payment = paid_payment(bank, amina)
    other = carol
    other.is_staff = other.is_superuser = True
    other.save(update_fields=["is_staff", "is_superuser"])
    other.user_permissions.set(Permission.objects.filter(content_type__app_label="billing"))
    for path in (LIST, page(payment), REFUNDS, "/admin/billing/disputes/", "/admin/billing/providerevent/", "/admin/billing/payment/"):
        assert desk(mod).get(path).status_code == 200, path
        assert desk(other).get(path).status_code == 403, path
        assert as_(amina).get(path).status_code == 302, path
        assert Client().get(path).status_code == 302, path


def test_without_a_second_factor_the_desk_stays_shut(bank: Bank, amina: User, mod: User, as_: Any) -> None:
    assert as_(mod).get(page(paid_payment(bank, amina))).status_code == 403


@pytest.mark.parametrize("name", ["ask", "refund"])
def test_outsiders_do_nothing(bank: Bank, amina: User, carol: User, desk: Desk, name: str) -> None:
    payment = paid_payment(bank, amina)
    carol.is_staff = True
    carol.save(update_fields=["is_staff"])
    answer = desk(carol).post(f"{page(payment)}{name}/", {"amount": "4,99", "reason": "GOODWILL", "note": "x"})
    assert (answer.status_code, Refund.objects.count()) == (403, 0)


# ---- Payments --------------------------------------------------------------------------------------------------------------------------
def test_the_list_and_its_search(bank: Bank, amina: User, ben: User, mod: User, desk: Desk) -> None:
    paid, open_one = paid_payment(bank, amina, subject_key="a"), sent_payment(ben, subject_key="b")
    Payment.objects.filter(pk=open_one.pk).update(flag="AMOUNT")
    browser = desk(mod)

    def found(**asked: str) -> set[str]:
        text = text_of(browser.get(LIST, asked))
        return {one.our_reference for one in (paid, open_one) if one.our_reference in text}

    both, first, second = {paid.our_reference, open_one.our_reference}, {paid.our_reference}, {open_one.our_reference}
    assert found() == both
    assert found(state="SUCCEEDED") == first
    assert found(state="FLAGGED") == second
    assert found(word=paid.our_reference) == first
    assert found(word=open_one.provider_ref or "") == second
    assert found(word=paid.settle_ref or "") == first
    assert found(provider="MVOLA") == set()
    assert "Aucun paiement ne correspond" in text_of(browser.get(LIST, {"provider": "MVOLA"}))


def test_one_payment_with_its_story(mvola: Bank, amina: User, mod: User, desk: Desk) -> None:
    payment = sent_payment(amina, make=push_payment)
    mvola.pay(payment).money = Money(1, "MGA")
    browser = desk(mod)
    asked = browser.post(f"{page(payment)}ask/", follow=True)
    assert "Le prestataire a été interrogé" in text_of(asked)
    text = text_of(browser.get(page(payment)))
    for words in ("CREATED", "CREATED → SUBMITTED", "SUBMITTED → PENDING", "differs: AMOUNT", "AMOUNT", "+261 34 •• ••• 03"):
        assert words in text, words
    assert NUMBER not in text
    assert 'name="amount"' not in text  # there is nothing to give back


def test_asking_now_settles(bank: Bank, amina: User, mod: User, desk: Desk) -> None:
    payment = sent_payment(amina, now=timezone.now())
    bank.pay(payment)
    desk(mod).post(f"{page(payment)}ask/")
    assert reload(payment).state == "SUCCEEDED"
    assert desk(mod).get(f"{page(payment)}ask/").status_code == 405


def test_nobody_edits_a_payment(bank: Bank, amina: User, mod: User, desk: Desk) -> None:
    payment = paid_payment(bank, amina)
    browser = desk(mod)
    for path in (
        f"/admin/billing/payment/{payment.pk}/change/",
        f"/admin/billing/payment/{payment.pk}/delete/",
        "/admin/billing/payment/add/",
    ):
        assert browser.post(path, {"state": "FAILED", "amount_minor": "1"}).status_code == 403
    assert reload(payment).state == "SUCCEEDED"


# ---- Refunds ---------------------------------------------------------------------------------------------------------------------------
def ask(browser: Client, payment: Payment, amount: str, **fields: str) -> Any:
    given = {"amount": amount, "reason": "GOODWILL", "channel": "", "note": "une explication"} | fields
    return browser.post(f"{page(payment)}refund/", given, follow=True)


def test_a_small_refund_goes_at_once(bank: Bank, amina: User, mod: User, desk: Desk) -> None:
    payment = paid_payment(bank, amina)
    assert "Remboursement en route." in text_of(ask(desk(mod), payment, "2,50"))
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.state, refund.requested_by, refund.note) == (250, "APPROVED", mod, "une explication")


@pytest.mark.parametrize(
    ("amount", "fields", "words"),
    [
        ("5,00", {}, "Cette somme dépasse ce qui reste à rendre"),
        ("0", {}, "Cette somme dépasse ce qui reste à rendre"),
        ("1,999", {}, "Écrivez une somme dans la monnaie du paiement"),
        ("1e3", {}, "Écrivez une somme dans la monnaie du paiement"),
        ("NaN", {}, "Écrivez une somme dans la monnaie du paiement"),
        ("2,50", {"note": ""}, "Ce champ est obligatoire"),
        ("2,50", {"reason": "BRIBE"}, "Sélectionnez un choix valide"),
    ],
)
def test_refunds_that_are_refused(bank: Bank, amina: User, mod: User, desk: Desk, amount: str, fields: dict[str, str], words: str) -> None:
    payment = paid_payment(bank, amina)
    answer = ask(desk(mod), payment, amount, **fields)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert f'value="{amount}"' in text_of(answer)  # what was typed stays
    assert not Refund.objects.exists()


def test_two_people_for_a_large_one(bank: Bank, amina: User, mod: User, other_mod: User, desk: Desk) -> None:
    payment = paid_payment(bank, amina, money=Money(60_00, "EUR"))
    assert "Une autre personne doit donner son accord." in text_of(ask(desk(mod), payment, "60,00"))
    refund = Refund.objects.get()
    assert "Vous l’avez demandé" in text_of(desk(mod).get(REFUNDS))
    assert "Une autre personne de l’équipe doit le faire" in text_of(deed(desk(mod), refund, "approve"))
    assert "Accord donné." in text_of(deed(desk(other_mod), refund, "approve"))
    refund.refresh_from_db()
    assert (refund.state, refund.approved_by) == ("APPROVED", other_mod)


def test_a_payout_by_hand_from_one_end_to_the_other(mvola: Bank, amina: User, mod: User, other_mod: User, desk: Desk) -> None:
    payment = paid_payment(mvola, amina, make=push_payment)
    ask(desk(mod), payment, "20 000")
    refund = Refund.objects.get()
    assert (refund.channel, refund.state) == ("MANUAL", "REQUESTED")
    deed(desk(other_mod), refund, "approve")
    assert NUMBER in text_of(desk(mod).get(REFUNDS))  # whoever sends it must know where to
    assert "Écrivez la référence de l’opérateur" in text_of(deed(desk(mod), refund, "send", "x"))
    assert "Envoi noté." in text_of(deed(desk(mod), refund, "send", "MV-2026-77"))
    waiting = text_of(desk(mod).get(REFUNDS))
    assert "MV-2026-77" in waiting
    assert "Vous l’avez envoyé : une autre personne doit le confirmer." in waiting
    assert "Une autre personne de l’équipe doit le faire" in text_of(deed(desk(mod), refund, "confirm"))
    assert "écrit dans le grand livre" in text_of(deed(desk(other_mod), refund, "confirm"))
    refund.refresh_from_db()
    assert refund.state == "SUCCEEDED"
    assert is_proven()


def test_a_payout_that_the_operator_does_not_show(mvola: Bank, amina: User, mod: User, other_mod: User, desk: Desk) -> None:
    payment = paid_payment(mvola, amina, make=push_payment)
    ask(desk(mod), payment, "20000")
    refund = Refund.objects.get()
    deed(desk(other_mod), refund, "approve")
    deed(desk(mod), refund, "send", "MV-2026-77")
    assert "Dites pourquoi." in text_of(deed(desk(other_mod), refund, "deny"))
    assert "attend de nouveau" in text_of(deed(desk(other_mod), refund, "deny", "pas dans la liste"))
    refund.refresh_from_db()
    assert (refund.state, refund.operator_reference) == ("APPROVED", None)


def test_refusing_says_why(bank: Bank, amina: User, mod: User, other_mod: User, desk: Desk) -> None:
    payment = paid_payment(bank, amina, money=Money(60_00, "EUR"))
    ask(desk(mod), payment, "60")
    refund = Refund.objects.get()
    assert "Dites pourquoi." in text_of(deed(desk(other_mod), refund, "reject"))
    assert "Remboursement refusé." in text_of(deed(desk(other_mod), refund, "reject", "payé en espèces"))
    assert "payé en espèces" in text_of(desk(mod).get(page(payment)))


def test_a_payer_of_the_team_decides_nothing_of_their_own(bank: Bank, mod: User, other_mod: User, desk: Desk) -> None:
    payment = paid_payment(bank, mod, money=Money(60_00, "EUR"))
    ask(desk(other_mod), payment, "60")
    refund = Refund.objects.get()
    assert "il vous concerne" in text_of(deed(desk(mod), refund, "approve"))
    refund.refresh_from_db()
    assert refund.state == "REQUESTED"


def test_orange_s_payer_is_found_by_the_settlement(install: Install, amina: User, mod: User, other_mod: User, desk: Desk) -> None:
    orange = install("ORANGE", repeatable=False, refunds="NONE", payee="")
    payment = paid_payment(orange, amina, provider="ORANGE", money=Money(20_000, "MGA"))
    ask(desk(mod), payment, "20000")
    deed(desk(other_mod), Refund.objects.get(), "approve")
    text = text_of(desk(mod).get(REFUNDS))
    assert "L’opérateur ne nous dit pas le numéro" in text
    assert str(payment.settle_ref) in text


def test_unknown_refunds_are_shown(install: Install, amina: User, mod: User, desk: Desk) -> None:
    from billing.services.refunds import request_refund, submit_refund

    airtel = install("AIRTEL", rings=True, repeatable=False, refunds="FULL", payee="")
    payment = paid_payment(airtel, amina, make=push_payment, provider="AIRTEL")
    airtel.next_refunds.append(lost_refund(airtel))
    refund = request_refund(payment_id=payment.pk, money=payment.money, reason="FAULT", by=None, now=NOW)
    submit_refund(refund_id=refund.pk, now=NOW)
    assert payment.our_reference in text_of(desk(mod).get(REFUNDS)).split("Issue inconnue chez le prestataire")[1]


@pytest.mark.parametrize("name", ["settle", "succeed", "approve-all"])
def test_deeds_that_are_none(bank: Bank, amina: User, mod: User, desk: Desk, name: str) -> None:
    payment = paid_payment(bank, amina)
    ask(desk(mod), payment, "1,00")
    assert desk(mod).post(f"{REFUNDS}{Refund.objects.get().public_id}/{name}/").status_code == 404


# ---- Disputes and events ---------------------------------------------------------------------------------------------------------------
def test_disputes_and_their_day(bank: Bank, amina: User, mod: User, desk: Desk) -> None:
    payment = paid_payment(bank, amina)
    assert "Aucune contestation." in text_of(desk(mod).get("/admin/billing/disputes/"))
    for number, status in (("dp_later", "OPEN"), ("dp_lost", "LOST"), ("dp_soon", "OPEN")):
        record_dispute(
            payment_id=payment.pk,
            provider_ref=number,
            money=Money(100, "EUR"),
            status=status,
            funds_withdrawn=False,
            evidence_due_at=after(days=2 if number == "dp_soon" else 9),
            now=NOW,
        )
    text = text_of(desk(mod).get("/admin/billing/disputes/"))
    assert text.index("dp_soon") < text.index("dp_later") < text.index("dp_lost")
    assert "ne sanctionne jamais" in text


def test_events_are_shown_without_their_bodies(bank: Bank, amina: User, mod: User, desk: Desk) -> None:
    payment = sent_payment(amina)
    body = event(payment, msisdn="+261340000003")
    Client().post("/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": "good"})
    kept = ProviderEvent.objects.get()
    text = text_of(desk(mod).get(f"/admin/billing/providerevent/{kept.pk}/change/"))
    assert kept.raw_sha256 in text
    assert "261340000003" not in text


def test_the_desk_costs_the_same_for_one_and_for_three(bank: Bank, amina: User, mod: User, desk: Desk) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser, counts = desk(mod), []
    browser.get(LIST)
    for number in range(3):
        paid_payment(bank, amina, subject_key=f"s{number}")
        with CaptureQueriesContext(connection) as seen:
            browser.get(LIST)
        counts.append(len(seen))
    assert counts[0] == counts[2]
