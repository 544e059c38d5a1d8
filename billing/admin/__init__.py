from billing.admin.books import HoldAdmin, LedgerAccountAdmin, LedgerEntryAdmin, LedgerProofAdmin, LedgerTransactionAdmin

__all__ = ["HoldAdmin", "LedgerAccountAdmin", "LedgerEntryAdmin", "LedgerProofAdmin", "LedgerTransactionAdmin"]
