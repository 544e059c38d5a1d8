"""The judge of a proof of age as an SD-JWT VC (`dc+sd-jwt`) with a key binding.

Who signed is judged here, by the same chain rules as for an mdoc; what was signed, disclosed and bound to the holder by polaris-oid4vp;
and here again that nothing but the age was disclosed and that it is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from polaris_oid4vp.sdjwt import verify_presentation

from accounts.age.attestation import Attested, StatusReader, check_status
from accounts.age.certificates import Anchor, check_signer, find_anchor, read_chain
from accounts.age.encodings import MAX_BYTES, read_base64url, read_json_object
from accounts.age.refusals import RefusalCode, Refused, demand, nothing_else_escapes
from accounts.age.statuslist import read_x5c

CLAIM = "age_equal_or_over"
SKEW_SECONDS = 300
# What says who issued it, when, and to which key; nothing of the person.
_TECHNICAL = frozenset(
    {"iss", "iat", "nbf", "exp", "vct", "vct#integrity", "cnf", "status", "_sd_alg", "issuing_authority", "issuing_country"}
)
_CODES = {
    "malformed": RefusalCode.JWT,
    "issuer_typ": RefusalCode.JWT_TYPE,
    "kb_typ": RefusalCode.JWT_TYPE,
    "issuer_alg": RefusalCode.ALG,
    "kb_alg": RefusalCode.ALG,
    "sd_alg": RefusalCode.DIGEST_ALG,
    "issuer_key": RefusalCode.UNTRUSTED_ISSUER,
    "issuer_signature": RefusalCode.ISSUER_SIGNATURE,
    "crit": RefusalCode.CRIT,
    "vct": RefusalCode.VCT,
    "credential_validity": RefusalCode.EXPIRED,
    "disclosure": RefusalCode.DISCLOSURE,
    "kb_missing": RefusalCode.KEY_BINDING_MISSING,
    "kb_cnf": RefusalCode.DEVICE_KEY,
    "kb_signature": RefusalCode.HOLDER_BINDING,
    "kb_freshness": RefusalCode.KEY_BINDING_STALE,
    "nonce": RefusalCode.NONCE,
    "audience": RefusalCode.AUDIENCE,
    "sd_hash": RefusalCode.SD_HASH,
}


def verify_sdjwt(
    presentation: str,
    *,
    nonce: str,
    audience: str,
    vct: str,
    anchors: Sequence[Anchor],
    threshold: int,
    now: datetime,
    statuses: StatusReader | None = None,
) -> Attested:
    """Judge a presentation `<jwt>~<disclosure>~…~<key binding>` made for this verifier (`audience`, its client id) and `nonce`.

    Raises:
        Refused: the first check that failed.
    """
    with nothing_else_escapes():
        demand(len(presentation) <= MAX_BYTES, RefusalCode.TOO_LARGE)
        anchor = _find_issuer(presentation, anchors, now)
        verdict = verify_presentation(
            presentation,
            expected_nonce=nonce,
            expected_audience=audience,
            expected_vct=vct,
            trust_anchors=[x509.load_der_x509_certificate(anchor.certificate)],
            now=now.timestamp(),
            max_skew_seconds=SKEW_SECONDS,
        )
        if not verdict.authentic:
            raise Refused(_CODES.get(verdict.code, RefusalCode.STRUCTURE))
        return _judge(verdict.claims, anchor, threshold, now, statuses)


def _find_issuer(presentation: str, anchors: Sequence[Anchor], now: datetime) -> Anchor:
    header = read_json_object(read_base64url(presentation.partition(".")[0]))
    chain = read_chain(read_x5c(header), now=now)
    anchor = find_anchor(chain, anchors, now=now)
    check_signer(chain[0])
    return anchor


def _judge(claims: dict[str, Any], anchor: Anchor, threshold: int, now: datetime, statuses: StatusReader | None) -> Attested:
    demand("exp" in claims, RefusalCode.EXPIRED)
    demand(claims.keys() <= _TECHNICAL | {CLAIM}, RefusalCode.OVER_DISCLOSURE)
    ages = claims.get(CLAIM)
    demand(isinstance(ages, dict), RefusalCode.UNDER_AGE)
    assert isinstance(ages, dict)
    shown = {name: value for name, value in ages.items() if name != "_sd"}
    demand(shown.keys() <= {str(threshold)}, RefusalCode.OVER_DISCLOSURE)
    check_status(claims.get("status"), statuses, now)
    demand(shown.get(str(threshold)) is True, RefusalCode.UNDER_AGE)
    return Attested(
        over=threshold,
        issuer_country=anchor.country,
        anchor_fingerprint=anchor.fingerprint,
        valid_until=datetime.fromtimestamp(claims["exp"], UTC),
    )
