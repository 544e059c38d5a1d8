"""Payments from the choice of a method to the ledger: made, sent, settled, let go."""
