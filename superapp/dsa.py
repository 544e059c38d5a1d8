"""The settings of the duties of the Digital Services Act (DSA) that depend on the size of the house."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from superapp import env

# A micro or small enterprise (DSA arts 19, 29) need not send its statements to the Commission's database; everything else it does too.
MODE = env.choice("RESAKA_DSA_MODE", default="micro", among=("micro", "platform"))
URL = env.text("RESAKA_DSA_URL", "https://transparency.dsa.ec.europa.eu").rstrip("/")
TOKEN = env.text("RESAKA_DSA_TOKEN")

if MODE == "platform" and not TOKEN:
    raise ImproperlyConfigured("RESAKA_DSA_MODE: platform sends statements, and RESAKA_DSA_TOKEN (or RESAKA_DSA_TOKEN_FILE) is not given")
