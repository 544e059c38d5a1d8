from billing.models.contract import ContractLetter, ContractRequest
from billing.models.coupon import Coupon, CouponRedemption
from billing.models.event import ProviderEvent
from billing.models.gap import Gap
from billing.models.invoice import Invoice, InvoiceCounter, InvoiceLine
from billing.models.ledger import Hold, LedgerAccount, LedgerEntry, LedgerProof, LedgerTransaction
from billing.models.payment import Dispute, Payment, PaymentStep, Refund
from billing.models.plan import Plan, PlanOrder, Price
from billing.models.revenue import RevenueDay
from billing.models.statement import Match, Statement, StatementLine
from billing.models.stripe import StripeSubscription
from billing.models.subscription import Entitlement, Subscription
from billing.models.support import SupportRequest
from billing.models.tax import BillingDetails, LocationProof, VatProposal, VatRule
from billing.models.wallet import PromoGrant, PromoUse, TopUp, Wallet, WalletSpend

__all__ = [
    "BillingDetails",
    "ContractLetter",
    "ContractRequest",
    "Coupon",
    "CouponRedemption",
    "Dispute",
    "Entitlement",
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
    "Plan",
    "PlanOrder",
    "Price",
    "PromoGrant",
    "PromoUse",
    "ProviderEvent",
    "Refund",
    "RevenueDay",
    "Statement",
    "StatementLine",
    "StripeSubscription",
    "Subscription",
    "SupportRequest",
    "TopUp",
    "VatProposal",
    "VatRule",
    "Wallet",
    "WalletSpend",
]
