"""A stand-in of Stripe on this machine: `bin/simulate stripe --port 8420`. A program of its own, which imports nothing of the house.

It speaks the calls that Resaka uses, has hosted pages for a payer's browser, signs webhooks, and keeps a clock that only moves ahead of the
wall's when it is told to. How to use it, what it proves and what it does not: docs/stripe.md.
"""
