"""OIDC_THIRD_PARTY: what an identity provider says of the age of its account. A declaration: no gate opens by it alone.

OpenID Connect Core 1.0, code flow, with PKCE (RFC 7636) and the issuer named in the answer (RFC 9207). The ID token comes straight from the
token endpoint over TLS, which stands for its signature (Core 3.1.3.7, 6); its claims are checked all the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from accounts.age.attestation import Attested
from accounts.age.birthdates import is_old_enough, read_birthdate
from accounts.age.encodings import read_base64url, read_json_object, write_base64url
from accounts.age.refusals import RefusalCode, Refused, demand
from accounts.enums import AgeMethod, Assurance
from accounts.models import AgeCheck
from accounts.providers.base import Challenge, ChallengeKind, asking, open_held, return_uri_of, seal_held
from core.http import BadAnswer, call

_SKEW = timedelta(minutes=5)
_GOOD_FOR = timedelta(days=365)
_SECONDS = 6.0  # somebody waits for the page meanwhile
_ENDPOINTS = ("authorization_endpoint", "token_endpoint")
_AGE = "age_over_18"


class OidcThirdParty:
    """See the module."""

    method = AgeMethod.OIDC_THIRD_PARTY
    assurance = Assurance.DECLARED
    lifetime = timedelta(minutes=10)

    def start(self, *, check: AgeCheck, state: str, origin: str, now: datetime) -> Challenge:
        """The provider's page, with a challenge whose answer is kept sealed with the attempt."""
        verifier = secrets.token_urlsafe(48)
        query = {
            "response_type": "code",
            "client_id": settings.OIDC_CLIENT_ID,
            "redirect_uri": return_uri_of(origin),
            "scope": settings.OIDC_SCOPE,
            "state": state,
            "nonce": check.nonce,
            "code_challenge": write_base64url(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        page = _discover()["authorization_endpoint"]
        seal_held(check, verifier.encode())
        return Challenge(ChallengeKind.REDIRECT, link=f"{page}{'&' if '?' in page else '?'}{urlencode(query, quote_via=quote)}")

    def complete(self, *, check: AgeCheck, payload: Mapping[str, Any], origin: str, now: datetime) -> Attested:
        """Change the code for a token, and read whether it says that the person is old enough.

        Raises:
            Refused.
        """
        demand("error" not in payload, RefusalCode.NOT_FINISHED)
        demand(payload.get("iss", settings.OIDC_ISSUER) == settings.OIDC_ISSUER, RefusalCode.OIDC_TOKEN)
        place = _discover()
        tokens = _fetch_tokens(place["token_endpoint"], str(payload.get("code", "")), open_held(check).decode(), return_uri_of(origin))
        claims = _read_id_token(tokens.get("id_token"), nonce=check.nonce, now=now)
        if not {_AGE, "birthdate"} & claims.keys():
            claims = _fetch_claims(place.get("userinfo_endpoint"), tokens.get("access_token"), claims["sub"])
        demand(_says_old_enough(claims, check.threshold, now), RefusalCode.UNDER_AGE)
        return Attested(over=check.threshold, issuer_country="", anchor_fingerprint="", valid_until=now + _GOOD_FOR)


def _discover() -> dict[str, Any]:
    """The provider's endpoints (OpenID Connect Discovery 1.0, 4)."""
    found = _ask("GET", settings.OIDC_ISSUER.rstrip("/") + "/.well-known/openid-configuration")
    good = found.get("issuer") == settings.OIDC_ISSUER and all(isinstance(found.get(name), str) for name in _ENDPOINTS)
    demand(good, RefusalCode.PROVIDER_UNAVAILABLE)
    return found


def _fetch_tokens(url: str, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
    demand(code, RefusalCode.OIDC_TOKEN)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    pair = f"{quote(settings.OIDC_CLIENT_ID, safe='')}:{quote(settings.OIDC_CLIENT_SECRET, safe='')}"
    return _ask("POST", url, headers={"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, form=form)


def _read_id_token(token: object, *, nonce: str, now: datetime) -> dict[str, Any]:
    """The claims of a token that was made by this issuer, for this house, for this attempt, and is still good."""
    demand(isinstance(token, str) and token.count(".") == 2, RefusalCode.OIDC_TOKEN)
    try:
        claims = read_json_object(read_base64url(str(token).split(".")[1]))
    except Refused as error:
        raise Refused(RefusalCode.OIDC_TOKEN) from error
    audience = claims.get("aud")
    several = isinstance(audience, list) and len(audience) > 1
    demand(claims.get("iss") == settings.OIDC_ISSUER, RefusalCode.OIDC_TOKEN)
    demand(settings.OIDC_CLIENT_ID in (audience if isinstance(audience, list) else [audience]), RefusalCode.OIDC_TOKEN)
    demand(claims.get("azp", None if several else settings.OIDC_CLIENT_ID) == settings.OIDC_CLIENT_ID, RefusalCode.OIDC_TOKEN)
    demand(hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()), RefusalCode.OIDC_TOKEN)
    demand(isinstance(claims.get("sub"), str), RefusalCode.OIDC_TOKEN)
    made, end = _read_moment(claims.get("iat")), _read_moment(claims.get("exp"))
    demand(made - _SKEW.total_seconds() <= now.timestamp() < end + _SKEW.total_seconds(), RefusalCode.OIDC_TOKEN)
    return claims


def _read_moment(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Refused(RefusalCode.OIDC_TOKEN)
    return value


def _fetch_claims(url: object, token: object, subject: str) -> dict[str, Any]:
    """What the userinfo endpoint adds, when it speaks of the same account (Core 5.3.2)."""
    demand(isinstance(url, str) and isinstance(token, str), RefusalCode.OIDC_CLAIM)
    claims = _ask("GET", str(url), headers={"Authorization": f"Bearer {token}"})
    demand(claims.get("sub") == subject, RefusalCode.OIDC_TOKEN)
    return claims


def _says_old_enough(claims: dict[str, Any], threshold: int, now: datetime) -> bool:
    if threshold == 18 and _AGE in claims:
        return claims[_AGE] is True
    try:
        return is_old_enough(read_birthdate(str(claims["birthdate"])), threshold=threshold, today=now.date())
    except (KeyError, ValueError) as error:
        raise Refused(RefusalCode.OIDC_CLAIM) from error


def _ask(method: str, url: str, *, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    with asking(AgeMethod.OIDC_THIRD_PARTY):
        answer = call(method, url, headers=headers, form=form, seconds=_SECONDS)
        if answer.status == 400 and form is not None:  # invalid_grant and its like: the code is no good
            raise Refused(RefusalCode.OIDC_TOKEN)
        if answer.status != 200:
            raise BadAnswer(f"status {answer.status}")
        return answer.read_object()
