from billing.models.event import ProviderEvent
from billing.models.ledger import Hold, LedgerAccount, LedgerEntry, LedgerProof, LedgerTransaction
from billing.models.payment import Dispute, Payment, Refund

__all__ = [
    "Dispute",
    "Hold",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerProof",
    "LedgerTransaction",
    "Payment",
    "ProviderEvent",
    "Refund",
]
