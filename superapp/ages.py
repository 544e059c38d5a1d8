"""The settings of the ways of showing one's age: which are offered, and what those need that ask a third party."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from superapp import env

_BUILT = ("EU_AV_MDOC", "SDJWT_VC", "STRIPE_IDENTITY", "OIDC_THIRD_PARTY", "STAFF_DOCUMENT_REVIEW")
METHODS = env.choices("RESAKA_AGE_METHODS", "EU_AV_MDOC,SDJWT_VC", among=_BUILT)

# A third party that looks at documents. The key is a restricted one that may read the day of birth.
STRIPE_IDENTITY_URL = env.text("RESAKA_STRIPE_IDENTITY_URL", "https://api.stripe.com").rstrip("/")
STRIPE_IDENTITY_KEY = env.text("RESAKA_STRIPE_IDENTITY_KEY")

# An identity provider that says how old its account is: a declaration, which opens no room by itself.
OIDC_ISSUER = env.text("RESAKA_OIDC_ISSUER")
OIDC_CLIENT_ID = env.text("RESAKA_OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("RESAKA_OIDC_CLIENT_SECRET")
OIDC_SCOPE = env.text("RESAKA_OIDC_SCOPE", "openid profile")

_NEEDED = {"STRIPE_IDENTITY": [STRIPE_IDENTITY_KEY], "OIDC_THIRD_PARTY": [OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET]}
for _method, _given in _NEEDED.items():
    if _method in METHODS and not all(_given):
        raise ImproperlyConfigured(f"RESAKA_AGE_METHODS: {_method} is named, and what it needs is not given (docs/operations.md)")
