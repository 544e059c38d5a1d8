"""The telephone of a payer and the page of Orange, as a person uses them."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest

from billing.tests.operators.speaking import initiate, submit, webpayment
from billing.tests.operators.standin import Operators, wait_until


@pytest.fixture(autouse=True)
def _by_hand(operators: Operators) -> None:
    for name in ("mvola", "orange", "airtel"):
        operators.turn(name, settle_ms=None)


def page(operators: Operators, path: str) -> str:
    status, body, names = operators.call("GET", path)
    assert (status, names["content-type"]) == (200, "text/html; charset=utf-8")
    return body.decode()


def press(operators: Operators, path: str, **form: str) -> tuple[int, str]:
    status, _body, names = operators.call("POST", path, urlencode(form), Content_Type="application/x-www-form-urlencoded")
    return status, names.get("location", "")


def prompts(text: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'<form method="post" action="([^"]+)"', text)]


def test_a_prompt_is_shown_on_its_telephone_alone_and_approved(operators: Operators) -> None:
    name = initiate(operators)[1]["serverCorrelationId"]
    text = page(operators, "/phone/0343500003")
    assert prompts(text) == [f"/phone/0343500003/mvola/{name}"]
    assert "1\u202f500\u00a0Ar" in text
    assert "payer à 0343500004" in text
    assert prompts(page(operators, "/phone/0343500009")) == []
    assert press(operators, prompts(text)[0], key="approve") == (303, "/phone/0343500003")
    after = page(operators, "/phone/0343500003")
    assert (prompts(after), "payé" in after, operators.deal("mvola")["state"]) == ([], True, "COMPLETED")


def test_it_is_refused(operators: Operators) -> None:
    submit(operators, {}, {})
    (where,) = prompts(page(operators, "/phone/0330000003"))
    assert press(operators, where, key="refuse")[0] == 303
    assert operators.deal("airtel")["state"] == "FAILED"
    assert press(operators, where, key="approve")[0] == 303  # too late: nothing changes
    assert operators.deal("airtel")["state"] == "FAILED"


def test_another_s_telephone_presses_nothing(operators: Operators) -> None:
    name = initiate(operators)[1]["serverCorrelationId"]
    for path, key in ((f"/phone/0343500009/mvola/{name}", "approve"), (f"/phone/0343500003/mvola/{name}", "steal")):
        assert press(operators, path, key=key)[0] == 404
    assert press(operators, f"/phone/0343500003/airtel/{name}", key="approve")[0] == 404
    assert operators.deal("mvola")["state"] == "WAITING"


@pytest.mark.parametrize("number", ["0343500003", "+261 34 35 000 03", "034 35 000 03", "343500003"])
def test_a_number_leads_to_its_telephone(operators: Operators, number: str) -> None:
    status, _body, names = operators.call("GET", "/phone?" + urlencode({"number": number}))
    assert (status, names["location"]) == (303, "/phone/0343500003")


def test_what_is_no_number_is_said_and_escaped(operators: Operators) -> None:
    text = page(operators, "/?" + urlencode({"number": "<b>12"}))
    assert "« &lt;b&gt;12 » n’est pas un numéro" in text
    assert "<b>" not in text
    assert operators.call("GET", "/phone/12")[0] == 404


def test_pages_need_no_script_and_fetch_nothing(operators: Operators) -> None:
    initiate(operators)
    text = page(operators, "/phone/0343500003")
    assert "<script" not in text
    assert not re.findall(r"(?:src|href)=\"http", text)
    assert '<meta http-equiv="refresh" content="3">' in text
    assert '<html lang="fr">' in text


def test_the_page_of_orange_confirms_and_sends_the_payer_back(operators: Operators) -> None:
    path = webpayment(operators)[1]["payment_url"].removeprefix(operators.url)
    text = page(operators, path)
    assert "1\u202f500\u00a0Ar" in text
    assert press(operators, path, key="confirm", number="12")[0] == 400
    assert operators.deal("orange")["state"] == "WAITING"
    assert press(operators, path, key="confirm", number="032 00 000 03") == (303, "https://shop.example/back")
    wait_until(lambda: operators.deal("orange")["state"] == "COMPLETED")
    assert operators.deal("orange")["payer"] == "0320000003"
    assert "Ce paiement est payé" in page(operators, path)


def test_the_page_of_orange_cancels(operators: Operators) -> None:
    path = webpayment(operators)[1]["payment_url"].removeprefix(operators.url)
    assert press(operators, path, key="cancel") == (303, "https://shop.example/cancel")
    assert operators.deal("orange")["state"] == "FAILED"
    assert operators.call("GET", "/payment/pay_token/none")[0] == 404


def test_what_a_merchant_says_is_escaped(operators: Operators) -> None:
    path = webpayment(operators, reference="<script>1</script>")[1]["payment_url"].removeprefix(operators.url)
    assert "<script" not in page(operators, path)
