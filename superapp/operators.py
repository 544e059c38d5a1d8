"""The settings of the operators of mobile money in Madagascar. Without keys an operator is not offered; its host has to stand in
RESAKA_OUTBOUND_HOSTS. What each of them gives to a merchant: docs/mobile-money.md.
"""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured

from superapp import env

_NUMBER = re.compile(r"03[0-9]{8}")

# ---- MVola: consumer key and secret of the application, the merchant's number, and the name that payers read on their telephone
MVOLA_URL = env.text("RESAKA_MVOLA_URL", "https://api.mvola.mg").rstrip("/")
MVOLA_KEY = env.text("RESAKA_MVOLA_KEY")
MVOLA_SECRET = env.text("RESAKA_MVOLA_SECRET")
MVOLA_MSISDN = env.text("RESAKA_MVOLA_MSISDN")
MVOLA_PARTNER = env.text("RESAKA_MVOLA_PARTNER", "Resaka")

# ---- Orange Money WebPay: what the portal gives after "Basic ", the merchant key, `dev` (its sandbox) or `mg`, the name of the shop
ORANGE_URL = env.text("RESAKA_ORANGE_URL", "https://api.orange.com").rstrip("/")
ORANGE_BASIC = env.text("RESAKA_ORANGE_BASIC").removeprefix("Basic ")
ORANGE_MERCHANT_KEY = env.text("RESAKA_ORANGE_MERCHANT_KEY")
ORANGE_PLACE = env.choice("RESAKA_ORANGE_PLACE", default="mg", among=("dev", "mg"))
ORANGE_SHOP = env.text("RESAKA_ORANGE_SHOP", "Resaka")

# ---- Airtel Money: client, the secret of its callbacks where callback authentication is on, and whether messages have to be signed
AIRTEL_URL = env.text("RESAKA_AIRTEL_URL", "https://openapi.airtel.mg").rstrip("/")
AIRTEL_CLIENT = env.text("RESAKA_AIRTEL_CLIENT")
AIRTEL_SECRET = env.text("RESAKA_AIRTEL_SECRET")
AIRTEL_CALLBACK_SECRET = env.text("RESAKA_AIRTEL_CALLBACK_SECRET")
AIRTEL_SIGNING = env.flag("RESAKA_AIRTEL_SIGNING", default=False)

if MVOLA_KEY and not (MVOLA_SECRET and _NUMBER.fullmatch(MVOLA_MSISDN)):
    raise ImproperlyConfigured("RESAKA_MVOLA_KEY: needs RESAKA_MVOLA_SECRET, and RESAKA_MVOLA_MSISDN as 0340000000")
if not re.fullmatch(r"[A-Za-z0-9 ._,-]{1,50}", MVOLA_PARTNER):
    raise ImproperlyConfigured("RESAKA_MVOLA_PARTNER: at most 50 letters without accents, digits, spaces, - . _ ,")
if ORANGE_BASIC and not ORANGE_MERCHANT_KEY:
    raise ImproperlyConfigured("RESAKA_ORANGE_BASIC: needs RESAKA_ORANGE_MERCHANT_KEY")
if not 1 <= len(ORANGE_SHOP) <= 30:
    raise ImproperlyConfigured("RESAKA_ORANGE_SHOP: 1 to 30 characters")
if AIRTEL_CLIENT and not AIRTEL_SECRET:
    raise ImproperlyConfigured("RESAKA_AIRTEL_CLIENT: needs RESAKA_AIRTEL_SECRET")
