"""A stand-in of the three operators of mobile money in Madagascar, on one port: MVola, Orange Money, Airtel Money.

    python -m billing.simulators.operators --port 8450 --seed 1

A program of its own that imports nothing of the house. It binds to this machine, speaks to this machine alone, and holds the contracts of
docs/mobile-money.md strictly. `/phone` is the telephone of a payer; `/__sim/` is the hand of a test.
"""
