"""What a person may take with them of their money here (`core.exporting`)."""

from __future__ import annotations

from billing.exports import contracts, payments, purse
from core.exporting import ExportFile

FILES: tuple[ExportFile, ...] = (*payments.FILES, *contracts.FILES, *purse.FILES)
