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
from moderation.enums import Action, HashBankKind, ImageVerdict, StaffRole
from moderation.imaging.pdq import hash_image
from moderation.models import Case, Decision, HashEntry, StaffProfile
from moderation.services.hashbank import (
    BadHash,
    NothingRemoved,
    NotYourBank,
    add_hash,
    add_removed_image,
    forget_old_hashes,
    forget_removed_image,
    import_hashes,
    remove_hash,
)
from moderation.tests.factories import make_staff_member
from moderation.tests.imaging import SKIN, check, know, send, store
from moderation.tests.pictures import photo
from moderation.tests.test_images import decide

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db

VALUE = "ab" * 32
ALL_BUT = {
    HashBankKind.CHILD_ABUSE: {StaffRole.CHILD_SAFETY},
    HashBankKind.LOCAL_ACTIONED: {StaffRole.MODERATOR, StaffRole.SENIOR, StaffRole.CHILD_SAFETY},
}


@pytest.fixture
def senior() -> StaffProfile:
    return make_staff_member("Modo9", StaffRole.SENIOR, StaffRole.MODERATOR)


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
    with pytest.raises(NothingRemoved):
        add_removed_image(check=found, by=senior, now=now)
    decision = decide(Case.objects.get(), Action.REMOVE)
    auditor = make_staff_member("Modo6", StaffRole.AUDITOR)
    with pytest.raises(NotYourBank):
        add_removed_image(check=found, by=auditor, now=now)
    added = add_removed_image(check=found, by=senior, now=now)
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
    found = check(image)
    decision = decide(Case.objects.get(), Action.REMOVE if reversed_ else Action.WARN)
    if reversed_:
        Decision.objects.filter(pk=decision.pk).update(reversed_at=timezone.now())
    with pytest.raises(NothingRemoved):
        add_removed_image(check=found, by=senior, now=timezone.now())


def test_a_plain_picture_is_not_remembered(room: Room, amina: User, senior: StaffProfile) -> None:
    """Else every wall would be held for it."""
    assert hash_image(SKIN).is_telling is False
    found = check(store(amina, room, SKIN))
    with pytest.raises(NothingRemoved):
        add_removed_image(check=found, by=senior, now=timezone.now())


def test_a_hash_past_its_time_is_deleted(senior: StaffProfile) -> None:
    now = timezone.now()
    add_hash(kind=HashBankKind.SCAM_PHOTO, value=VALUE, source="a", by=senior, expires_at=now + timedelta(days=1), now=now)
    add_hash(kind=HashBankKind.SCAM_PHOTO, value="cd" * 32, source="a", by=senior, now=now)
    assert forget_old_hashes(now=now + timedelta(hours=23)) == 0
    assert forget_old_hashes(now=now + timedelta(hours=25)) == 1
    assert [row.value for row in HashEntry.objects.all()] == ["cd" * 32]
