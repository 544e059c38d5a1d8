"""What of payments goes after thirteen months, and what stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from billing.models import Payment, ProviderEvent
from billing.services.purge import SHELVES
from billing.tests.bank import SIGNATURE, Bank, event
from billing.tests.payments.factories import NOW, NUMBER, is_proven, paid_payment, push_payment, reload, sent_payment
from core.purging import empty

pytestmark = pytest.mark.django_db
THIRTEEN_MONTHS = timedelta(days=395)


def purge(code: str, *, before: datetime) -> int:
    shelf = SHELVES[code][0]
    return empty(shelf, now=NOW, before=before)


def test_bodies_go_and_their_hash_stays(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina)
    Client().post(
        "/webhooks/stripe/", event(payment), content_type="application/json", headers={"Stripe-Signature": SIGNATURE["Stripe-Signature"]}
    )
    kept = ProviderEvent.objects.get()
    assert purge("PROVIDER_EVENT", before=kept.received_at - timedelta(seconds=1)) == 0
    assert purge("PROVIDER_EVENT", before=kept.received_at) == 1
    assert purge("PROVIDER_EVENT", before=kept.received_at) == 0
    gone = ProviderEvent.objects.get()
    assert (gone.raw, gone.raw_sha256, gone.event_id) == (None, kept.raw_sha256, "evt_1")


def test_numbers_go_and_the_books_stay(mvola: Bank, amina: User) -> None:
    payment = paid_payment(mvola, amina, make=push_payment)
    assert purge("PAYMENT_NUMBER", before=NOW - timedelta(seconds=1)) == 0
    assert purge("PAYMENT_NUMBER", before=NOW) == 1
    found = reload(payment)
    assert (found.payer_msisdn, found.msisdn_hash, found.redirect_url, found.provider_secret) == (None, "", None, None)
    assert (found.state, found.money, found.our_reference) == ("SUCCEEDED", payment.money, payment.our_reference)
    assert is_proven()


def test_what_nobody_knows_the_end_of_keeps_what_asking_needs(mvola: Bank, amina: User) -> None:
    payment = sent_payment(amina, make=push_payment, msisdn=NUMBER)
    assert payment.state == "PENDING"
    assert purge("PAYMENT_NUMBER", before=NOW + THIRTEEN_MONTHS) == 0
    Payment.objects.filter(pk=payment.pk).update(state="FAILED")
    assert purge("PAYMENT_NUMBER", before=NOW + THIRTEEN_MONTHS) == 1
