"""What a payer tells of themselves for their invoices, and whether the register knows the company they buy for."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime

from stdnum.eu import vat as union_vat
from stdnum.exceptions import ValidationError

from accounts.models import User
from billing.enums import UnionCountry, VatNumberState
from billing.models import BillingDetails
from billing.providers.vies import NoAnswer, ask_vies
from billing.queries.taxpayers import FRESH, Details, details_ad, find_details, find_row, is_company_known
from core.ratelimit import RateLimited, hit
from core.sealing import seal
from core.text import clean

QUESTIONS_PER_HOUR = 10
LENGTHS = {"name": 120, "street": 200, "postal_code": 16, "town": 80, "vat_number": 20, "registration": 40}


class DetailsInvalid(ValueError):
    """A part that cannot be what it says. `field` says which, `why` is MISSING, TOO_LONG, COUNTRY, BAD_NUMBER or OTHER_COUNTRY."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(field)
        self.field, self.why = field, why


def save_details(*, user: User, details: Details, now: datetime) -> VatNumberState:
    """Keep what a payer tells, sealed, in place of what they told before; a VAT number is asked of the register first. What it said.

    Not inside a transaction: another server is asked.

    Raises:
        DetailsInvalid: nothing is changed. RateLimited: ten numbers an hour.
    """
    checked = _check(details)
    state, consultation = _ask(user, checked.vat_number)
    told = {name: value for name, value in asdict(checked).items() if name not in {"country", "is_business"}}
    values = {
        "country": checked.country,
        "is_business": checked.is_business,
        "details": seal(user.scope, json.dumps(told, ensure_ascii=False).encode(), details_ad(user)),
        "vat_state": state,
        "vat_checked_at": now if checked.vat_number else None,
        "vat_consultation": consultation,
        "updated_at": now,
    }
    BillingDetails.objects.update_or_create(user=user, defaults=values)
    return state


def refresh_company(*, payer: User, now: datetime) -> None:
    """Before a price is made for this person: if they buy for a company with a VAT number, and the register has not known it within a
    day, ask again. Without an answer VAT will be charged. Not inside a transaction: another server is asked."""
    row = find_row(user=payer)
    if row is None or not row.is_business or row.vat_state == VatNumberState.NONE or is_company_known(user=payer, now=now):
        return
    if row.vat_state == VatNumberState.INVALID and row.vat_checked_at is not None and now - row.vat_checked_at < FRESH:
        return
    _ask_again(payer, row, now)


def _ask_again(payer: User, row: BillingDetails, now: datetime) -> None:
    details = find_details(user=payer)
    if details is None or not details.vat_number:
        return
    try:
        state, consultation = _ask(payer, details.vat_number)
    except RateLimited:
        return
    told_then = BillingDetails.objects.filter(user=payer, updated_at=row.updated_at)  # unless they told something else meanwhile
    told_then.update(vat_state=state, vat_checked_at=now, vat_consultation=consultation)


def _ask(user: User, vat_number: str) -> tuple[VatNumberState, str]:
    if not vat_number:
        return VatNumberState.NONE, ""
    hit("billing.vies", str(user.pk), limit=QUESTIONS_PER_HOUR, seconds=3600)
    try:
        said = ask_vies(vat_number=vat_number)
    except NoAnswer:
        return VatNumberState.UNANSWERED, ""
    return (VatNumberState.VALID, said.consultation) if said.valid else (VatNumberState.INVALID, "")


def _check(details: Details) -> Details:
    cleaned = Details(**asdict(details) | {name: clean(getattr(details, name), lines=False) for name in LENGTHS})
    for name, length in LENGTHS.items():
        if len(getattr(cleaned, name)) > length:
            raise DetailsInvalid(name, "TOO_LONG")
    if len(cleaned.country) != 2 or not cleaned.country.isalpha():
        raise DetailsInvalid("country", "COUNTRY")
    if not cleaned.is_business:
        return replace(cleaned, vat_number="", registration="")
    for name in ("name", "street", "town"):
        if not getattr(cleaned, name):
            raise DetailsInvalid(name, "MISSING")
    return replace(cleaned, vat_number=_check_number(cleaned))


def _check_number(details: Details) -> str:
    """The VAT number in its shortest form. Its own digits must agree, and its country with that of the address."""
    if not details.vat_number:
        return ""
    try:
        number = str(union_vat.validate(details.vat_number))
    except ValidationError as error:
        raise DetailsInvalid("vat_number", "BAD_NUMBER") from error
    place = {"EL": "GR"}.get(number[:2], number[:2])
    if place not in UnionCountry.values or place != {"MC": "FR"}.get(details.country, details.country):
        raise DetailsInvalid("vat_number", "OTHER_COUNTRY")
    return number
