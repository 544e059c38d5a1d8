"""What it costs to judge a proof of age: processor time of one verification, in this process and on one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from accounts.age import dcapi, issuing, sdjwt
from accounts.age.attestation import Attested
from accounts.age.encodings import read_base64url, write_cbor
from accounts.age.mdoc import verify_device_response
from accounts.age.openid4vp import client_id_of
from accounts.age.transcripts import dcapi_transcript, openid4vp_transcript
from benchmarks import report

_RESPONSE_URI = "https://resaka.example/age/oid4vp/response"
_NONCE = "qv6nTZ8hQ1K7x0d3m2Vb5c9y4Rj1Lw0s"
_ORIGIN = "https://resaka.example"
_OTHER_ANCHORS = 40  # a list about as long as the EU has members, with some to spare


def age(options: Any) -> None:
    """Honest proofs of each form, a fresh one for each run, judged against a trusted list of 41 anchors."""
    head = report.print_head()
    now = datetime.now(UTC)
    issuer = issuing.Issuer.new(now=now)
    others = [issuing.make_certificate(f"CA {number}", now=now, is_ca=True) for number in range(_OTHER_ANCHORS)]
    anchors = [*(other.anchor() for other in others), issuer.anchor]
    figures = {}
    for name, make in (("mdoc, OpenID4VP", _mdoc), ("mdoc, Digital Credentials API", _dcapi), ("SD-JWT VC", _sdjwt)):
        proofs = [make(issuer, anchors, now) for _number in range(options.runs)]
        figures[name] = {"bytes": proofs[0][0], **_measure([judge for _size, judge in proofs])}
    rows = [[name, found["bytes"], *(f"{found[part]:.3f}" for part in ("p50", "p99", "most"))] for name, found in figures.items()]
    print(f"{options.runs} verifications each, processor time in ms")
    report.print_table(["proof", "bytes", "p50 ms", "p99 ms", "most ms"], rows)
    report.save(options.json, {**head, "age": figures})


def _mdoc(issuer: issuing.Issuer, anchors: Any, now: datetime) -> tuple[int, Callable[[], Attested]]:
    key = issuing.new_key()
    transcript = openid4vp_transcript(client_id=client_id_of(_RESPONSE_URI), nonce=_NONCE, response_uri=_RESPONSE_URI)
    text = issuing.present_mdoc(issuing.issue_mdoc(issuer, key.public_key(), now=now), key, transcript)
    size = len(read_base64url(text))
    return size, lambda: verify_device_response(text, transcript=transcript, anchors=anchors, threshold=18, now=now)


def _dcapi(issuer: issuing.Issuer, anchors: Any, now: datetime) -> tuple[int, Callable[[], Attested]]:
    key = issuing.new_key()
    request = dcapi.make_request(nonce=bytes(24))
    given = {"encryption_info": request.encryption_info, "origin": _ORIGIN}
    signed = issuing.issue_mdoc(issuer, key.public_key(), now=now)
    response = issuing.seal_response(write_cbor(issuing.make_device_response(signed, key, dcapi_transcript(**given))), **given)

    def judge() -> Attested:
        data, transcript = dcapi.open_response(response, private_key=request.private_key, **given)
        return verify_device_response(data, transcript=transcript, anchors=anchors, threshold=18, now=now)

    return len(read_base64url(response)), judge


def _sdjwt(issuer: issuing.Issuer, anchors: Any, now: datetime) -> tuple[int, Callable[[], Attested]]:
    key = issuing.new_key()
    audience = client_id_of(_RESPONSE_URI)
    credential = issuing.issue_sdjwt(issuer, key.public_key(), now=now)
    text = issuing.present_sdjwt(credential, key, nonce=_NONCE, audience=audience, now=now)
    vct = issuing.DEFAULT_VCT
    return len(text), lambda: sdjwt.verify_sdjwt(text, nonce=_NONCE, audience=audience, vct=vct, anchors=anchors, threshold=18, now=now)


def _measure(judges: list[Callable[[], Attested]]) -> dict[str, float]:
    """Half, 99 of 100 and the most, in milliseconds; a tenth is run before to warm up."""
    for judge in judges[: len(judges) // 10]:
        judge()
    times = []
    for judge in judges:
        started = time.process_time_ns()
        attested = judge()
        times.append((time.process_time_ns() - started) / 1e6)
        assert attested.over == 18
    times.sort()
    return {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100], "most": times[-1]}
