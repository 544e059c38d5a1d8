"""STAFF_DOCUMENT_REVIEW: two of the team look at a document on which all but photo and birth date is covered.

Low assurance: staff who look at papers see neither whether a paper is real nor whose it is. It opens ordinary rooms and nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from accounts.age.attestation import Attested
from accounts.age.refusals import RefusalCode, Refused
from accounts.enums import AgeMethod, Assurance, DocumentVerdict
from accounts.models import AgeCheck
from accounts.providers.base import Challenge, ChallengeKind, Pending

DOCUMENT_PATH = "/age/document/"
REVIEWERS = 2
_GOOD_FOR = timedelta(days=365)
_REFUSALS: dict[str, RefusalCode] = {
    DocumentVerdict.UNDER_AGE: RefusalCode.UNDER_AGE,
    DocumentVerdict.UNREADABLE: RefusalCode.PAPER_UNREADABLE,
    DocumentVerdict.UNCOVERED: RefusalCode.PAPER_UNCOVERED,
    DocumentVerdict.DOUBTFUL: RefusalCode.PAPER_DOUBTFUL,
}


class StaffDocumentReview:
    """See the module."""

    method = AgeMethod.STAFF_DOCUMENT_REVIEW
    assurance = Assurance.LOW
    lifetime = timedelta(hours=1)  # to cover the document and to take the photo; what is sent has a time of its own

    def start(self, *, check: AgeCheck, state: str, origin: str, now: datetime) -> Challenge:
        """The page on which the image is sent."""
        return Challenge(ChallengeKind.FORM, link=f"{DOCUMENT_PATH}{check.public_id}/")

    def complete(self, *, check: AgeCheck, payload: Mapping[str, Any], origin: str, now: datetime) -> Attested:
        """Judge the `verdicts` of different people: all must say adult, and be enough.

        Raises:
            Refused: by the first who says otherwise. Pending: somebody else has to look yet.
        """
        verdicts = list(payload["verdicts"])
        for verdict in verdicts:
            if verdict != DocumentVerdict.ADULT:
                raise Refused(_REFUSALS.get(verdict, RefusalCode.PAPER_DOUBTFUL))
        if len(verdicts) < REVIEWERS:
            raise Pending
        return Attested(over=check.threshold, issuer_country="", anchor_fingerprint="", valid_until=now + _GOOD_FOR)
