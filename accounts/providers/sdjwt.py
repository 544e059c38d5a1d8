"""A wallet with `dc+sd-jwt` credentials, by OpenID4VP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.age.attestation import Attested
from accounts.age.openid4vp import authorization_request, client_id_of, read_vp_token, sdjwt_dcql_query
from accounts.age.refusals import RefusalCode, demand
from accounts.age.sdjwt import verify_sdjwt
from accounts.enums import AgeFlow, AgeMethod, Assurance
from accounts.models import AgeCheck
from accounts.providers.anchors import list_anchors
from accounts.providers.base import LIFETIME, Challenge, ChallengeKind, response_uri_of
from accounts.providers.statuses import STATUSES

WALLET = "openid4vp://"


class SdJwtWallet:
    """SDJWT_VC."""

    method = AgeMethod.SDJWT_VC
    assurance = Assurance.SUBSTANTIAL
    lifetime = LIFETIME

    def start(self, *, check: AgeCheck, state: str, origin: str, now: datetime) -> Challenge:
        """A link to the wallet."""
        query = sdjwt_dcql_query(settings.AGE_SDJWT_VCT, check.threshold)
        link = authorization_request(response_uri=response_uri_of(origin), nonce=check.nonce, state=state, query=query, wallet=WALLET)
        return Challenge(ChallengeKind.QR if check.flow == AgeFlow.CROSS_DEVICE else ChallengeKind.REDIRECT, link=link)

    def complete(self, *, check: AgeCheck, payload: Mapping[str, Any], origin: str, now: datetime) -> Attested:
        """See `AgeProvider.complete`."""
        demand("error" not in payload, RefusalCode.WALLET_DECLINED)
        return verify_sdjwt(
            read_vp_token(str(payload.get("vp_token", ""))),
            nonce=check.nonce,
            audience=client_id_of(response_uri_of(origin)),
            vct=settings.AGE_SDJWT_VCT,
            anchors=list_anchors(now=now),
            threshold=check.threshold,
            now=now,
            statuses=STATUSES,
        )
