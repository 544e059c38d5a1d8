"""The trusted list: only what the pinned signer signed, never older than what one has, never fetched from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from accounts.age.issuing import make_certificate
from accounts.age.listing import DEPRECATED, WITHDRAWN, Service, make_trusted_list
from accounts.age.mdoc import verify_device_response
from accounts.age.refusals import RefusalCode, Refused
from accounts.age.trustedlist import GRANTED, RECOGNIZED, ListFault, ListRefused, TrustedList, read_trusted_list
from accounts.tests.age.house import ISSUER, NOW, TRANSCRIPT, honest

SIGNER = make_certificate("List signer", now=NOW, purposes=())
OTHER = make_certificate("Other CA", now=NOW, is_ca=True, country="DE")
SERVICES = [Service(ISSUER.authority.der, status=GRANTED), Service(OTHER.der, status=WITHDRAWN, country="de", organisation="Other")]
LIST = make_trusted_list(SERVICES, signer=SIGNER, now=NOW, sequence=7)


def read(data: bytes = LIST, *, least_sequence: int = 0, after: timedelta = timedelta(0)) -> TrustedList:
    return read_trusted_list(data, signers=[SIGNER.der], now=NOW + after, least_sequence=least_sequence)


def fault_of(data: bytes) -> ListFault:
    with pytest.raises(ListRefused) as caught:
        read(data)
    return caught.value.fault


def test_a_signed_list_becomes_anchors() -> None:
    found = read()
    assert found.sequence == 7
    assert found.issued_at == NOW
    assert found.next_update == NOW + timedelta(days=30)
    assert [(anchor.fingerprint, anchor.country, anchor.granted) for anchor in found.anchors] == [
        (ISSUER.anchor.fingerprint, "FR", True),
        (OTHER.anchor().fingerprint, "DE", False),
    ]
    assert found.anchors[0] == replace(ISSUER.anchor, organisation="Honest")


def test_its_anchors_judge_proofs() -> None:
    proof = honest()
    proof.anchors = list(read().anchors)
    assert proof.judge().issuer_country == "FR"


def test_a_withdrawn_service_is_refused_by_name() -> None:
    withdrawn = make_trusted_list([Service(ISSUER.authority.der, status=WITHDRAWN)], signer=SIGNER, now=NOW)
    with pytest.raises(Refused) as caught:
        verify_device_response(honest().encode(), transcript=TRANSCRIPT, anchors=read(withdrawn).anchors, threshold=18, now=NOW)
    assert caught.value.code == RefusalCode.ISSUER_WITHDRAWN


def test_a_certificate_that_one_service_lost_is_not_granted() -> None:
    both = [Service(ISSUER.authority.der), Service(ISSUER.authority.der, status=WITHDRAWN)]
    for services in (both, both[::-1]):
        (anchor,) = read(make_trusted_list(services, signer=SIGNER, now=NOW)).anchors
        assert not anchor.granted


@pytest.mark.parametrize(
    ("status", "granted"),
    [
        (RECOGNIZED, True),
        (GRANTED, True),
        (f"\n   {RECOGNIZED} ", True),
        (DEPRECATED, False),
        (WITHDRAWN, False),
        (RECOGNIZED + "x", False),
    ],
)
def test_the_words_for_good_standing(status: str, granted: bool) -> None:
    (anchor,) = read(make_trusted_list([Service(ISSUER.authority.der, status=status)], signer=SIGNER, now=NOW)).anchors
    assert anchor.granted is granted


def test_who_is_listed_for_another_service_issues_no_proofs() -> None:
    """The list has room for verifiers too."""
    listed = [Service(OTHER.der, kind="http://ec.europa.eu/tools/lotl/av/TrstSvc/Svctype/Verifier"), Service(ISSUER.authority.der)]
    found = read(make_trusted_list(listed, signer=SIGNER, now=NOW))
    assert [anchor.fingerprint for anchor in found.anchors] == [ISSUER.anchor.fingerprint]


def test_a_list_signed_as_the_sample_of_the_commission_is() -> None:
    """Two references: the document and the signed properties; the signer's certificate is pinned here and need not be signed."""
    sparing = make_trusted_list(SERVICES, signer=SIGNER, now=NOW, sequence=9, signs_certificate=False)
    assert sparing.count(b"<ds:Reference ") == LIST.count(b"<ds:Reference ") - 1 == 2
    assert read(sparing).sequence == 9
    assert fault_of(sparing.replace(b"/withdrawn", b"/granted")) == ListFault.SIGNATURE
    stranger = make_certificate("List signer", now=NOW, purposes=())
    assert fault_of(make_trusted_list(SERVICES, signer=stranger, now=NOW, signs_certificate=False)) == ListFault.SIGNATURE


def test_any_of_the_pinned_signers_will_do() -> None:
    older = make_certificate("Older signer", now=NOW, purposes=())
    assert read_trusted_list(LIST, signers=[older.der, SIGNER.der], now=NOW).sequence == 7


def replaced(old: bytes, new: bytes) -> Callable[[], bytes]:
    def change() -> bytes:
        assert old in LIST
        return LIST.replace(old, new, 1)

    return change


def wrapped() -> bytes:
    """A forger's list at the top, the signed one hidden in the signature."""
    signed = etree.fromstring(LIST)
    bare = re.sub(rb"<ds:Signature.*</ds:Signature>", b"", LIST, flags=re.DOTALL)
    forged = etree.fromstring(bare.replace(b"/withdrawn", b"/granted"))
    signature = signed.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    hidden = etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object")
    hidden.append(signed.find("{*}TrustServiceProviderList"))
    forged.append(signature)
    return bytes(etree.tostring(forged))


def with_a_doctype() -> bytes:
    return LIST.replace(b"<TrustServiceStatusList", b'<!DOCTYPE x [<!ENTITY a "b">]><TrustServiceStatusList', 1)


def laughing() -> bytes:
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 9))
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">' + entities + b"]>"
    return head + b"<TrustServiceStatusList>&l8;</TrustServiceStatusList>"


def reading_a_file() -> bytes:
    return b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


FAULTS: dict[str, tuple[Callable[[], bytes], ListFault]] = {
    "granted flipped to withdrawn": (replaced(b"/granted", b"/withdrawn"), ListFault.SIGNATURE),
    "withdrawn flipped to granted": (replaced(b"/withdrawn", b"/granted"), ListFault.SIGNATURE),
    "sequence raised": (replaced(b">7<", b">8<"), ListFault.SIGNATURE),
    "next update moved": (replaced(b"<dateTime>2026", b"<dateTime>2036"), ListFault.SIGNATURE),
    "country changed": (replaced(b">FR<", b">XX<"), ListFault.SIGNATURE),
    "time of signing changed": (replaced(b"<xades:SigningTime>20", b"<xades:SigningTime>21"), ListFault.SIGNATURE),
    "by another signer": (
        lambda: make_trusted_list(SERVICES, signer=make_certificate("List signer", now=NOW, purposes=()), now=NOW),
        ListFault.SIGNATURE,
    ),
    "signature taken off": (lambda: re.sub(rb"<ds:Signature.*</ds:Signature>", b"", LIST, flags=re.DOTALL), ListFault.SIGNATURE),
    "signature around a hidden list": (wrapped, ListFault.SIGNATURE),
    "one reference less": (lambda: re.sub(rb'<ds:Reference URI="#SignXMLCert.*?</ds:Reference>', b"", LIST), ListFault.SIGNATURE),
    "a doctype": (with_a_doctype, ListFault.XML),
    "a billion laughs": (laughing, ListFault.XML),
    "a file by entity": (reading_a_file, ListFault.XML),
    "not XML": (lambda: b"hello", ListFault.XML),
    "nothing": (lambda: b"", ListFault.XML),
    "other XML": (lambda: b"<html/>", ListFault.SIGNATURE),
    "too large": (lambda: b" " * (16 * 1024 * 1024 + 1), ListFault.TOO_LARGE),
    "a certificate that is none": (lambda: make_trusted_list([Service(b"x")], signer=SIGNER, now=NOW), ListFault.CONTENT),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_list_is_not_taken(name: str) -> None:
    make, fault = FAULTS[name]
    assert fault_of(make()) == fault


def test_the_sequence_never_goes_back() -> None:
    assert read(least_sequence=7).sequence == 7
    with pytest.raises(ListRefused) as caught:
        read(least_sequence=8)
    assert caught.value.fault == ListFault.SEQUENCE


def test_a_late_successor_closes_after_seven_days() -> None:
    found = read(after=timedelta(days=37))
    assert not found.is_stale(NOW + timedelta(days=37))
    assert found.is_stale(NOW + timedelta(days=37, seconds=1))
    with pytest.raises(ListRefused) as caught:
        read(after=timedelta(days=37, seconds=1))
    assert caught.value.fault == ListFault.STALE


def test_a_flipped_bit_anywhere_in_the_content_is_noticed() -> None:
    end = LIST.index(b"<ds:Signature")
    for place in range(LIST.index(b"<SchemeInformation"), end, 97):
        bent = bytearray(LIST)
        bent[place] ^= 0x02
        assert fault_of(bytes(bent)) in {ListFault.SIGNATURE, ListFault.XML}
