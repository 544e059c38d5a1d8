from accounts.models.age import AgeAssertion, AgeCheck, TrustedIssuer
from accounts.models.ban import BanKey, EvasionSignal
from accounts.models.connection import ConnectionRecord
from accounts.models.device import DeviceMark
from accounts.models.document import DocumentReview, DocumentVote
from accounts.models.identity import CivilIdentity, WithdrawnIdentity
from accounts.models.kept import KeptAccount
from accounts.models.legal import Consent, LegalDocument
from accounts.models.postal import PostalCode, cell_of
from accounts.models.profile import Profile, PseudonymHistory, band_of
from accounts.models.relations import Block, Mute
from accounts.models.session import LoginSession
from accounts.models.suspension import Suspension
from accounts.models.user import User, avatar_of

__all__ = [
    "AgeAssertion",
    "AgeCheck",
    "BanKey",
    "Block",
    "CivilIdentity",
    "ConnectionRecord",
    "Consent",
    "DeviceMark",
    "DocumentReview",
    "DocumentVote",
    "EvasionSignal",
    "KeptAccount",
    "LegalDocument",
    "LoginSession",
    "Mute",
    "PostalCode",
    "Profile",
    "PseudonymHistory",
    "Suspension",
    "TrustedIssuer",
    "User",
    "WithdrawnIdentity",
    "avatar_of",
    "band_of",
    "cell_of",
]
