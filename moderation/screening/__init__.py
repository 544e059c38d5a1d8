"""The engine of the rules: text in, matches out. Nothing here knows a database, a clock or a person."""
