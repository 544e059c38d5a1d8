"""Telling an authority of the abuse of a child: what the file says and keeps back, who makes it, and what follows from the receipt."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.enums import ConnectionKind
from accounts.models import ConnectionRecord, User
from accounts.services.recorder import record_connection
from core import audit
from core.models import AuditEntry
from core.peers import Peer
from moderation.enums import ApprovalKind, Hotline, StaffRole
from moderation.models import Case, Evidence, SecondApproval, StaffProfile, Transmission
from moderation.queries.transmissions import find_transmission, list_pending_transmissions, list_transmissions, list_untold_cases
from moderation.services.approvals import NotApproved, NotYoursToApprove, ask_approval
from moderation.services.evidence import EvidenceDamaged
from moderation.services.transmissions import (
    KEPT,
    AnotherMustConfirm,
    NotForYou,
    NotThen,
    ReceiptMissing,
    TransmissionOver,
    WrongMoment,
    confirm_transmission,
    fetch_transmission,
    make_transmission,
    mark_transmitted,
)
from moderation.tests.children import agree, prepared, sealed_case
from moderation.tests.desk import make_case
from moderation.tests.factories import make_staff_member

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def guard() -> StaffProfile:
    return make_staff_member("Garde1", StaffRole.CHILD_SAFETY)


@pytest.fixture
def other() -> StaffProfile:
    return make_staff_member("Garde2", StaffRole.CHILD_SAFETY)


@pytest.fixture
def case(amina: User, room: Room, guard: StaffProfile) -> Case:
    record_connection(
        user_id=amina.pk, kind=ConnectionKind.LOGIN, peer=Peer("198.51.100.7", 40123, "HTTP/1.1"), now=timezone.now() - MINUTE
    )
    return sealed_case(amina, room, guard)


def read(made: Transmission, by: StaffProfile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fetch_transmission(transmission=made, by=by, now=timezone.now()))
    return found


def mark(made: Transmission, by: StaffProfile, *, at: datetime | None = None, receipt: str = "PHAROS 2026-4711") -> None:
    now = timezone.now()
    mark_transmitted(transmission=made, receipt=receipt, transmitted_at=at or now, by=by, now=now)


# ---- What the file says ----------------------------------------------------------------------------------------------------------
def test_the_file_names_what_an_authority_asks_for(case: Case, amina: User, room: Room, guard: StaffProfile, other: StaffProfile) -> None:
    made = prepared(case, guard, other)
    found = read(made, guard)
    assert found["format"] == "resaka-child-safety-1"
    assert (found["reference"], found["case"], found["hotline"]) == (made.public_id, case.public_id, "PHAROS")
    assert found["agreed_by"] == [guard.handle, other.handle]
    assert found["why"] == ["image connue de la banque", "vérifié"]
    assert (found["suspicion"], found["target"]) == ("CHILD_ABUSE_MATERIAL", {"kind": "ATTACHMENT", "ref": case.target_ref})
    assert (found["account"]["id"], found["account"]["pseudonym"]) == (amina.public_id, "Amina")
    (content,) = found["contents"]
    seq = apps.get_model("chat", "Attachment").objects.get().seq
    assert (content["room"], content["message"], content["images"]) == (room.public_id, seq, [case.target_ref])
    assert content["url"].endswith(f"/rooms/{room.slug}/?around={seq}#m{seq}")
    assert content["text"] == "Regardez"
    assert [row["ref"] for row in found["connections"]] == [ConnectionRecord.objects.get().ref]
    (image,) = found["image_checks"]
    assert (image["image"], image["bank"], len(image["pdq"])) == (case.target_ref, "CHILD_ABUSE", 64)
    kept = {row.public_id: row.sha256 for row in Evidence.objects.filter(case=case)}
    assert {row["evidence"]: row["sha256"] for row in found["files"]} == kept
    assert sorted(row["kind"] for row in found["files"]) == ["PICTURE", "SNAPSHOT"]
    (report,) = found["reports"]
    assert (report["reference"], report["source"]) == (case.reports.get().public_id, "AUTOMATIC")


def test_all_hours_are_utc_and_say_so(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    found = read(prepared(case, guard, other), guard)
    hours = [
        found["made_at"],
        found["contents"][0]["at"],
        found["files"][0]["taken_at"],
        found["image_checks"][0]["checked_at"],
        found["reports"][0]["at"],
    ]
    assert all(hour.endswith("Z") and datetime.fromisoformat(hour).utcoffset() == timedelta(0) for hour in hours)


def test_it_holds_no_picture_no_address_and_nobody_who_reported(
    case: Case, amina: User, ben: User, guard: StaffProfile, other: StaffProfile
) -> None:
    case.reports.update(reporter=ben, explanation="Je suis Ben, ben@example.org")
    data = fetch_transmission(transmission=prepared(case, guard, other), by=guard, now=timezone.now())
    for word in ("198.51.100.7", "40123", "Ben", "ben@example.org", ben.public_id, "Garde1", "Garde2", amina.email or "@"):
        assert word.encode() not in data, word
    assert len(data) < 8000
    assert b"RIFF" not in data


def test_it_lies_sealed_and_its_digest_stands_in_the_chain(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    made = prepared(case, guard, other)
    data = fetch_transmission(transmission=made, by=other, now=timezone.now())
    stored = Transmission.objects.get()
    assert (stored.sha256, stored.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert stored.blob is not None
    assert case.public_id.encode() not in bytes(stored.blob)
    rows = AuditEntry.objects.filter(object_kind="transmission").order_by("seq").values_list("action", "handle", "role")
    assert list(rows) == [("child.prepare", guard.handle, "child_safety"), ("child.fetch", other.handle, "child_safety")]
    state = {"case": case.public_id, "hotline": "PHAROS", "sha256": stored.sha256}
    assert AuditEntry.objects.get(action="child.prepare").after_sha256 == audit.digest_of(state)
    assert audit.verify().holds


# ---- Who makes it ----------------------------------------------------------------------------------------------------------------
def test_nobody_makes_it_alone_and_an_agreement_makes_one(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    now = timezone.now()

    def make() -> Transmission:
        return make_transmission(case=case, hotline=Hotline.PHAROS, by=guard, now=now)

    with pytest.raises(NotApproved):
        make()
    ask_approval(kind=ApprovalKind.TRANSMIT_CHILD_ABUSE, object_ref=case.public_id, by=guard, reason="x", now=now)
    with pytest.raises(NotApproved):
        make()
    agree(case, guard, other, now=now)
    assert make().approval == SecondApproval.objects.exclude(used_at=None).get()
    with pytest.raises(NotApproved):
        make()
    assert Transmission.objects.count() == 1


@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.CHILD_SAFETY])
def test_no_other_role_does_anything_here(case: Case, guard: StaffProfile, other: StaffProfile, role: StaffRole) -> None:
    made, outsider, now = prepared(case, guard, other), make_staff_member("Autre", role), timezone.now()
    with pytest.raises(NotYoursToApprove):
        ask_approval(kind=ApprovalKind.TRANSMIT_CHILD_ABUSE, object_ref=case.public_id, by=outsider, reason="x", now=now)
    with pytest.raises(NotForYou):
        make_transmission(case=case, hotline=Hotline.PHAROS, by=outsider, now=now)
    with pytest.raises(NotForYou):
        fetch_transmission(transmission=made, by=outsider, now=now)
    with pytest.raises(NotForYou):
        mark(made, outsider)
    with pytest.raises(NotForYou):
        confirm_transmission(transmission=made, words="oui", by=outsider, now=now)
    assert find_transmission(staff=outsider, public_id=made.public_id) is None
    assert (list_untold_cases(staff=outsider), list_pending_transmissions(staff=outsider)) == ([], [])


def test_nobody_does_it_in_their_own_matter_nor_for_a_case_that_is_no_childs(guard: StaffProfile, other: StaffProfile) -> None:
    now = timezone.now()
    own = make_case(child_safety=True, subject=guard.user)
    agree(own, other, make_staff_member("Garde3", StaffRole.CHILD_SAFETY), now=now)
    with pytest.raises(NotForYou):
        make_transmission(case=own, hotline=Hotline.PHAROS, by=guard, now=now)
    with pytest.raises(NotForYou):
        make_transmission(case=make_case(), hotline=Hotline.PHAROS, by=guard, now=now)
    assert list_untold_cases(staff=guard) == []
    assert list_untold_cases(staff=other) == [own]


def test_who_asked_about_themselves_spoils_the_agreement(guard: StaffProfile, other: StaffProfile) -> None:
    own = make_case(child_safety=True, subject=guard.user)
    agree(own, guard, other)  # asked past the page, which does not open one's own case
    with pytest.raises(NotYoursToApprove):
        make_transmission(case=own, hotline=Hotline.PHAROS, by=other, now=timezone.now())
    assert Transmission.objects.count() == 0


def test_damaged_evidence_makes_no_file_and_spends_no_agreement(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    agree(case, guard, other)
    Evidence.objects.filter(case=case, kind="SNAPSHOT").update(sha256="0" * 64)
    with pytest.raises(EvidenceDamaged):
        make_transmission(case=case, hotline=Hotline.PHAROS, by=guard, now=timezone.now())
    assert Transmission.objects.count() == 0
    assert SecondApproval.objects.get().used_at is None
    assert not AuditEntry.objects.filter(action="child.prepare").exists()


def test_one_case_may_go_to_both_authorities(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    for hotline in Hotline:
        prepared(case, guard, other, hotline)
    assert [row.hotline for row in list_transmissions(case=case)] == ["PHAROS", "POINT_DE_CONTACT"]


# ---- The receipt -----------------------------------------------------------------------------------------------------------------
def test_the_receipt_is_written_down_once_and_the_year_begins(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    made = prepared(case, guard, other)
    assert list_untold_cases(staff=guard) == [case]
    mark(made, guard)
    assert made.transmitted_at is not None
    assert (made.receipt, made.marked_by, made.keep_until) == ("PHAROS 2026-4711", guard, made.transmitted_at + KEPT)
    assert timedelta(days=365) == KEPT
    with pytest.raises(WrongMoment):
        mark(made, other, receipt="autre chose")
    made.refresh_from_db()
    assert made.receipt == "PHAROS 2026-4711"
    assert AuditEntry.objects.get(action="child.transmit").reason == "PHAROS 2026-4711"
    assert list_untold_cases(staff=guard) == []


@pytest.mark.parametrize("blank", ["", "  ", "\u200b\u202e"])
def test_nothing_is_marked_without_a_receipt(case: Case, guard: StaffProfile, other: StaffProfile, blank: str) -> None:
    made = prepared(case, guard, other)
    with pytest.raises(ReceiptMissing):
        mark(made, guard, receipt=blank)
    mark(made, guard)
    with pytest.raises(ReceiptMissing):
        confirm_transmission(transmission=made, words=blank, by=other, now=timezone.now())


@pytest.mark.parametrize("off", [timedelta(minutes=2), -timedelta(minutes=2)])
def test_it_was_sent_after_it_was_made_and_not_in_the_future(case: Case, guard: StaffProfile, other: StaffProfile, off: timedelta) -> None:
    made = prepared(case, guard, other)
    with pytest.raises(NotThen):
        mark(made, guard, at=timezone.now() + off)
    mark(made, guard, at=made.made_at.replace(second=0, microsecond=0))
    assert made.receipt


def test_another_person_confirms_once_and_nothing_is_kept_any_more(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    made, now = prepared(case, guard, other), timezone.now()
    with pytest.raises(WrongMoment):
        confirm_transmission(transmission=made, words="reçu", by=other, now=now)
    mark(made, guard)
    with pytest.raises(AnotherMustConfirm):
        confirm_transmission(transmission=made, words="reçu", by=guard, now=now)
    assert list_pending_transmissions(staff=guard) == [made]
    confirm_transmission(transmission=made, words="copie saisie, dossier 88", by=other, now=now)
    assert (made.confirmation, made.keep_until) == ("copie saisie, dossier 88", now)
    with pytest.raises(WrongMoment):
        confirm_transmission(transmission=made, words="encore", by=other, now=now + MINUTE)
    assert list_pending_transmissions(staff=guard) == []
    assert audit.verify().holds


def test_a_file_that_was_destroyed_leaves_its_digest(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    made = prepared(case, guard, other)
    Transmission.objects.update(blob=None)
    made.refresh_from_db()
    with pytest.raises(TransmissionOver):
        fetch_transmission(transmission=made, by=guard, now=timezone.now())
    assert len(made.sha256) == 64
