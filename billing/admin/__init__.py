from billing.admin.books import HoldAdmin, LedgerAccountAdmin, LedgerEntryAdmin, LedgerProofAdmin, LedgerTransactionAdmin
from billing.admin.invoices import InvoiceAdmin, LocationProofAdmin, VatRuleAdmin
from billing.admin.plans import (
    ContractLetterAdmin,
    ContractRequestAdmin,
    CouponAdmin,
    CouponRedemptionAdmin,
    EntitlementAdmin,
    PlanAdmin,
    PlanOrderAdmin,
    PriceAdmin,
    SubscriptionAdmin,
)
from billing.admin.purses import PromoGrantAdmin, TopUpAdmin, WalletAdmin, WalletSpendAdmin
from billing.admin.tables import DisputeAdmin, PaymentAdmin, ProviderEventAdmin, RefundAdmin, StripeSubscriptionAdmin

__all__ = [
    "ContractLetterAdmin",
    "ContractRequestAdmin",
    "CouponAdmin",
    "CouponRedemptionAdmin",
    "DisputeAdmin",
    "EntitlementAdmin",
    "HoldAdmin",
    "InvoiceAdmin",
    "LedgerAccountAdmin",
    "LedgerEntryAdmin",
    "LedgerProofAdmin",
    "LedgerTransactionAdmin",
    "LocationProofAdmin",
    "PaymentAdmin",
    "PlanAdmin",
    "PlanOrderAdmin",
    "PriceAdmin",
    "PromoGrantAdmin",
    "ProviderEventAdmin",
    "RefundAdmin",
    "StripeSubscriptionAdmin",
    "SubscriptionAdmin",
    "TopUpAdmin",
    "VatRuleAdmin",
    "WalletAdmin",
    "WalletSpendAdmin",
]
