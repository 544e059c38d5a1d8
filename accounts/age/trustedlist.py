"""The Commission's trusted list of age-proof issuers (ETSI TS 119 612 XML, signed by XAdES), read into anchors.

Only what the pinned signer signed is read: the XML that the signature's reference covers, not the file around it. A DOCTYPE is refused,
so there are no entities, and nothing is ever fetched.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from accounts.age.certificates import Anchor

TSL = "http://uri.etsi.org/02231/v2#"
# The one kind of service whose certificates are anchors, and the words for one in good standing: the list for age proofs has a status of
# its own beside ETSI's (eu-digital-identity-wallet/av-srv-web-verifier-endpoint-23220-4-kt @6533118, av-etsi-trusted-list.xml).
ISSUER_SERVICE = "http://ec.europa.eu/tools/lotl/av/TrstSvc/Svctype/PAA"
GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
RECOGNIZED = "http://ec.europa.eu/tools/lotl/av/TrstSvc/TrustedList/Svcstatus/recognized"
MAX_LIST_BYTES = 16 * 1024 * 1024
# How long a list is still good when its successor is late; then the methods that need it close.
GRACE = timedelta(days=7)
# What is signed: the document and the signed properties (as in the sample of the Commission), or the signer's certificate too.
REFERENCES = (2, 3)

_SIGNATURES = frozenset(
    {
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})


class ListFault(StrEnum):
    """Why a list is not taken; the one before stays in force until it is stale itself."""

    TOO_LARGE = "TOO_LARGE"
    XML = "XML"
    SIGNATURE = "SIGNATURE"
    CONTENT = "CONTENT"
    SEQUENCE = "SEQUENCE"
    STALE = "STALE"


class ListRefused(Exception):
    """A trusted list that is not taken."""

    def __init__(self, fault: ListFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class TrustedList:
    """One issue of the list. `anchors` holds withdrawn services too, marked as such."""

    sequence: int
    issued_at: datetime
    next_update: datetime
    anchors: tuple[Anchor, ...]

    def is_stale(self, now: datetime) -> bool:
        """Whether the next issue is so late that this one counts no longer: the methods that need it must close."""
        return now > self.next_update + GRACE


def read_trusted_list(
    data: bytes, *, signers: Iterable[bytes], now: datetime, least_sequence: int = 0, references: Sequence[int] = REFERENCES
) -> TrustedList:
    """The list in `data`, if one of the pinned `signers` (DER certificates) signed it and it is neither older than `least_sequence`
    nor stale.

    Raises:
        ListRefused.
    """
    root = _verify(_parse(data), [x509.load_der_x509_certificate(der) for der in signers], references)
    try:
        found = _read_scheme(root)
        found = replace(found, anchors=_merge(list(_read_anchors(root))))
    except (ValueError, TypeError, AttributeError) as error:
        raise ListRefused(ListFault.CONTENT) from error
    if found.sequence < least_sequence:
        raise ListRefused(ListFault.SEQUENCE)
    if found.is_stale(now):
        raise ListRefused(ListFault.STALE)
    return found


# ---- XML and its signature -------------------------------------------------------------------------------------------------------
def _parse(data: bytes) -> Any:
    if len(data) > MAX_LIST_BYTES:
        raise ListRefused(ListFault.TOO_LARGE)
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ListRefused(ListFault.XML) from error
    if root.getroottree().docinfo.doctype:
        raise ListRefused(ListFault.XML)
    return root


def _verify(root: Any, signers: Sequence[x509.Certificate], references: Sequence[int]) -> Any:
    """The signed list itself."""
    for signer in signers:
        for count in references:
            found = _find_signed(root, signer, count)
            if found is not None:
                return found
    raise ListRefused(ListFault.SIGNATURE)


def _find_signed(root: Any, signer: x509.Certificate, references: int) -> Any | None:
    config = XAdESSignatureConfiguration(
        require_x509=True, location="./", expect_references=references, signature_methods=_SIGNATURES, digest_algorithms=_DIGESTS
    )
    try:
        results = XAdESVerifier().verify(root, x509_cert=signer, expect_config=config)
    except (SignXMLException, ValueError, TypeError, LookupError, AttributeError):  # signxml lets some faults of its input through
        return None
    signed = [result.signed_xml for result in results if getattr(result.signed_xml, "tag", None) == f"{{{TSL}}}TrustServiceStatusList"]
    return signed[0] if len(signed) == 1 else None


# ---- Content ---------------------------------------------------------------------------------------------------------------------
def _read_scheme(root: Any) -> TrustedList:
    scheme = "{*}SchemeInformation/"
    return TrustedList(
        sequence=int(_text(root, scheme + "{*}TSLSequenceNumber")),
        issued_at=_read_moment(_text(root, scheme + "{*}ListIssueDateTime")),
        next_update=_read_moment(_text(root, scheme + "{*}NextUpdate/{*}dateTime")),
        anchors=(),
    )


def _read_anchors(root: Any) -> Iterable[Anchor]:
    territory = _text(root, "{*}SchemeInformation/{*}SchemeTerritory")
    for provider in root.iterfind("{*}TrustServiceProviderList/{*}TrustServiceProvider"):
        country = provider.findtext("{*}TSPInformation/{*}TSPAddress/{*}PostalAddresses/{*}PostalAddress/{*}CountryName") or territory
        name = " ".join((provider.findtext("{*}TSPInformation/{*}TSPName/{*}Name") or "").split())
        for service in provider.iterfind("{*}TSPServices/{*}TSPService/{*}ServiceInformation"):
            if _text(service, "{*}ServiceTypeIdentifier") == ISSUER_SERVICE:
                yield from _read_service(service, country.strip().upper()[:2], name[:200])


def _read_service(service: Any, country: str, organisation: str) -> Iterable[Anchor]:
    granted = _text(service, "{*}ServiceStatus") in {GRANTED, RECOGNIZED}
    for element in service.iterfind("{*}ServiceDigitalIdentity/{*}DigitalId/{*}X509Certificate"):
        der = base64.b64decode("".join((element.text or "").split()), validate=True)
        x509.load_der_x509_certificate(der)
        yield Anchor(der, hashlib.sha256(der).hexdigest(), country, granted, organisation)


def _merge(anchors: Sequence[Anchor]) -> tuple[Anchor, ...]:
    """Each certificate once; one that any of its services lost is not granted."""
    withdrawn = {anchor.fingerprint for anchor in anchors if not anchor.granted}
    once = {anchor.fingerprint: replace(anchor, granted=anchor.fingerprint not in withdrawn) for anchor in anchors}
    return tuple(once.values())


def _text(element: Any, path: str) -> str:
    text = element.findtext(path)
    if not text or not text.strip():
        raise ValueError(path)
    return str(text).strip()


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
