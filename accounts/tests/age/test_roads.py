"""How a proof travels: transcripts, the request to a wallet, the browser's road, and the rules of one attempt."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import cbor2
import pytest

from accounts.age import issuing
from accounts.age.challenges import check_claim, check_return, hash_secret
from accounts.age.dcapi import DcRequest, make_request, open_response
from accounts.age.encodings import read_base64url, write_base64url, write_cbor
from accounts.age.mdoc import verify_device_response
from accounts.age.openid4vp import authorization_request, read_vp_token, sdjwt_dcql_query
from accounts.age.refusals import RefusalCode, Refused
from accounts.age.transcripts import dcapi_transcript, jwk_thumbprint, openid4vp_dcapi_transcript, openid4vp_transcript
from accounts.tests.age.house import ISSUER, NONCE, NOW, PHONE, RESPONSE_URI, load

C = RefusalCode
VECTORS = load("openid4vp-session-transcript.json")
ORIGIN = "https://resaka.example"
DC_NONCE = bytes(range(24))


# ---- Test vectors of OpenID4VP ---------------------------------------------------------------------------------------------------
def test_the_transcript_of_a_redirect_is_that_of_the_specification() -> None:
    vector = VECTORS["redirect_b_2_6_1"]
    given = vector["input"]
    assert jwk_thumbprint(given["jwk"]).hex() == given["jwk_thumbprint_hex"]
    made = openid4vp_transcript(
        client_id=given["client_id"],
        nonce=given["nonce"],
        response_uri=given["response_uri"],
        jwk_thumbprint=bytes.fromhex(given["jwk_thumbprint_hex"]),
    )
    assert made.hex() == vector["session_transcript_hex"]


def test_the_transcript_of_openid4vp_in_a_browser_is_that_of_the_specification() -> None:
    vector = VECTORS["dc_api_b_2_6_2"]
    given = vector["input"]
    made = openid4vp_dcapi_transcript(
        origin=given["origin"], nonce=given["nonce"], jwk_thumbprint=bytes.fromhex(given["jwk_thumbprint_hex"])
    )
    assert made.hex() == vector["session_transcript_hex"]


def test_without_encryption_the_thumbprint_is_null() -> None:
    """The hash is that of the bytes 84 6161 6162 f6 6163."""
    made = openid4vp_transcript(client_id="a", nonce="b", response_uri="c")
    assert cbor2.loads(made)[2] == ["OpenID4VPHandover", bytes.fromhex("6838a5c7d96f53990c04e9119b157aa37254aff5d07bc3490822590d1b09baa6")]


# ---- OpenID4VP -------------------------------------------------------------------------------------------------------------------
def test_the_link_asks_for_one_attribute() -> None:
    link = authorization_request(response_uri=RESPONSE_URI, nonce=NONCE, state="s")
    assert link.startswith("av://?")
    assert "+" not in link
    fields = {name: values[0] for name, values in parse_qs(urlsplit(link).query, strict_parsing=True).items()}
    query = json.loads(fields.pop("dcql_query"))
    assert fields == {
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "client_id": f"redirect_uri:{RESPONSE_URI}",
        "response_uri": RESPONSE_URI,
        "nonce": NONCE,
        "state": "s",
    }
    assert query == {
        "credentials": [
            {
                "id": "proof_of_age",
                "format": "mso_mdoc",
                "meta": {"doctype_value": "eu.europa.ec.av.1"},
                "claims": [{"path": ["eu.europa.ec.av.1", "age_over_18"]}],
            }
        ]
    }


def test_an_sdjwt_wallet_is_asked_the_same() -> None:
    (asked,) = sdjwt_dcql_query("urn:eudi:pid:1")["credentials"]
    assert asked["format"] == "dc+sd-jwt"
    assert asked["meta"] == {"vct_values": ["urn:eudi:pid:1"]}
    assert asked["claims"] == [{"path": ["age_equal_or_over", "18"]}]


def test_one_presentation_is_read() -> None:
    assert read_vp_token('{"proof_of_age":["abc"]}') == "abc"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"proof_of_age":["a","b"]}', C.DOCUMENTS),
        ('{"proof_of_age":[]}', C.DOCUMENTS),
        ('{"proof_of_age":["a"],"other":["b"]}', C.VP_TOKEN),
        ('{"proof_of_age":["a"],"proof_of_age":["b"]}', C.VP_TOKEN),
        ('{"other":["a"]}', C.VP_TOKEN),
        ('{"proof_of_age":"a"}', C.VP_TOKEN),
        ('{"proof_of_age":[1]}', C.VP_TOKEN),
        ('["a"]', C.VP_TOKEN),
        ("a", C.VP_TOKEN),
        ("", C.VP_TOKEN),
        ("[" * 90_000, C.VP_TOKEN),
        ('{"proof_of_age":["' + "a" * 98_304 + '"]}', C.TOO_LARGE),
    ],
)
def test_other_tokens_are_refused(text: str, code: RefusalCode) -> None:
    with pytest.raises(Refused) as caught:
        read_vp_token(text)
    assert caught.value.code == code


# ---- The browser's road ----------------------------------------------------------------------------------------------------------
def answer(request: DcRequest, *, origin: str = ORIGIN) -> str:
    transcript = dcapi_transcript(encryption_info=request.encryption_info, origin=origin)
    signed = issuing.issue_mdoc(ISSUER, PHONE.public_key(), now=NOW)
    response = write_cbor(issuing.make_device_response(signed, PHONE, transcript))
    return issuing.seal_response(response, encryption_info=request.encryption_info, origin=origin)


def open_at(request: DcRequest, response: str, origin: str = ORIGIN) -> tuple[bytes, bytes]:
    return open_response(response, private_key=request.private_key, encryption_info=request.encryption_info, origin=origin)


def test_a_proof_over_the_browser_is_accepted() -> None:
    request = make_request(nonce=DC_NONCE)
    data, transcript = open_at(request, answer(request))
    attested = verify_device_response(data, transcript=transcript, anchors=[ISSUER.anchor], threshold=18, now=NOW)
    assert attested.over == 18


def test_the_browser_is_asked_for_one_attribute_that_is_not_kept() -> None:
    request = make_request(nonce=DC_NONCE)
    (asked,) = request.as_options()["digital"]["requests"]
    assert asked["protocol"] == "org-iso-mdoc"
    device_request = cbor2.loads(read_base64url(asked["data"]["deviceRequest"]))
    assert device_request["version"] == "1.0"
    (document,) = device_request["docRequests"]
    assert cbor2.loads(document["itemsRequest"].value) == {
        "docType": "eu.europa.ec.av.1",
        "nameSpaces": {"eu.europa.ec.av.1": {"age_over_18": False}},
    }
    name, info = cbor2.loads(read_base64url(asked["data"]["encryptionInfo"]))
    assert name == "dcapi"
    assert info["nonce"] == DC_NONCE
    assert set(info["recipientPublicKey"]) == {1, -1, -2, -3}


def test_the_request_is_that_of_the_specification() -> None:
    assert make_request(nonce=DC_NONCE).device_request == load("proof-of-age-2.json")["device_request"]


def test_every_attempt_has_a_key_of_its_own() -> None:
    first, second = make_request(nonce=DC_NONCE), make_request(nonce=DC_NONCE)
    assert first.private_key != second.private_key
    with pytest.raises(Refused) as caught:
        open_response(answer(first), private_key=second.private_key, encryption_info=first.encryption_info, origin=ORIGIN)
    assert caught.value.code == C.DECRYPTION


@pytest.mark.parametrize("origin", ["https://resaka.example.net", "http://resaka.example", "https://resaka.example/", ""])
def test_another_origin_is_refused(origin: str) -> None:
    request = make_request(nonce=DC_NONCE)
    with pytest.raises(Refused) as caught:
        open_at(request, answer(request, origin=origin))
    assert caught.value.code == C.DECRYPTION


def test_an_answer_to_another_request_is_refused() -> None:
    request, other = make_request(nonce=DC_NONCE), make_request(nonce=DC_NONCE)
    with pytest.raises(Refused) as caught:
        open_response(answer(request), private_key=request.private_key, encryption_info=other.encryption_info, origin=ORIGIN)
    assert caught.value.code == C.DECRYPTION


def test_a_sealed_proof_for_another_transcript_is_refused() -> None:
    """The seal is right and the signature inside was made for another site."""
    request = make_request(nonce=DC_NONCE)
    signed = issuing.issue_mdoc(ISSUER, PHONE.public_key(), now=NOW)
    foreign = dcapi_transcript(encryption_info=request.encryption_info, origin="https://elsewhere.example")
    response = write_cbor(issuing.make_device_response(signed, PHONE, foreign))
    data, transcript = open_at(request, issuing.seal_response(response, encryption_info=request.encryption_info, origin=ORIGIN))
    with pytest.raises(Refused) as caught:
        verify_device_response(data, transcript=transcript, anchors=[ISSUER.anchor], threshold=18, now=NOW)
    assert caught.value.code == C.HOLDER_BINDING


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (["dcapi"], C.STRUCTURE),
        (["other", {"enc": bytes(65), "cipherText": b""}], C.STRUCTURE),
        (["dcapi", {"enc": bytes(64), "cipherText": b""}], C.STRUCTURE),
        (["dcapi", {"enc": "a" * 65, "cipherText": b""}], C.STRUCTURE),
        (["dcapi", {"enc": bytes(65), "cipherText": b"", "more": 1}], C.STRUCTURE),
        (["dcapi", {"enc": bytes(65), "cipherText": b""}], C.DECRYPTION),
        (["dcapi", {"enc": b"\x04" + bytes(64), "cipherText": bytes(99)}], C.DECRYPTION),
        ({"dcapi": 1}, C.STRUCTURE),
        (1, C.STRUCTURE),
    ],
)
def test_an_answer_of_another_form_is_refused(item: Any, code: RefusalCode) -> None:
    with pytest.raises(Refused) as caught:
        open_at(make_request(nonce=DC_NONCE), write_base64url(write_cbor(item)))
    assert caught.value.code == code


# ---- One attempt -----------------------------------------------------------------------------------------------------------------
LATER = NOW + timedelta(seconds=300)


def test_an_attempt_is_answered_once_and_in_time() -> None:
    check_claim(expires_at=LATER, used_at=None, now=NOW)
    with pytest.raises(Refused) as replayed:
        check_claim(expires_at=LATER, used_at=NOW, now=NOW)
    assert replayed.value.code == C.REPLAYED
    with pytest.raises(Refused) as late:
        check_claim(expires_at=LATER, used_at=None, now=LATER)
    assert late.value.code == C.EXPIRED_CHALLENGE


def come_back(**changes: Any) -> None:
    given: dict[str, Any] = {
        "session": "mine",
        "session_hash": hash_secret("mine"),
        "code": "code",
        "code_hash": hash_secret("code"),
        "expires_at": LATER,
        "now": NOW,
    }
    check_return(**{**given, **changes})


def test_the_session_that_asked_comes_back_with_the_code() -> None:
    come_back()
    come_back(code=None, code_hash=None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"session": "theirs"}, C.WRONG_SESSION),
        ({"code": "guess"}, C.WRONG_RESPONSE_CODE),
        ({"code": None}, C.WRONG_RESPONSE_CODE),
        ({"now": LATER}, C.EXPIRED_CHALLENGE),
    ],
)
def test_nobody_else_comes_back(changes: dict[str, Any], code: RefusalCode) -> None:
    with pytest.raises(Refused) as caught:
        come_back(**changes)
    assert caught.value.code == code
