"""A trusted list of our own making, for the tests. As `accounts.age.issuing`, imported by nothing that serves people."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree
from signxml import methods
from signxml.algorithms import DigestAlgorithm
from signxml.xades.xades import XAdESSigner

from accounts.age.issuing import Authority
from accounts.age.trustedlist import GRANTED, ISSUER_SERVICE, RECOGNIZED, TSL

WITHDRAWN = GRANTED.replace("granted", "withdrawn")
DEPRECATED = RECOGNIZED.replace("recognized", "deprecated")


@dataclass(frozen=True)
class Service:
    """One entry of the list."""

    certificate: bytes
    status: str = RECOGNIZED
    country: str = "FR"
    organisation: str = "Honest"
    kind: str = ISSUER_SERVICE


class _SparingSigner(XAdESSigner):
    """Signs the document and the signed properties and no more, as the sample of the Commission is signed."""

    def _add_reference_to_signed_info(self, sig_root: etree._Element, node_to_reference: etree._Element, **attrs: str) -> None:
        if "Type" in attrs:
            super()._add_reference_to_signed_info(sig_root, node_to_reference, **attrs)  # type: ignore[no-untyped-call]  # signxml does not type its hooks


def make_trusted_list(
    services: Sequence[Service],
    *,
    signer: Authority,
    now: datetime,
    sequence: int = 1,
    next_update: datetime | None = None,
    signs_certificate: bool = True,
) -> bytes:
    """A signed list in the form of ETSI TS 119 612, with the elements that are read and those that frame them."""
    root = etree.Element(f"{{{TSL}}}TrustServiceStatusList", nsmap={None: TSL}, TSLTag="http://uri.etsi.org/19612/TSLTag")
    scheme = _add(root, "SchemeInformation")
    _add(scheme, "TSLVersionIdentifier", "6")
    _add(scheme, "TSLSequenceNumber", str(sequence))
    _add(scheme, "SchemeTerritory", "EU")
    _add(scheme, "ListIssueDateTime", _moment(now))
    _add(_add(scheme, "NextUpdate"), "dateTime", _moment(next_update or now + timedelta(days=30)))
    providers = _add(root, "TrustServiceProviderList")
    for service in services:
        _add_provider(providers, service)
    kind = XAdESSigner if signs_certificate else _SparingSigner
    signed = kind(method=methods.enveloped, digest_algorithm=DigestAlgorithm.SHA256, signature_algorithm="ecdsa-sha256").sign(
        root, key=signer.key, cert=[signer.certificate]
    )
    return bytes(etree.tostring(signed, xml_declaration=True, encoding="UTF-8"))


def _add_provider(providers: etree._Element, service: Service) -> None:
    provider = _add(providers, "TrustServiceProvider")
    about = _add(provider, "TSPInformation")
    _add(_add(about, "TSPName"), "Name", service.organisation)
    address = _add(_add(_add(about, "TSPAddress"), "PostalAddresses"), "PostalAddress")
    _add(address, "CountryName", service.country)
    information = _add(_add(_add(provider, "TSPServices"), "TSPService"), "ServiceInformation")
    _add(information, "ServiceTypeIdentifier", service.kind)
    identity = _add(_add(information, "ServiceDigitalIdentity"), "DigitalId")
    _add(identity, "X509Certificate", base64.b64encode(service.certificate).decode("ascii"))
    _add(information, "ServiceStatus", service.status)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{TSL}}}{name}")
    element.text = text
    return element


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
