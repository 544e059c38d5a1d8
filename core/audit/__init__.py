"""The audit chain: what staff and the system decided, in an order that nobody can change unseen.

Each entry's MAC covers the entry and the MAC before it, under a key of the key store. Who edits, deletes or swaps a row breaks the chain;
who cuts off its end and sets the head back is found by an anchor that was left outside (`core.audit.anchors`).
"""

from core.audit.anchors import AnchorError, leave_anchor, read_anchor_file, sign_again
from core.audit.chain import Entry, OutsideTransaction, append, digest_of
from core.audit.verification import Fault, Verdict, verify

__all__ = [
    "AnchorError",
    "Entry",
    "Fault",
    "OutsideTransaction",
    "Verdict",
    "append",
    "digest_of",
    "leave_anchor",
    "read_anchor_file",
    "sign_again",
    "verify",
]
