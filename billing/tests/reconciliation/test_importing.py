"""How statements come in: whole or not at all, once a day, by two people or by an interface."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from accounts.models import User
from billing.enums import Provider, StatementState
from billing.models import Statement, StatementLine
from billing.providers import table
from billing.providers.base import StatementRow
from billing.providers.statement_files import FileFault, FileRefused
from billing.providers.table import NotConfigured
from billing.services.reconciliation.importing import (
    AlreadyThere,
    DayNotOver,
    NoFiles,
    NotWaiting,
    SamePerson,
    confirm_statement,
    import_day,
    upload_file,
    withdraw_statement,
)
from billing.services.reconciliation.lines import FeeInOtherCurrency, msisdn_of
from billing.tests.reconciliation.books import DAY, LATER, TEN, file_of, line
from billing.tests.team import Notification
from core.models import AuditEntry
from core.money import Money

pytestmark = pytest.mark.django_db


def upload(by: User, *lines: str, day: date = DAY, head: str | None = None) -> Statement:
    data = file_of(lines) if head is None else file_of(lines, head)
    return upload_file(provider=Provider.MVOLA, day=day, data=data, by=by, now=LATER)


def faults_of(refused: pytest.ExceptionInfo[FileRefused]) -> list[tuple[int, FileFault]]:
    return [(fault.line, fault.why) for fault in refused.value.faults]


def test_a_file_waits_for_a_second_person(naly: User, hery: User) -> None:
    statement = upload(naly, line("T1", fee=50), line("T2", -700, kind="REFUND"))
    assert (statement.state, statement.uploaded_by, statement.open_key) == (StatementState.WAITING, naly, "MVOLA:2026-11-24")
    rows = StatementLine.objects.order_by("number").values_list("number", "kind", "provider_ref", "amount_minor", "fee_minor", "currency")
    assert list(rows) == [(2, "PAYMENT", "T1", 5000, 50, "MGA"), (3, "REFUND", "T2", -700, 0, "MGA")]
    with pytest.raises(SamePerson):
        confirm_statement(statement=statement, by=naly, now=LATER)
    confirm_statement(statement=statement, by=hery, now=LATER)
    statement.refresh_from_db()
    assert (statement.state, statement.confirmed_by, statement.confirmed_at) == (StatementState.CONFIRMED, hery, LATER)
    for deed in (confirm_statement, lambda **kwargs: withdraw_statement(reason="trop tard", **kwargs)):
        with pytest.raises(NotWaiting):
            deed(statement=statement, by=hery, now=LATER)


def test_whoever_works_on_money_is_told_that_it_waits(naly: User, hery: User) -> None:
    upload(naly, line("T1"))
    told = Notification.objects.filter(kind="MONEY_ALARM").values_list("user__username", "args")
    assert sorted(told) == [(user.username, {"what": "STATEMENT_WAITS", "ref": "MVOLA 2026-11-24"}) for user in (hery, naly)]


def test_every_step_stands_in_the_audit_chain(naly: User, hery: User) -> None:
    confirm_statement(statement=upload(naly, line("T1")), by=hery, now=LATER)
    entries = AuditEntry.objects.order_by("seq").values_list("action", "object_ref", "handle")
    assert list(entries) == [
        ("statement.upload", "MVOLA 2026-11-24", naly.username),
        ("statement.confirm", "MVOLA 2026-11-24", hery.username),
    ]


def test_telephones_lie_sealed(naly: User) -> None:
    statement = upload(naly, line("T1", msisdn="0340000003"))
    kept = statement.lines.get()
    assert b"340000003" not in bytes(kept.raw or b"")
    assert msisdn_of(kept) == "+261340000003"


@pytest.mark.parametrize(
    ("lines", "head", "faults"),
    [
        ([line("T1")], "Date;Transaction;Type;Amount;Solde", [(1, FileFault.UNKNOWN_COLUMN)]),
        ([line("T1")], "Date;Transaction;Type", [(1, FileFault.MISSING_COLUMN)]),
        ([line("T1"), line("T2"), line("T1")], None, [(4, FileFault.DOUBLED)]),
        ([line("T1"), line("T2", at=TEN + timedelta(days=1))], None, [(3, FileFault.OTHER_DAY)]),
        ([line("T1", "0.5")], None, [(2, FileFault.AMOUNT)]),
        ([line("T1", 0)], None, [(2, FileFault.AMOUNT)]),
        ([line("T1", "1e3")], None, [(2, FileFault.AMOUNT)]),
        ([line("T1", fee="1.5")], None, [(2, FileFault.AMOUNT)]),
        ([line("T1", currency="EUR")], None, [(2, FileFault.AMOUNT)]),
        ([line("", 5000)], None, [(2, FileFault.NO_REFERENCE)]),
        ([line("T1", kind="GIFT")], None, [(2, FileFault.KIND)]),
        ([line("T1") + ";x"], None, [(2, FileFault.FIELDS)]),
        ([line("T1", kind="GIFT"), line("T2"), line("T3", 0)], None, [(2, FileFault.KIND), (4, FileFault.AMOUNT)]),
    ],
)
def test_anything_strange_refuses_the_whole_file_with_its_line(
    naly: User, lines: list[str], head: str | None, faults: list[tuple[int, FileFault]]
) -> None:
    with pytest.raises(FileRefused) as refused:
        upload(naly, *lines, head=head)
    assert faults_of(refused) == faults
    assert (Statement.objects.count(), StatementLine.objects.count()) == (0, 0)


def test_a_line_of_yesterday_is_a_line_twice(naly: User) -> None:
    upload(naly, line("T1"), line("T2"))
    after = TEN + timedelta(days=1)
    with pytest.raises(FileRefused) as refused:
        upload_file(
            provider=Provider.MVOLA,
            day=DAY + timedelta(days=1),
            data=file_of(["", line("T3", at=after), line("T2", at=after)]),
            by=naly,
            now=LATER,
        )
    assert faults_of(refused) == [(4, FileFault.DOUBLED)]
    assert Statement.objects.count() == 1


def test_the_same_name_at_another_operator_is_another_line(naly: User) -> None:
    upload(naly, line("T1"))
    other = upload_file(provider=Provider.AIRTEL, day=DAY, data=file_of([line("T1")]), by=naly, now=LATER)
    assert other.lines.count() == 1


def test_one_file_a_day_until_it_is_withdrawn(naly: User, hery: User) -> None:
    first = upload(naly, line("T1", 4000))
    with pytest.raises(AlreadyThere):
        upload(hery, line("T9"))
    withdraw_statement(statement=first, reason="mauvais fichier", by=hery, now=LATER)
    first.refresh_from_db()
    assert (first.state, first.open_key, first.lines.count()) == (StatementState.WITHDRAWN, None, 0)
    assert upload(naly, line("T1", 5000)).lines.get().amount_minor == 5000
    with pytest.raises(NotWaiting):
        confirm_statement(statement=first, by=hery, now=LATER)


@pytest.mark.parametrize("day", [LATER.date(), LATER.date() + timedelta(days=1)])
def test_a_day_that_is_not_over_has_no_statement(naly: User, day: date) -> None:
    with pytest.raises(DayNotOver):
        upload(naly, line("T1"), day=day)


def test_an_interface_has_no_files(naly: User) -> None:
    with pytest.raises(NoFiles):
        upload_file(provider=Provider.STRIPE, day=DAY, data=file_of([line("T1")]), by=naly, now=LATER)


class Interface:
    """A provider whose statements can be asked for; `rows` is what it says."""

    name = "STRIPE"
    rows: list[StatementRow] = []

    def statement(self, day: date) -> Iterable[StatementRow]:
        return [row for row in self.rows if row.at.date() == day]


def row(ref: str, cents: int, kind: str = "PAYMENT", fee: Money | None = None) -> StatementRow:
    return StatementRow(ref, "", Money(cents, "EUR"), fee, TEN, kind)


@pytest.fixture
def interface(monkeypatch: pytest.MonkeyPatch) -> Interface:
    made = Interface()
    monkeypatch.setitem(table._MAKERS, "STRIPE", lambda: made)
    return made


def test_an_interface_is_asked_and_counts_at_once(interface: Interface) -> None:
    interface.rows = [row("ch_1", 499, fee=Money(30, "EUR")), row("re_1", 200, "REFUND"), row("po_1", -269, "PAYOUT")]
    statement = import_day(provider="STRIPE", day=DAY, now=LATER)
    assert (statement.state, statement.uploaded_by) == (StatementState.CONFIRMED, None)
    rows = statement.lines.order_by("number").values_list("kind", "amount_minor", "fee_minor")
    assert list(rows) == [("PAYMENT", 499, 30), ("REFUND", -200, 0), ("PAYOUT", -269, 0)]


def test_asked_again_it_finds_what_came_late_and_nothing_twice(interface: Interface) -> None:
    interface.rows = [row("ch_1", 499)]
    first = import_day(provider="STRIPE", day=DAY, now=LATER)
    interface.rows = [row("ch_1", 499), row("ch_2", 4990)]
    second = import_day(provider="STRIPE", day=DAY, now=LATER + timedelta(hours=1))
    assert second.pk == first.pk
    assert sorted(second.lines.values_list("provider_ref", flat=True)) == ["ch_1", "ch_2"]
    assert Statement.objects.get().sha256 != first.sha256


def test_a_day_without_anything_is_a_statement_too(interface: Interface) -> None:
    assert import_day(provider="STRIPE", day=DAY, now=LATER).lines.count() == 0


def test_a_fee_in_another_currency_is_refused_whole(interface: Interface) -> None:
    interface.rows = [row("ch_0", 100), row("ch_1", 499, fee=Money(30, "USD"))]
    with pytest.raises(FeeInOtherCurrency):
        import_day(provider="STRIPE", day=DAY, now=LATER)
    assert (Statement.objects.count(), StatementLine.objects.count()) == (0, 0)


def test_without_keys_nobody_is_asked() -> None:
    with pytest.raises(NotConfigured):
        import_day(provider="STRIPE", day=DAY, now=LATER)
