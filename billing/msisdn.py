"""Telephone numbers of Madagascar: one stored form (E.164 with plus), one form a wire, one form that may be shown.

Ranges and operators are those of Google's libphonenumber (metadata of phonenumbers 9.0.43, MG: mobile 3[2-9] and seven digits, trunk prefix
0). The library itself weighs 8 MB to answer two questions about one country; a test holds this beside what was read from it.
"""

from __future__ import annotations

import re

from billing.enums import Provider

_COUNTRY, _TRUNK = "261", "0"
_NATIONAL = re.compile(r"3[2-9][0-9]{7}", re.ASCII)
_WRITTEN = re.compile(r"\+?[0-9][0-9 .\u00a0\u202f-]*", re.ASCII)
# Whom a prefix belonged to when it was given out. It preselects, it never refuses: numbers may move. 39 (Blueline) has no wallet.
_OPERATORS = {
    "32": Provider.ORANGE,
    "37": Provider.ORANGE,
    "33": Provider.AIRTEL,
    "35": Provider.AIRTEL,
    "34": Provider.MVOLA,
    "36": Provider.MVOLA,
    "38": Provider.MVOLA,
}


class BadMsisdn(ValueError):
    """No mobile number of Madagascar."""


def parse_msisdn(text: str) -> str:
    """A number as people write it (+261 34 00 000 03, 034 00 000 03, 340000003), as +261340000003.

    Raises:
        BadMsisdn.
    """
    plain = text.strip()
    if not _WRITTEN.fullmatch(plain):
        raise BadMsisdn(text[:40])
    digits = re.sub(r"[^0-9]", "", plain)
    if plain.startswith("+") and not digits.startswith(_COUNTRY):
        raise BadMsisdn(text[:40])
    if digits.startswith(f"00{_COUNTRY}"):
        digits = digits[2:]
    national = digits.removeprefix(_COUNTRY) if len(digits) > 10 else digits.removeprefix(_TRUNK)
    if not _NATIONAL.fullmatch(national):
        raise BadMsisdn(text[:40])
    return f"+{_COUNTRY}{national}"


def find_msisdn(text: object) -> str:
    """What `parse_msisdn` makes of a provider's words; nothing where they are no number."""
    try:
        return parse_msisdn(str(text))
    except BadMsisdn:
        return ""


def find_operator(msisdn: str) -> Provider | None:
    """Whose number it was when it was given out; None where nobody with a wallet gave it."""
    return _OPERATORS.get(_national(msisdn)[:2])


def to_local(msisdn: str) -> str:
    """0340000003: what MVola wants."""
    return _TRUNK + _national(msisdn)


def to_subscriber(msisdn: str) -> str:
    """340000003: what Airtel wants, neither 261 nor 0."""
    return _national(msisdn)


def mask_msisdn(msisdn: str) -> str:
    """+261 34 •• ••• 03, for logs and for everybody but its owner."""
    national = _national(msisdn)
    return f"+{_COUNTRY} {national[:2]} •• ••• {national[-2:]}"


def _national(msisdn: str) -> str:
    return msisdn.removeprefix(f"+{_COUNTRY}")
