from billing.admin.books import HoldAdmin, LedgerAccountAdmin, LedgerEntryAdmin, LedgerProofAdmin, LedgerTransactionAdmin
from billing.admin.tables import DisputeAdmin, PaymentAdmin, ProviderEventAdmin, RefundAdmin

__all__ = [
    "DisputeAdmin",
    "HoldAdmin",
    "LedgerAccountAdmin",
    "LedgerEntryAdmin",
    "LedgerProofAdmin",
    "LedgerTransactionAdmin",
    "PaymentAdmin",
    "ProviderEventAdmin",
    "RefundAdmin",
]
