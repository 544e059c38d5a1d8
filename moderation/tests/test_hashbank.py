"""Who may put what into the banks, lists with mistakes in them, and how long a hash stays."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from core import audit
from core.models import AuditEntry
from moderation.enums import Action, HashBankKind, ImageVerdict, Reason, StaffRole, TargetKind
from moderation.imaging.pdq import hash_image
from moderation.models import Case, Decision, HashEntry, StaffProfile
from moderation.services.hashbank import (
    BadHash,
    NothingRemoved,
    NotYourBank,
    WhyMissing,
    add_hash,
    find_memory,
    forget_removed_image,
    import_hashes,
    remember_image,
    remove_hash,
)
from moderation.tests.factories import make_staff_member
from moderation.tests.holding import decide
from moderation.tests.imaging import SKIN, check, know, send, store
from moderation.tests.pictures import photo
from moderation.tests.reporting import case_of, report

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db

VALUE = "ab" * 32
ALL_BUT = {
    HashBankKind.CHILD_ABUSE: {StaffRole.CHILD_SAFETY},
    HashBankKind.LOCAL_ACTIONED: {StaffRole.MODERATOR, StaffRole.SENIOR, StaffRole.CHILD_SAFETY},
}


@pytest.mark.parametrize("kind", list(HashBankKind))
@pytest.mark.parametrize("role", list(StaffRole))
def test_a_bank_is_for_its_roles_alone(kind: HashBankKind, role: StaffRole) -> None:
    staff = make_staff_member("Modo7", role)
    may = role in ALL_BUT.get(kind, {StaffRole.SENIOR})
    if may:
        entry = add_hash(kind=kind, value=VALUE, source="essai", by=staff, now=timezone.now())
        assert (entry.bank.kind, entry.added_by, entry.source) == (kind, staff, "essai")
        remove_hash(entry=entry, by=staff, reason="fini", now=timezone.now())
        assert [row.action for row in AuditEntry.objects.filter(action__startswith="hashbank")] == ["hashbank.add", "hashbank.remove"]
        assert audit.verify().holds
    else:
        with pytest.raises(NotYourBank):
            add_hash(kind=kind, value=VALUE, source="essai", by=staff, now=timezone.now())
        with pytest.raises(NotYourBank):
            import_hashes(kind=kind, lines=[VALUE], source="essai", by=staff, now=timezone.now())
    assert HashEntry.objects.count() == 0


@pytest.mark.parametrize("value", ["", "ab", "ab" * 31, "ab" * 33, "zz" * 32, VALUE + "\nab", "0x" + "ab" * 31, "０" * 64])
def test_what_is_no_hash_is_refused(senior: StaffProfile, value: str) -> None:
    with pytest.raises(BadHash):
        add_hash(kind=HashBankKind.TERRORISM, value=value, source="essai", by=senior, now=timezone.now())


def test_a_hash_is_in_a_bank_once_and_may_be_in_two(senior: StaffProfile) -> None:
    now = timezone.now()
    first = add_hash(kind=HashBankKind.TERRORISM, value=VALUE, source="a", by=senior, now=now)
    assert add_hash(kind=HashBankKind.TERRORISM, value=VALUE.upper() + " ", source="b", by=senior, now=now) == first
    add_hash(kind=HashBankKind.SCAM_PHOTO, value=VALUE, source="c", by=senior, now=now)
    assert HashEntry.objects.count() == 2
    assert AuditEntry.objects.filter(action="hashbank.add").count() == 2, "nothing is noted of what changed nothing"


def test_a_list_comes_in_by_command_and_again_adds_nothing(tmp_path: Path) -> None:
    other = "cd" * 32
    file = tmp_path / "list.csv"
    file.write_text(f"hash,quality\n# of Monday\n{VALUE},100\n\n{other.upper()},80\n{VALUE},100\n")

    def run() -> str:
        out = StringIO()
        call_command("import_hashes", "TERRORISM", str(file), source="liste du lundi", stdout=out)
        return out.getvalue().strip()

    assert run() == "2 hashes taken in, 0 known before"
    assert run() == "0 hashes taken in, 2 known before"
    rows = HashEntry.objects.filter(added_by__isnull=True).order_by("value").values_list("value", "source", "reason")
    assert list(rows) == [(value, "liste du lundi", "TERRORISM") for value in (VALUE, other)]


def test_a_list_with_a_bad_line_is_refused_whole_and_the_lines_are_named(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"{VALUE}\nhash\n{'cd' * 31}\n")
    with pytest.raises(CommandError, match="no hash in the lines 2, 3; nothing was taken in"):
        call_command("import_hashes", "TERRORISM", str(file), source="x")
    with pytest.raises(CommandError, match="nowhere"):
        call_command("import_hashes", "TERRORISM", str(tmp_path / "nowhere"), source="x")
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError):
        call_command("import_hashes", "TERRORISM", str(file), source="x")
    assert HashEntry.objects.count() == 0


def test_an_image_that_was_removed_is_remembered_for_a_year_and_its_copy_held(room: Room, amina: User, senior: StaffProfile) -> None:
    entry = know(photo(3), HashBankKind.SCAM_PHOTO, senior)
    image = store(amina, room, photo(3))
    send(amina, room, image)
    found, now = check(image), timezone.now()
    case = Case.objects.get()
    assert found.case == case
    assert find_memory(case=case, by=senior) is None
    with pytest.raises(NothingRemoved):
        remember_image(case=case, by=senior, now=now)
    decision = decide(case, Action.REMOVE)
    auditor = make_staff_member("Modo6", StaffRole.AUDITOR)
    with pytest.raises(NotYourBank):
        remember_image(case=case, by=auditor, now=now)
    for person, may in ((senior, True), (auditor, False)):
        memory = find_memory(case=case, by=person)
        assert memory is not None
        assert (memory.entry, memory.may_remember) == (None, may)
    added = remember_image(case=case, by=senior, now=now)
    assert remember_image(case=case, by=senior, now=now) == added
    memory = find_memory(case=case, by=senior)
    assert memory is not None
    assert (memory.entry, memory.may_remember) == (added, False)
    assert (added.bank.kind, added.reason, added.expires_at) == ("LOCAL_ACTIONED", "SCAM", now + timedelta(days=365))
    remove_hash(entry=entry, by=senior, reason="liste retirée", now=now)
    copy = check(store(amina, room, photo(3).resize((400, 300))))
    assert (copy.verdict, copy.bank) == (ImageVerdict.HOLD, "LOCAL_ACTIONED")
    forget_removed_image(case=decision.case)
    assert HashEntry.objects.count() == 0, "overturned: it is not remembered any more"


@pytest.mark.parametrize("reversed_", [True, False])
def test_what_no_standing_decision_took_away_is_not_remembered(room: Room, amina: User, senior: StaffProfile, reversed_: bool) -> None:
    know(photo(3), HashBankKind.SCAM_PHOTO, senior)
    image = store(amina, room, photo(3))
    send(amina, room, image)
    check(image)
    decision = decide(Case.objects.get(), Action.REMOVE if reversed_ else Action.WARN)
    if reversed_:
        Decision.objects.filter(pk=decision.pk).update(reversed_at=timezone.now())
    with pytest.raises(NothingRemoved):
        remember_image(case=decision.case, by=senior, now=timezone.now())


def test_a_plain_picture_is_not_remembered(room: Room, amina: User, ben: User, senior: StaffProfile) -> None:
    """Else every wall would be held for it."""
    assert hash_image(SKIN).is_telling is False
    image = store(amina, room, SKIN)
    send(amina, room, image)
    check(image)
    about = case_of(report(ben, image.public_id, TargetKind.ATTACHMENT, Reason.SPAM, now=timezone.now()))
    decide(about, Action.REMOVE)
    with pytest.raises(NothingRemoved):
        remember_image(case=about, by=senior, now=timezone.now())


def test_an_image_that_a_member_reported_is_remembered_too_and_a_message_is_not(
    room: Room, amina: User, ben: User, senior: StaffProfile
) -> None:
    image = store(amina, room, photo(3))
    seq, now = send(amina, room, image), timezone.now()
    found = check(image)
    cases = [
        case_of(report(ben, f"{room.public_id}:{seq}", reason=Reason.SPAM, now=now)),
        case_of(report(ben, image.public_id, TargetKind.ATTACHMENT, Reason.SPAM, now=now)),
    ]
    for case in cases:
        decide(case, Action.REMOVE)
    with pytest.raises(NothingRemoved):
        remember_image(case=cases[0], by=senior, now=now)
    entry = remember_image(case=cases[1], by=senior, now=now)
    assert (entry.value, entry.case, entry.reason, entry.source) == (found.pdq, cases[1], "SPAM", cases[1].public_id)


def test_what_is_like_child_abuse_is_remembered_by_its_guards_alone_and_without_an_end(
    room: Room, amina: User, senior: StaffProfile
) -> None:
    guard = make_staff_member("Garde1", StaffRole.CHILD_SAFETY)
    know(photo(3), HashBankKind.CHILD_ABUSE, guard)
    image = store(amina, room, photo(3).resize((400, 300)))
    send(amina, room, image)
    check(image)
    case = Case.objects.get()
    decide(case, Action.REMOVE)
    with pytest.raises(NotYourBank):
        remember_image(case=case, by=senior, now=timezone.now())
    entry = remember_image(case=case, by=guard, now=timezone.now())
    assert (entry.bank.kind, entry.expires_at, entry.reason) == ("CHILD_ABUSE", None, "CHILD_ABUSE_MATERIAL")


@pytest.mark.parametrize("blank", ["", "   ", "\u200b\u2060"])
def test_nothing_comes_in_without_its_origin_or_goes_without_a_reason(senior: StaffProfile, blank: str) -> None:
    now = timezone.now()
    with pytest.raises(WhyMissing):
        add_hash(kind=HashBankKind.TERRORISM, value=VALUE, source=blank, by=senior, now=now)
    entry = add_hash(kind=HashBankKind.TERRORISM, value=VALUE, source="liste", by=senior, now=now)
    with pytest.raises(WhyMissing):
        remove_hash(entry=entry, by=senior, reason=blank, now=now)
    assert HashEntry.objects.get() == entry
    assert not AuditEntry.objects.filter(action="hashbank.remove").exists()
