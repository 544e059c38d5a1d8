"""Stand-ins of outside services, to try the house without them: programs of their own (`bin/simulate NAME PORT`).

They import nothing of the house, and say what they are told to say: so they are named in RESAKA_OUTBOUND_HOSTS with their port, which the
embedded shape alone accepts.
"""
