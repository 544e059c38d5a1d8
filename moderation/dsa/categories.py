"""Under which of the Commission's categories and keywords each of our reasons falls."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.enums import Reason

PREFIX, KEYWORD = "STATEMENT_CATEGORY_", "KEYWORD_"


@dataclass(frozen=True, slots=True)
class Category:
    """A category with its keywords; `keyword_other` where no keyword fits."""

    category: str
    keywords: tuple[str, ...]
    additions: tuple[str, ...] = ()
    keyword_other: str = ""


def _make(category: str, *keywords: str, additions: tuple[str, ...] = (), other: str = "") -> Category:
    named = tuple(KEYWORD + word for word in (*keywords, *(["OTHER"] if other else [])))
    return Category(PREFIX + category, named, tuple(PREFIX + word for word in additions), other)


_TABLE = {
    Reason.IMMINENT_DANGER: _make("VIOLENCE", "COORDINATED_HARM"),
    Reason.MINOR_ON_SERVICE: _make("PROTECTION_OF_MINORS", "AGE_SPECIFIC_RESTRICTIONS_MINORS"),
    Reason.CHILD_ABUSE_MATERIAL: _make("PROTECTION_OF_MINORS", "CHILD_SEXUAL_ABUSE_MATERIAL"),
    Reason.GROOMING: _make("PROTECTION_OF_MINORS", "GROOMING_SEXUAL_ENTICEMENT_MINORS"),
    Reason.THREAT: _make("VIOLENCE", "COORDINATED_HARM"),
    Reason.AMBUSH_PLANNING: _make("VIOLENCE", "COORDINATED_HARM"),
    Reason.SEXTORTION: _make("SCAMS_AND_FRAUD", "INAUTHENTIC_ACCOUNTS", additions=("CYBER_VIOLENCE",)),
    Reason.TERRORISM: _make("RISK_FOR_PUBLIC_SECURITY", "TERRORIST_CONTENT"),
    Reason.HATE_GROUP: _make("ILLEGAL_OR_HARMFUL_SPEECH", "HATE_SPEECH", "DISCRIMINATION"),
    Reason.HATE_PERSON: _make("CYBER_VIOLENCE", "CYBER_INCITEMENT"),
    Reason.HARASSMENT: _make("CYBER_VIOLENCE", "CYBER_HARASSMENT", "CYBER_BULLYING_INTIMIDATION"),
    Reason.STALKING: _make("CYBER_VIOLENCE", "CYBER_STALKING"),
    Reason.DOXXING: _make("DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", other="Personal data of somebody else made public"),
    Reason.INTIMATE_IMAGE: _make("CYBER_VIOLENCE", "NON_CONSENSUAL_IMAGE_SHARING"),
    Reason.SUICIDE_SELF_HARM: _make("SELF_HARM", "SUICIDE", "SELF_MUTILATION"),
    Reason.TRAFFICKING: _make("VIOLENCE", "HUMAN_TRAFFICKING", additions=("RISK_FOR_PUBLIC_SECURITY",)),
    Reason.SCAM: _make("SCAMS_AND_FRAUD", "PHISHING"),
    Reason.IMPERSONATION: _make("SCAMS_AND_FRAUD", "IMPERSONATION_ACCOUNT_HIJACKING"),
    Reason.DRUGS_WEAPONS: _make("UNSAFE_AND_PROHIBITED_PRODUCTS", "PROHIBITED_PRODUCTS"),
    Reason.SEXUAL_IN_GENERAL_ROOM: _make("OTHER_VIOLATION_TC", "ADULT_SEXUAL_MATERIAL", "NUDITY"),
    Reason.COPYRIGHT: _make("INTELLECTUAL_PROPERTY_INFRINGEMENTS", "COPYRIGHT_INFRINGEMENT"),
    Reason.SPAM: _make("OTHER_VIOLATION_TC", other="Repeated or unwanted commercial messages"),
    Reason.OTHER: _make("OTHER_VIOLATION_TC", other="Another breach of the house rules"),
}


def category_of(reason: Reason) -> Category:
    """The category of a reason; every reason has one."""
    return _TABLE[reason]
