from billing.models.event import ProviderEvent
from billing.models.ledger import Hold, LedgerAccount, LedgerEntry, LedgerProof, LedgerTransaction
from billing.models.payment import Dispute, Payment, Refund
from billing.models.wallet import PromoGrant, PromoUse, Wallet

__all__ = [
    "Dispute",
    "Hold",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerProof",
    "LedgerTransaction",
    "Payment",
    "PromoGrant",
    "PromoUse",
    "ProviderEvent",
    "Refund",
    "Wallet",
]
