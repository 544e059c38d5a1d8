"""The settings of Stripe. Without a key it is not offered; its host has to stand in RESAKA_OUTBOUND_HOSTS. See docs/stripe.md."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from superapp import env

URL = env.text("RESAKA_STRIPE_URL", "https://api.stripe.com").rstrip("/")
# A restricted key is enough; what it must be allowed is listed in docs/stripe.md.
KEY = env.text("RESAKA_STRIPE_KEY")
# The secret of the webhook endpoint, which `manage.py stripe_webhook` makes; without it no event can be believed.
WEBHOOK_SECRET = env.text("RESAKA_STRIPE_WEBHOOK_SECRET")

if KEY and not WEBHOOK_SECRET:
    raise ImproperlyConfigured("RESAKA_STRIPE_KEY: needs RESAKA_STRIPE_WEBHOOK_SECRET too")
