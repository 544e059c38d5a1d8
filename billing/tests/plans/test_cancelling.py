"""« Résilier votre contrat »: three clicks, no account, no offer in between, a letter; and never the contract of somebody else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.deadlines import add_interval
from billing.enums import Interval, LetterKind, RequestState
from billing.models import ContractLetter, ContractRequest, PlanOrder, Refund, Subscription
from billing.queries.entitlements import get_entitlement
from billing.queries.subscriptions import find_subscription
from billing.services.cancelling import apply_cancellations, cancel_contract, preview_cancellation
from billing.services.contracts import NothingToSettle, settle_request
from billing.services.purge import SHELVES
from billing.services.reminding import announce_renewals, end_subscriptions, remind_subscribers
from billing.services.subscriptions import sync_provider_subscription
from billing.services.writing import read_letter, send_letter
from billing.tests.plans.selling import DAY, NOON, Notification, order, paid_payment, price_of, subscribe, tell
from core import outbox
from core.models import AuditEntry, OutboxEvent
from core.money import Money
from core.purging import Spared, empty
from core.relay import pump

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
YEAR_END = NOON.replace(year=2027)


def renewing(user: User, interval: str = Interval.MONTH, *, end: datetime | None = None, now: datetime = NOON) -> Subscription:
    """A subscription that a provider renews."""
    return sync_provider_subscription(
        user_id=user.pk,
        price_id=price_of(interval).pk,
        provider="STRIPE",
        provider_ref="sub_1",
        state="active",
        period_end=end or add_interval(NOON, interval),
        cancel_at_period_end=False,
        now=now,
    )


def stops() -> list[dict[str, object]]:
    return list(OutboxEvent.objects.filter(event="billing.SubscriptionStopped").order_by("pk").values_list("payload", flat=True))


# ---- What it does ---------------------------------------------------------------------------------------------------------------
def test_paid_in_advance_it_runs_to_its_end_and_is_not_reminded_of(amina: User) -> None:
    made = subscribe(amina)
    request = cancel_contract(told=tell(amina, reference=made.reference), now=NOON + DAY)
    row = Subscription.objects.get()
    assert (request.state, request.ends_at, request.refund) == (RequestState.DONE, made.period_end, None)
    assert (row.cancel_at_period_end, row.canceled_at, stops()) == (True, NOON + DAY, [])
    assert made.period_end is not None
    assert remind_subscribers(now=made.period_end - DAY) == 0
    assert get_entitlement(amina, "THEMES", made.period_end - DAY) == 1
    assert end_subscriptions(now=made.period_end) == 1  # whoever left has no days of grace to wait for


def test_what_a_provider_renews_is_stopped_there(amina: User) -> None:
    row = renewing(amina)
    request = cancel_contract(told=tell(amina), now=NOON)
    row.refresh_from_db()
    assert (request.ends_at, row.cancel_at_period_end) == (row.period_end, True)
    assert stops() == [{"subscription_id": row.pk, "at_once": False}]
    cancel_contract(told=tell(amina), now=NOON + DAY)
    assert len(stops()) == 1


def test_without_an_account_by_number_and_address(amina: User) -> None:
    made = subscribe(amina)
    assert cancel_contract(told=tell(reference=made.reference, email="Amina@Example.org"), now=NOON).state == RequestState.DONE


def test_the_same_form_twice_is_one_request(amina: User) -> None:
    subscribe(amina)
    told = tell(amina)
    assert cancel_contract(told=told, now=NOON).pk == cancel_contract(told=told, now=NOON).pk
    assert (ContractRequest.objects.count(), ContractLetter.objects.filter(kind="CANCELLATION").count()) == (1, 1)


def test_a_later_day_is_kept_and_counts_in_its_period(amina: User) -> None:
    row = renewing(amina)
    wished = date(2027, 2, 10)
    request = cancel_contract(told=tell(amina, wished_on=wished), now=NOON)
    assert (request.state, request.ends_at, stops()) == (RequestState.SCHEDULED, None, [])
    assert apply_cancellations(now=NOON) == 0
    renewing(amina, end=datetime.fromisoformat("2027-01-23T12:00:00+00:00"), now=NOON + 31 * DAY)
    assert apply_cancellations(now=NOON + 31 * DAY) == 0
    renewing(amina, end=datetime.fromisoformat("2027-02-23T12:00:00+00:00"), now=NOON + 62 * DAY)
    assert apply_cancellations(now=NOON + 62 * DAY) == 1
    assert apply_cancellations(now=NOON + 62 * DAY) == 0
    assert stops() == [{"subscription_id": row.pk, "at_once": False}]


def test_a_day_within_the_period_means_its_end(amina: User) -> None:
    row = renewing(amina)
    assert cancel_contract(told=tell(amina, wished_on=date(2026, 12, 1)), now=NOON).ends_at == row.period_end


def test_a_contract_that_is_over_is_said_to_be(amina: User, mod: User) -> None:
    made = subscribe(amina)
    assert made.period_end is not None
    over = made.period_end + 3 * DAY
    end_subscriptions(now=over)
    request = cancel_contract(told=tell(amina, reference=made.reference), now=over + DAY)
    assert (request.state, request.ends_at) == (RequestState.DONE, over)
    assert not Notification.objects.filter(user=mod).exists()


# ---- Renewed without a notice -----------------------------------------------------------------------------------------------------
def renewed(user: User) -> Subscription:
    """A yearly one in the second year, its renewal paid."""
    row = renewing(user, Interval.YEAR)
    paid_payment(order_of(user), provider="STRIPE", now=YEAR_END, amount_minor=4990)
    row = renewing(user, Interval.YEAR, end=YEAR_END.replace(year=2028), now=YEAR_END)
    Subscription.objects.filter(pk=row.pk).update(created_at=NOON)
    row.refresh_from_db()
    return row


def order_of(user: User) -> PlanOrder:
    Subscription.objects.update(open_key=None)
    made = order(user, price_of(Interval.YEAR))
    Subscription.objects.update(open_key=str(user.pk))
    return made


def test_who_was_not_told_of_the_renewal_leaves_at_once_and_is_paid_back(amina: User) -> None:
    row = renewed(amina)
    at = row.period_start + (row.period_end - row.period_start) / 2
    ending = preview_cancellation(told=tell(amina), now=at)
    assert (ending.ends_at, ending.refund) == (at, Money(2495, "EUR"))
    request = cancel_contract(told=tell(amina), now=at)
    assert (request.refund, Refund.objects.get().amount_minor) == (Money(2495, "EUR"), 2495)
    assert stops() == [{"subscription_id": row.pk, "at_once": True}]
    assert find_subscription(user=amina) is None
    assert get_entitlement(amina, "THEMES", at) == 0


def test_who_was_told_stays_to_the_end(amina: User) -> None:
    row = renewing(amina, Interval.YEAR)
    assert announce_renewals(now=YEAR_END - 60 * DAY) == 1
    letter = ContractLetter.objects.get(kind=LetterKind.RENEWAL)
    send_letter(letter_id=letter.pk, now=YEAR_END - 60 * DAY)
    renewed(amina)
    row.refresh_from_db()
    ending = preview_cancellation(told=tell(amina), now=YEAR_END + 100 * DAY)
    assert (ending.ends_at, ending.refund) == (row.period_end, None)
    ContractLetter.objects.update(bounced_at=NOON)  # it came back: not received
    assert preview_cancellation(told=tell(amina), now=YEAR_END + 100 * DAY).refund is not None


# ---- What is not found ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("email", ["carol@example.org", ""])
def test_with_a_number_alone_nobody_ends_anothers_contract(amina: User, carol: User, email: str) -> None:
    made = subscribe(amina)
    for user in (None, carol):
        told = tell(user, reference=made.reference, email=email, address="Lot II, Antananarivo")
        assert preview_cancellation(told=told, now=NOON).subscription is None
        assert cancel_contract(told=told, now=NOON).state == RequestState.UNMATCHED
    assert Subscription.objects.get().cancel_at_period_end is False


def test_by_post_no_letter_leaves_by_mail_and_the_team_is_told(amina: User, mod: User) -> None:
    cancel_contract(told=tell(address="Lot II, Antananarivo"), now=NOON)
    assert ContractLetter.objects.count() == 0
    assert Notification.objects.get(user=mod).args["what"] == "CONTRACT_UNMATCHED"


def test_the_team_settles_it_with_words_once(amina: User, mod: User) -> None:
    request = cancel_contract(told=tell(address="Lot II"), now=NOON)
    with pytest.raises(ValueError, match="words"):
        settle_request(request=request, by=mod, note=" \u200b ", now=NOON)
    settle_request(request=request, by=mod, note="Retrouvé : contrat ABC, résilié.", now=NOON + DAY)
    request.refresh_from_db()
    assert (request.state, request.settled_by, request.note) == (RequestState.SETTLED, mod, "Retrouvé : contrat ABC, résilié.")
    entry = AuditEntry.objects.get(action="billing.request.settle")
    assert (entry.object_ref, entry.reason) == (request.public_id, request.note)
    with pytest.raises(NothingToSettle):
        settle_request(request=request, by=mod, note="Encore", now=NOON)


# ---- The letter and the pages -----------------------------------------------------------------------------------------------------
def test_the_letter_says_the_end_and_what_follows(amina: User) -> None:
    made = subscribe(amina)
    cancel_contract(told=tell(amina, reference=made.reference), now=NOON)
    letter = ContractLetter.objects.get(kind=LetterKind.CANCELLATION)
    text = read_letter(letter)
    for words in ("23 novembre 2026, 12:00:00", "Le contrat prend fin le 23 décembre 2026", "formule gratuite", made.reference):
        assert words in text


def form(**fields: str) -> dict[str, str]:
    return {"name": "Amina", "email": "", "address": "", "reference": "", "wished_on": "", "client_key": str(uuid.uuid4())} | fields


def test_three_clicks_without_logging_in(amina: User, client: Client) -> None:
    made = subscribe(amina, now=timezone.now())
    assert 'href="/money/cancel/"' in client.get("/rules/").content.decode()  # 1
    filled = form(reference=made.reference, email="amina@example.org")
    recap = client.post("/money/cancel/", filled)  # 2
    page = recap.content.decode()
    assert (recap.status_code, "Notification de la résiliation" in page, "/money/premium/" in page.split("<footer")[0]) == (
        200,
        True,
        False,
    )
    done = client.post("/money/cancel/", filled | {"step": "confirm"})  # 3
    assert "Votre résiliation est reçue" in client.get(done["Location"]).content.decode()
    assert Subscription.objects.get().cancel_at_period_end
    pump(outbox.deliver)
    assert any("résiliation" in sent.subject for sent in mail.outbox)


def test_logged_in_the_form_is_filled(amina: User, as_: LogIn) -> None:
    made = subscribe(amina, now=timezone.now())
    page = as_(amina).get("/money/cancel/").content.decode()
    for value in (made.reference, "amina@example.org", "Amina"):
        assert f'value="{value}"' in page


def test_nobody_learns_from_the_form_whether_a_contract_is_there(amina: User, client: Client) -> None:
    made = subscribe(amina, now=timezone.now())
    pages = []
    for reference in (made.reference, "ABCDE23456"):
        answer = client.post("/money/cancel/", form(reference=reference, email="carol@example.org", client_key=str(uuid.UUID(int=7))))
        pages.append(answer.content.decode().replace(reference, "REFERENCE").split("csrfmiddlewaretoken")[0])
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"wished_on": "2020-01-01"}, "Cette date est passée"),
        ({"wished_on": "2099-01-01"}, "trop loin"),
        ({"wished_on": "demain"}, "Écrivez une date"),
        ({"name": ""}, "Dites qui vous êtes."),
        ({"email": "", "address": ""}, "électronique ou postale"),
        ({"address": "x" * 301}, "300 caractères au plus"),
    ],
)
def test_bad_input_is_told_and_nothing_is_kept(client: Client, shop: None, fields: dict[str, str], words: str) -> None:
    answer = client.post("/money/cancel/", form(**({"email": "a@example.org"} | fields)) | {"step": "confirm"})
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert ContractRequest.objects.count() == 0


def test_too_many_forms_from_one_place_wait(client: Client, shop: None) -> None:
    for _number in range(10):
        client.post("/money/cancel/", form(email="a@example.org"))
    answer = client.post("/money/cancel/", form(email="a@example.org"))
    assert (answer.status_code, int(answer["Retry-After"]) > 0, "Trop d’essais" in answer.content.decode()) == (429, True, True)


def test_a_form_from_elsewhere_is_not_taken(shop: None) -> None:
    assert Client(enforce_csrf_checks=True).post("/money/cancel/", form(email="a@example.org")).status_code == 403


# ---- Kept for five years --------------------------------------------------------------------------------------------------------
def test_papers_of_a_contract_go_when_their_years_are_over(amina: User) -> None:
    cancel_contract(told=tell(amina, reference=subscribe(amina).reference), now=NOON)
    letters, requests = SHELVES["CONTRACT_PAPER"]
    assert [empty(shelf, now=NOON, before=NOON - DAY) for shelf in (letters, requests)] == [0, 0]
    held = Spared(owners=[amina.pk])
    assert [shelf.list_due(before=NOON, spared=held, limit=9, now=NOON) for shelf in (letters, requests)] == [[], []]
    assert [empty(shelf, now=NOON, before=NOON) for shelf in (letters, requests)] == [2, 1]
    assert (ContractLetter.objects.count(), Subscription.objects.count()) == (0, 1)
