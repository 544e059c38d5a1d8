"""Where a payer lives and for whom they buy, as far as they said so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from accounts.queries import find_profile
from billing.enums import VatNumberState
from billing.models import BillingDetails
from core.sealing import SealingError, open_sealed

# So long a yes of the register counts; then it is asked again before a purchase.
FRESH = timedelta(hours=24)
UNKNOWN = "ZZ"  # accounts.enums.Country: another country than those of the list


@dataclass(frozen=True, slots=True)
class Details:
    """What is written on an invoice about its buyer. `vat_number` begins with its country (EL for Greece); `registration` is what companies
    are known by elsewhere (SIREN, NIF)."""

    name: str = ""
    street: str = ""
    postal_code: str = ""
    town: str = ""
    country: str = ""
    is_business: bool = False
    vat_number: str = ""
    registration: str = ""


def details_ad(user: User) -> str:
    """What the sealed details of a person are bound to."""
    return f"billing.BillingDetails.details:{user.public_id}"


def find_row(*, user: User) -> BillingDetails | None:
    """The row of a payer; its content stays sealed."""
    return BillingDetails.objects.filter(user=user).first()


def find_details(*, user: User) -> Details | None:
    """What a payer told of themselves; None when nothing, or when its key is gone."""
    row = find_row(user=user)
    if row is None:
        return None
    try:
        told = json.loads(open_sealed(user.scope, bytes(row.details), details_ad(user)))
    except SealingError:
        return None
    return Details(**told, country=row.country, is_business=row.is_business)


def is_company_known(*, user: User, now: datetime) -> bool:
    """Whether this person buys for a company whose VAT number the register knew within the last day (`services.taxpayers` asks it)."""
    row = find_row(user=user)
    if row is None or not row.is_business or row.vat_state != VatNumberState.VALID or row.vat_checked_at is None:
        return False
    return now - row.vat_checked_at < FRESH


def get_tax_country(*, user: User) -> str:
    """The country in which purchases of this person are taxed: of their billing details, or of their profile; empty if neither says."""
    row = find_row(user=user)
    if row is not None:
        return row.country
    profile = find_profile(user=user)
    return "" if profile is None or profile.country == UNKNOWN else str(profile.country)
