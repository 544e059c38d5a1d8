"""Movements of a wallet as pages and exports say them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from billing.enums import WalletAct
from billing.queries.spends import find_receipts
from billing.queries.wallet import Line
from core.clock import to_wire

LINE_HEAD = ("at", "act", "amount", "currency", "balance_after", "credit", "reference")


@dataclass(frozen=True, slots=True)
class LineView:
    """A movement in words."""

    line: Line
    words: str
    icon: str
    receipt: str  # the outward id of its receipt; empty for what is no spend


def build_lines(lines: Sequence[Line]) -> list[LineView]:
    """Movements for a page."""
    receipts = find_receipts(lines=lines)
    return [LineView(line, _words_of(line), "down" if line.is_in else "up", receipts.get(line.key, "")) for line in lines]


def as_row(line: Line) -> tuple[object, ...]:
    """A movement as a row of LINE_HEAD; sums as programs write them."""
    return (to_wire(line.at), line.act, line.money.plain, line.money.currency, line.after.plain, _credit(line), line.key)


def as_object(line: Line) -> dict[str, Any]:
    """The same by name."""
    return dict(zip(LINE_HEAD, as_row(line), strict=True))


def _credit(line: Line) -> str:
    return "given" if line.is_given else "paid"


def _words_of(line: Line) -> str:
    if line.act == WalletAct.TIP:
        return _("Remerciement reçu") if line.is_in else _("Remerciement donné")
    if line.act == WalletAct.RETURN:
        return _("Dépense reprise") if line.is_in else _("Remerciement repris par son auteur")
    words = {
        "TOPUP": _("Rechargement"),
        "REFUND": _("Remboursement vers votre moyen de paiement"),
        WalletAct.SPEND: _("Dépense"),
        WalletAct.PROMO_GIVEN: _("Crédit offert"),
        WalletAct.PROMO_EXPIRED: _("Crédit offert expiré"),
    }
    return words[line.act]
