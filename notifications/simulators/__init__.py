"""Stand-ins of the services that reach devices, to try the house without them: programs of their own (`bin/simulate push`, `… fcm`).

They import nothing of the house, and say what they are told to say: so they are named with their port in RESAKA_PUSH_HOSTS and
RESAKA_OUTBOUND_HOSTS, which the embedded shape alone accepts.
"""
