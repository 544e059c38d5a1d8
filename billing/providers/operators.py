"""What the operators of mobile money have no call for: it is done by the hands of the team, or comes as a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from billing.enums import PaymentState
from billing.models import Refund
from billing.providers.base import Manual, ProviderState, StatementRow


class RefundsByHand:
    """An operator that sends nothing back by itself (MVola, Orange)."""

    def refund(self, refund: Refund, *, now: datetime) -> Manual:
        """Two of the team send it by the operator's own tool."""
        return Manual()

    def fetch_refund(self, refund: Refund, *, now: datetime) -> ProviderState:
        """Nobody can be asked: it is done when the second of them says so."""
        return ProviderState(PaymentState.PENDING)


class StatementsInFiles:
    """An operator whose statements are files that the team hands in (`statement_files`)."""

    def statement(self, day: date) -> Iterable[StatementRow]:
        """There is none to ask for."""
        return ()
