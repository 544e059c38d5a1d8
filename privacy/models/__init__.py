"""The tables of privacy."""

from privacy.models.breach import Breach, BreachPerson
from privacy.models.deletion import DeletionRecord
from privacy.models.rule import RetentionChange, RetentionRule

__all__ = ["Breach", "BreachPerson", "DeletionRecord", "RetentionChange", "RetentionRule"]
