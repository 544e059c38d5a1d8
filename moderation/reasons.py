"""Why something is reported: how soon it is looked at, how much it weighs, and which words of the Transparency Database it is.

One row a reason (design: moderation, section 2). A reason that the database has no keyword for says OTHER and keeps its own name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from moderation.enums import Reason, Severity

# How much a report of a severity adds to the priority of its case.
WEIGHTS = {Severity.S0: 8, Severity.S1: 4, Severity.S2: 2, Severity.S3: 1}
OTHER = "KEYWORD_OTHER"


@dataclass(frozen=True, slots=True)
class ReasonSpec:
    """What a reason means. `present_danger` is its severity when somebody is in danger now, if that makes a difference.

    `category`, `keywords` and `additions` are values of the statement of reasons; with OTHER among the keywords the statement names
    the reason itself. `shown_only_to_child_safety`: the case is for CHILD_SAFETY alone, from the first report on.
    """

    severity: Severity
    category: str
    keywords: tuple[str, ...]
    additions: tuple[str, ...] = ()
    present_danger: Severity | None = None
    shown_only_to_child_safety: bool = False

    @property
    def weight(self) -> int:
        return WEIGHTS[self.severity]

    def severity_of(self, *, danger_now: bool) -> Severity:
        """The severity of one report, of which the reporter said whether somebody is in danger now."""
        return self.present_danger if danger_now and self.present_danger is not None else self.severity


def _row(
    severity: Severity,
    category: str,
    keywords: str,
    additions: str = "",
    *,
    present_danger: Severity | None = None,
    shown_only_to_child_safety: bool = False,
) -> ReasonSpec:
    return ReasonSpec(
        severity=severity,
        category=f"STATEMENT_CATEGORY_{category}",
        keywords=tuple(f"KEYWORD_{word}" for word in keywords.split()),
        additions=tuple(f"STATEMENT_CATEGORY_{word}" for word in additions.split()),
        present_danger=present_danger,
        shown_only_to_child_safety=shown_only_to_child_safety,
    )


REASONS: dict[Reason, ReasonSpec] = {
    Reason.IMMINENT_DANGER: _row(Severity.S0, "VIOLENCE", "COORDINATED_HARM"),
    Reason.MINOR_ON_SERVICE: _row(Severity.S0, "PROTECTION_OF_MINORS", "AGE_SPECIFIC_RESTRICTIONS_MINORS"),
    Reason.CHILD_ABUSE_MATERIAL: _row(Severity.S1, "PROTECTION_OF_MINORS", "CHILD_SEXUAL_ABUSE_MATERIAL", shown_only_to_child_safety=True),
    Reason.GROOMING: _row(Severity.S1, "PROTECTION_OF_MINORS", "GROOMING_SEXUAL_ENTICEMENT_MINORS"),
    Reason.THREAT: _row(Severity.S1, "VIOLENCE", "COORDINATED_HARM"),
    Reason.AMBUSH_PLANNING: _row(Severity.S1, "VIOLENCE", "COORDINATED_HARM"),
    Reason.SEXTORTION: _row(Severity.S1, "SCAMS_AND_FRAUD", "PHISHING", "CYBER_VIOLENCE"),
    Reason.TERRORISM: _row(Severity.S1, "RISK_FOR_PUBLIC_SECURITY", "TERRORIST_CONTENT"),
    Reason.HATE_GROUP: _row(Severity.S2, "ILLEGAL_OR_HARMFUL_SPEECH", "HATE_SPEECH DISCRIMINATION"),
    Reason.HATE_PERSON: _row(Severity.S2, "CYBER_VIOLENCE", "CYBER_INCITEMENT"),
    Reason.HARASSMENT: _row(Severity.S2, "CYBER_VIOLENCE", "CYBER_HARASSMENT CYBER_BULLYING_INTIMIDATION"),
    Reason.STALKING: _row(Severity.S2, "CYBER_VIOLENCE", "CYBER_STALKING"),
    Reason.DOXXING: _row(Severity.S2, "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "OTHER"),
    Reason.INTIMATE_IMAGE: _row(Severity.S2, "CYBER_VIOLENCE", "NON_CONSENSUAL_IMAGE_SHARING"),
    Reason.SUICIDE_SELF_HARM: _row(Severity.S2, "SELF_HARM", "SUICIDE SELF_MUTILATION", present_danger=Severity.S0),
    Reason.TRAFFICKING: _row(Severity.S2, "VIOLENCE", "HUMAN_TRAFFICKING", "RISK_FOR_PUBLIC_SECURITY"),
    Reason.SCAM: _row(Severity.S3, "SCAMS_AND_FRAUD", "PHISHING"),
    Reason.IMPERSONATION: _row(Severity.S3, "SCAMS_AND_FRAUD", "IMPERSONATION_ACCOUNT_HIJACKING"),
    Reason.DRUGS_WEAPONS: _row(Severity.S3, "UNSAFE_AND_PROHIBITED_PRODUCTS", "PROHIBITED_PRODUCTS"),
    Reason.SEXUAL_IN_GENERAL_ROOM: _row(Severity.S3, "OTHER_VIOLATION_TC", "ADULT_SEXUAL_MATERIAL NUDITY"),
    Reason.COPYRIGHT: _row(Severity.S3, "INTELLECTUAL_PROPERTY_INFRINGEMENTS", "COPYRIGHT_INFRINGEMENT"),
    Reason.SPAM: _row(Severity.S3, "OTHER_VIOLATION_TC", "OTHER"),
    Reason.OTHER: _row(Severity.S3, "OTHER_VIOLATION_TC", "OTHER"),
}


def due_at(severity: Severity, *, since: datetime, trusted: bool) -> datetime:
    """When the first action on a case is due; a trusted flagger halves the time."""
    allowed: timedelta = severity.due_in
    return since + (allowed / 2 if trusted else allowed)
