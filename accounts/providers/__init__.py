"""The ways of showing one's age, by name. A new one is a class with the two methods of `base.AgeProvider`, and a line here."""

from __future__ import annotations

from accounts.age.refusals import RefusalCode, Refused
from accounts.enums import AgeMethod
from accounts.providers.base import AgeProvider
from accounts.providers.demo import DemoWallet
from accounts.providers.eu_av import EuAgeProof
from accounts.providers.oidc import OidcThirdParty
from accounts.providers.sdjwt import SdJwtWallet
from accounts.providers.staff_review import StaffDocumentReview
from accounts.providers.stripe_identity import StripeIdentity

_ALL: tuple[AgeProvider, ...] = (
    EuAgeProof(),
    SdJwtWallet(),
    StripeIdentity(),
    OidcThirdParty(),
    StaffDocumentReview(),
    DemoWallet(),
)
_PROVIDERS: dict[str, AgeProvider] = {provider.method.value: provider for provider in _ALL}
# Methods that send the person to another site, which sends them back.
THIRD_PARTIES = (AgeMethod.STRIPE_IDENTITY, AgeMethod.OIDC_THIRD_PARTY)


def get_provider(method: str) -> AgeProvider:
    """The provider of a method.

    Raises:
        Refused: METHOD_CLOSED, for DENIED and for every method that this house has not built.
    """
    provider = _PROVIDERS.get(method)
    if provider is None:
        raise Refused(RefusalCode.METHOD_CLOSED)
    return provider


def needs_list(method: str) -> bool:
    """Whether the method stands on the trusted list."""
    return method in {AgeMethod.EU_AV_MDOC, AgeMethod.SDJWT_VC}
