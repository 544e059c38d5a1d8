"""The doors at which providers knock: what is kept, what is refused, and that nothing in an event is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.models import LedgerTransaction, Payment, ProviderEvent
from billing.providers.base import PushSent, Unclear
from billing.services.inbox import MAX_BYTES, process_event
from billing.services.payments import settle_payment
from billing.tests.bank import SIGNATURE, Bank, Charge, event
from billing.tests.payments.conftest import Install
from billing.tests.payments.factories import is_proven, push_payment, reload, sent_payment
from core.models import OutboxEvent
from notifications.tests.factories import deliver_all

pytestmark = pytest.mark.django_db


def knock(path: str, body: bytes, *, method: str = "post", **headers: str) -> int:
    """A provider's request; its status."""
    given = {name: value for name, value in {**SIGNATURE, **headers}.items() if name != "Content-Type"}
    answer = Client(enforce_csrf_checks=True, headers=given).generic(method.upper(), path, body, content_type="application/json")
    return int(answer.status_code)


def at_once(payer: User, **fields: Any) -> Payment:
    """Sent now, since the outbox keeps the clock of the machine."""
    return sent_payment(payer, now=timezone.now(), **fields)


def test_an_event_is_kept_sealed_and_followed(bank: Bank, amina: User) -> None:
    payment = at_once(amina)
    bank.pay(payment)
    bank.calls.clear()
    assert knock("/webhooks/stripe/", event(payment, msisdn="+261340000003")) == 200
    kept = ProviderEvent.objects.get()
    assert (kept.state, bank.calls, reload(payment).state) == ("RECEIVED", [], "PENDING")  # nobody was asked yet
    assert b"261340000003" not in bytes(kept.raw or b"")
    assert "261340000003" not in json.dumps([kept.hint, kept.headers])
    assert kept.headers == {"content-type": "application/json", "stripe-signature": "good"}
    deliver_all()
    kept.refresh_from_db()
    assert (kept.state, kept.payment_id, kept.attempts) == ("PROCESSED", payment.pk, 1)
    assert reload(payment).state == "SUCCEEDED"
    assert is_proven()


def test_what_an_event_says_is_not_believed(bank: Bank, amina: User) -> None:
    """Paid, it says; the provider, asked, does not."""
    payment = at_once(amina)
    knock("/webhooks/stripe/", event(payment, kind="checkout.session.completed", status="paid", amount="499"))
    deliver_all()
    assert reload(payment).state == "PENDING"
    assert ProviderEvent.objects.get().state == "PROCESSED"
    assert not LedgerTransaction.objects.exists()


def test_an_event_of_failure_does_not_fail_what_was_paid(bank: Bank, amina: User) -> None:
    payment = at_once(amina)
    bank.pay(payment)
    knock("/webhooks/stripe/", event(payment, kind="payment_intent.payment_failed"))
    deliver_all()
    assert reload(payment).state == "SUCCEEDED"


def test_the_same_event_again(bank: Bank, amina: User) -> None:
    payment = at_once(amina)
    bank.pay(payment)
    for _time in range(3):
        assert knock("/webhooks/stripe/", event(payment)) == 200
    deliver_all()
    assert (ProviderEvent.objects.count(), bank.count("fetch")) == (1, 1)
    process_event(event_id=ProviderEvent.objects.get().pk, now=timezone.now())
    assert bank.count("fetch") == 1


def test_ids_that_differ_by_case_are_two(bank: Bank, amina: User) -> None:
    payment = at_once(amina)
    knock("/webhooks/stripe/", event(payment, key="evt_a"))
    knock("/webhooks/stripe/", event(payment, key="evt_A"))
    assert ProviderEvent.objects.count() == 2


def test_one_id_of_two_providers_is_two(bank: Bank, install: Install, amina: User) -> None:
    install("AIRTEL")
    payment = at_once(amina)
    assert [knock(f"/webhooks/{name}/", event(payment)) for name in ("stripe", "airtel")] == [200, 200]
    deliver_all()
    assert dict(ProviderEvent.objects.values_list("provider", "state")) == {"STRIPE": "PROCESSED", "AIRTEL": "IGNORED"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b"", {}, 400),
        (b"\xff\xfe", {}, 400),
        (b"[" * 100_000, {}, 400),
        (b"{}", {"Stripe-Signature": "forged"}, 400),
        (b"{}", {"Stripe-Signature": ""}, 400),
        (b" " * (MAX_BYTES + 1), {}, 413),
    ],
    ids=["broken", "list", "empty", "bytes", "deep", "forged", "unsigned", "huge"],
)
def test_bad_bodies(bank: Bank, body: bytes, headers: dict[str, str], status: int) -> None:
    assert knock("/webhooks/stripe/", body, **headers) == status
    assert not ProviderEvent.objects.exists()


def test_the_largest_body_is_taken(bank: Bank) -> None:
    body = json.dumps({"id": "evt_big", "fill": ""})
    full = body.replace('"fill": ""', f'"fill": "{"x" * (MAX_BYTES - len(body))}"').encode()
    assert len(full) == MAX_BYTES
    assert knock("/webhooks/stripe/", full) == 200


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_wrong_methods(bank: Bank, method: str) -> None:
    assert knock("/webhooks/stripe/", b"{}", method=method) == 405


def test_a_provider_without_keys_has_no_door(bank: Bank) -> None:
    assert knock("/webhooks/paypal/", b"{}") == 404


@pytest.mark.parametrize("what", [{"ref": "NOBODYKNOWSTHISNAME0"}, {"name": "STRIPE-nothing"}, {}], ids=["ours", "theirs", "none"])
def test_what_names_nothing_of_ours_is_ignored(bank: Bank, what: dict[str, str]) -> None:
    assert knock("/webhooks/stripe/", json.dumps({"id": "evt_1", **what}).encode()) == 200
    deliver_all()
    assert (ProviderEvent.objects.get().state, bank.calls) == ("IGNORED", [])


def test_an_event_for_a_payment_of_another_provider(bank: Bank, install: Install, amina: User) -> None:
    airtel = install("AIRTEL", rings=True)
    payment = at_once(amina)
    bank.pay(payment)
    assert knock("/webhooks/airtel/", event(payment)) == 200
    deliver_all()
    assert (ProviderEvent.objects.get().state, airtel.calls, reload(payment).state) == ("IGNORED", [], "PENDING")


def test_another_version_waits_for_a_person(install: Install, amina: User, mod: User) -> None:
    bank = install(api_version="2026-08-26.dahlia")
    payment = at_once(amina)
    bank.pay(payment)
    for key in ("evt_1", "evt_2"):
        assert knock("/webhooks/stripe/", event(payment, key=key, version="2026-10-28.endive")) == 200
    deliver_all()
    assert {one.state for one in ProviderEvent.objects.all()} == {"WRONG_VERSION"}
    assert reload(payment).state == "PENDING"
    assert mod.notifications.get().args == {"what": "WRONG_VERSION", "ref": "STRIPE 2026-10-28.endive"}
    assert knock("/webhooks/stripe/", event(payment, key="evt_3", version="2026-08-26.dahlia")) == 200
    deliver_all()
    assert reload(payment).state == "SUCCEEDED"


def test_what_fails_is_tried_again_and_shows(bank: Bank, amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = at_once(amina)
    bank.pay(payment)
    knock("/webhooks/stripe/", event(payment))
    from billing.services import inbox

    real = settle_payment

    def fail(**_given: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(inbox, "settle_payment", fail)
    deliver_all()
    found = ProviderEvent.objects.get()
    assert (found.state, found.last_error, found.attempts) == ("FAILED", "RuntimeError", 1)
    monkeypatch.setattr(inbox, "settle_payment", real)
    OutboxEvent.objects.filter(event="billing.EventReceived").update(due_at=timezone.now())
    deliver_all()
    found.refresh_from_db()
    assert (found.state, found.last_error, found.attempts, reload(payment).state) == ("PROCESSED", "", 2, "SUCCEEDED")


# ---- Addresses that name a payment -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["put", "post"])
def test_mvola_s_callback_brings_the_name_that_was_lost(mvola: Bank, amina: User, method: str) -> None:
    def lost(payment: Payment) -> Unclear:
        mvola.take_on(payment)
        return Unclear("connection lost")

    mvola.next_starts.append(lost)
    payment = at_once(amina, make=push_payment)
    assert (payment.state, payment.provider_ref) == ("UNKNOWN", None)
    mvola.pay(payment)
    body = json.dumps({"name": f"MVOLA-{payment.our_reference}"}).encode()
    assert knock(f"/webhooks/mvola/{payment.callback_token}/", body, method=method) == 200
    deliver_all()
    found = reload(payment)
    assert (found.state, found.provider_ref) == ("SUCCEEDED", f"MVOLA-{payment.our_reference}")
    assert mvola.count("start") == 1
    assert is_proven()


def test_a_callback_with_another_s_name_is_not_believed(mvola: Bank, amina: User, ben: User, mod: User) -> None:
    paid = at_once(ben, make=push_payment, msisdn="+261340000009")
    mvola.pay(paid)
    mvola.next_starts.append(Unclear("reset"))
    payment = at_once(amina, make=push_payment)
    body = json.dumps({"name": paid.provider_ref}).encode()
    assert knock(f"/webhooks/mvola/{payment.callback_token}/", body, method="put") == 200
    deliver_all()
    found = reload(payment)
    assert (found.state, found.provider_ref, found.flag) == ("UNKNOWN", None, "REFERENCE")
    assert mod.notifications.filter(args__ref=payment.our_reference).exists()


def test_a_forged_name_of_a_stranger_s_payment_credits_nothing(mvola: Bank, amina: User) -> None:
    """The name exists at the operator, paid to another merchant by another telephone."""
    mvola.payee = "+261340000001"
    mvola.next_starts.append(Unclear("reset"))
    payment = at_once(amina, make=push_payment)
    charge = mvola.charges[payment.our_reference] = Charge(payment.our_reference, "corr-stranger", payment.money, "")
    charge.state, charge.settle_ref, charge.payee, charge.payer = "SUCCEEDED", "MV9", "+261340000066", "+261340000077"
    knock(f"/webhooks/mvola/{payment.callback_token}/", json.dumps({"name": charge.name}).encode(), method="put")
    deliver_all()
    assert (reload(payment).state, reload(payment).flag) == ("UNKNOWN", "PAYEE,PAYER")
    assert not LedgerTransaction.objects.exists()


@pytest.mark.parametrize("token", ["x", "0" * 43, "..", "%00"])
def test_an_address_of_nobody(mvola: Bank, amina: User, token: str) -> None:
    at_once(amina, make=push_payment)
    assert knock(f"/webhooks/mvola/{token}/", b"{}", method="put") == 404
    assert not ProviderEvent.objects.exists()


def test_a_token_opens_the_door_of_its_own_provider_alone(mvola: Bank, install: Install, amina: User) -> None:
    install("ORANGE")
    payment = at_once(amina, make=push_payment)
    assert knock(f"/webhooks/orange/{payment.callback_token}/", b"{}") == 404


def test_a_token_differs_by_case(mvola: Bank, amina: User) -> None:
    payment = at_once(amina, make=push_payment)
    assert knock(f"/webhooks/mvola/{payment.callback_token.swapcase()}/", b"{}", method="put") == 404


def test_without_an_id_the_address_and_the_body_are_one(mvola: Bank, amina: User, ben: User) -> None:
    first, second = at_once(amina, make=push_payment), at_once(ben, make=push_payment, msisdn="+261340000009")
    for payment in (first, first, second):
        knock(f"/webhooks/mvola/{payment.callback_token}/", b'{"kind": "completed"}', method="put")
    assert list(ProviderEvent.objects.order_by("pk").values_list("payment_id", flat=True)) == [first.pk, second.pk]


def test_a_callback_before_the_reply(mvola: Bank, amina: User) -> None:
    """The telephone was quicker than the connection: the payment is still being sent when the callback is followed."""

    def early(payment: Payment) -> PushSent:
        sent = mvola.take_on(payment)
        assert isinstance(sent, PushSent)
        mvola.pay(payment)
        body = json.dumps({"name": sent.provider_ref}).encode()
        assert knock(f"/webhooks/mvola/{payment.callback_token}/", body, method="put") == 200
        deliver_all()
        return sent

    mvola.next_starts.append(early)
    payment = at_once(amina, make=push_payment)
    assert payment.state == "PENDING"
    from datetime import timedelta

    from billing.services import janitor

    janitor.make_round(now=timezone.now() + timedelta(seconds=6))
    assert reload(payment).state == "SUCCEEDED"
    assert is_proven()


def test_orange_s_own_token_is_compared(install: Install, amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever learns the address alone cannot even make the house ask."""
    from billing.providers.base import Redirect

    orange = install("ORANGE", repeatable=False, finds=False, payee="")
    secret = json.dumps({"order_id": "o", "pay_token": "p", "notif_token": "right"})
    orange.next_starts.append(lambda payment: Redirect("https://bank.example/o", "order-1", secret=secret))
    payment = at_once(amina, provider="ORANGE")
    from billing.providers.orange import OrangeMoney

    monkeypatch.setattr(orange, "parse_event", OrangeMoney().parse_event)
    for token, state in (("wrong", "REFUSED"), ("right", "PROCESSED")):
        body = json.dumps({"status": "SUCCESS", "notif_token": token, "txnid": "MP1"}).encode()
        assert knock(f"/webhooks/orange/{payment.callback_token}/", body) == 200
        deliver_all()
        assert ProviderEvent.objects.order_by("-pk")[0].state == state
    assert orange.count("fetch") == 1


def test_the_answer_is_quick(bank: Bank, amina: User, django_assert_num_queries: Any) -> None:
    payment = at_once(amina)
    client = Client()
    client.post("/webhooks/stripe/", event(payment, key="evt_0"), content_type="application/json", headers={"Stripe-Signature": "good"})
    with django_assert_num_queries(4):  # begin, the event, its delivery, end: whatever the number of events before
        client.post("/webhooks/stripe/", event(payment), content_type="application/json", headers={"Stripe-Signature": "good"})
