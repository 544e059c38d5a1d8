"""The database itself refuses: no entry is changed or deleted, no balance is set below what is held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model

from billing.enums import HoldState
from billing.ledger import guards, place_hold, post, prove
from billing.models import Hold, LedgerAccount, LedgerEntry, LedgerProof, LedgerTransaction
from billing.tests.ledger.books import AMINA, MVOLA, NOON, SOON, everything, pay_in, sums
from core.money import Money

GUARDED: list[tuple[type[Model], dict[str, Any]]] = [
    (LedgerTransaction, {"key": "other"}),
    (LedgerTransaction, {"kind": "OTHER"}),
    (LedgerEntry, {"amount": 1}),
    (LedgerEntry, {"balance_after": 1}),
    (LedgerProof, {"is_green": True}),
    (LedgerProof, {"chain": "0" * 64}),
]


@pytest.fixture
def guarded(transactional_db: None) -> Iterator[None]:
    """The guards as a migration lays them out; taken away before the database is emptied."""
    assert guards.is_throwaway(connection)
    guards.lay_out(connection)
    yield
    guards.take_away(connection)


def delete_all(model: type[Model]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


@pytest.mark.usefixtures("guarded")
@pytest.mark.django_db(transaction=True)
class TestTriggers:
    @pytest.mark.parametrize(("model", "change"), GUARDED)
    def test_nothing_that_was_written_is_changed(self, model: type[Model], change: dict[str, Any]) -> None:
        pay_in(AMINA, 100)
        prove(now=NOON)
        before = everything()
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            model._default_manager.update(**change)
        assert everything() == before

    @pytest.mark.parametrize("model", [LedgerTransaction, LedgerEntry, LedgerProof])
    def test_nothing_that_was_written_is_deleted(self, model: type[Model]) -> None:
        pay_in(AMINA, 100)
        prove(now=NOON)
        before = everything()
        with pytest.raises(DatabaseError, match="never changed"):
            delete_all(model)
        assert everything() == before
        assert model._default_manager.count() > 0

    def test_posting_and_proving_go_on_under_them(self) -> None:
        pay_in(AMINA, 100)
        place_hold(key="h", code=AMINA, money=Money(5, "MGA"), expires_at=SOON, now=NOON)
        assert prove(now=NOON).is_green
        assert sums(AMINA) == (100, 5)

    def test_they_are_laid_out_once_and_found_missing_when_one_is_gone(self) -> None:
        assert guards.missing(connection) == set()
        guards.lay_out(connection)
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER billing_ledgerentry_no_delete")
        assert guards.missing(connection) == {"billing_ledgerentry_no_delete"}
        guards.lay_out(connection)
        assert guards.missing(connection) == set()

    def test_in_a_house_a_missing_guard_makes_the_proof_red(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(connection.settings_dict, "NAME", "resaka")
        assert prove(now=NOON).is_green
        guards.take_away(connection)
        proof = prove(now=NOON)
        assert not proof.is_green
        assert len(proof.results["I7"]) == 6
        assert proof.results["I7"][0] == "billing_ledgerentry_no_delete"


@pytest.mark.django_db
class TestChecks:
    def test_no_balance_below_what_is_held(self) -> None:
        pay_in(AMINA, 100)
        place_hold(key="h", code=AMINA, money=Money(60, "MGA"), expires_at=SOON, now=NOON)
        account = LedgerAccount.objects.filter(code=AMINA)
        for change in ({"posted": 59}, {"posted": -1}, {"held": 101}, {"held": -1}):
            with pytest.raises(IntegrityError), transaction.atomic():
                account.update(**change)
        assert sums(AMINA) == (100, 60)
        assert account.update(posted=60) == 1

    def test_an_account_of_the_house_may_be_below_nothing_but_hold_nothing_negative(self) -> None:
        pay_in(AMINA, 100)
        account = LedgerAccount.objects.filter(code=MVOLA)
        assert account.update(posted=-5) == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            account.update(held=-1)

    def test_no_entry_and_no_hold_of_nothing(self) -> None:
        pay_in(AMINA, 100)
        place_hold(key="h", code=AMINA, money=Money(5, "MGA"), expires_at=SOON, now=NOON)
        for model, change in ((LedgerEntry, {"amount": 0}), (Hold, {"amount_minor": 0}), (Hold, {"amount_minor": -1})):
            with pytest.raises(IntegrityError), transaction.atomic():
                model.objects.update(**change)

    def test_a_hold_is_posted_by_its_posting_and_by_nothing_else(self) -> None:
        row = pay_in(AMINA, 100).transaction
        place_hold(key="h", code=AMINA, money=Money(5, "MGA"), expires_at=SOON, now=NOON)
        for change in ({"state": HoldState.POSTED}, {"resolved_by": row}, {"state": HoldState.VOIDED, "resolved_by": row}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Hold.objects.update(**change)

    def test_one_key_one_row(self) -> None:
        row = pay_in(AMINA, 100, key="k").transaction
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerTransaction.objects.create(key="k", fingerprint="x", kind="K", effective_date=NOON.date(), created_at=NOON)
        undoing = {"fingerprint": "x", "kind": "K", "effective_date": NOON.date(), "created_at": NOON, "reverses": row}
        LedgerTransaction.objects.create(key="undo", **undoing)
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerTransaction.objects.create(key="undo again", **undoing)

    def test_the_schema_of_tests_has_no_triggers(self) -> None:
        """They would refuse the emptying between tests; the tests above are where they are."""
        assert len(guards.missing(connection)) == 6
        assert post(key="a", kind="K", lines=[(MVOLA, -1), (AMINA, 1)], now=NOON).is_new
