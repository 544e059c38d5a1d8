"""The demo wallet: an issuer of this machine's own, and a wallet that runs the real path against it. Never in the server shape."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.conf import settings

from accounts.age.certificates import Anchor
from accounts.age.issuing import Authority, Issuer, issue_mdoc, make_certificate, new_key, present_mdoc
from accounts.age.openid4vp import CREDENTIAL_ID
from accounts.age.refusals import RefusalCode, demand
from accounts.age.transcripts import openid4vp_transcript
from accounts.enums import AgeMethod
from accounts.providers.eu_av import EuAgeProof

PAGE = "/age/demo-wallet/"
_GRANTED, _WITHDRAWN = "demo-issuer.pem", "demo-issuer-withdrawn.pem"


class Holder(StrEnum):
    """Whose wallet it is today."""

    ADULT = "adult"
    MINOR = "minor"
    WITHDRAWN = "withdrawn"


class DemoWallet(EuAgeProof):
    """DEMO_WALLET: the same judgement as EU_AV_MDOC, with another issuer to trust."""

    method = AgeMethod.DEMO_WALLET
    wallet = PAGE

    def anchors(self, *, now: datetime) -> Sequence[Anchor]:
        """This machine's own issuers, one of which has lost its standing."""
        demand(settings.DEMO_WALLET, RefusalCode.METHOD_CLOSED)
        good, bad = (_load_authority(name, now) for name in (_GRANTED, _WITHDRAWN))
        return [good.anchor(), bad.anchor(granted=False)]


def present(*, request: Mapping[str, str], holder: Holder, now: datetime) -> dict[str, str]:
    """The form fields with which the wallet of `holder` answers an authorization request."""
    demand(settings.DEMO_WALLET, RefusalCode.METHOD_CLOSED)
    authority = _load_authority(_WITHDRAWN if holder == Holder.WITHDRAWN else _GRANTED, now)
    signer = make_certificate("Resaka demo DS", now=now, issuer=authority)
    device = new_key()
    issuer = Issuer(authority, signer, [signer.der])
    issued = issue_mdoc(issuer, device.public_key(), now=now, ages={"age_over_18": holder != Holder.MINOR})
    transcript = openid4vp_transcript(
        client_id=request.get("client_id", ""), nonce=request.get("nonce", ""), response_uri=request.get("response_uri", "")
    )
    shown = present_mdoc(issued, device, transcript)
    return {"vp_token": f'{{"{CREDENTIAL_ID}":["{shown}"]}}', "state": request.get("state", "")}


def _load_authority(name: str, now: datetime) -> Authority:
    """The issuer of that file, made at its first use; the key is this machine's alone."""
    path = Path(settings.DATA_DIR) / name
    if not path.exists():
        _make_authority(path, now)
    data = path.read_bytes()
    key = load_pem_private_key(data, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Authority(x509.load_pem_x509_certificate(data), key)


def _make_authority(path: Path, now: datetime) -> None:
    made = make_certificate("Resaka demo CA", now=now, is_ca=True)
    key = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_suffix(f".{os.getpid()}.new")
    with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(key + made.certificate.public_bytes(Encoding.PEM))
    try:
        os.link(draft, path)  # who comes second takes the first one's
    except FileExistsError:
        pass
    finally:
        draft.unlink()
