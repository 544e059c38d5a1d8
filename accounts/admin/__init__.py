from accounts.admin import factors
from accounts.admin.addresses import EmailAddressAdmin
from accounts.admin.age import TrustedIssuerAdmin
from accounts.admin.documents import DocumentReviewAdmin
from accounts.admin.people import UserAdmin
from accounts.admin.signals import EvasionSignalAdmin
from accounts.admin.standing import SuspensionAdmin

__all__ = [
    "DocumentReviewAdmin",
    "EmailAddressAdmin",
    "EvasionSignalAdmin",
    "SuspensionAdmin",
    "TrustedIssuerAdmin",
    "UserAdmin",
    "factors",
]
