"""What the judge of an mdoc accepts, and the one refusal for each thing that it must not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_der_x509_certificate

from accounts.age import cose, issuing
from accounts.age.certificates import Anchor
from accounts.age.encodings import MAX_BYTES, read_base64url, write_base64url, write_cbor, write_encoded_cbor
from accounts.age.issuing import Issuer, make_certificate
from accounts.age.mdoc import DOCTYPE, NAMESPACE, verify_device_response, verify_issuer_signed
from accounts.age.openid4vp import read_vp_token
from accounts.age.refusals import RefusalCode, Refused
from accounts.tests.age.house import ISSUER, NONCE, NOW, PHONE, TRANSCRIPT, Proof, honest, load, transcript_of

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


# ---- Issuers that are not to be believed -----------------------------------------------------------------------------------------
def signer(**changes: Any) -> Issuer:
    """An issuer whose signer is made with other properties."""
    made = make_certificate("Other DS", now=NOW, issuer=ISSUER.authority, **changes)
    return Issuer(ISSUER.authority, made, [made.der])


def below_intermediate(*, path_length: int | None = None, **changes: Any) -> Issuer:
    root = ISSUER.authority
    if path_length is not None:
        root = make_certificate("Short CA", now=NOW, is_ca=True, path_length=path_length, key=ISSUER.authority.key)
    middle = make_certificate("Middle", now=NOW, issuer=root, **{"is_ca": True, **changes})
    leaf = make_certificate("Below DS", now=NOW, issuer=middle)
    return Issuer(root, leaf, [leaf.der, middle.der])


def unknown_ca() -> Proof:
    return honest(issuer=Issuer.new(now=NOW, name="Stranger"))


def ca_of_the_same_name() -> Proof:
    return honest(issuer=Issuer.new(now=NOW, name="Honest"))


def withdrawn_ca() -> Proof:
    proof = honest()
    proof.anchors = [replace(ISSUER.anchor, granted=False)]
    return proof


def expired_anchor() -> Proof:
    root = make_certificate("Old CA", now=NOW, is_ca=True, start=NOW - timedelta(days=100), end=NOW - timedelta(days=1))
    leaf = make_certificate("Old DS", now=NOW, issuer=root)
    proof = honest(issuer=Issuer(root, leaf, [leaf.der]))
    proof.anchors = [root.anchor()]
    return proof


def path_too_long() -> Proof:
    issuer = below_intermediate(path_length=0)
    proof = honest(issuer=issuer)
    proof.anchors = [issuer.anchor]
    return proof


def four_certificates() -> Proof:
    proof = honest()
    proof.issuer_auth[1][33] = [ISSUER.signer.der, *[ISSUER.authority.der] * 3]
    return proof


def wrong_curve() -> Proof:
    key = ec.generate_private_key(ec.SECP384R1())
    leaf = make_certificate("P-384 DS", now=NOW, issuer=ISSUER.authority, key=key)
    proof = honest()
    proof.issuer_auth[1][33] = leaf.der
    return proof


def chain_of_strangers() -> Proof:
    """A leaf that the certificate behind it did not sign."""
    middle = make_certificate("Middle", now=NOW, issuer=ISSUER.authority, is_ca=True)
    stranger = make_certificate("Middle", now=NOW, is_ca=True)
    leaf = make_certificate("Below DS", now=NOW, issuer=stranger)
    return honest(issuer=Issuer(ISSUER.authority, leaf, [leaf.der, middle.der]))


def rubbish_as_certificate() -> Proof:
    proof = honest()
    proof.issuer_auth[1][33] = b"\x30\x03\x02\x01\x05"
    return proof


def certificate_with_unused_bits() -> Proof:
    """Found by the mutants: the signature's bit string said to end some bits early, which OpenSSL does not mind."""
    proof = honest(issuer=signer_that_ends_in_zero_bits())
    der, signature = proof.issuer_auth[1][33], load_der_x509_certificate(proof.issuer_auth[1][33]).signature
    place = len(der) - len(signature) - 1
    proof.issuer_auth[1][33] = der[:place] + b"\x01" + der[place + 1 :]
    return proof


def signer_that_ends_in_zero_bits() -> Issuer:
    while True:
        issuer = signer()
        if issuer.signer.der[-1] % 2 == 0:
            return issuer


def no_chain() -> Proof:
    proof = honest()
    del proof.issuer_auth[1][33]
    return proof


def chain_of_one_in_an_array() -> Proof:
    proof = honest()
    proof.issuer_auth[1][33] = [ISSUER.signer.der]
    return proof


# ---- Signatures of the issuer ----------------------------------------------------------------------------------------------------
def alg_none() -> Proof:
    proof = honest()
    proof.issuer_auth[0] = b"\xa0"
    proof.issuer_auth[3] = b""
    return proof


def alg_unprotected() -> Proof:
    proof = honest()
    proof.issuer_auth[1][1] = -7
    return proof


def hs256() -> Proof:
    """HMAC keyed with the public certificate: what a verifier that obeys `alg` would accept."""
    proof = honest()
    header = write_cbor({1: 5})
    mac = hmac.HMAC(ISSUER.signer.der, hashes.SHA256())
    mac.update(cose.to_be_signed(proof.issuer_auth[2], header))
    proof.issuer_auth[0], proof.issuer_auth[3] = header, mac.finalize()
    return proof


def flipped_signature_bit() -> Proof:
    proof = honest()
    signature = bytearray(proof.issuer_auth[3])
    signature[17] ^= 1
    proof.issuer_auth[3] = bytes(signature)
    return proof


def zero_signature() -> Proof:
    proof = honest()
    proof.issuer_auth[3] = bytes(64)
    return proof


def short_signature() -> Proof:
    proof = honest()
    proof.issuer_auth[3] = proof.issuer_auth[3][:63]
    return proof


def changed_mso() -> Proof:
    proof = honest()
    proof.issuer_auth[2] = proof.issuer_auth[2].replace(b"SHA-256", b"SHA-512")
    return proof


# ---- What was signed -------------------------------------------------------------------------------------------------------------
def with_validity(**changes: datetime) -> Callable[[], Proof]:
    return lambda: honest(mso=lambda mso: mso["validityInfo"].update(changes))


def with_mso(**changes: Any) -> Callable[[], Proof]:
    return lambda: honest(mso=lambda mso: mso.update(changes))


def with_ages(**ages: Any) -> Callable[[], Proof]:
    return lambda: honest(ages=ages)


def flipped_value() -> Proof:
    proof = honest(ages={"age_over_18": False})
    item = proof.document["issuerSigned"]["nameSpaces"][NAMESPACE][0]
    proof.document["issuerSigned"]["nameSpaces"][NAMESPACE] = [cbor2.CBORTag(24, item.value.replace(b"\xf4", b"\xf5"))]
    return proof


def shown_twice() -> Proof:
    proof = honest()
    proof.document["issuerSigned"]["nameSpaces"][NAMESPACE] *= 2
    return proof


def one_age_under_two_numbers() -> Proof:
    items = issuing.make_items({"age_over_18": False, "age_over_018": True})
    return honest(items=items)


def second_namespace() -> Proof:
    proof = honest()
    proof.document["issuerSigned"]["nameSpaces"]["org.iso.18013.5.1"] = []
    return proof


def nothing_disclosed() -> Proof:
    proof = honest()
    proof.document["issuerSigned"]["nameSpaces"][NAMESPACE] = []
    return proof


def untagged_item() -> Proof:
    proof = honest()
    proof.document["issuerSigned"]["nameSpaces"][NAMESPACE] = [proof.document["issuerSigned"]["nameSpaces"][NAMESPACE][0].value]
    return proof


def other_doctype() -> Proof:
    proof = honest()
    proof.document["docType"] = "org.iso.18013.5.1.mDL"
    return proof


def doctype_with_a_blank() -> Proof:
    proof = honest()
    proof.document["docType"] = DOCTYPE + " "
    return proof


# ---- Who shows it ----------------------------------------------------------------------------------------------------------------
def wrong_nonce() -> Proof:
    proof = honest()
    proof.transcript = transcript_of(nonce=NONCE[::-1])
    return proof


def wrong_audience() -> Proof:
    proof = honest()
    proof.transcript = transcript_of(response_uri="https://resaka.example.net/age/oid4vp/response")
    return proof


def stolen_attestation() -> Proof:
    proof = honest()
    proof.document["deviceSigned"] = issuing.sign_device(issuing.new_key(), TRANSCRIPT)
    return proof


def device_signed_extras() -> Proof:
    proof = honest()
    extras = write_cbor({NAMESPACE: {"age_over_21": True}})
    proof.document["deviceSigned"] = issuing.sign_device(PHONE, TRANSCRIPT, extras)
    return proof


def device_mac() -> Proof:
    proof = honest()
    proof.document["deviceSigned"]["deviceAuth"] = {"deviceMac": [write_cbor({1: 5}), {}, None, bytes(32)]}
    return proof


def device_mac_beside_signature() -> Proof:
    proof = honest()
    proof.document["deviceSigned"]["deviceAuth"]["deviceMac"] = [write_cbor({1: 5}), {}, None, bytes(32)]
    return proof


def attached_device_payload() -> Proof:
    proof = honest()
    proof.device_auth[2] = b"\xa0"
    return proof


def device_alg_none() -> Proof:
    proof = honest()
    proof.device_auth[0] = b"\xa0"
    return proof


def flipped_device_signature() -> Proof:
    proof = honest()
    signature = bytearray(proof.device_auth[3])
    signature[40] ^= 1
    proof.device_auth[3] = bytes(signature)
    return proof


def key_off_the_curve() -> Proof:
    def change(mso: dict[str, Any]) -> None:
        mso["deviceKeyInfo"]["deviceKey"][-3] = bytes(31) + b"\x01"

    return honest(mso=change)


def key_of_another_curve() -> Proof:
    return honest(mso=lambda mso: mso["deviceKeyInfo"]["deviceKey"].update({-1: 2}))


# ---- The envelope ----------------------------------------------------------------------------------------------------------------
def two_documents() -> Proof:
    proof = honest()
    proof.response["documents"] *= 2
    return proof


def no_documents() -> Proof:
    proof = honest()
    del proof.response["documents"]
    return proof


def error_status() -> Proof:
    proof = honest()
    proof.response["status"] = 10
    return proof


def status_false() -> Proof:
    proof = honest()
    proof.response["status"] = False
    return proof


def other_version() -> Proof:
    proof = honest()
    proof.response["version"] = "1.1"
    return proof


def unknown_member() -> Proof:
    proof = honest()
    proof.document["issuerSigned"]["more"] = 1
    return proof


def under_threshold() -> Proof:
    proof = honest()
    proof.threshold = 21
    return proof


REFUSED: dict[str, tuple[Callable[[], Proof], RefusalCode]] = {
    "wrong nonce": (wrong_nonce, C.HOLDER_BINDING),
    "wrong audience": (wrong_audience, C.HOLDER_BINDING),
    "under age": (with_ages(age_over_18=False), C.UNDER_AGE),
    "only age_over_16": (with_ages(age_over_16=True), C.UNDER_AGE),
    "a threshold above what is proved": (under_threshold, C.UNDER_AGE),
    "1 for true": (with_ages(age_over_18=1), C.UNDER_AGE),
    "a word for true": (with_ages(age_over_18="true"), C.UNDER_AGE),
    "unknown CA": (unknown_ca, C.UNTRUSTED_ISSUER),
    "CA of the same name": (ca_of_the_same_name, C.UNTRUSTED_ISSUER),
    "withdrawn CA": (withdrawn_ca, C.ISSUER_WITHDRAWN),
    "anchor outside its validity": (expired_anchor, C.ANCHOR_VALIDITY),
    "missing EKU": (lambda: honest(issuer=signer(purposes=())), C.EKU),
    "EKU of a web server": (lambda: honest(issuer=signer(purposes=("1.3.6.1.5.5.7.3.1",))), C.EKU),
    "expired signer": (lambda: honest(issuer=signer(end=NOW - timedelta(days=1))), C.CERT_VALIDITY),
    "future signer": (lambda: honest(issuer=signer(start=NOW + timedelta(days=1))), C.CERT_VALIDITY),
    "CA certificate as signer": (lambda: honest(issuer=Issuer(ISSUER.authority, ISSUER.authority, [ISSUER.authority.der])), C.KEY_USAGE),
    "signer that may sign certificates": (lambda: honest(issuer=signer(signs_certificates=True)), C.KEY_USAGE),
    "end-entity certificate as intermediate": (lambda: honest(issuer=below_intermediate(is_ca=False)), C.CHAIN),
    "CA without keyCertSign as intermediate": (lambda: honest(issuer=below_intermediate(signs_certificates=False)), C.CHAIN),
    "expired intermediate": (lambda: honest(issuer=below_intermediate(end=NOW - timedelta(hours=1))), C.CERT_VALIDITY),
    "more intermediates than the CA allows": (path_too_long, C.UNTRUSTED_ISSUER),
    "four certificates": (four_certificates, C.CHAIN),
    "chain of strangers": (chain_of_strangers, C.CHAIN),
    "rubbish as certificate": (rubbish_as_certificate, C.CHAIN),
    "certificate with unused bits": (certificate_with_unused_bits, C.CHAIN),
    "no chain": (no_chain, C.CHAIN),
    "chain of one in an array": (chain_of_one_in_an_array, C.CHAIN),
    "signer on P-384": (wrong_curve, C.CURVE),
    "alg none": (alg_none, C.ALG),
    "HS256": (hs256, C.ALG),
    "alg in the unprotected header": (alg_unprotected, C.ALG),
    "one flipped signature bit": (flipped_signature_bit, C.ISSUER_SIGNATURE),
    "all-zero signature": (zero_signature, C.ISSUER_SIGNATURE),
    "short signature": (short_signature, C.SIG_LENGTH),
    "changed MSO": (changed_mso, C.ISSUER_SIGNATURE),
    "expired MSO": (with_validity(validUntil=NOW - timedelta(seconds=1)), C.EXPIRED),
    "future MSO": (with_validity(validFrom=NOW + timedelta(seconds=1)), C.EXPIRED),
    "over-long MSO": (with_validity(validUntil=NOW + timedelta(days=401)), C.VALIDITY_TOO_LONG),
    "signed before the signer was": (with_validity(signed=NOW - timedelta(days=31)), C.SIGNED_OUTSIDE_CERT),
    "wrong docType": (other_doctype, C.DOCTYPE),
    "docType with the blank of the specification's example": (doctype_with_a_blank, C.DOCTYPE),
    "wrong docType in the MSO": (with_mso(docType="org.iso.18013.5.1.mDL"), C.DOCTYPE),
    "MSO of version 2": (with_mso(version="2.0"), C.STRUCTURE),
    "SHA-1": (with_mso(digestAlgorithm="SHA-1"), C.DIGEST_ALG),
    "dates as numbers": (with_validity(validUntil=1), C.STRUCTURE),  # type: ignore[arg-type]
    "birth_date disclosed": (with_ages(age_over_18=True, birth_date="2000-01-01"), C.OVER_DISCLOSURE),
    "birth_date alone": (with_ages(birth_date="2000-01-01"), C.OVER_DISCLOSURE),
    "age_over with words behind": (with_ages(**{"age_over_18\n": True}), C.OVER_DISCLOSURE),
    "age_over in other digits": (with_ages(age_over_١٨=True), C.OVER_DISCLOSURE),
    "second namespace": (second_namespace, C.NAMESPACE),
    "second namespace signed": (with_mso(valueDigests={NAMESPACE: {}, "x": {}}), C.NAMESPACE),
    "nothing disclosed": (nothing_disclosed, C.STRUCTURE),
    "untagged item": (untagged_item, C.STRUCTURE),
    "flipped value": (flipped_value, C.DIGEST),
    "no digest for an item": (with_mso(valueDigests={NAMESPACE: {7: bytes(32)}}), C.DIGEST),
    "digest of another type": (with_mso(valueDigests={NAMESPACE: {0: "x"}}), C.DIGEST),
    "short salt": (lambda: honest(salt=bytes(15)), C.SALT),
    "item shown twice": (shown_twice, C.DUPLICATE),
    "one age under two names": (one_age_under_two_numbers, C.DUPLICATE),
    "device-signed extras": (device_signed_extras, C.OVER_DISCLOSURE),
    "stolen attestation": (stolen_attestation, C.HOLDER_BINDING),
    "flipped bit of the device's signature": (flipped_device_signature, C.HOLDER_BINDING),
    "device alg none": (device_alg_none, C.ALG),
    "deviceMac instead of signature": (device_mac, C.STRUCTURE),
    "deviceMac beside signature": (device_mac_beside_signature, C.STRUCTURE),
    "device payload attached": (attached_device_payload, C.STRUCTURE),
    "device key off the curve": (key_off_the_curve, C.DEVICE_KEY),
    "device key of another curve": (key_of_another_curve, C.DEVICE_KEY),
    "two documents": (two_documents, C.DOCUMENTS),
    "no documents": (no_documents, C.DOCUMENTS),
    "error status": (error_status, C.STATUS),
    "false for 0": (status_false, C.STATUS),
    "version 1.1": (other_version, C.STATUS),
    "unknown member": (unknown_member, C.STRUCTURE),
}


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
