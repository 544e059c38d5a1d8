"""Reports: somebody tells us about something, and what was there is kept from that moment on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.queries import list_active_suspensions
from core import ratelimit
from core.ids import new_public_id
from core.text import clean
from moderation.access import digest_of_token
from moderation.enums import Reason, ReportSource, ReportState, Severity, TargetKind
from moderation.models import Case, Report, TrustedFlagger
from moderation.reasons import REASONS
from moderation.services.cases import join_case, share_of, weigh_case
from moderation.services.evidence import keep_evidence
from moderation.services.noting import note
from moderation.services.ranking import rank_facts
from moderation.services.receipts import Contact, seal_contact, token_of
from moderation.targets import Snapshot, get_target

EXPLANATION = 4000
A_DAY = 30
_WINDOW = timedelta(hours=24)
# Beyond thirty a day one report passes in ten minutes; where a life may depend on it, one a minute.
_SLOW_SECONDS, _SLOW_SECONDS_S0 = 600, 60


class SelfReport(ValueError):
    """Somebody reports themselves or what they wrote; they can take it back themselves."""


class AlreadyReported(Exception):
    """The same person reported the same thing within a day; `report` is that report."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.public_id)
        self.report = report


class ReportingSuspended(PermissionError):
    """A decision suspends this person's right to report; `until` is its end."""

    def __init__(self, until: datetime | None) -> None:
        super().__init__("reporting suspended")
        self.until = until


class ReportsTooFast(Exception):
    """More than thirty reports in a day; `retry` is the number of seconds after which the next one passes."""

    def __init__(self, retry: float) -> None:
        super().__init__(f"retry in {retry:.0f} s")
        self.retry = retry


class ExplanationTooLong(ValueError):
    """More than 4,000 characters."""


@dataclass(frozen=True, slots=True)
class FiledReport:
    """A report with the token of its status page."""

    report: Report
    token: str


def file_report(
    *,
    source: ReportSource,
    reporter: User | None,
    session: SessionBase | None = None,
    target_kind: TargetKind,
    target_ref: str,
    reason: Reason,
    explanation: str = "",
    danger_now: bool = False,
    flagger: TrustedFlagger | None = None,
    contact: Contact | None = None,
    law_alleged: str = "",
    bona_fide: bool = False,
    considers_illegal: bool = False,
    language: str = "fr",
    noticed: float = 0.0,
    now: datetime,
) -> FiledReport:
    """Take a report and keep, in the same transaction, what its target shows at this moment. It joins the target's one open case.

    `noticed` (`core.screening`'s score) is how much the rules noticed by themselves: it moves the case within its severity, and no more.

    A `reporter` reports what they could see themselves, by whatever road; who has none names it from outside and sees nothing of it.

    Raises:
        TargetNotFound, TargetGone; SelfReport, AlreadyReported, ReportingSuspended, ReportsTooFast, ExplanationTooLong.
    """
    words = clean(explanation)
    if len(words) > EXPLANATION:
        raise ExplanationTooLong(len(words))
    snapshot = _look(reporter, session, target_kind, target_ref, now)
    if reporter is not None and snapshot.subject_id == reporter.pk:
        raise SelfReport(target_ref)
    day_key = _day_key(reporter, contact, target_kind, target_ref)
    _check_first(day_key, now)
    if reporter is not None:
        _check_pace(reporter, REASONS[reason].severity_of(danger_now=danger_now))
    public_id = new_public_id()
    token = token_of(public_id)
    report = Report(
        public_id=public_id,
        source=source,
        reporter=reporter,
        flagger=flagger,
        token_sha256=digest_of_token(token),
        target_kind=target_kind,
        target_ref=target_ref,
        reason=reason,
        explanation=words,
        danger_now=danger_now,
        law_alleged=clean(law_alleged, lines=False)[:300],
        bona_fide=bona_fide,
        considers_illegal=considers_illegal,
        language=language,
        created_at=now,
        day_key=day_key,
    )
    if contact is not None:
        report.contact = seal_contact(contact=contact, ad=report.contact_ad)
    _keep(report, snapshot, noticed, now)
    return FiledReport(report=report, token=token)


def _look(reporter: User | None, session: SessionBase | None, kind: TargetKind, ref: str, now: datetime) -> Snapshot:
    """What the target shows now; to whoever reports by account, and may have a copy, only what they could see themselves."""
    target, after = get_target(kind), 0
    if reporter is not None:
        _check_right(reporter)
        after = target.check_seen(ref=ref, user=reporter, session=session, now=now)
    return target.snapshot(ref=ref, after=after, now=now)


def _keep(report: Report, snapshot: Snapshot, noticed: float, now: datetime) -> None:
    try:
        with transaction.atomic():
            case = join_case(report=report, snapshot=snapshot, now=now)
            report.case, report.state = case, ReportState.JOINED
            report.save(force_insert=True)
            keep_evidence(case=case, report=report, snapshot=snapshot, now=now)
            likely = rank_facts(snapshot.facts, of_room=case.target_kind == TargetKind.ROOM)
            weigh_case(case=case, report=report, reach=snapshot.reach, likely=likely + share_of(noticed), now=now)
            _note(report, case, now)
    except IntegrityError:  # the same report by two clicks at once
        if report.day_key is None:
            raise
        _check_first(report.day_key, now)
        raise


def _note(report: Report, case: Case, now: datetime) -> None:
    state = {"case": case.public_id, "source": report.source, "reason": report.reason}
    note(action="report.file", by=None, object_kind="report", object_ref=report.public_id, reason=report.reason, after=state, now=now)


def _check_right(reporter: User) -> None:
    for measure in list_active_suspensions(user=reporter):
        if measure.kind == SuspensionKind.REPORTING_SUSPENDED:
            raise ReportingSuspended(measure.ends_at)


def _day_key(reporter: User | None, contact: Contact | None, kind: str, ref: str) -> str | None:
    """Who reports what: the account, or else the address that the notice names, as a digest."""
    if reporter is not None:
        return f"{reporter.pk}:{kind}:{ref}"
    if contact is not None and contact.email:
        return f"{hashlib.sha256(contact.email.strip().lower().encode()).hexdigest()[:32]}:{kind}:{ref}"
    return None


def _check_first(day_key: str | None, now: datetime) -> None:
    if day_key is None:
        return
    Report.objects.filter(day_key=day_key, created_at__lte=now - _WINDOW).update(day_key=None)
    if (first := Report.objects.filter(day_key=day_key).first()) is not None:
        raise AlreadyReported(first)


def _check_pace(reporter: User, severity: Severity) -> None:
    try:
        ratelimit.hit("report", str(reporter.pk), limit=A_DAY, seconds=int(_WINDOW.total_seconds()))
    except ratelimit.RateLimited:
        seconds = _SLOW_SECONDS_S0 if severity == Severity.S0 else _SLOW_SECONDS
        try:
            ratelimit.hit(f"report-slow-{seconds}", str(reporter.pk), limit=1, seconds=seconds)
        except ratelimit.RateLimited as error:
            raise ReportsTooFast(error.retry) from error
