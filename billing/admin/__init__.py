from billing.admin.books import HoldAdmin, LedgerAccountAdmin, LedgerEntryAdmin, LedgerProofAdmin, LedgerTransactionAdmin
from billing.admin.invoices import InvoiceAdmin, LocationProofAdmin, VatRuleAdmin
from billing.admin.purses import PromoGrantAdmin, TopUpAdmin, WalletAdmin, WalletSpendAdmin
from billing.admin.tables import DisputeAdmin, PaymentAdmin, ProviderEventAdmin, RefundAdmin, StripeSubscriptionAdmin

__all__ = [
    "DisputeAdmin",
    "HoldAdmin",
    "InvoiceAdmin",
    "LedgerAccountAdmin",
    "LedgerEntryAdmin",
    "LedgerProofAdmin",
    "LedgerTransactionAdmin",
    "LocationProofAdmin",
    "PaymentAdmin",
    "PromoGrantAdmin",
    "ProviderEventAdmin",
    "RefundAdmin",
    "StripeSubscriptionAdmin",
    "TopUpAdmin",
    "VatRuleAdmin",
    "WalletAdmin",
    "WalletSpendAdmin",
]
