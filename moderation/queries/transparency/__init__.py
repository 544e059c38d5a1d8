"""The figures that the house publishes: every one is the answer of the database to a stored question, none is typed."""
