"""The code of an account says all about it, and a code that says nonsense is none."""

from __future__ import annotations

import pytest

from billing.enums import AccountKind, NormalSide
from billing.ledger import UnknownAccount
from billing.ledger.codes import Nature, read_code

CREDIT, DEBIT = NormalSide.CREDIT, NormalSide.DEBIT


@pytest.mark.parametrize(
    ("code", "kind", "currency", "normal", "allow_negative", "owner"),
    [
        ("wallet:7:MGA", "WALLET", "MGA", CREDIT, False, "7"),
        ("promo:7:EUR", "PROMO", "EUR", CREDIT, False, "7"),
        ("prepaid:shop-1:MGA", "PREPAID", "MGA", CREDIT, False, "shop-1"),
        ("payable:partner:12:MGA", "PAYABLE", "MGA", CREDIT, True, "partner:12"),
        ("payable_pending:partner:12:MGA", "PAYABLE_PENDING", "MGA", CREDIT, False, "partner:12"),
        ("receivable:shop-1:USD", "RECEIVABLE", "USD", DEBIT, True, "shop-1"),
        ("direct:shop-1:MGA", "DIRECT", "MGA", DEBIT, True, "shop-1"),
        ("direct_contra:shop-1:MGA", "DIRECT_CONTRA", "MGA", CREDIT, True, "shop-1"),
        ("clearing:MVOLA:MGA", "CLEARING", "MGA", DEBIT, True, None),
        ("bank:BOA:MGA", "BANK", "MGA", DEBIT, True, None),
        ("fees:STRIPE:EUR", "FEES", "EUR", DEBIT, True, None),
        ("revenue:partner_plan:KMF", "REVENUE", "KMF", CREDIT, True, None),
        ("vat:FR:EUR", "VAT", "EUR", CREDIT, True, None),
        ("dispute:STRIPE:EUR", "DISPUTE", "EUR", DEBIT, True, None),
        ("suspense:ORANGE:MGA", "SUSPENSE", "MGA", CREDIT, True, None),
        ("expense:goodwill:SCR", "EXPENSE", "SCR", DEBIT, True, None),
        ("fx:MUR", "FX", "MUR", CREDIT, True, None),
        ("points:shop:7", "POINTS", "PTS", CREDIT, False, "7"),
        ("points_issued:shop", "POINTS_ISSUED", "PTS", DEBIT, True, None),
    ],
)
def test_what_a_code_says(code: str, kind: str, currency: str, normal: NormalSide, allow_negative: bool, owner: str | None) -> None:
    assert read_code(code) == Nature(code, AccountKind(kind), currency, normal, allow_negative, owner)


def test_every_kind_has_a_code() -> None:
    assert {read_code(f"{kind.lower()}:a:MGA").kind for kind in AccountKind if kind not in (AccountKind.FX, AccountKind.POINTS_ISSUED)} == (
        set(AccountKind) - {AccountKind.FX, AccountKind.POINTS_ISSUED}
    )


@pytest.mark.parametrize(
    "code",
    [
        *("", ":", "wallet", "wallet:", "wallet:7", "wallet:MGA", "wallet::MGA", ":7:MGA", "wallet:7:", "wallet:7:MGA:", "wallet:7:mga"),
        *("wallet:7:OUV", "wallet:7:PTS", "wallet:7:XOF", "WALLET:7:MGA", "Wallet:7:MGA", "purse:7:MGA", "wallet :7:MGA", "wallet:7 8:MGA"),
        *("wallet:é:MGA", "wallet:7\n:MGA", "wallet:7:MGA\n", "wallet:'; --:MGA", "fx", "fx:", "fx:a:EUR", "fx:PTS", "fx::EUR"),
        *("points:shop", "points:7:", "points:", "points_issued:", "points_issued:shop:7", "payable_pending:MGA"),
        *("ſuspense:ORANGE:MGA", "clearıng:MVOLA:MGA"),  # letters whose capitals are S and I
        *("wallet:" + "7" * 70 + ":MGA", "wallet:" + "7" * 65 + ":MGA"),
    ],
)
def test_nonsense_is_no_code(code: str) -> None:
    with pytest.raises(UnknownAccount):
        read_code(code)


def test_the_longest_code_fits_its_columns() -> None:
    nature = read_code("wallet:" + "7" * 64 + ":MGA")
    assert len(nature.code) <= 80
    assert nature.owner_key == "7" * 64
