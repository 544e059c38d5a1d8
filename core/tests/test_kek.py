"""The key that wraps all others is changed: nothing is lost on the way, whoever is killed goes on, and the earlier one can be forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from core import audit, kek, keyring, sealing
from core.models import AuditEntry, DataKey

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
FIRST, SECOND, THIRD = ("11" * 32, "22" * 32, "33" * 32)


@pytest.fixture
def under_first(settings: Any, tmp_path: Path) -> Any:
    settings.RESAKA_KEK, settings.RESAKA_KEK_OLD = FIRST, []
    settings.AUDIT_ANCHORS = tmp_path / "anchors.jsonl"
    return settings


def write(count: int) -> list[bytes]:
    return [sealing.seal(f"user:{number}", b"bonjour", "a") for number in range(count)]


def read(blobs: list[bytes]) -> set[bytes]:
    sealing.forget_keys()
    return {sealing.open_sealed(f"user:{number}", blob, "a") for number, blob in enumerate(blobs)}


def change(settings: Any, present: str, *old: str) -> None:
    settings.RESAKA_KEK, settings.RESAKA_KEK_OLD = present, list(old)
    sealing.forget_keys()


def test_a_key_says_under_which_kek_it_lies(under_first: Any) -> None:
    write(1)
    assert DataKey.objects.using("keys").get().kek_id == kek.present_id() == kek.id_of(bytes.fromhex(FIRST))
    assert len(kek.present_id()) == 8
    assert kek.present_id() not in FIRST


def test_what_lies_under_an_earlier_kek_opens_and_what_is_new_lies_under_the_present_one(under_first: Any) -> None:
    blobs = write(2)
    change(under_first, SECOND, FIRST)
    assert read(blobs) == {b"bonjour"}
    sealing.seal("user:new", b"x", "a")
    assert DataKey.objects.using("keys").get(scope="user:new").kek_id == kek.present_id()
    change(under_first, SECOND)
    with pytest.raises(sealing.SealingError, match="wrong KEK"):
        sealing.open_sealed("user:0", blobs[0], "a")


def test_after_the_rotation_the_earlier_kek_is_not_needed(under_first: Any) -> None:
    blobs = write(3)
    change(under_first, SECOND, FIRST)
    out = StringIO()
    call_command("rotate_kek", stdout=out)
    assert out.getvalue() == f"3 keys lie under KEK {kek.present_id()} now; 0 anchors signed again\n"
    change(under_first, SECOND)
    assert read(blobs) == {b"bonjour"}
    assert AuditEntry.objects.get(action="kek.rotate").object_ref == kek.present_id()


def test_a_rotation_that_was_broken_off_goes_on_and_one_that_is_done_does_nothing(under_first: Any) -> None:
    blobs = write(5)
    change(under_first, SECOND, FIRST)
    assert keyring.rewrap_keys(limit=2) == keyring.Rewrapped(2, (), DataKey.objects.using("keys").order_by("pk")[1].pk)
    assert read(blobs) == {b"bonjour"}  # both are known while it lasts
    assert keyring.rewrap_keys(limit=2).done == 2
    assert keyring.rewrap_keys(limit=2) == keyring.Rewrapped(1, (), 0)
    assert keyring.rewrap_keys(limit=2) == keyring.Rewrapped(0, (), 0)
    change(under_first, SECOND)
    assert read(blobs) == {b"bonjour"}


def test_keys_from_before_there_was_an_id_are_found_by_trying(under_first: Any) -> None:
    blobs = write(1)
    DataKey.objects.using("keys").update(kek_id="")
    change(under_first, SECOND, THIRD, FIRST)
    assert read(blobs) == {b"bonjour"}
    assert keyring.rewrap_keys().done == 1
    change(under_first, SECOND)
    assert read(blobs) == {b"bonjour"}


def test_a_key_that_was_destroyed_while_it_was_wrapped_anew_does_not_come_back(under_first: Any) -> None:
    write(1)
    row = DataKey.objects.using("keys").get()
    change(under_first, SECOND, FIRST)
    sealing.destroy_key("user:0")
    keyring._rewrap(row)
    assert not DataKey.objects.using("keys").filter(scope="user:0").exists()


def test_a_key_whose_kek_nobody_knows_does_not_hold_up_the_others(under_first: Any) -> None:
    write(1)
    change(under_first, SECOND)
    blob = sealing.seal("user:1", b"moi", "a")
    change(under_first, THIRD, SECOND)
    with pytest.raises(CommandError, match=r"1 keys open under no KEK of the settings, the first of user:0: name theirs in RESAKA_KEK_OLD"):
        call_command("rotate_kek", stdout=StringIO())
    change(under_first, THIRD)
    assert sealing.open_sealed("user:1", blob, "a") == b"moi"


def test_anchors_are_signed_again_so_that_they_hold_without_the_earlier_kek(under_first: Any) -> None:
    with transaction.atomic():
        audit.append(audit.Entry("A", "b", "c", "d"), now=NOON)
    audit.leave_anchor(now=NOON, file=under_first.AUDIT_ANCHORS)
    change(under_first, SECOND, FIRST)
    assert len(audit.read_anchor_file(under_first.AUDIT_ANCHORS)) == 1
    call_command("rotate_kek", stdout=StringIO())
    change(under_first, SECOND)
    assert len(audit.read_anchor_file(under_first.AUDIT_ANCHORS)) == 1
    assert audit.verify(anchor_file=under_first.AUDIT_ANCHORS).holds
    change(under_first, FIRST)
    with pytest.raises(audit.AnchorError):
        audit.read_anchor_file(under_first.AUDIT_ANCHORS)


def test_a_forged_anchor_stops_the_signing_and_stays_as_it_is(under_first: Any) -> None:
    with transaction.atomic():
        audit.append(audit.Entry("A", "b", "c", "d"), now=NOON)
    audit.leave_anchor(now=NOON, file=under_first.AUDIT_ANCHORS)
    forged = under_first.AUDIT_ANCHORS.read_text("ascii").replace('"seq": 1', '"seq": 9')
    under_first.AUDIT_ANCHORS.write_text(forged, "ascii")
    change(under_first, SECOND, FIRST)
    with pytest.raises(CommandError, match="not ours"):
        call_command("rotate_kek", stdout=StringIO())
    assert under_first.AUDIT_ANCHORS.read_text("ascii") == forged
