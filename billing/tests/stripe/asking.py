"""What tests of STRIPE as a provider look up at the stand-in."""

from __future__ import annotations

from billing.enums import PaymentState

S = PaymentState
