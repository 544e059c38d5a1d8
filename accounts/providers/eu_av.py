"""The EU proof of age as an mdoc: by OpenID4VP to a wallet, or by the browser's Digital Credentials API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from accounts.age.attestation import Attested
from accounts.age.certificates import Anchor
from accounts.age.dcapi import DcRequest, encryption_info_of, make_request, open_response
from accounts.age.encodings import read_base64url
from accounts.age.mdoc import verify_device_response
from accounts.age.openid4vp import WALLET, authorization_request, client_id_of, read_vp_token
from accounts.age.refusals import RefusalCode, demand
from accounts.age.transcripts import openid4vp_transcript
from accounts.enums import AgeFlow, AgeMethod, Assurance
from accounts.models import AgeCheck
from accounts.providers.anchors import list_anchors
from accounts.providers.base import LIFETIME, Challenge, ChallengeKind, response_uri_of
from accounts.providers.statuses import STATUSES
from core.sealing import open_sealed, seal


class EuAgeProof:
    """EU_AV_MDOC."""

    method = AgeMethod.EU_AV_MDOC
    assurance = Assurance.SUBSTANTIAL
    lifetime = LIFETIME
    wallet = WALLET

    def anchors(self, *, now: datetime) -> Sequence[Anchor]:
        """Whom to trust."""
        return list_anchors(now=now)

    def start(self, *, check: AgeCheck, state: str, origin: str, now: datetime) -> Challenge:
        """A link to the wallet, or the options for the browser."""
        if check.flow == AgeFlow.DC_API:
            return self._start_in_browser(check)
        link = authorization_request(
            response_uri=response_uri_of(origin), nonce=check.nonce, state=state, wallet=self.wallet, threshold=check.threshold
        )
        return Challenge(ChallengeKind.QR if check.flow == AgeFlow.CROSS_DEVICE else ChallengeKind.REDIRECT, link=link)

    def _start_in_browser(self, check: AgeCheck) -> Challenge:
        request: DcRequest = make_request(nonce=read_base64url(check.nonce), threshold=check.threshold)
        check.hpke_private_key = seal(check.user.scope, request.private_key, check.sealing_ad)
        return Challenge(ChallengeKind.DC_REQUEST, options=request.as_options())

    def complete(self, *, check: AgeCheck, payload: Mapping[str, Any], origin: str, now: datetime) -> Attested:
        """See `AgeProvider.complete`. `payload` has `vp_token`, or `data` from the browser."""
        anchors = self.anchors(now=now)
        data, transcript = _read(check, payload, origin)
        return verify_device_response(data, transcript=transcript, anchors=anchors, threshold=check.threshold, now=now, statuses=STATUSES)


def _read(check: AgeCheck, payload: Mapping[str, Any], origin: str) -> tuple[bytes | str, bytes]:
    """The presentation, and the transcript of this attempt that it must have signed."""
    if check.flow == AgeFlow.DC_API:
        return _open(check, str(payload.get("data", "")), origin)
    demand("error" not in payload, RefusalCode.WALLET_DECLINED)
    uri = response_uri_of(origin)
    transcript = openid4vp_transcript(client_id=client_id_of(uri), nonce=check.nonce, response_uri=uri)
    return read_vp_token(str(payload.get("vp_token", ""))), transcript


def _open(check: AgeCheck, data: str, origin: str) -> tuple[bytes, bytes]:
    demand(check.hpke_private_key is not None, RefusalCode.STRUCTURE)
    private_key = open_sealed(check.user.scope, bytes(check.hpke_private_key or b""), check.sealing_ad)
    info = encryption_info_of(private_key, nonce=read_base64url(check.nonce))
    return open_response(data, private_key=private_key, encryption_info=info, origin=origin)
