"""Credit (billing, docs/wallet.md): where it is open, nowhere until a house has read the law of that place, and what a boost costs."""

from __future__ import annotations

from superapp import env

_PLACES = ("FR", "EU", "OTHER", "MG")
WALLET_ENABLED = env.choices("RESAKA_WALLET_ENABLED", "", among=_PLACES)
TIPS_ENABLED = env.choices("RESAKA_TIPS_ENABLED", "", among=_PLACES)
# What a room pays for the one paid place of the directory, in cents and in ariary; no more than a wallet can hold.
BOOST_PRICES = {
    "EUR": {
        "DAY": env.number("RESAKA_BOOST_DAY_EUR", default=2_00, low=1, high=150_00),
        "WEEK": env.number("RESAKA_BOOST_WEEK_EUR", default=9_00, low=1, high=150_00),
    },
    "MGA": {
        "DAY": env.number("RESAKA_BOOST_DAY_MGA", default=10_000, low=1, high=750_000),
        "WEEK": env.number("RESAKA_BOOST_WEEK_MGA", default=45_000, low=1, high=750_000),
    },
}
