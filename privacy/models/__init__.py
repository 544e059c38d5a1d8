"""The tables of privacy."""

from privacy.models.archive import ExportArchive, ExportEntry, ExportPart
from privacy.models.breach import Breach, BreachPerson
from privacy.models.deletion import DeletionHead, DeletionRecord
from privacy.models.erasure import ErasureRun
from privacy.models.request import DataRequest
from privacy.models.rule import RetentionChange, RetentionRule

__all__ = [
    "Breach",
    "BreachPerson",
    "DataRequest",
    "DeletionHead",
    "DeletionRecord",
    "ErasureRun",
    "ExportArchive",
    "ExportEntry",
    "ExportPart",
    "RetentionChange",
    "RetentionRule",
]
