"""An attestation that was taken back is refused on both roads. The list is fetched once; that it cannot be had refuses nobody."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.age import issuing
from accounts.age.attestation import Attested
from accounts.age.encodings import write_base64url
from accounts.age.openid4vp import client_id_of
from accounts.age.refusals import RefusalCode, Refused
from accounts.age.transcripts import openid4vp_transcript
from accounts.enums import AgeFlow
from accounts.models import AgeCheck, TrustedIssuer
from accounts.providers import get_provider
from accounts.tests.age.house import ISSUER, NONCE, NOW, PHONE
from core.hosts import read_host
from core.tests.standin import Reply, Said, StandIn, make_certificate

pytestmark = pytest.mark.django_db

ORIGIN = "https://resaka.example"
URI = f"{ORIGIN}/age/oid4vp/response"
REVOKED, GOOD = 0, 1
METHODS = ["EU_AV_MDOC", "SDJWT_VC"]


@dataclass
class Issuer:
    """An issuer's server of status lists."""

    server: StandIn
    reply: list[Reply] = field(default_factory=list)

    @property
    def uri(self) -> str:
        return self.server.url("/status/1", host="localhost")

    def publish(self, *, sub: str = "", signer: issuing.Issuer = ISSUER) -> None:
        now = int(NOW.timestamp())
        packed = write_base64url(zlib.compress(bytes([1 << REVOKED])))
        claims = {"sub": sub or self.uri, "iat": now - 60, "exp": now + 3600, "status_list": {"bits": 1, "lst": packed}}
        head = {"alg": "ES256", "typ": "statuslist+jwt", "x5c": issuing.write_x5c(signer.chain)}
        self.reply[:] = [Reply(chunks=[issuing.sign_jwt(head, claims, signer.signer.key).encode()])]


@pytest.fixture
def issuer(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """The issuer is on the trusted list, and its server may be asked."""
    anchor = ISSUER.anchor
    TrustedIssuer.objects.create(
        country=anchor.country,
        certificate=anchor.certificate,
        fingerprint=anchor.fingerprint,
        granted=True,
        list_sequence=1,
        next_update=NOW + timedelta(days=30),
        loaded_at=NOW,
    )
    tls, file = make_certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    reply: list[Reply] = [Reply(404)]

    def answer(_said: Said) -> Reply:
        return reply[0]

    with StandIn(answer, tls=tls) as server:
        settings.OUTBOUND_HOSTS = [read_host(f"localhost:{server.port}")]
        yield Issuer(server, reply)


def judge(method: str, status: object, *, after: timedelta = timedelta(0)) -> Attested:
    """Show an attestation with that status to the provider."""
    if method == "EU_AV_MDOC":
        items = issuing.make_items({"age_over_18": True})
        mso = issuing.make_mso(items, PHONE.public_key(), now=NOW)
        signed = {
            "nameSpaces": {"eu.europa.ec.av.1": [issuing.tagged(item) for item in items]},
            "issuerAuth": issuing.sign_mso({**mso, "status": status}, ISSUER),
        }
        transcript = openid4vp_transcript(client_id=client_id_of(URI), nonce=NONCE, response_uri=URI)
        shown = issuing.present_mdoc(signed, PHONE, transcript)
    else:
        credential = issuing.issue_sdjwt(ISSUER, PHONE.public_key(), now=NOW, status=status)
        shown = issuing.present_sdjwt(credential, PHONE, nonce=NONCE, audience=client_id_of(URI), now=NOW + after)
    check = AgeCheck(method=method, flow=AgeFlow.SAME_DEVICE, nonce=NONCE)
    payload = {"vp_token": f'{{"proof_of_age":["{shown}"]}}'}
    return get_provider(method).complete(check=check, payload=payload, origin=ORIGIN, now=NOW + after)


def place(issuer: Issuer, index: int) -> dict[str, Any]:
    return {"status_list": {"uri": issuer.uri, "idx": index}}


@pytest.mark.parametrize("method", METHODS)
def test_what_was_taken_back_is_refused_and_the_list_is_fetched_once(method: str, issuer: Issuer) -> None:
    issuer.publish()
    assert judge(method, place(issuer, GOOD)).over == 18
    with pytest.raises(Refused) as refused:
        judge(method, place(issuer, REVOKED))
    assert refused.value.code == RefusalCode.REVOKED
    assert judge(method, place(issuer, GOOD), after=timedelta(minutes=59)).over == 18
    assert [(said.path, said.headers["accept"]) for said in issuer.server.said] == [("/status/1", "application/statuslist+jwt")]
    with pytest.raises(Refused):
        judge(method, place(issuer, REVOKED), after=timedelta(minutes=59))
    judge(method, place(issuer, GOOD), after=timedelta(minutes=61))  # the list has ended, and the server has no younger one
    assert len(issuer.server.said) == 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fault", ["status", "signer", "address", "size"])
def test_a_list_that_cannot_be_had_or_believed_refuses_nobody(method: str, fault: str, issuer: Issuer) -> None:
    issuer.publish()
    if fault == "status":
        issuer.reply[:] = [Reply(500)]
    elif fault == "signer":
        issuer.publish(signer=issuing.Issuer.new(now=NOW, name="Honest"))
    elif fault == "address":
        issuer.publish(sub=issuer.uri + "0")
    else:
        issuer.reply[:] = [Reply(chunks=[b"a" * (2 * 1024 * 1024 + 1)])]
    assert judge(method, place(issuer, REVOKED)).over == 18
    assert len(issuer.server.said) == 1


def test_a_host_that_the_operator_did_not_name_is_not_asked(issuer: Issuer, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.OUTBOUND_HOSTS = []
    issuer.publish()
    with caplog.at_level(logging.WARNING, logger="resaka.age"):
        assert judge("EU_AV_MDOC", place(issuer, REVOKED)).over == 18
    assert issuer.server.said == []
    (told,) = caplog.records
    assert told.__dict__["fields"] == {"host": "localhost", "why": "NotAllowed"}


@pytest.mark.parametrize("method", METHODS)
def test_without_a_status_nobody_is_asked(method: str, issuer: Issuer) -> None:
    issuer.publish()
    assert judge(method, {"identifier_list": {"uri": issuer.uri, "id": b"x".hex()}}).over == 18
    assert issuer.server.said == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", [[], {"status_list": {"uri": 5, "idx": 0}}, {"status_list": {"uri": "https://a", "idx": -1}}])
def test_a_status_that_is_none_is_refused(method: str, status: object, issuer: Issuer) -> None:
    with pytest.raises(Refused) as refused:
        judge(method, status)
    assert refused.value.code == RefusalCode.STRUCTURE
