"""Proofs made and judged by another hand (the npm package @owf/mdoc), over the transcript of OpenID4VP."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from accounts.age import issuing
from accounts.age.attestation import Attested
from accounts.age.dcapi import device_request
from accounts.age.encodings import write_base64url
from accounts.age.mdoc import verify_device_response
from accounts.age.openid4vp import client_id_of
from accounts.age.refusals import RefusalCode, Refused
from accounts.tests.age.house import ISSUER, NONCE, NOW, PHONE, RESPONSE_URI, TRANSCRIPT, honest, transcript_of

HANDOVER = {"clientId": client_id_of(RESPONSE_URI), "nonce": NONCE, "responseUri": RESPONSE_URI}


def ask(**order: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", "accounts/tests/age/wallet.mjs"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
        cwd=settings.BASE_DIR,
        timeout=60,
    )


def answer(**order: Any) -> dict[str, Any]:
    done = ask(**order)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def private_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    return {**issuing.write_jwk(key.public_key()), "d": write_base64url(secret)}


@pytest.fixture(scope="module")
def presented() -> str:
    """A proof that the other hand issued and presented, in answer to our request."""
    made = answer(
        do="present",
        chain=[write_base64url(der) for der in ISSUER.chain],
        signerKey=private_jwk(ISSUER.signer.key),
        deviceKey={"public": issuing.write_jwk(PHONE.public_key()), "private": {**private_jwk(PHONE), "alg": "ES256"}},
        ages={"age_over_18": True, "age_over_65": False},
        signed=(NOW - timedelta(days=1)).isoformat(),
        validUntil=(NOW + timedelta(days=80)).isoformat(),
        deviceRequest=write_base64url(device_request()),
        handover=HANDOVER,
    )
    return str(made["response"])


def judge(presented: str, transcript: bytes, **changes: Any) -> Attested:
    given: dict[str, Any] = {"anchors": [ISSUER.anchor], "threshold": 18, "now": NOW}
    return verify_device_response(presented, transcript=transcript, **{**given, **changes})


def test_a_proof_by_another_hand_is_accepted(presented: str) -> None:
    attested = judge(presented, TRANSCRIPT)
    assert attested.over == 18
    assert attested.valid_until == NOW + timedelta(days=80)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"transcript": transcript_of(nonce="other")}, RefusalCode.HOLDER_BINDING),
        ({"threshold": 21}, RefusalCode.UNDER_AGE),
        ({"anchors": []}, RefusalCode.UNTRUSTED_ISSUER),
        ({"now": NOW + timedelta(days=81)}, RefusalCode.EXPIRED),
    ],
)
def test_it_is_refused_as_ours_would_be(presented: str, changes: dict[str, Any], code: RefusalCode) -> None:
    with pytest.raises(Refused) as caught:
        judge(presented, **{"transcript": TRANSCRIPT, **changes})
    assert caught.value.code == code


def test_a_proof_of_ours_is_accepted_by_another_hand() -> None:
    order = {"do": "judge", "response": honest().encode(), "now": NOW.isoformat(), "handover": HANDOVER}
    assert answer(trusted=[write_base64url(ISSUER.authority.der)], **order) == {"accepted": True}
    assert ask(trusted=[write_base64url(issuing.Issuer.new(now=NOW).authority.der)], **order).returncode != 0
    assert ask(trusted=[write_base64url(ISSUER.authority.der)], **{**order, "handover": {**HANDOVER, "nonce": "other"}}).returncode != 0
