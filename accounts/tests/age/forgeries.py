"""Honest proofs, each bent in one place, and the refusal that it must meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_der_x509_certificate

from accounts.age import cose, issuing
from accounts.age.encodings import write_cbor
from accounts.age.issuing import Issuer, make_certificate
from accounts.age.mdoc import DOCTYPE, NAMESPACE
from accounts.age.refusals import RefusalCode
from accounts.tests.age.house import ISSUER, NONCE, NOW, PHONE, TRANSCRIPT, Proof, honest, transcript_of

C = RefusalCode


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


def withdrawn_signer() -> Proof:
    proof = honest()
    proof.anchors = [ISSUER.anchor, ISSUER.signer.anchor(granted=False)]
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
    "withdrawn signer below a granted CA": (withdrawn_signer, C.ISSUER_WITHDRAWN),
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
    "dates as numbers": (with_validity(validUntil=1), C.STRUCTURE),  # type: ignore[arg-type]  # the wrong type is the forgery
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
