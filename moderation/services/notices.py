"""Notices of anybody (DSA art. 16): where it is found, one report for each place, and a receipt at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from core.outbox import publish
from core.ratelimit import hit
from moderation.enums import Reason, ReportSource
from moderation.events import NoticeReceived
from moderation.models import TrustedFlagger
from moderation.queries.locating import NotOurs, Place, locate, recall
from moderation.services.flaggers import get_by_number
from moderation.services.receipts import Contact
from moderation.services.reports import FiledReport, file_report

NOTICES_PER_HOUR = 5
NOTICES_PER_HOUR_OF_FLAGGER = 200


class PlaceUnknown(LookupError):
    """Nothing of ours is found there; `where` is what was typed, empty when it was room, time and pseudonym."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody tells us, in good faith: without that the form does not come here."""

    reason: Reason
    explanation: str
    addresses: tuple[str, ...] = ()
    room: str = ""
    pseudonym: str = ""
    at: datetime | None = None
    law: str = ""
    contact: Contact = field(default_factory=Contact)
    language: str = "fr"
    number: str = ""


def file_notice(*, notice: Notice, ip: str, now: datetime) -> list[FiledReport]:
    """A report for each place that the notice names, all or none, with the receipt on its way where an address was given.

    `ip` is where the notice comes from: five an hour, two hundred for a trusted flagger by its number.

    Raises:
        UnknownNumber, PlaceUnknown, RateLimited, and all that `file_report` raises.
    """
    flagger = get_by_number(number=notice.number) if notice.number else None
    places = _places(notice)
    _hit(flagger, ip)
    with transaction.atomic():
        filed = [_file(notice, place, flagger, now) for place in places]
        if notice.contact.email:
            publish(NoticeReceived(report_ids=tuple(one.report.pk for one in filed)))
    return filed


def _places(notice: Notice) -> list[Place]:
    where = ""
    try:
        if not notice.addresses:
            return [recall(room=notice.room, pseudonym=notice.pseudonym, at=notice.at)]
        found = []
        for where in notice.addresses:
            found.append(locate(url=where))
        return list(dict.fromkeys(found))
    except NotOurs as error:
        raise PlaceUnknown(where) from error


def _hit(flagger: TrustedFlagger | None, ip: str) -> None:
    if flagger is not None:
        hit("notice.flagger", flagger.public_id, limit=NOTICES_PER_HOUR_OF_FLAGGER, seconds=3600)
    else:
        hit("notice", ip, limit=NOTICES_PER_HOUR, seconds=3600)


def _file(notice: Notice, place: Place, flagger: TrustedFlagger | None, now: datetime) -> FiledReport:
    return file_report(
        source=ReportSource.TRUSTED_FLAGGER if flagger else ReportSource.NOTICE_16,
        reporter=None,
        flagger=flagger,
        contact=notice.contact,
        target_kind=place.kind,
        target_ref=place.ref,
        reason=notice.reason,
        explanation=_told(notice),
        law_alleged=notice.law,
        bona_fide=True,
        considers_illegal=True,
        language=notice.language,
        now=now,
    )


def _told(notice: Notice) -> str:
    """The explanation with what was remembered of the place, which the target alone may not say."""
    known = [notice.room, notice.pseudonym, notice.at.strftime("%Y-%m-%d %H:%M UTC") if notice.at else ""]
    remembered = " · ".join(filter(None, known))
    return f"[{remembered}]\n{notice.explanation}"[:4000] if remembered and not notice.addresses else notice.explanation
