"""Reports: what is kept, who may report what, and what a flood, a self-report or a vanished message gets for an answer."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from datetime import datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.relations import block_person
from accounts.services.suspension import suspend
from accounts.tests.factories import NOON, make_user
from chat.enums import RoomState
from chat.services import messages, restrictions
from chat.services.attachments import store_image
from chat.services.memberships import mark_read
from chat.tests.factories import close, join, make_group, say
from core import sealing
from core.audit import verify
from core.models import AuditEntry
from core.tests.moments import at_noon
from moderation.access import get_report_by_token
from moderation.enums import CaseState, Reason, ReportSource, ReportState, Severity, StaffRole, TargetKind
from moderation.models import Case, Evidence, Report
from moderation.queries.shown import list_cases_shown_to
from moderation.services.cases import EPOCH
from moderation.services.evidence import EvidenceDamaged, unseal_evidence
from moderation.services.receipts import Contact, open_contact
from moderation.services.reports import A_DAY, AlreadyReported, ExplanationTooLong, ReportingSuspended, ReportsTooFast, SelfReport
from moderation.targets import TARGETS, TargetGone, TargetNotFound
from moderation.tests.factories import make_staff_member
from moderation.tests.reporting import INSULT, case_of, insult, report

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db


def score_at(case: Case, now: datetime) -> float:
    """The score of the design, of which the row keeps the logarithm."""
    return float(2 ** (case.score - (now - EPOCH) / timedelta(days=1)))


def sheet_of(case: Case) -> dict[str, Any]:
    """What was kept of a case's first report."""
    row = Evidence.objects.filter(case=case, kind="SNAPSHOT").order_by("pk").first()
    assert row is not None
    loaded: dict[str, Any] = json.loads(unseal_evidence(evidence=row))
    return loaded


def test_a_report_opens_a_case_with_its_clock_and_its_receipt(amina: User, ben: User, room: Room) -> None:
    filed = report(amina, insult(ben, room), explanation="Depuis hier\u200b.")
    case = case_of(filed)
    assert (case.state, case.subject, case.severity, case.reason) == (CaseState.OPEN, ben, Severity.S2, Reason.HARASSMENT)
    assert (case.due_at, case.content_at, case.language) == (NOON + timedelta(hours=4), NOON, "fr")
    assert (filed.report.state, filed.report.explanation) == (ReportState.JOINED, "Depuis hier.")
    assert get_report_by_token(token=filed.token) == filed.report
    assert verify().fault is None
    assert AuditEntry.objects.filter(action="report.file", object_ref=filed.report.public_id).count() == 1


def test_the_evidence_is_what_was_there_and_stays_so(amina: User, ben: User, room: Room) -> None:
    say(amina, room, "Bonjour")
    ref = insult(ben, room)
    say(amina, room, "Pardon ?")
    sheet = sheet_of(case_of(report(amina, ref)))
    facts = sheet["facts"]
    assert facts["message"]["versions"] == [{"at": at_noon(), "text": INSULT, "seq": facts["message"]["seq"]}]
    assert [line["versions"][0]["text"] for line in facts["context"]] == ["Bonjour", "Pardon ?"]
    assert (facts["author"]["pseudonym"], facts["room"]["title"], facts["room"]["rules_version"]) == ("Ben", room.title, 1)
    assert sheet["taken_at"] == at_noon()
    assert "email" not in json.dumps(sheet)


def test_the_digest_is_that_of_the_sealed_text_and_nothing_lies_open(amina: User, ben: User, room: Room) -> None:
    case = case_of(report(amina, insult(ben, room)))
    row = Evidence.objects.get(case=case)
    content = unseal_evidence(evidence=row)
    assert row.sha256 == hashlib.sha256(content).hexdigest()
    assert content == json.dumps(json.loads(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert INSULT.encode() not in bytes(row.blob)


def test_destroying_the_authors_key_does_not_destroy_the_evidence(amina: User, ben: User, room: Room) -> None:
    case = case_of(report(amina, insult(ben, room)))
    sealing.destroy_key(f"user:{ben.pk}")
    assert sheet_of(case)["facts"]["message"]["versions"][0]["text"] == INSULT


def test_evidence_that_was_moved_or_changed_does_not_open(amina: User, ben: User, room: Room) -> None:
    first, second = (Evidence.objects.get(case=case_of(report(amina, insult(ben, room)))) for _ in range(2))
    Evidence.objects.filter(pk=second.pk).update(blob=first.blob)
    second.refresh_from_db()
    with pytest.raises(EvidenceDamaged):
        unseal_evidence(evidence=second)
    Evidence.objects.filter(pk=first.pk).update(sha256="0" * 64)
    first.refresh_from_db()
    with pytest.raises(EvidenceDamaged):
        unseal_evidence(evidence=first)


def test_images_are_kept_with_the_message(amina: User, ben: User, room: Room) -> None:
    file = BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    upload = SimpleUploadedFile("a.png", file.getvalue())
    photo = store_image(user=ben, room_public_id=room.public_id, file=upload, size=len(file.getvalue()), now=NOON)
    say(ben, room, "voilà", attachment_ids=[photo.public_id])
    case = case_of(report(amina, photo.public_id, TargetKind.ATTACHMENT, Reason.INTIMATE_IMAGE))
    media = Evidence.objects.get(case=case, kind="MEDIA")
    assert unseal_evidence(evidence=media)[:4] == b"RIFF"
    assert sheet_of(case)["files"] == [{"ref": photo.public_id, "sha256": media.sha256}]
    assert case.subject == ben


def test_a_profile_a_room_and_an_account_can_be_reported(amina: User, ben: User, carol: User, room: Room) -> None:
    group = make_group(ben)
    for kind, ref, subject in [
        (TargetKind.PROFILE, ben.public_id, ben),
        (TargetKind.ACCOUNT, ben.public_id, ben),
        (TargetKind.ROOM, room.public_id, None),
    ]:
        assert case_of(report(amina, ref, kind, Reason.SPAM)).subject == subject
    assert Case.objects.filter(subject=ben).count() == 2
    with pytest.raises(TargetNotFound):
        report(carol, group.public_id, TargetKind.ROOM, Reason.SPAM)
    assert set(TARGETS) == set(TargetKind)


def test_carol_reports_nothing_of_rooms_that_she_is_not_in(carol: User, ben: User, room: Room) -> None:
    ref = insult(ben, room)
    for strange in (ref, f"{room.public_id}:99", f"{'a' * 20}:1", "nonsense", f"{room.public_id}:-1", f"{room.public_id}:1x"):
        with pytest.raises(TargetNotFound):
            report(carol, strange)
    assert (Case.objects.count(), Evidence.objects.count(), Report.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("source", list(ReportSource))
def test_no_road_leads_around_the_door(carol: User, ben: User, room: Room, source: ReportSource) -> None:
    """Whoever reports by account may have a copy of what is kept, so it must be theirs to see whatever form they used."""
    with pytest.raises(TargetNotFound):
        report(carol, insult(ben, room), source=source)
    assert not Evidence.objects.exists()


def test_nobody_reports_what_was_said_before_they_came(amina: User, ben: User, carol: User) -> None:
    group = make_group(amina)
    join(ben, group)
    early = insult(ben, group)
    join(carol, group)
    with pytest.raises(TargetNotFound):
        report(carol, early)
    ref = insult(ben, group, "encore")
    facts = sheet_of(case_of(report(carol, ref)))["facts"]
    assert facts["context"] == [], "what was said before she came is no evidence of hers"


def test_who_blocks_after_the_insult_is_reported_all_the_same(amina: User, ben: User, room: Room) -> None:
    ref = insult(ben, room)
    block_person(user=ben, person=amina, now=NOON)
    assert case_of(report(amina, ref)).subject == ben
    assert case_of(report(amina, ben.public_id, TargetKind.PROFILE)).subject == ben


def test_self_reports_are_refused(ben: User, room: Room) -> None:
    for kind, ref in [(TargetKind.MESSAGE, insult(ben, room)), (TargetKind.PROFILE, ben.public_id), (TargetKind.ACCOUNT, ben.public_id)]:
        with pytest.raises(SelfReport):
            report(ben, ref, kind)
    assert not Case.objects.exists()


def test_what_was_taken_back_can_be_reported_for_a_day(amina: User, ben: User, room: Room) -> None:
    ref = insult(ben, room)
    seq = int(ref.partition(":")[2])
    messages.delete_message(user=ben, room_public_id=room.public_id, seq=seq, now=NOON)
    facts = sheet_of(case_of(report(amina, ref, now=NOON + timedelta(hours=23))))["facts"]
    assert (facts["message"]["withdrawn"], facts["message"]["versions"][0]["text"]) == ("DELETED", INSULT)
    Report.objects.update(day_key=None)
    with pytest.raises(TargetGone):
        report(amina, ref, now=NOON + timedelta(hours=24))


def test_what_vanished_is_answered_clearly(amina: User, ben: User, room: Room) -> None:
    expired, hidden = insult(ben, room), insult(ben, room)
    restrictions.hide_message(room_public_id=room.public_id, seq=int(hidden.partition(":")[2]), now=NOON)
    with pytest.raises(TargetGone):
        report(amina, hidden)
    with pytest.raises(TargetGone):
        report(amina, expired, now=NOON + room.visible_for)
    close(room)
    with pytest.raises(TargetGone):
        report(amina, room.public_id, TargetKind.ROOM)
    room.refresh_from_db()
    assert room.state == RoomState.CLOSED


def test_one_report_a_person_target_and_day(amina: User, ben: User, room: Room) -> None:
    ref = insult(ben, room)
    first = report(amina, ref)
    with pytest.raises(AlreadyReported) as again:
        report(amina, ref, reason=Reason.THREAT, now=NOON + timedelta(hours=23))
    assert again.value.report == first.report
    later = report(amina, ref, now=NOON + timedelta(hours=24))
    assert case_of(later) == case_of(first)
    assert Report.objects.filter(case=case_of(first)).count() == 2


def test_a_flood_is_slowed_and_a_life_in_danger_less_so(amina: User, ben: User, room: Room, settings: Any) -> None:
    settings.MESSAGES_IN_10_S = 1000
    for n in range(A_DAY + 1):
        report(amina, insult(ben, room, f"n {n}"))
    with pytest.raises(ReportsTooFast) as slow:
        report(amina, insult(ben, room, "trop"))
    assert slow.value.retry == 600
    report(amina, insult(ben, room, "danger"), reason=Reason.IMMINENT_DANGER)
    with pytest.raises(ReportsTooFast) as urgent:
        report(amina, insult(ben, room, "danger 2"), reason=Reason.IMMINENT_DANGER)
    assert urgent.value.retry == 60
    assert Report.objects.count() == A_DAY + 2


def test_who_may_not_report_is_told_until_when(amina: User, ben: User, room: Room) -> None:
    end = NOON + timedelta(days=30)
    suspend(user=amina, kind=SuspensionKind.REPORTING_SUSPENDED, decision_ref="D-1", reason="abus", ends_at=end, now=NOON)
    with pytest.raises(ReportingSuspended) as refused:
        report(amina, insult(ben, room))
    assert refused.value.until == end


def test_words_that_are_too_many_are_refused_before_anything_is_kept(amina: User, ben: User, room: Room) -> None:
    with pytest.raises(ExplanationTooLong):
        report(amina, insult(ben, room), explanation="x" * 4001)
    assert not Evidence.objects.exists()


def test_reports_join_and_the_gravest_leads_with_its_clock(amina: User, ben: User, carol: User, room: Room) -> None:
    join(carol, room)
    ref = insult(ben, room)
    case = case_of(report(amina, ref, reason=Reason.SPAM))
    assert (case.severity, case.due_at, case.version) == (Severity.S3, NOON + timedelta(hours=24), 1)
    at = NOON + timedelta(minutes=30)
    case = case_of(report(carol, ref, reason=Reason.THREAT, now=at))
    assert (case.severity, case.reason, case.due_at) == (Severity.S1, Reason.THREAT, at + timedelta(hours=1))
    assert case.version == 2, "whoever decides must look again"
    third = make_user("Dera")
    join(third, room)
    case = case_of(report(third, ref, reason=Reason.SPAM, now=at))
    assert (case.severity, case.version) == (Severity.S1, 2), "one more of the same kind keeps nobody from deciding"
    assert Report.objects.filter(case=case).count() == 3


def test_trusted_flaggers_halve_the_clock_and_weigh_more(ben: User, room: Room) -> None:
    ref = insult(ben, room)
    plain = case_of(report(None, insult(ben, room), source=ReportSource.NOTICE_16))
    trusted = case_of(report(None, ref, source=ReportSource.TRUSTED_FLAGGER))
    assert trusted.due_at == NOON + timedelta(hours=2)
    assert score_at(trusted, NOON) == pytest.approx(2 * score_at(plain, NOON))


def test_the_score_is_that_of_the_design_at_any_moment(amina: User, ben: User, room: Room) -> None:
    ref = insult(ben, room)
    mark_read(user=amina, room_public_id=room.public_id, seq=int(ref.partition(":")[2]), now=NOON)  # she and its author: two saw it
    case = case_of(report(amina, ref))
    assert score_at(case, NOON) == pytest.approx(1 * 2 * (1 + math.log10(3)))
    assert score_at(case, NOON + timedelta(days=1)) == pytest.approx(0.5 * score_at(case, NOON))


def test_suspected_abuse_of_children_leaves_the_ordinary_desk(amina: User, ben: User, carol: User, room: Room) -> None:
    join(carol, room)
    ref = insult(ben, room)
    case = case_of(report(amina, ref))
    mod, guardian = make_staff_member("Modo1"), make_staff_member("Modo2", StaffRole.CHILD_SAFETY)
    assert list(list_cases_shown_to(mod)) == [case]
    case = case_of(report(carol, ref, reason=Reason.CHILD_ABUSE_MATERIAL))
    assert (case.child_safety, case.severity) == (True, Severity.S1)
    assert list(list_cases_shown_to(mod)) == []
    assert list(list_cases_shown_to(guardian)) == [case]


def test_a_notifier_without_account_is_known_by_a_sealed_address(ben: User, room: Room) -> None:
    ref = insult(ben, room)
    filed = report(None, ref, contact=Contact("Hanta", "hanta@example.org"), language="mg", bona_fide=True)
    fresh = Report.objects.get(pk=filed.report.pk)
    assert open_contact(report=fresh) == Contact("Hanta", "hanta@example.org")
    assert b"hanta" not in bytes(fresh.contact or b"")
    assert "hanta" not in (fresh.day_key or "")
    with pytest.raises(AlreadyReported):
        report(None, ref, contact=Contact("H", " HANTA@example.org "))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite writes one after the other anyway")
def test_many_reports_at_once_make_one_case(ben: User, room: Room) -> None:
    people = [make_user(f"Olona{n}") for n in range(12)]
    for person in people:
        join(person, room)
    ref = insult(ben, room)
    errors: list[BaseException] = []

    def tell(person: User) -> None:
        try:
            report(person, ref)
            with pytest.raises(AlreadyReported):
                report(person, ref)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    assert Case.objects.count() == 1
    assert Report.objects.filter(case=Case.objects.get()).count() == 12
    assert Evidence.objects.count() == 12
