"""The tables of moderation."""

from moderation.models.approval import SecondApproval
from moderation.models.case import Case, Evidence
from moderation.models.decision import Appeal, Decision, StatementOfReasons
from moderation.models.hashbank import HashBank, HashEntry
from moderation.models.holds_of_day import HoldsOfDay
from moderation.models.imagecheck import ImageCheck
from moderation.models.legal import HoldEpoch, HoldSubject, LegalHold, LegalRelease, LegalRequest, LegalSubject
from moderation.models.ranker import QueueRanker
from moderation.models.recipients import MonthlyRecipients
from moderation.models.report import Report, TrustedFlagger
from moderation.models.reveal import Reveal
from moderation.models.rule import Rule, RuleBook, RuleHit, RuleVersion
from moderation.models.staff import StaffProfile
from moderation.models.transmission import Transmission

__all__ = [
    "Appeal",
    "Case",
    "Decision",
    "Evidence",
    "HashBank",
    "HashEntry",
    "HoldEpoch",
    "HoldSubject",
    "HoldsOfDay",
    "ImageCheck",
    "LegalHold",
    "LegalRelease",
    "LegalRequest",
    "LegalSubject",
    "MonthlyRecipients",
    "QueueRanker",
    "Report",
    "Reveal",
    "Rule",
    "RuleBook",
    "RuleHit",
    "RuleVersion",
    "SecondApproval",
    "StaffProfile",
    "StatementOfReasons",
    "Transmission",
    "TrustedFlagger",
]
