"""What says where a payer was: two things that agree prove where a consumer's VAT is due (implementing regulation 282/2011, article 24f).

The country they gave and that of their telephone's account or their card; never an IP address, which says where a cable ends.
"""

from __future__ import annotations

from datetime import datetime

from billing.enums import ProofKind, Provider
from billing.models import LocationProof, Payment
from billing.queries.taxpayers import get_tax_country
from billing.queries.vat import FRENCH

# Operators of Madagascar: an account there belongs to a Malagasy number, also where we never learn it.
_OPERATORS = (Provider.MVOLA, Provider.ORANGE, Provider.AIRTEL)


def note_location(*, payment: Payment, kind: ProofKind, country: str, now: datetime) -> None:
    """Keep that something said where the payer of a payment was; what it said first stays. What is no country (ISO, two letters) is left
    out, for it comes from outside."""
    if len(country) == 2 and country.isascii() and country.isalpha():
        LocationProof.objects.get_or_create(payment=payment, kind=kind, defaults={"country": country.upper(), "noted_at": now})


def note_known_locations(*, payment: Payment, now: datetime) -> None:
    """Keep what the house knows by itself: the country of the payer's details, and that of the operator whose account paid."""
    if payment.payer is not None:
        note_location(payment=payment, kind=ProofKind.BILLING, country=get_tax_country(user=payment.payer), now=now)
    if payment.provider in _OPERATORS:
        note_location(payment=payment, kind=ProofKind.MSISDN, country="MG", now=now)


def do_locations_agree(*, payment: Payment) -> bool | None:
    """True when two or more proofs name one country (France and its departments are one), False when they differ, None for one or none."""
    found = [row.country for row in LocationProof.objects.filter(payment=payment)]
    places = {"FR" if country in FRENCH or country == "MC" else country for country in found}
    return len(places) == 1 if len(found) >= 2 else None
