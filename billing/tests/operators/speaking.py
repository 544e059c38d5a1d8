"""Speaking to the simulator of the operators as their clients do."""

from __future__ import annotations

import base64
import json
from typing import Any

from billing.tests.operators.standin import Operators

INITIATE = "/mvola/mm/transactions/type/merchantpay/1.0.0/"

ORDER: dict[str, Any] = {
    "amount": "1500",
    "currency": "Ar",
    "descriptionText": "Abonnement-1",
    "requestingOrganisationTransactionReference": "A1",
    "originalTransactionReference": "",
    "requestDate": "2026-11-26T10:00:00.123Z",
    "debitParty": [{"key": "msisdn", "value": "0343500003"}],
    "creditParty": [{"key": "msisdn", "value": "0343500004"}],
    "metadata": [{"key": "partnerName", "value": "Shop"}],
}

PAYMENT: dict[str, Any] = {
    "reference": "A1",
    "subscriber": {"country": "MG", "currency": "MGA", "msisdn": "330000003"},
    "transaction": {"amount": 1500, "country": "MG", "currency": "MGA", "id": "A1"},
}

WEBPAYMENT: dict[str, Any] = {
    "merchant_key": "orange-merchant",
    "currency": "MGA",
    "order_id": "A1",
    "amount": 1500,
    "return_url": "https://shop.example/back",
    "cancel_url": "https://shop.example/cancel",
    "notif_url": "https://shop.example/notify",
    "lang": "fr",
    "reference": "Shop",
}


def mvola(operators: Operators, **headers: str) -> dict[str, str]:
    basic = base64.b64encode(b"mvola-key:mvola-secret").decode()
    form = "grant_type=client_credentials&scope=EXT_INT_MVOLA_SCOPE"
    said = json.loads(operators.call("POST", "/token", form, Authorization=f"Basic {basic}")[1])
    names = {"Version": "1.0", "X_CorrelationID": "c-1", "UserAccountIdentifier": "msisdn;0343500004"}
    return {"Authorization": f"Bearer {said['access_token']}", **names, **headers}


def initiate(operators: Operators, **changes: Any) -> tuple[int, Any]:
    return operators.json("POST", INITIATE, {**ORDER, **changes}, **mvola(operators))


def airtel(operators: Operators) -> dict[str, str]:
    keys = {"client_id": "airtel-client", "client_secret": "airtel-secret", "grant_type": "client_credentials"}
    token = operators.json("POST", "/auth/oauth2/token", keys)[1]["access_token"]
    return {"Authorization": f"Bearer {token}", "X_Country": "MG", "X_Currency": "MGA"}


def submit(operators: Operators, subscriber: dict[str, Any], transaction: dict[str, Any], **changes: Any) -> tuple[int, Any]:
    body = {
        **PAYMENT,
        **changes,
        "subscriber": {**PAYMENT["subscriber"], **subscriber},
        "transaction": {**PAYMENT["transaction"], **transaction},
    }
    return operators.json("POST", "/merchant/v1/payments/", body, **airtel(operators))


def orange(operators: Operators) -> dict[str, str]:
    basic = base64.b64encode(b"orange-client:orange-secret").decode()
    said = json.loads(operators.call("POST", "/oauth/v3/token", "grant_type=client_credentials", Authorization=f"Basic {basic}")[1])
    return {"Authorization": f"Bearer {said['access_token']}"}


def webpayment(operators: Operators, **changes: Any) -> tuple[int, Any]:
    return operators.json("POST", "/orange-money-webpay/mg/v1/webpayment", {**WEBPAYMENT, **changes}, **orange(operators))


def today(operators: Operators) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(operators.json("GET", "/__sim/state")[1]["now"], UTC).date().isoformat()
