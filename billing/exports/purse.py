"""Credit: what moved, what was given, and the limits that somebody set on themselves."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.enums import WalletAct
from billing.exports.naming import CONTRACT, LAW
from billing.models import (
    LedgerEntry,
    PromoGrant,
    TopUp,
    Wallet,
    WalletSpend,
)
from billing.queries.credits import paid_code, promo_code
from billing.queries.wallet import find_wallet
from core.exporting import TEXT, Asked, ExportFile, Row
from core.exporttables import table


def _entries(asked: Asked) -> QuerySet[LedgerEntry]:
    """By the codes of both purses, in the currency that the person's wallet has or would have."""
    currency = find_wallet(user=User.objects.get(pk=asked.user_id)).currency
    codes = [paid_code(asked.user_id, currency), promo_code(asked.user_id, currency)]
    return LedgerEntry.objects.filter(account__code__in=codes)


def _with_purse(_asked: Asked, rows: list[Row]) -> list[Row]:
    """Which of the two purses moved, and by which deed; the codes of the ledger itself hold inward numbers."""
    return [_movement(row, row.pop("code"), row.pop("kind")) for row in rows]


def _movement(row: Row, code: str, kind: str) -> Row:
    act = kind if kind in WalletAct.values else "TOPUP" if row["amount_minor"] > 0 else "REFUND"
    return row | {"purse": "GIVEN" if code.startswith("promo:") else "PAID", "act": act}


FILES: tuple[ExportFile, ...] = (
    table(
        "wallet",
        title=_("Mouvements du porte-monnaie"),
        code="INVOICE",
        basis=LAW,
        article=15,
        model=LedgerEntry,
        rows=_entries,
        columns=("at=transaction__created_at", "amount_minor=amount", "after_minor=balance_after", "currency=account__currency"),
        needs=("code=account__code", "kind=transaction__kind"),
        adds={"purse": {"enum": ["PAID", "GIVEN"]}, "act": TEXT},
        shows=(
            "billing.LedgerEntry.account",
            "billing.LedgerEntry.transaction",
            "billing.LedgerTransaction.kind",
            "billing.LedgerAccount.code",
        ),
        finish=_with_purse,
    ),
    table(
        "wallet_limits",
        code="INVOICE",
        basis=CONTRACT,
        article=15,
        model=Wallet,
        rows=lambda asked: Wallet.objects.filter(user_id=asked.user_id),
        columns=("currency", "daily_limit_minor", "next_limit_minor", "next_limit_at", "paused_until", "opened_at"),
    ),
    table(
        "credits",
        code="INVOICE",
        basis=LAW,
        article=15,
        model=PromoGrant,
        rows=lambda asked: PromoGrant.objects.filter(user_id=asked.user_id),
        columns=("currency", "source", "amount_minor", "left_minor", "given_at", "expires_at"),
    ),
    table(
        "topups",
        code="TOP_UP_DRAFT",
        basis=LAW,
        article=15,
        model=TopUp,
        rows=lambda asked: TopUp.objects.filter(user_id=asked.user_id),
        columns=("public_id", "amount_minor", "currency", "created_at", "expires_at"),
    ),
    table(
        "spends",
        code="INVOICE",
        basis=LAW,
        article=15,
        model=WalletSpend,
        rows=lambda asked: WalletSpend.objects.filter(user_id=asked.user_id),
        columns=("public_id", "act", "subject_key", "amount_minor", "promo_minor", "currency", "spent_at", "returned_at"),
    ),
)
