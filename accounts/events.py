"""What happened to people and must have consequences (core.outbox). Plain data only: ids and codes.

`ref` names the one occurrence, so that a handler that is told twice knows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.ids import new_public_id


@dataclass(frozen=True, slots=True)
class AgeAsserted:
    """Somebody showed their age."""

    user_id: int
    method: str


@dataclass(frozen=True, slots=True)
class AgeExpired:
    """What this person may enter by their age was narrowed: a proof ended, or the law of another place holds for them."""

    user_id: int


@dataclass(frozen=True, slots=True)
class NewLogin:
    """Somebody came in from a browser that this account had not been used from; `agent` is its family and system, perhaps empty."""

    user_id: int
    agent: str
    ref: str = field(default_factory=new_public_id)


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The password was changed, set or reset."""

    user_id: int
    ref: str = field(default_factory=new_public_id)


@dataclass(frozen=True, slots=True)
class MfaChanged:
    """A second factor came, went or was renewed; `change` is one of accounts.enums.MfaChange."""

    user_id: int
    change: str
    ref: str = field(default_factory=new_public_id)


@dataclass(frozen=True, slots=True)
class EmailChanged:
    """The principal address of the account is another one; `former` is the one before, sealed (accounts.services.addresses), in hex."""

    user_id: int
    former: str = ""
    ref: str = field(default_factory=new_public_id)


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """Somebody took a consent back: what rested on it ends now. `purpose` is a word of `accounts.enums.ConsentPurpose`."""

    user_id: int
    purpose: str


@dataclass(frozen=True, slots=True)
class AccountSuspended:
    """A measure is in force against this account; `kind` is one of accounts.enums.SuspensionKind."""

    user_id: int
    kind: str
    decision_ref: str


@dataclass(frozen=True, slots=True)
class SuspensionEnded:
    """A measure was lifted, or its day has come."""

    user_id: int
    kind: str
    decision_ref: str


@dataclass(frozen=True, slots=True)
class LegalTextChanged:
    """A text that people read before has a new version, which holds from `from_date` (ISO 8601) on; with `again` it asks to be accepted."""

    doc_type: str
    version: str
    from_date: str
    again: bool


@dataclass(frozen=True, slots=True)
class AccountActivated:
    """A paused or closing account is back."""

    user_id: int


@dataclass(frozen=True, slots=True)
class AccountDeactivated:
    """An account paused or began to close: it is invisible to everybody from now on."""

    user_id: int


@dataclass(frozen=True, slots=True)
class AccountClosed:
    """An account is closed for good; what no law keeps is to be erased."""

    user_id: int


@dataclass(frozen=True, slots=True)
class AgeProofExpiring:
    """The last proof of age of this person ends soon, on the day `expires_on` (ISO); told once for a proof and its day."""

    user_id: int
    expires_on: str


@dataclass(frozen=True, slots=True)
class AgeDocumentReviewed:
    """The review of a document is over without its owner; `outcome` is PASSED, REFUSED or EXPIRED (accounts.enums.ReviewState)."""

    user_id: int
    review_ref: str
    outcome: str
