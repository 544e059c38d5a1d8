"""Whether an issuer has taken an attestation back: asked of its list, which this process keeps while it is good (a day at most)."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from accounts.age.statuslist import MAX_TOKEN_BYTES, MEDIA_TYPE, StatusLists
from accounts.providers.anchors import list_anchors
from core.http import OutboundError, fetch

logger = logging.getLogger("resaka.age")

# Somebody waits for the page meanwhile.
_SECONDS = 3.0


def _fetch(uri: str) -> bytes:
    try:
        return fetch(uri, accept=MEDIA_TYPE, max_bytes=MAX_TOKEN_BYTES, seconds=_SECONDS)
    except OutboundError as error:
        logger.warning("status list not had", extra={"fields": {"host": urlsplit(uri).hostname, "why": type(error).__name__}})
        raise


STATUSES = StatusLists(fetch=_fetch, anchors=lambda now: list_anchors(now=now))
