"""What the judge of an SD-JWT accepts, and the one refusal for each thing that it must not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.age import issuing
from accounts.age.attestation import Attested
from accounts.age.encodings import read_base64url, write_base64url
from accounts.age.issuing import Issuer, issue_sdjwt, present_sdjwt
from accounts.age.refusals import RefusalCode, Refused
from accounts.age.sdjwt import verify_sdjwt
from accounts.tests.age.house import ISSUER, NONCE, NOW, PHONE, RESPONSE_URI

C = RefusalCode
AUDIENCE = f"redirect_uri:{RESPONSE_URI}"
VCT = issuing.DEFAULT_VCT


def credential(**changes: Any) -> str:
    return issue_sdjwt(changes.pop("issuer", ISSUER), PHONE.public_key(), now=NOW, **changes)


def show(text: str, **changes: Any) -> str:
    given: dict[str, Any] = {"nonce": NONCE, "audience": AUDIENCE, "now": NOW}
    return present_sdjwt(text, changes.pop("key", PHONE), **{**given, **changes})


def judge(presentation: str, **changes: Any) -> Attested:
    given: dict[str, Any] = {"nonce": NONCE, "audience": AUDIENCE, "vct": VCT, "anchors": [ISSUER.anchor], "threshold": 18, "now": NOW}
    return verify_sdjwt(presentation, **{**given, **changes})


def test_an_honest_proof_tells_the_age_asked_and_no_more() -> None:
    attested = judge(show(credential(iss="https://issuer.example", issuing_country="FR")))
    assert attested.over == 18
    assert attested.issuer_country == "FR"
    assert attested.anchor_fingerprint == ISSUER.anchor.fingerprint
    assert attested.valid_until == datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def test_what_is_not_disclosed_may_be_there() -> None:
    text = credential(hidden={"birthdate": "2000-01-01"})
    jwt, age, _birth, _end = text.split("~")
    assert judge(show(f"{jwt}~{age}~")).over == 18


def without_disclosures(text: str) -> str:
    return text.split("~", 1)[0] + "~"


def resigned(text: str, change: Callable[[dict[str, Any]], object]) -> str:
    """The issuer's JWT with another payload and the old signature."""
    jwt, rest = text.split("~", 1)
    header, payload, signature = jwt.split(".")
    claims = json.loads(read_base64url(payload))
    change(claims)
    return f"{header}.{write_base64url(json.dumps(claims).encode())}.{signature}~{rest}"


def other_vct() -> str:
    return show(credential(vct="urn:loyalty:1"))


def cut_disclosures() -> str:
    """The holder signed over all disclosures, and somebody took one away."""
    text = credential(hidden={"more": 1})
    shown = show(text)
    jwt, age, _more, binding = shown.split("~")
    return f"{jwt}~{age}~{binding}"


def foreign_disclosure() -> str:
    disclosure, _digest = issuing.make_disclosure("18", True)
    jwt = credential(value=False).split("~")[0]
    return show(f"{jwt}~{disclosure}~")


def alg_none() -> str:
    jwt, rest = credential().split("~", 1)
    _header, payload, _signature = jwt.split(".")
    header = write_base64url(json.dumps({"alg": "none", "typ": "dc+sd-jwt", "x5c": issuing.write_x5c(ISSUER.chain)}).encode())
    return show(f"{header}.{payload}.~{rest}")


def no_chain() -> str:
    return show(issue_sdjwt(Issuer(ISSUER.authority, ISSUER.signer, []), PHONE.public_key(), now=NOW))


def no_end() -> str:
    key, text = ISSUER.signer.key, credential()
    header, payload, _signature = text.split("~")[0].split(".")
    claims = json.loads(read_base64url(payload))
    del claims["exp"]
    return show(issuing.sign_jwt(json.loads(read_base64url(header)), claims, key) + "~" + text.split("~", 1)[1])


def lone_ca() -> str:
    return show(credential(issuer=Issuer(ISSUER.authority, ISSUER.authority, [ISSUER.authority.der])))


REFUSED: dict[str, tuple[Callable[[], str], RefusalCode]] = {
    "wrong nonce": (lambda: show(credential(), nonce="other"), C.NONCE),
    "wrong audience": (lambda: show(credential(), audience="redirect_uri:https://elsewhere.example/"), C.AUDIENCE),
    "another holder's key": (lambda: show(credential(), key=issuing.new_key()), C.HOLDER_BINDING),
    "no key binding": (lambda: credential(), C.KEY_BINDING_MISSING),
    "old key binding": (lambda: show(credential(), iat=int(NOW.timestamp()) - 301), C.KEY_BINDING_STALE),
    "future key binding": (lambda: show(credential(), iat=int(NOW.timestamp()) + 301), C.KEY_BINDING_STALE),
    "unknown issuer": (lambda: show(credential(issuer=Issuer.new(now=NOW, name="Stranger"))), C.UNTRUSTED_ISSUER),
    "issuer of the same name": (lambda: show(credential(issuer=Issuer.new(now=NOW, name="Honest"))), C.UNTRUSTED_ISSUER),
    "CA as signer": (lone_ca, C.KEY_USAGE),
    "no chain": (no_chain, C.CHAIN),
    "changed claims": (lambda: show(resigned(credential(), lambda claims: claims.update(exp=9_999_999_999))), C.ISSUER_SIGNATURE),
    "alg none": (alg_none, C.ALG),
    "another type of token": (lambda: show(credential(header={"typ": "vc+sd-jwt"})), C.JWT_TYPE),
    "a critical header": (lambda: show(credential(header={"crit": ["x"], "x": 1})), C.CRIT),
    "expired": (lambda: show(credential(validity=timedelta(seconds=-301))), C.EXPIRED),
    "no end": (no_end, C.EXPIRED),
    "not yet valid": (lambda: show(credential(nbf=int(NOW.timestamp()) + 301)), C.EXPIRED),
    "another kind of credential": (other_vct, C.VCT),
    "a minor's": (lambda: show(credential(value=False)), C.UNDER_AGE),
    "1 for true": (lambda: show(credential(value=1)), C.UNDER_AGE),
    "nothing disclosed": (lambda: show(without_disclosures(credential())), C.UNDER_AGE),
    "only sixteen": (lambda: show(credential(age=16)), C.OVER_DISCLOSURE),
    "birth date disclosed": (lambda: show(credential(hidden={"birthdate": "2000-01-01"})), C.OVER_DISCLOSURE),
    "name in clear text": (lambda: show(credential(family_name="R")), C.OVER_DISCLOSURE),
    "subject in clear text": (lambda: show(credential(sub="user-1")), C.OVER_DISCLOSURE),
    "disclosures taken away": (cut_disclosures, C.SD_HASH),
    "a disclosure of one's own": (foreign_disclosure, C.DISCLOSURE),
    "another digest": (lambda: show(credential(_sd_alg="sha-512")), C.DIGEST_ALG),
    "no key to bind to": (lambda: show(credential(cnf={})), C.DEVICE_KEY),
    "too large": (lambda: "a" * 65_537, C.TOO_LARGE),
    "not a token": (lambda: "", C.JWT),
    "not base64url": (lambda: "é.b.c~", C.ENCODING),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_by_its_own_name(name: str) -> None:
    make, code = REFUSED[name]
    with pytest.raises(Refused) as caught:
        judge(make())
    assert caught.value.code == code


def test_a_withdrawn_issuer_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        judge(show(credential()), anchors=[replace(ISSUER.anchor, granted=False)])
    assert caught.value.code == C.ISSUER_WITHDRAWN


@pytest.mark.parametrize("claim", [{"exp": float("nan")}, {"exp": "soon"}, {"exp": True}])
def test_an_end_that_is_no_moment_is_no_end(claim: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        judge(show(credential(**claim)))


class Revoked:
    def is_revoked(self, *, uri: str, index: int, now: datetime) -> bool | None:
        return (uri, index, now) == ("https://issuer.example/1", 3, NOW)


def test_a_revoked_credential_is_refused() -> None:
    shown = show(credential(status={"status_list": {"uri": "https://issuer.example/1", "idx": 3}}))
    assert judge(shown).over == 18
    with pytest.raises(Refused) as caught:
        judge(shown, statuses=Revoked())
    assert caught.value.code == C.REVOKED
