"""What the form of Annex III of Regulation (EU) 2023/1543 says when an EPOC or EPOC-PR is not carried out: one entry a section."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from moderation.courts.terms import FormalReason, RequestKind

FORMS = frozenset({RequestKind.EPOC, RequestKind.EPOC_PR})
# The boxes of section D, by our reason.
_BOXES: dict[FormalReason, str] = {
    FormalReason.INCOMPLETE: "incomplete",
    FormalReason.MANIFEST_ERROR: "manifest errors",
    FormalReason.UNCLEAR: "insufficient information",
    FormalReason.NOT_AUTHENTIC: "not issued or validated by an authority of article 4",
    FormalReason.NOT_COMPETENT: "not issued or validated by an authority of article 4",
    FormalReason.NOT_COVERED: "offence or service not covered (articles 2 and 5)",
    FormalReason.GATE: "offence or service not covered (articles 2 and 5)",
    FormalReason.PROTECTED: "immunities, privileges, or rules on the press",
    FormalReason.IMPOSSIBLE: "de facto impossibility not attributable to the addressee",
    FormalReason.CONFLICT: "conflict with the law of a third country",
    FormalReason.CONTENT_NEVER: "offence or service not covered (articles 2 and 5)",
}


@dataclass(frozen=True, slots=True)
class Form:
    """The sections of Annex III as they are sent; `preserved` says whether the data lie frozen meanwhile."""

    certificate: str
    authority: str
    addressee: str
    file_numbers: str
    received_at: datetime
    reasons: tuple[str, ...]
    explanation: str
    preserved: bool

    def lines(self) -> list[str]:
        """The form as lines of text, each under the letter of its section."""
        return [
            f"A. {self.certificate}, {self.file_numbers}, received {self.received_at:%Y-%m-%dT%H:%M:%SZ}",
            f"B. {self.authority}",
            f"C. {self.addressee}",
            f"D. {'; '.join(self.reasons)}",
            f"E. {self.explanation}",
            f"F. data preserved: {'yes' if self.preserved else 'no'}",
        ]


def box_of(reason: FormalReason) -> str:
    """The box of section D that a reason ticks."""
    return _BOXES[reason]
