"""A stand-in of PayPal: orders with an approval page, captures, refunds, bookings, and events that can be verified.

    bin/simulate paypal --port 8440

It is strict where PayPal is: two decimals, EUR and USD alone, a capture only of what was approved, nothing back beyond what was captured,
the same answer to the same PayPal-Request-Id for six hours. It proves how we handle captures, refunds and names of requests; not
certificates.
It imports nothing of the house. The hand of a test is `/__fake/` (module `control`).
"""
