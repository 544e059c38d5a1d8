from billing.admin.books import HoldAdmin, LedgerAccountAdmin, LedgerEntryAdmin, LedgerProofAdmin, LedgerTransactionAdmin
from billing.admin.purses import PromoGrantAdmin, TopUpAdmin, WalletAdmin, WalletSpendAdmin
from billing.admin.tables import DisputeAdmin, PaymentAdmin, ProviderEventAdmin, RefundAdmin

__all__ = [
    "DisputeAdmin",
    "HoldAdmin",
    "LedgerAccountAdmin",
    "LedgerEntryAdmin",
    "LedgerProofAdmin",
    "LedgerTransactionAdmin",
    "PaymentAdmin",
    "PromoGrantAdmin",
    "ProviderEventAdmin",
    "RefundAdmin",
    "TopUpAdmin",
    "WalletAdmin",
    "WalletSpendAdmin",
]
