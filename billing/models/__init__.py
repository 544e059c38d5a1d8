from billing.models.event import ProviderEvent
from billing.models.gap import Gap
from billing.models.invoice import Invoice, InvoiceCounter, InvoiceLine
from billing.models.ledger import Hold, LedgerAccount, LedgerEntry, LedgerProof, LedgerTransaction
from billing.models.payment import Dispute, Payment, PaymentStep, Refund
from billing.models.revenue import RevenueDay
from billing.models.statement import Match, Statement, StatementLine
from billing.models.support import SupportRequest
from billing.models.tax import BillingDetails, LocationProof, VatRule
from billing.models.wallet import PromoGrant, PromoUse, Wallet

__all__ = [
    "BillingDetails",
    "Dispute",
    "Gap",
    "Hold",
    "Invoice",
    "InvoiceCounter",
    "InvoiceLine",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerProof",
    "LedgerTransaction",
    "LocationProof",
    "Match",
    "Payment",
    "PaymentStep",
    "PromoGrant",
    "PromoUse",
    "ProviderEvent",
    "Refund",
    "RevenueDay",
    "Statement",
    "StatementLine",
    "SupportRequest",
    "VatRule",
    "Wallet",
]
