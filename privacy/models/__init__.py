"""The tables of privacy."""

from privacy.models.deletion import DeletionRecord
from privacy.models.rule import RetentionChange, RetentionRule

__all__ = ["DeletionRecord", "RetentionChange", "RetentionRule"]
