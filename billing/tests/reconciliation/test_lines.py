"""Lines as they are kept, what they do in the ledger, and how the team is woken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from billing.enums import LineKind, StatementSource, StatementState
from billing.models import LedgerTransaction, Statement, StatementLine
from billing.providers.base import StatementRow
from billing.services.alarms import Alarm, raise_alarm
from billing.services.reconciliation.booking import book_charge, book_fee, book_payout, book_suspense, unbook_suspense
from billing.services.reconciliation.lines import add_lines, digest_of_rows, has_files, msisdn_of
from billing.tests.reconciliation.books import DAY, LATER, TEN, balances, holds, suspended
from billing.tests.team import Notification, make_teller
from core.money import Money
from core.sealing import destroy_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def statement() -> Statement:
    fixed = {"provider": "MVOLA", "day": DAY, "source": StatementSource.FILE, "state": StatementState.CONFIRMED}
    return Statement.objects.create(sha256="", open_key="MVOLA:2026-11-24", created_at=LATER, **fixed)


def row(ref: str, amount: int, kind: str = "PAYMENT", fee: int = 0, **raw: str) -> StatementRow:
    return StatementRow(ref, "", Money(amount, "MGA"), Money(fee, "MGA"), TEN, kind, raw)


def keep(statement: Statement, *rows: StatementRow) -> list[StatementLine]:
    add_lines(statement, enumerate(rows, 2))
    return list(statement.lines.order_by("pk"))


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        ("PAYMENT", 500, 500),
        ("PAYMENT", -500, 500),
        ("REFUND", 500, -500),
        ("REFUND", -500, -500),
        ("FEE", 500, -500),
        ("PAYOUT", 500, -500),
        ("PAYOUT", -500, -500),
        ("DISPUTE", -500, -500),
        ("DISPUTE", 500, 500),
    ],
)
def test_a_line_is_signed_by_what_it_does_to_the_money_that_is_held(statement: Statement, kind: str, said: int, kept: int) -> None:
    assert keep(statement, row("R1", said, kind))[0].amount_minor == kept


def test_a_fee_is_a_cost_whatever_its_sign(statement: Statement) -> None:
    assert [one.fee_minor for one in keep(statement, row("R1", 500, fee=-7), row("R2", 500, fee=7))] == [7, 7]


def test_a_name_is_known_once_for_each_kind(statement: Statement) -> None:
    assert len(keep(statement, row("R1", 500), row("R1", 500, "REFUND"))) == 2
    assert add_lines(statement, enumerate([row("R1", 999), row("r1", 500)], 2)) == 1  # another case is another name
    assert sorted(statement.lines.filter(kind=LineKind.PAYMENT).values_list("provider_ref", "amount_minor")) == [("R1", 500), ("r1", 500)]


def test_of_a_line_without_telephone_or_without_key_none_is_read(statement: Statement) -> None:
    (plain,) = keep(statement, row("R1", 500))
    assert msisdn_of(plain) == ""
    phone = keep(statement, row("R2", 500, msisdn="+261340000003"))[1]
    assert msisdn_of(phone) == "+261340000003"
    other = keep(statement, row("R4", 500, msisdn="+261340000003"))[2]
    StatementLine.objects.filter(pk=phone.pk).update(provider_ref="R3")
    phone.refresh_from_db()
    assert msisdn_of(phone) == ""  # moved to another row, it does not open
    destroy_key("billing")
    assert msisdn_of(other) == ""


def test_the_digest_is_of_what_was_said_not_of_its_order() -> None:
    one, two = row("R1", 500), row("R2", 700)
    assert digest_of_rows([one, two]) == digest_of_rows([two, one])
    assert digest_of_rows([one, two]) != digest_of_rows([one, row("R2", 701)])


@pytest.mark.parametrize(("provider", "files"), [("MVOLA", True), ("ORANGE", True), ("AIRTEL", True), ("STRIPE", False), ("PAYPAL", False)])
def test_operators_have_files(provider: str, files: bool) -> None:
    assert has_files(provider) is files


def test_each_posting_of_a_line_happens_once(statement: Statement) -> None:
    payment, charge, payout = keep(statement, row("R1", 500, fee=7), row("R2", 20, "FEE"), row("R3", 300, "PAYOUT"))
    for _again in range(2):
        book_suspense(payment, surplus=500, now=LATER)
        book_fee(payment, purpose="SUBSCRIPTION", now=LATER)
        book_charge(charge, now=LATER)
        book_payout(payout, now=LATER)
    assert (holds(), suspended(), balances("fees:MVOLA:MGA", "bank:main:MGA")) == (500 - 7 - 20 - 300, 500, (27, 300))
    kinds = sorted(LedgerTransaction.objects.values_list("kind", flat=True))
    assert kinds == ["FEE", "FEE_SUBSCRIPTION", "PAYOUT", "SUSPENSE"]


def test_what_is_kept_aside_is_kept_aside_once_and_turned_round_once(statement: Statement) -> None:
    (one,) = keep(statement, row("R1", 500))
    book_suspense(one, surplus=500, now=LATER)
    book_suspense(one, surplus=200, now=LATER)
    assert suspended() == 500
    for _again in range(2):
        unbook_suspense(one, now=LATER)
    assert (suspended(), holds()) == (0, 0)


def test_nothing_is_kept_aside_for_nothing(statement: Statement) -> None:
    (one,) = keep(statement, row("R1", 500))
    book_suspense(one, surplus=0, now=LATER)
    book_fee(one, now=LATER)
    unbook_suspense(one, now=LATER)
    assert LedgerTransaction.objects.count() == 0


def test_an_alarm_wakes_everybody_who_works_on_money_once(amina: User) -> None:
    naly, hery = make_teller("Naly"), make_teller("Hery")
    make_teller("Fara", "moderation")
    for _again in range(2):
        raise_alarm(alarm=Alarm.PROVIDER_DOWN, ref="MVola", now=LATER)
    told = Notification.objects.filter(kind="MONEY_ALARM")
    assert sorted(told.values_list("user", flat=True)) == sorted([naly.pk, hery.pk])
    assert raise_alarm(alarm=Alarm.PROVIDER_DOWN, ref="MVola", once="again", now=LATER + timedelta(hours=1)) == 2


def test_a_long_reference_is_no_reason_to_be_silent(naly: User) -> None:
    assert raise_alarm(alarm=Alarm.LEDGER_RED, ref="x" * 200, now=LATER) == 1
