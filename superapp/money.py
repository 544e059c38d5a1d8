"""The settings of money under the names that billing reads; each part is read from the environment by a neighbour."""

from __future__ import annotations

from superapp import credit, operators, paypal, plans, seller, stripe

# ---- Who sells, and the VAT ----------------------------------------------------------------------------------------------------------
SELLER_NAME, SELLER_ADDRESS, SELLER_COUNTRY = seller.NAME, seller.ADDRESS, seller.COUNTRY
SELLER_VAT_NUMBER, SELLER_REGISTRATION = seller.VAT_NUMBER, seller.REGISTRATION
SELLER_SIREN, SELLER_LEGAL_FORM = seller.SIREN, seller.LEGAL_FORM
VAT_SCHEME, VAT_OSS, VAT_UNION_THRESHOLD, VAT_COUNTRIES = (
    seller.VAT_SCHEME,
    seller.VAT_OSS,
    seller.VAT_UNION_THRESHOLD,
    seller.VAT_COUNTRIES,
)
VIES_URL = seller.VIES_URL
STRIPE_URL, STRIPE_KEY, STRIPE_WEBHOOK_SECRET = stripe.URL, stripe.KEY, stripe.WEBHOOK_SECRET
PAYPAL_URL, PAYPAL_CLIENT_ID, PAYPAL_SECRET = paypal.URL, paypal.CLIENT_ID, paypal.SECRET
PAYPAL_WEBHOOK_ID, PAYPAL_MERCHANT_ID = paypal.WEBHOOK_ID, paypal.MERCHANT_ID
MVOLA_URL, MVOLA_KEY, MVOLA_SECRET = operators.MVOLA_URL, operators.MVOLA_KEY, operators.MVOLA_SECRET
MVOLA_MSISDN, MVOLA_PARTNER = operators.MVOLA_MSISDN, operators.MVOLA_PARTNER
ORANGE_URL, ORANGE_BASIC, ORANGE_MERCHANT_KEY = operators.ORANGE_URL, operators.ORANGE_BASIC, operators.ORANGE_MERCHANT_KEY
ORANGE_PLACE, ORANGE_SHOP = operators.ORANGE_PLACE, operators.ORANGE_SHOP
AIRTEL_URL, AIRTEL_CLIENT, AIRTEL_SECRET = operators.AIRTEL_URL, operators.AIRTEL_CLIENT, operators.AIRTEL_SECRET
AIRTEL_CALLBACK_SECRET, AIRTEL_SIGNING = operators.AIRTEL_CALLBACK_SECRET, operators.AIRTEL_SIGNING

# Credit, and what is bought with it (docs/wallet.md).
WALLET_ENABLED, TIPS_ENABLED, BOOST_PRICES = credit.WALLET_ENABLED, credit.TIPS_ENABLED, credit.BOOST_PRICES
# What Premium costs in minor units, by currency and interval (billing, `manage.py load_plans`).
PREMIUM_PRICES = plans.PREMIUM_PRICES
