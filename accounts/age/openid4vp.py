"""OpenID4VP 1.0 as the EU age profile narrows it: a request by value to `av://`, an answer by direct_post, no encryption."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from accounts.age.encodings import read_json_object
from accounts.age.mdoc import DOCTYPE, NAMESPACE
from accounts.age.refusals import RefusalCode, Refused, demand

CREDENTIAL_ID = "proof_of_age"
WALLET = "av://"
# A DeviceResponse of 64 KiB in base64url, and the JSON around it.
MAX_VP_TOKEN = 96 * 1024


def client_id_of(response_uri: str) -> str:
    """The verifier's name: it needs no registration, only that the answer goes where the name says."""
    return f"redirect_uri:{response_uri}"


def dcql_query(threshold: int = 18) -> dict[str, Any]:
    """What is asked of an mdoc wallet: one attribute of one document, and nothing to remember."""
    return _query("mso_mdoc", {"doctype_value": DOCTYPE}, [NAMESPACE, f"age_over_{threshold}"])


def sdjwt_dcql_query(vct: str, threshold: int = 18) -> dict[str, Any]:
    """The same question to a wallet with `dc+sd-jwt` credentials."""
    return _query("dc+sd-jwt", {"vct_values": [vct]}, ["age_equal_or_over", str(threshold)])


def authorization_request(
    *, response_uri: str, nonce: str, state: str, query: dict[str, Any] | None = None, wallet: str = WALLET, threshold: int = 18
) -> str:
    """The link that opens the wallet, also what a QR code holds. `query` is that of an mdoc unless given."""
    return (
        wallet
        + "?"
        + urlencode(
            {
                "response_type": "vp_token",
                "response_mode": "direct_post",
                "client_id": client_id_of(response_uri),
                "response_uri": response_uri,
                "nonce": nonce,
                "state": state,
                "dcql_query": json.dumps(query or dcql_query(threshold), separators=(",", ":")),
            },
            quote_via=quote,
        )
    )


def read_vp_token(text: str) -> str:
    """The one presentation in the form field `vp_token`: `{"proof_of_age": ["…"]}`.

    Raises:
        Refused: TOO_LARGE, VP_TOKEN, DOCUMENTS (more presentations than one).
    """
    demand(len(text) <= MAX_VP_TOKEN, RefusalCode.TOO_LARGE)
    try:
        token = read_json_object(text)
    except Refused as error:
        raise Refused(RefusalCode.VP_TOKEN) from error
    demand(list(token) == [CREDENTIAL_ID], RefusalCode.VP_TOKEN)
    presentations = token[CREDENTIAL_ID]
    if not isinstance(presentations, list) or not all(isinstance(item, str) for item in presentations):
        raise Refused(RefusalCode.VP_TOKEN)
    demand(len(presentations) == 1, RefusalCode.DOCUMENTS)
    return str(presentations[0])


def _query(form: str, meta: dict[str, Any], path: list[str]) -> dict[str, Any]:
    return {"credentials": [{"id": CREDENTIAL_ID, "format": form, "meta": meta, "claims": [{"path": path}]}]}
