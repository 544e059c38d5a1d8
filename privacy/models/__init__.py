"""The tables of privacy."""

from privacy.models.deletion import DeletionRecord
from privacy.models.rule import RetentionRule

__all__ = ["DeletionRecord", "RetentionRule"]
