"""What the judge of an mdoc accepts, and the one refusal for each thing that it must not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import cbor2
import pytest

from accounts.age import issuing
from accounts.age.certificates import Anchor
from accounts.age.encodings import MAX_BYTES, read_base64url, write_base64url, write_encoded_cbor
from accounts.age.issuing import make_certificate
from accounts.age.mdoc import NAMESPACE, verify_device_response, verify_issuer_signed
from accounts.age.openid4vp import read_vp_token
from accounts.age.refusals import RefusalCode, Refused
from accounts.tests.age.forgeries import REFUSED, below_intermediate, signer
from accounts.tests.age.house import ISSUER, NOW, PHONE, TRANSCRIPT, Proof, honest, load

C = RefusalCode
REFERENCE = load("proof-of-age-1.json")


def refusal_of(proof: Proof, data: bytes | str | None = None) -> RefusalCode:
    with pytest.raises(Refused) as caught:
        proof.judge(data)
    return caught.value.code


# ---- What is accepted ------------------------------------------------------------------------------------------------------------
def test_an_honest_proof_tells_the_age_asked_and_no_more() -> None:
    attested = honest(ages={"age_over_18": True, "age_over_21": True}).judge()
    assert attested.over == 18
    assert attested.issuer_country == "FR"
    assert attested.anchor_fingerprint == hashlib.sha256(ISSUER.authority.der).hexdigest()
    assert attested.valid_until == datetime(2027, 3, 1, 11, 0, tzinfo=NOW.tzinfo)


def test_bytes_are_judged_as_their_text() -> None:
    proof = honest()
    assert proof.judge(read_base64url(proof.encode())) == proof.judge()


def test_a_higher_age_proves_a_lower_one() -> None:
    assert honest(ages={"age_over_21": True}).judge().over == 18


def test_one_true_age_is_enough_beside_a_false_one() -> None:
    assert honest(ages={"age_over_18": True, "age_over_65": False}).judge().over == 18


def test_the_signers_own_certificate_may_be_the_anchor() -> None:
    proof = honest()
    proof.anchors = [ISSUER.signer.anchor()]
    assert proof.judge().anchor_fingerprint == hashlib.sha256(ISSUER.signer.der).hexdigest()


def test_an_intermediate_authority_may_stand_between() -> None:
    assert honest(issuer=below_intermediate()).judge().over == 18


def test_an_anchor_that_cannot_be_read_closes_no_other() -> None:
    proof = honest()
    proof.anchors = [Anchor.of(b"\x30\x00", country="XX"), *proof.anchors]
    assert proof.judge().issuer_country == "FR"


def test_a_granted_entry_counts_beside_a_withdrawn_twin() -> None:
    proof = honest()
    other = make_certificate("Honest CA", now=NOW, is_ca=True)
    proof.anchors = [other.anchor(granted=False), *proof.anchors]
    assert proof.judge().over == 18


@pytest.mark.parametrize("purpose", ["1.3.130.2.0.0.1.2", "1.0.18013.5.1.2"])
def test_both_purposes_of_a_signer_count(purpose: str) -> None:
    assert honest(issuer=signer(purposes=(purpose,))).judge().over == 18


@pytest.mark.parametrize("name", ["SHA-384", "SHA-512"])
def test_longer_digests_count(name: str) -> None:
    items = issuing.make_items({"age_over_18": True})
    digest = hashlib.new(name.replace("-", ""), write_encoded_cbor(items[0])).digest()

    def change(mso: dict[str, Any]) -> None:
        mso["digestAlgorithm"] = name
        mso["valueDigests"] = {NAMESPACE: {0: digest}}

    assert honest(items=items, mso=change).judge().over == 18


# ---- The reference attestation of the EU specification ---------------------------------------------------------------------------
def reference_anchor() -> Anchor:
    der = bytes.fromhex(REFERENCE["issuer_auth"]["x5chain_der_hex"][0])
    anchor = Anchor.of(der, country="AV")
    assert anchor.fingerprint == REFERENCE["signer_certificate"]["sha256_fingerprint"]
    return anchor


def test_the_reference_attestation_is_authentic() -> None:
    """Its certificate has the mis-encoded issuerAltName on which a naive reader of extensions fails."""
    item = cbor2.loads(bytes.fromhex(REFERENCE["issuer_signed_hex"]))
    issued = verify_issuer_signed(item, anchors=[reference_anchor()], now=datetime.fromisoformat(REFERENCE["verify_at"]))
    assert issued.ages == {18: True}
    assert issued.valid_until == datetime.fromisoformat(REFERENCE["validity"]["validUntil"])
    assert f"{issued.device_key.public_numbers().x:064x}" == REFERENCE["device_key"]["x_hex"]


def test_the_reference_attestation_has_ended() -> None:
    item = cbor2.loads(bytes.fromhex(REFERENCE["issuer_signed_hex"]))
    with pytest.raises(Refused) as caught:
        verify_issuer_signed(item, anchors=[reference_anchor()], now=datetime.fromisoformat("2025-09-19T00:00:00Z"))
    assert caught.value.code == C.EXPIRED


def test_nobody_can_show_the_reference_attestation_without_its_phone() -> None:
    item = cbor2.loads(bytes.fromhex(REFERENCE["issuer_signed_hex"]))
    response = issuing.make_device_response(item, PHONE, TRANSCRIPT)
    proof = Proof(response, anchors=[reference_anchor()], now=datetime.fromisoformat(REFERENCE["verify_at"]))
    assert refusal_of(proof) == C.HOLDER_BINDING


def test_the_second_reference_attestation_is_authentic_and_names_its_place_in_a_status_list() -> None:
    sample = load("proof-of-age-2.json")
    response = cbor2.loads(bytes.fromhex(sample["device_response_hex"]))
    item = response["documents"][0]["issuerSigned"]
    anchor = Anchor.of(item["issuerAuth"][1][33], country="EU")
    assert anchor.fingerprint == sample["signer_sha256_fingerprint"]
    now = datetime.fromisoformat(sample["verify_at"])
    reader = Said(None, now=now)
    issued = verify_issuer_signed(item, anchors=[anchor], now=now, statuses=reader)
    assert issued.ages == {18: True}
    assert issued.valid_until == datetime.fromisoformat(sample["valid_until"])
    assert reader.asked == [(sample["status"]["uri"], 450)]
    assert refusal_of(Proof(response, anchors=[anchor], now=now)) == C.HOLDER_BINDING


# ---- What is refused -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_by_its_own_name(name: str) -> None:
    make, code = REFUSED[name]
    assert refusal_of(make()) == code


TEXTS: dict[str, tuple[Callable[[str], bytes | str], RefusalCode]] = {
    "trailing bytes": (lambda text: read_base64url(text) + b"\x00", C.CBOR),
    "two items": (lambda text: read_base64url(text) * 2, C.CBOR),
    "nothing": (lambda _text: "", C.CBOR),
    "cut short": (lambda text: read_base64url(text)[:-1], C.CBOR),
    "one byte above 64 KiB": (lambda _text: bytes(MAX_BYTES + 1), C.TOO_LARGE),
    "one byte above 64 KiB as text": (lambda _text: write_base64url(bytes(MAX_BYTES + 1)), C.TOO_LARGE),
    "padding": (lambda text: text + "=", C.ENCODING),
    "the other alphabet": (lambda text: "+/" + text[2:], C.ENCODING),
    "a blank": (lambda text: text[:9] + " " + text[10:], C.ENCODING),
    "a line end": (lambda text: text + "\n", C.ENCODING),
    "stray bits": (lambda _text: "oR", C.ENCODING),
    "a key twice": (lambda _text: b"\xa2\x61a\x01\x61a\x01", C.CBOR),
    "deep nesting": (lambda _text: b"\x81" * 5000 + b"\x00", C.CBOR),
    "a promise of 4 GiB": (lambda _text: b"\x5a\xff\xff\xff\xff", C.CBOR),
    "a pattern": (lambda _text: b"\xd8\x23\x61(", C.CBOR),
    "a shared reference": (lambda _text: b"\xd8\x1c\x81\xd8\x1d\x00", C.CBOR),
    "another item": (lambda _text: b"\x01", C.STRUCTURE),
}


@pytest.mark.parametrize("name", TEXTS)
def test_it_is_read_strictly(name: str) -> None:
    change, code = TEXTS[name]
    proof = honest()
    assert refusal_of(proof, change(proof.encode())) == code


def test_two_entries_of_vp_token_are_refused() -> None:
    text = honest().encode()
    with pytest.raises(Refused) as caught:
        read_vp_token(f'{{"proof_of_age":["{text}","{text}"]}}')
    assert caught.value.code == C.DOCUMENTS


@pytest.mark.parametrize("moment", [NOW - timedelta(hours=1), datetime(2027, 3, 1, 11, 0, tzinfo=NOW.tzinfo)])
def test_the_first_and_the_last_moment_count(moment: datetime) -> None:
    proof = honest()
    proof.now = moment
    assert proof.judge().over == 18


class Said:
    """A reader of status lists that says one thing."""

    def __init__(self, answer: bool | None, *, now: datetime = NOW) -> None:
        self.answer = answer
        self.now = now
        self.asked: list[tuple[str, int]] = []

    def is_revoked(self, *, uri: str, index: int, now: datetime) -> bool | None:
        assert now == self.now
        self.asked.append((uri, index))
        return self.answer


def judge_with_status(status: Any, reader: Said | None) -> None:
    proof = honest(mso=lambda mso: mso.update(status=status))
    verify_device_response(proof.encode(), transcript=TRANSCRIPT, anchors=proof.anchors, threshold=18, now=NOW, statuses=reader)


LISTED = {"status_list": {"idx": 7, "uri": "https://issuer.example/1"}}


def test_a_revoked_attestation_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        judge_with_status(LISTED, Said(True))
    assert caught.value.code == C.REVOKED


@pytest.mark.parametrize("answer", [False, None])
def test_a_list_that_says_nothing_bad_or_nothing_refuses_nobody(answer: bool | None) -> None:
    reader = Said(answer)
    judge_with_status(LISTED, reader)
    assert reader.asked == [("https://issuer.example/1", 7)]


def test_without_a_reader_or_a_status_list_nobody_is_asked() -> None:
    reader = Said(True)
    judge_with_status(LISTED, None)
    judge_with_status({"identifier_list": {"id": b"1", "uri": "https://issuer.example/2"}}, reader)
    assert reader.asked == []


@pytest.mark.parametrize(
    "status", [1, {"status_list": 1}, {"status_list": {"idx": True, "uri": "https://a"}}, {"status_list": {"idx": -1, "uri": ""}}]
)
def test_a_status_of_another_form_is_refused(status: Any) -> None:
    with pytest.raises(Refused) as caught:
        judge_with_status(status, Said(False))
    assert caught.value.code == C.STRUCTURE
