"""Taking the trusted list of age-proof issuers: fetched or brought as a file, judged, and put in the place of the one before."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import transaction

from accounts.age.certificates import Anchor
from accounts.age.trustedlist import MAX_LIST_BYTES, ListFault, ListRefused, TrustedList, read_trusted_list
from accounts.metrics import TRUSTED_LIST_REFRESHES
from accounts.models import TrustedIssuer
from accounts.queries.trustedlist import find_list_standing
from accounts.services.ageproofs import shorten_proofs
from core.http import OutboundError, fetch

logger = logging.getLogger("resaka.age")

# A list is asked for once a day, and every hour while it cannot be had.
EVERY = timedelta(hours=20)
_SECONDS = 60.0


class ListNotTaken(Exception):
    """No list was taken, and the one before stays in force until it is too old; the text says why."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a list brought. `shortened` counts the proofs that now end within 14 days, because their issuer lost its standing."""

    sequence: int
    granted: int
    withdrawn: int
    shortened: int


def refresh_when_due(*, now: datetime) -> Taken | None:
    """Take the list again if the last one was taken 20 hours ago or more. None: not due, not configured, or not taken (logged)."""
    standing = find_list_standing()
    if not settings.TRUSTED_LIST_URL or (standing is not None and now - standing.loaded_at < EVERY):
        return None
    try:
        return refresh_trusted_list(now=now)
    except ListNotTaken as error:
        closed = standing is None or standing.is_closed(now)
        logger.log(
            logging.ERROR if closed else logging.WARNING,
            "trusted list not taken",
            extra={"fields": {"why": str(error), "closed": closed, "closes_at": standing and standing.closes_at.isoformat()}},
        )
        return None


def refresh_trusted_list(*, data: bytes | None = None, now: datetime) -> Taken:
    """Fetch the list (or take `data`, which somebody brought), judge it and put it in force.

    Raises:
        ListNotTaken: it cannot be had, is not signed by a pinned signer, is older than the one in force, or too old by itself.
    """
    try:
        standing = find_list_standing()
        least = standing.sequence if standing else 0
        found = read_trusted_list(_fetch() if data is None else data, signers=load_signers(), now=now, least_sequence=least)
        taken = _put_in_force(found, now)
    except ListRefused as error:
        TRUSTED_LIST_REFRESHES.labels(error.fault.value).inc()
        raise ListNotTaken(f"refused: {error.fault.value}") from error
    except OutboundError as error:
        TRUSTED_LIST_REFRESHES.labels(type(error).__name__).inc()
        raise ListNotTaken(f"{type(error).__name__}: {error}") from error
    TRUSTED_LIST_REFRESHES.labels("TAKEN").inc()
    logger.info(
        "trusted list taken", extra={"fields": {"sequence": taken.sequence, "granted": taken.granted, "shortened": taken.shortened}}
    )
    return taken


def load_signers() -> list[bytes]:
    """The certificates (DER) of who may sign the list, from the PEM file of the settings.

    Raises:
        ListNotTaken: there is no such file, or no certificate in it.
    """
    try:
        found = x509.load_pem_x509_certificates(Path(settings.TRUSTED_LIST_SIGNERS or "/").read_bytes())
    except (OSError, ValueError) as error:
        raise ListNotTaken("RESAKA_TRUSTED_LIST_SIGNERS names no file with certificates") from error
    return [certificate.public_bytes(Encoding.DER) for certificate in found]


def _fetch() -> bytes:
    if not settings.TRUSTED_LIST_URL:
        raise ListNotTaken("RESAKA_TRUSTED_LIST_URL is empty, and no file was given")
    return fetch(settings.TRUSTED_LIST_URL, accept="application/xml, text/xml", max_bytes=MAX_LIST_BYTES, seconds=_SECONDS)


def _put_in_force(found: TrustedList, now: datetime) -> Taken:
    """Write the rows. Who is no longer listed stays, not granted, so that a refusal can say so."""
    with transaction.atomic():
        rows = {row.fingerprint: row for row in TrustedIssuer.objects.select_for_update().order_by("pk")}
        if any(row.list_sequence > found.sequence for row in rows.values()):  # a newer one was taken while this one was judged
            raise ListRefused(ListFault.SEQUENCE)
        good = {fingerprint for fingerprint, row in rows.items() if row.granted}
        _write(rows, found, now)
        lost = good - {anchor.fingerprint for anchor in found.anchors if anchor.granted}
        shortened = shorten_proofs(anchors=sorted(lost), now=now) if lost else 0
    granted = sum(anchor.granted for anchor in found.anchors)
    return Taken(found.sequence, granted, len(rows) - granted, shortened)


def _write(rows: dict[str, TrustedIssuer], found: TrustedList, now: datetime) -> None:
    """Bring `rows` to what the list says, new ones included."""
    for row in rows.values():
        row.granted = False
    fresh = list(_merge(rows, found.anchors))
    for row in (*rows.values(), *fresh):
        row.list_sequence, row.next_update, row.loaded_at = found.sequence, found.next_update, now
    TrustedIssuer.objects.bulk_update(
        rows.values(), ["country", "organisation", "granted", "list_sequence", "next_update", "loaded_at"], batch_size=200
    )
    TrustedIssuer.objects.bulk_create(fresh)
    rows.update((row.fingerprint, row) for row in fresh)


def _merge(rows: dict[str, TrustedIssuer], anchors: Iterable[Anchor]) -> Iterable[TrustedIssuer]:
    """Set what the list says of known certificates; yield rows for new ones."""
    for anchor in anchors:
        row = rows.get(anchor.fingerprint)
        if row is None:
            row = TrustedIssuer(fingerprint=anchor.fingerprint, certificate=anchor.certificate)
            yield row
        row.country, row.organisation, row.granted = anchor.country, anchor.organisation, anchor.granted
