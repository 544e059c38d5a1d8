"""The settings of who sells, and of the VAT that is charged. What is missing of them is said by `manage.py check` (billing.E6xx)."""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured

from superapp import env


def _country(name: str, value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise ImproperlyConfigured(f"{name}: expected a country as two capital letters, got {value!r}")
    return value


# What the law wants to read on an invoice. The address is one line, its parts parted by ";": street; postal code; town.
NAME = env.text("RESAKA_SELLER_NAME", env.text("RESAKA_PUBLISHER"))
ADDRESS = [part.strip() for part in env.text("RESAKA_SELLER_ADDRESS").split(";") if part.strip()]
COUNTRY = _country("RESAKA_SELLER_COUNTRY", env.text("RESAKA_SELLER_COUNTRY", "FR"))
VAT_NUMBER = re.sub(r"[^0-9A-Z]", "", env.text("RESAKA_SELLER_VAT_NUMBER").upper())
REGISTRATION = env.text("RESAKA_SELLER_REGISTRATION")  # RCS Paris 123 456 789; NIF and STAT in Madagascar
SIREN = re.sub(r"\s", "", env.text("RESAKA_SELLER_SIREN"))
LEGAL_FORM = env.text("RESAKA_SELLER_LEGAL_FORM")  # SAS au capital de 10 000 €

# FRANCHISE: exempt at home (CGI article 293 B), so that no VAT is charged.
VAT_SCHEME = env.choice("RESAKA_VAT_SCHEME", default="STANDARD", among=("STANDARD", "FRANCHISE"))
# Consumers in the Union: at the seller's rate up to the threshold, or always at their own.
VAT_OSS = env.choice("RESAKA_VAT_OSS", default="AUTO", among=("AUTO", "ALWAYS"))
VAT_UNION_THRESHOLD = env.number("RESAKA_VAT_UNION_THRESHOLD", default=1_000_000, low=0, high=1_000_000_000)  # cents of euros a year
# Where outside of the Union the seller is registered for VAT too.
VAT_COUNTRIES = [_country("RESAKA_VAT_COUNTRIES", word) for word in env.words("RESAKA_VAT_COUNTRIES", "")]

# The Commission's register of VAT numbers; its host has to stand in RESAKA_OUTBOUND_HOSTS.
VIES_URL = env.text("RESAKA_VIES_URL", "https://ec.europa.eu/taxation_customs/vies/rest-api").rstrip("/")
