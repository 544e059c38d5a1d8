"""What somebody paid out of their wallet, as its receipt says it. Sums come from the ledger, so that the two never differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from billing.enums import WalletAct
from billing.models import WalletSpend
from billing.models.rates import STANDARD
from billing.queries.papers import say_seller, say_seller_small
from billing.queries.sales import find_posted_vat
from billing.queries.seller import describe_seller
from billing.queries.vat import find_rate
from billing.queries.wallet import Line
from core.money import Money


@dataclass(frozen=True, slots=True)
class SpendReceipt:
    """One spend. Of a thank-you nothing was bought: it has no seller and no VAT."""

    spend: WalletSpend
    vat: Money
    rate_bp: int
    seller: list[str]
    numbers: list[str]

    @property
    def is_sale(self) -> bool:
        """Whether the house sold something."""
        return self.spend.act == WalletAct.SPEND

    @property
    def given(self) -> Money:
        """What of it was given credit."""
        return Money(self.spend.promo_minor, self.spend.currency)


def make_spend_receipt(*, spend: WalletSpend) -> SpendReceipt:
    """The receipt of a spend.

    Raises:
        NotPosted: the ledger holds no such spend, a fault of ours. NoVatRule.
    """
    vat, country = find_posted_vat(key=f"spend:{spend.key}")
    rate = find_rate(country=country, kind=STANDARD, on=spend.spent_at.date()) if vat else 0
    seller = describe_seller() if spend.act == WalletAct.SPEND else None
    return SpendReceipt(
        spend=spend,
        vat=Money(vat, spend.currency),
        rate_bp=rate,
        seller=say_seller(seller) if seller else [],
        numbers=say_seller_small(seller) if seller else [],
    )


def find_receipts(*, lines: Iterable[Line]) -> dict[str, str]:
    """Key of a posting -> outward id of the receipt, for those of these movements that are spends. One query."""
    keys = {line.key.removeprefix("spend:") for line in lines if line.is_spend}
    rows = WalletSpend.objects.filter(key__in=keys, public_id__isnull=False) if keys else WalletSpend.objects.none()
    return {f"spend:{key}": public_id for key, public_id in rows.values_list("key", "public_id") if public_id}
