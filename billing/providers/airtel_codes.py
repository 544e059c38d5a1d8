"""What Airtel's codes mean. They explain; what became of a payment is said by the word of its status alone.

`billing/data/airtel_codes.json` has them with their sources, public clients and transcriptions that contradict each other: the operator's
own document was never seen. A code with two meanings, and one that is not listed, leads to a question, never to a verdict.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parents[1] / "data" / "airtel_codes.json"
# Of the codes of the router all but one say that the request went no further.
_ROUTER_ENQUIRE = "ROUTER117"
FAILED, CONFIG, NOT_FOUND, AMBIGUOUS, ACCEPTED = "FAILED", "CONFIG", "NOT_FOUND", "AMBIGUOUS", "ACCEPTED"


@functools.cache
def _classes() -> Mapping[str, str]:
    read = json.loads(_FILE.read_text("utf-8"))
    listed = {code: entry["class"] for part in ("response_code", "result_code") for code, entry in read[part].items() if "class" in entry}
    routed = {code: AMBIGUOUS if code == _ROUTER_ENQUIRE else CONFIG for code in read["router"] if code.startswith("ROUTER")}
    return {**listed, **routed}


def class_of(code: object) -> str:
    """FAILED, CONFIG, NOT_FOUND, ACCEPTED, SUCCESS, PENDING, DUPLICATE, CONFLICT or AMBIGUOUS; the last one for what is not listed."""
    return _classes().get(code, AMBIGUOUS) if isinstance(code, str) else AMBIGUOUS


def codes_in(status: object) -> list[str]:
    """The codes of the `status` part of an answer, the more exact one first."""
    if not isinstance(status, Mapping):
        return []
    found: list[Any] = [status.get("response_code"), status.get("result_code"), status.get("code")]
    return [code for code in found if isinstance(code, str) and code and (not code.isdigit() or code in _classes())]


def says_not_found(status: object) -> bool:
    """Whether an enquiry was answered with "no such payment": the one code for it, or the one that some use for a double name, which no
    enquiry can mean."""
    codes = codes_in(status)
    return any(class_of(code) == NOT_FOUND for code in codes) or "ESB000045" in codes


def judge_refusal(status: object) -> tuple[str, str]:
    """The one code that counts of an answer which began nothing, and its class: AMBIGUOUS as soon as one of them is not plain."""
    codes = codes_in(status)
    plain = {code: class_of(code) for code in codes}
    doubtful = [code for code, kind in plain.items() if kind not in {FAILED, CONFIG, NOT_FOUND}]
    if doubtful or not codes:
        return (doubtful or [""])[0], AMBIGUOUS
    return codes[0], plain[codes[0]]
