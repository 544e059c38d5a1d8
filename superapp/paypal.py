"""The settings of PayPal. Without a client id it is not offered; its host has to stand in RESAKA_OUTBOUND_HOSTS."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from superapp import env

URL = env.text("RESAKA_PAYPAL_URL", "https://api-m.paypal.com").rstrip("/")
CLIENT_ID = env.text("RESAKA_PAYPAL_CLIENT_ID")
SECRET = env.text("RESAKA_PAYPAL_SECRET")
# By which PayPal knows the address of ours that it knocks at; without it no event of theirs can be believed.
WEBHOOK_ID = env.text("RESAKA_PAYPAL_WEBHOOK_ID")
# Our account: what was paid to another one was not paid to us.
MERCHANT_ID = env.text("RESAKA_PAYPAL_MERCHANT_ID")

if CLIENT_ID and not (SECRET and WEBHOOK_ID and MERCHANT_ID):
    raise ImproperlyConfigured("RESAKA_PAYPAL_CLIENT_ID: needs RESAKA_PAYPAL_SECRET, _WEBHOOK_ID and _MERCHANT_ID too")
