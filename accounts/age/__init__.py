"""Proofs of age, judged: bytes in, a fact or a named refusal out.

No models, no views, no network, no settings. What must be fetched comes in as a callable, what time it is as `now`, whom to trust
as anchors. Every function that reads what a stranger sent raises `refusals.Refused` and nothing else.
"""
