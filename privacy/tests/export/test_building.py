"""Making an archive: in turns, once, whatever dies in between; cut off when it is wanted no longer; sealed all the while."""

from __future__ import annotations

import io
import json
import zlib
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now as real_now

from accounts.models import User
from accounts.tests.factories import NOON
from chat.tests.factories import say
from core import outbox
from core.exporting import Asked
from core.models import OutboxEvent
from core.relay import pump
from core.sealing import SealingError, destroy_key, open_sealed
from notifications.enums import NoticeKind
from privacy.enums import ArchiveState, RequestKind, RequestState
from privacy.export.building import _clear, continue_export
from privacy.export.packing import deflate
from privacy.export.pieces import read_piece, write_piece
from privacy.export.reading import open_archive
from privacy.export.table import BY_NAME, FILES
from privacy.export.turns import LEASE, MOST_TRIES, TurnLost, take_turn
from privacy.models import DataRequest, DeletionRecord, ExportArchive, ExportEntry
from privacy.services.archives import KEPT, ask_export, cancel_exports, wake_exports
from privacy.services.purge import purge_due
from privacy.services.requests import ask, withdraw_request
from privacy.tests.export.factories import build, make_archive, pieces_of, read, rows_of, zips_of

pytestmark = pytest.mark.django_db
DEAD = NOON + LEASE
Notification = apps.get_model("notifications", "Notification")
STEPS = len(FILES) + 3  # counting, each file, the images, the end


# What asking itself writes down.
_TOLD = ("requests.jsonl", "notifications.jsonl")


def chat(user: User, room: Any, count: int = 3) -> None:
    for number in range(count):
        say(user, room, f"message {number}", now=NOON + timedelta(seconds=number))


def content(archive: ExportArchive) -> dict[str, tuple[str, int]]:
    """What does not depend on when an archive was made: digests and rows of the data."""
    files = read(archive).files.values()
    return {entry["path"]: (entry["sha256"], entry["rows"]) for entry in files if "rows" in entry and entry["path"] not in _TOLD}


# ---- The whole of it -------------------------------------------------------------------------------------------------------------
def test_asking_is_enough_and_its_person_is_told(amina: User, room: Any) -> None:
    chat(amina, room)
    archive = ask_export(user=amina, now=real_now())
    assert (archive.state, archive.request.state) == (ArchiveState.ASKED, RequestState.RECEIVED)
    pump(outbox.deliver)
    archive.refresh_from_db()
    assert archive.state == ArchiveState.READY
    assert DataRequest.objects.get(pk=archive.request_id).state == RequestState.DONE
    notice = Notification.objects.get(user=amina, kind=NoticeKind.EXPORT_READY)
    assert archive.expires_at is not None
    assert (notice.args, notice.path) == ({"ends_on": archive.expires_at.date().isoformat()}, "/account/data/export/")
    assert archive.expires_at - archive.built_at == KEPT  # type: ignore[operator]  # it is ready


def test_its_manifest_has_every_file_and_its_ground(amina: User, room: Any) -> None:
    chat(amina, room)
    archive = make_archive(amina)
    manifest = read(archive).manifest
    assert (manifest["format"], manifest["schema_version"], manifest["language"]) == ("resaka-export", "1", "fr")
    assert (manifest["person"], manifest["export"], manifest["jurisdiction"]) == (amina.public_id, archive.public_id, "FR")
    assert [entry["path"] for entry in manifest["files"] if "rows" in entry] == [file.path for file in FILES]
    messages = next(entry for entry in manifest["files"] if entry["path"] == "messages.jsonl")
    assert (messages["rows"], messages["code"], messages["article"], messages["truncated"]) == (3, "MESSAGE_BODY", 20, False)
    assert messages["schema"] == "schema/messages.json"
    assert {one["reason"] for one in manifest["left_out"]} >= {"OTHERS", "EVIDENCE", "SECRET", "JUSTICE"}


def test_its_rows_say_what_the_zip_is(amina: User, room: Any) -> None:
    chat(amina, room)
    archive = make_archive(amina)
    [data] = zips_of(archive)
    assert (archive.parts, archive.bytes, archive.downloads) == (1, len(data), 0)
    assert archive.done_rows == archive.all_rows
    assert archive.percent == 100
    manifest = ExportEntry.objects.get(archive=archive, path="manifest.json")
    assert archive.sha256 == manifest.sha256


def test_the_language_is_the_persons(amina: User) -> None:
    User.objects.filter(pk=amina.pk).update(language="en")
    amina.refresh_from_db()
    archive = read(make_archive(amina))
    assert archive.manifest["language"] == "en"
    assert b'<html lang="en">' in archive.read("index.html")


def test_in_parts_it_is_the_same(amina: User, ben: User, room: Any, settings: Any) -> None:
    for person in (amina, ben):
        chat(person, room, 5)
    whole = content(make_archive(amina))
    settings.EXPORT_PART_BYTES = 1500
    archive = make_archive(amina, now=NOON + timedelta(days=2))
    zips = zips_of(archive)
    assert (len(zips), archive.parts) == (archive.zips.count(), archive.parts)
    assert archive.parts > 3
    assert archive.bytes == sum(map(len, zips))
    assert all(len(data) <= 1500 for data in zips[1:])
    assert content(archive) == whole
    assert open_archive([io.BytesIO(data) for data in reversed(zips)]).manifest["parts"] == archive.parts


# ---- Turns -----------------------------------------------------------------------------------------------------------------------
def test_step_by_step_is_the_same_as_at_once(amina: User, ben: User, room: Any) -> None:
    chat(amina, room)
    slow = build(ask_export(user=amina, now=NOON), seconds=0.0)
    assert slow.state == ArchiveState.READY
    assert content(slow) == content(make_archive(amina, now=NOON + timedelta(days=2)))


def test_a_turn_is_passed_on_by_the_outbox(amina: User) -> None:
    archive = ask_export(user=amina, now=NOON)
    OutboxEvent.objects.all().delete()
    assert continue_export(archive_id=archive.pk, now=NOON, seconds=0.0)
    archive.refresh_from_db()
    assert (archive.state, archive.lease, archive.all_rows is not None) == (ArchiveState.BUILDING, "", True)
    assert [row.payload for row in OutboxEvent.objects.filter(event="privacy.ExportAsked")] == [{"archive_id": archive.pk}]
    assert DataRequest.objects.get(pk=archive.request_id).state == RequestState.RUNNING


@pytest.mark.parametrize("step", [0, 1, 2, 17, STEPS // 2, STEPS - 2, STEPS - 1])
def test_a_worker_that_dies_at_any_step_costs_nothing_but_time(amina: User, room: Any, step: int) -> None:
    """It had the turn, wrote a piece, and was gone before it could note it."""
    chat(amina, room)
    archive = ask_export(user=amina, now=NOON)
    for _done in range(step):
        continue_export(archive_id=archive.pk, now=NOON, seconds=0.0)
    assert take_turn(archive_id=archive.pk, now=NOON) is not None
    orphan = write_piece(archive, b"half a page")
    assert not continue_export(archive_id=archive.pk, now=NOON + timedelta(seconds=1)), "the dead one still has its turn"
    build(archive, now=DEAD)
    assert archive.state == ArchiveState.READY
    assert content(archive)["messages.jsonl"][1] == 3
    assert archive.done_rows == archive.all_rows
    noted = {name for entry in archive.entries.all() for name, _length in entry.pieces}
    assert set(pieces_of(archive)) == noted | {orphan}


def test_a_late_one_writes_over_nothing(amina: User, room: Any) -> None:
    """Its machine was asleep for longer than others waited; it wakes up with a page in its hands."""
    chat(amina, room)
    archive = build(ask_export(user=amina, now=NOON))
    before = content(archive)
    write_piece(archive, deflate(b"an old page", last=True))
    assert content(archive) == before


def test_whoever_thought_themselves_alive_keeps_nothing(amina: User, room: Any) -> None:
    archive = ask_export(user=amina, now=NOON)
    late = take_turn(archive_id=archive.pk, now=NOON)
    assert late is not None
    assert take_turn(archive_id=archive.pk, now=DEAD) is not None
    with pytest.raises(TurnLost):
        late.note(done_rows=1000)
    late.pass_on()
    archive.refresh_from_db()
    assert archive.done_rows == 0
    assert archive.lease != ""


def test_two_workers_never_have_one_archive(amina: User) -> None:
    archive = ask_export(user=amina, now=NOON)
    assert take_turn(archive_id=archive.pk, now=NOON) is not None
    assert take_turn(archive_id=archive.pk, now=NOON) is None
    assert not continue_export(archive_id=archive.pk, now=NOON)
    assert not continue_export(archive_id=0, now=NOON)


def test_what_nobody_works_on_is_taken_up_again(amina: User, ben: User) -> None:
    archive, other = ask_export(user=amina, now=NOON), ask_export(user=ben, now=NOON + timedelta(seconds=1))
    OutboxEvent.objects.all().delete()
    assert wake_exports(now=NOON + timedelta(seconds=30)) == 0
    take_turn(archive_id=archive.pk, now=NOON)
    assert wake_exports(now=NOON + timedelta(seconds=61)) == 1, "the one that nobody began"
    assert wake_exports(now=DEAD) == 2
    asked = OutboxEvent.objects.filter(event="privacy.ExportAsked").order_by("pk").values_list("payload", flat=True)
    assert [row["archive_id"] for row in asked] == [other.pk, archive.pk, other.pk]
    for one in (archive, other):
        build(one, now=DEAD)
        assert one.state == ArchiveState.READY
    assert wake_exports(now=DEAD + timedelta(days=1)) == 0


def test_one_that_comes_no_further_is_given_up_and_stays_the_teams(amina: User) -> None:
    archive, now = ask_export(user=amina, now=NOON), NOON
    for _try in range(MOST_TRIES):
        assert take_turn(archive_id=archive.pk, now=now) is not None
        now += LEASE
    assert continue_export(archive_id=archive.pk, now=now)
    archive.refresh_from_db()
    assert (archive.state, archive.open_key) == (ArchiveState.FAILED, None)
    assert DataRequest.objects.get(pk=archive.request_id).is_open
    again = ask_export(user=amina, now=now)
    assert (again.pk == archive.pk, again.request_id == archive.request_id) == (False, True)
    assert build(again, now=now).state == ArchiveState.READY
    assert not DataRequest.objects.get(pk=archive.request_id).is_open


# ---- Wanted no longer --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("step", [0, 5, STEPS - 1])
def test_an_erasure_asked_meanwhile_cuts_it_off(amina: User, room: Any, step: int) -> None:
    chat(amina, room)
    archive = ask_export(user=amina, now=NOON)
    for _done in range(step):
        continue_export(archive_id=archive.pk, now=NOON, seconds=0.0)
    ask(user=amina, kind=RequestKind.ERASURE, now=NOON)
    build(archive)
    assert (archive.state, archive.open_key, archive.zips.count()) == (ArchiveState.CANCELLED, None, 0)
    pump(outbox.deliver)
    assert pieces_of(archive) == {}
    assert DataRequest.objects.get(pk=archive.request_id).state == RequestState.WITHDRAWN
    assert not Notification.objects.filter(kind=NoticeKind.EXPORT_READY).exists()


def test_taken_back_it_is_made_no_further(amina: User) -> None:
    archive = ask_export(user=amina, now=NOON)
    continue_export(archive_id=archive.pk, now=NOON, seconds=0.0)
    withdraw_request(request=archive.request, now=NOON)
    assert build(archive).state == ArchiveState.CANCELLED


def test_a_piece_written_after_the_cut_goes_too(amina: User) -> None:
    """Its worker was in the middle of a page."""
    archive = ask_export(user=amina, now=NOON)
    turn = take_turn(archive_id=archive.pk, now=NOON)
    assert turn is not None
    assert cancel_exports(user_id=amina.pk, now=NOON) == 1
    assert cancel_exports(user_id=amina.pk, now=NOON) == 0
    pump(outbox.deliver)
    write_piece(archive, b"late")
    with pytest.raises(TurnLost):
        turn.note(done_rows=1)
    _clear(archive)
    assert pieces_of(archive) == {}


def test_a_ready_one_is_taken_away_from_whoever_is_erased(amina: User, ben: User) -> None:
    archive, other = make_archive(amina), make_archive(ben)
    assert cancel_exports(user_id=amina.pk, now=NOON) == 1
    pump(outbox.deliver)
    archive.refresh_from_db()
    assert (archive.state, archive.is_ready(NOON), pieces_of(archive)) == (ArchiveState.CANCELLED, False, {})
    assert read(other).manifest["person"] == ben.public_id


# ---- At rest -----------------------------------------------------------------------------------------------------------------------
def test_nothing_of_it_lies_readable(amina: User, room: Any) -> None:
    say(amina, room, "un-texte-bien-à-moi")
    archive = make_archive(amina)
    pieces = pieces_of(archive)
    assert len(pieces) == archive.entries.count()
    for data in pieces.values():
        for needle in (b"un-texte-bien", amina.email.encode(), b"public_id"):
            assert needle not in data
            assert needle not in _inflated(data)


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[33:])
    except zlib.error:
        return b""


def test_a_piece_opens_in_its_own_place_alone(amina: User, ben: User) -> None:
    archive, other = make_archive(amina), make_archive(ben)
    [first, second] = list(pieces_of(archive))[:2]
    blob = pieces_of(archive)[first]
    assert open_sealed(amina.scope, blob, f"privacy.ExportArchive:{archive.public_id}:{first}") == read_piece(archive, first)
    places = [(archive, second), (other, first)]
    for whose, name in places:
        with pytest.raises(SealingError):
            open_sealed(amina.scope, blob, f"privacy.ExportArchive:{whose.public_id}:{name}")
    with pytest.raises(SealingError):
        open_sealed(ben.scope, blob, f"privacy.ExportArchive:{archive.public_id}:{first}")


def test_with_the_persons_key_it_is_gone(amina: User) -> None:
    archive = make_archive(amina)
    destroy_key(amina.scope)
    with pytest.raises(SealingError):
        zips_of(archive)


def test_after_seven_days_rows_and_pieces_go(amina: User, ben: User) -> None:
    archive, other = make_archive(amina), make_archive(ben, now=NOON + timedelta(hours=1))
    assert archive.expires_at is not None
    assert purge_due(now=archive.expires_at - timedelta(seconds=1)).get("EXPORT_ARCHIVE") is None
    assert purge_due(now=archive.expires_at)["EXPORT_ARCHIVE"] == 1
    pump(outbox.deliver)
    assert list(ExportArchive.objects.values_list("pk", flat=True)) == [other.pk]
    assert (pieces_of(archive), len(pieces_of(other)) > 0) == ({}, True)
    record = DeletionRecord.objects.get(code="EXPORT_ARCHIVE")
    assert (record.store, record.rows, record.kept) == ("privacy_exportarchive", 1, timedelta(0))


# ---- What it costs -----------------------------------------------------------------------------------------------------------------
def test_a_page_of_messages_costs_the_same_for_one_and_for_three(amina: User, ben: User, room: Any) -> None:
    found = []
    for count in (1, 2):
        for number in range(count):
            line = say(ben, room, f"question {count} {number}")
            say(amina, room, f"réponse {count} {number}", reply_seq=line.seq)
        with CaptureQueriesContext(connection) as queries:
            BY_NAME["messages"].read(Asked(user_id=amina.pk, now=NOON), None)
        found.append(len(queries))
    assert found[0] == found[1] <= 8


def test_odd_texts_come_through_everything(amina: User, room: Any) -> None:
    odd = ["👩‍👩‍👧‍👦 𝕏", "שלום עולם", "</script><b>&amp;", '{"a": "\\u0000"}', "=HYPERLINK(1)", "ligne\nautre ligne"]
    for text in odd:
        say(amina, room, text)
    archive = make_archive(amina)
    assert sorted(row["text"] for row in read(archive).rows("messages")) == sorted(odd)
    lines = read(archive).read("messages.jsonl").split(b"\n")
    assert len([json.loads(line) for line in lines if line]) == len(odd)
    assert rows_of(amina, "rooms", now=NOON + timedelta(days=2))[0]["room"] == room.public_id
