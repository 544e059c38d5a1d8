"""Clients that others wrote and published, unmodified, complete their flow against the stand-in: they agree with us on the contract.

Each runs as a program of its own, as its readme has it; its base URL alone is another.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest

from billing.tests.operators.standin import Operators, wait_until

BASIC = "b3JhbmdlLWNsaWVudDpvcmFuZ2Utc2VjcmV0"

MVOLA = """
import json, sys
from mvola import Mvola
from mvola.tools import Transaction
url, step, token, name = sys.argv[1:]
api = Mvola("mvola-key", "mvola-secret")
api.url = url
if not token:
    asked = api.generate_token()
    assert asked.success, asked.error
    token = asked.response
common = dict(token=token, user_language="FR", user_account_identifier="0343500003", partner_name="Marketbot")
if step == "init":
    done = api.init_transaction(Transaction(**common, amount="1500", x_callback_url="https://shop.example/callback", currency="Ar",
        description_text="Unedescription", request_date="2022-05-06T02:14:59.567Z", original_transaction_reference="A1",
        requesting_organisation_transaction_reference="A1", debit="0343500003", credit="0343500004"))
elif step == "status":
    done = api.status_transaction(Transaction(**common, server_correlation_id=name))
else:
    done = api.details_transaction(Transaction(**common, transid=name))
assert done.success, done.error
print(json.dumps({"token": token, "status": done.status_code, "said": done.response}))
"""

O_MONEY = """
import json, logging, sys
from O_money import Webpay
url, step, order, token = sys.argv[1:]
logging.basicConfig(stream=sys.stderr, level=logging.INFO)
pay = Webpay(logger=logging.getLogger("shop"))
pay.base_url = url
if step == "init":
    made = pay.init_pay(amount=2500, order_id=order, reference="154f5", lang="us")
    print(made.to_json())
else:
    pay.payment_status(order_id=order, amount=2500, pay_token=token)
"""


def run(program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "no_proxy": "*", **variables},
    )


def test_they_are_those_that_were_published() -> None:
    assert (version("mvola"), version("O-money")) == ("1.0.5", "0.0.10")


def test_mvola_1_0_5_begins_asks_and_reads_the_details(operators: Operators) -> None:
    operators.turn("mvola", settle_ms=None)

    def step(name: str, token: str = "", what: str = "") -> dict[str, Any]:
        read: dict[str, Any] = json.loads(run(MVOLA, operators.url, name, token, what).stdout)
        return read

    begun = step("init")
    token, name = begun["token"], begun["said"]["serverCorrelationId"]
    assert (begun["status"], begun["said"]["status"], begun["said"]["notificationMethod"]) == (202, "pending", "callback")
    assert step("status", token, name)["said"]["status"] == "pending"  # it asks for /status//<name>
    assert operators.press("mvola", name, "approve") == 200
    asked = step("status", token, name)["said"]
    assert (asked["status"], asked["serverCorrelationId"]) == ("completed", name)
    details = step("details", token, asked["objectReference"])["said"]
    assert (details["amount"], details["currency"], details["transactionStatus"]) == ("1500.00", "Ar", "completed")
    assert details["debitParty"] == [{"key": "msisdn", "value": "0343500003"}]
    (deal,) = operators.deals("mvola")
    assert (deal["state"], deal["amount"], deal["payee"]) == ("COMPLETED", 1500, "0343500004")


def test_o_money_0_0_10_begins_and_asks(operators: Operators) -> None:
    operators.turn("orange", settle_ms=0)
    variables = {
        "client_id": BASIC,
        "merchant_key": "orange-merchant",
        "return_url": "https://shop.example/back",
        "cancel_url": "https://shop.example/cancel",
        "notif_url": "https://shop.example/notify",
    }
    made = json.loads(run(O_MONEY, operators.url, "init", "5f64v", "", **variables).stdout)
    assert made.keys() == {"status", "message", "pay_token", "notif_token", "payment_url"}
    assert (made["status"], made["message"]) == (201, "OK")
    assert operators.call("GET", made["payment_url"].removeprefix(operators.url))[0] == 200
    assert operators.press("orange", made["pay_token"], "confirm") == 200
    wait_until(lambda: operators.deal("orange")["state"] == "COMPLETED")
    heard = run(O_MONEY, operators.url, "status", "5f64v", made["pay_token"], **variables).stderr
    assert "'status': 'SUCCESS', 'order_id': '5f64v'" in heard
    assert operators.deal("orange")["transaction"] in heard


@pytest.mark.parametrize("knob", ["expires_in_text"])
def test_o_money_breaks_on_what_it_is_known_to_break_on(operators: Operators, knob: str) -> None:
    """Else the knob turns nothing: our own client takes both forms."""
    operators.turn("orange", **{knob: True})
    with pytest.raises(subprocess.CalledProcessError) as failure:
        run(O_MONEY, operators.url, "init", "5f64v", "", client_id=BASIC)
    assert "TypeError: unsupported type for timedelta seconds component: str" in failure.value.stderr
