"""The files of documents: in the storage of the house, sealed, so that whoever holds the storage alone reads nothing."""

from __future__ import annotations

import logging
import secrets
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from billing.models import Invoice
from core.sealing import SealingError, open_sealed, seal

logger = logging.getLogger("resaka.billing")


class FileLost(LookupError):
    """The storage has no file, or one that does not open."""


def store_file(*, invoice: Invoice, pdf: bytes) -> str:
    """Store a file sealed, under a name that nobody can guess; that name."""
    sealed = seal(invoice.buyer_scope, pdf, invoice.file_ad)
    return str(default_storage.save(f"invoices/{invoice.year}/{secrets.token_hex(16)}.sealed", ContentFile(sealed)))


def read_file(*, invoice: Invoice) -> bytes:
    """The stored file.

    Raises:
        FileLost.
    """
    if not invoice.file_name:
        raise FileLost(invoice.number)
    try:
        with default_storage.open(invoice.file_name) as file:
            return open_sealed(invoice.buyer_scope, file.read(), invoice.file_ad)
    except (OSError, SealingError) as error:
        logger.warning("the file of an invoice is lost", extra={"fields": {"number": invoice.number, "why": type(error).__name__}})
        raise FileLost(invoice.number) from error


def drop_file(invoice: Invoice) -> None:
    """Delete the stored file when the transaction ends well."""
    if invoice.file_name:
        transaction.on_commit(partial(default_storage.delete, invoice.file_name))
