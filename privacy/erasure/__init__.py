"""Erasing a person from every store of the house: thirteen steps, each repeatable and each proven (docs/erasure.md)."""
