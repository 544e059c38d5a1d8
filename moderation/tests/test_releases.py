"""Handing over: two persons or nothing, exactly what was asked, and a package that OpenSSL, unzip and sha256sum open and check."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from accounts.enums import ConnectionKind
from accounts.models import CivilIdentity, User
from accounts.services.identity import Identity, give_identity
from accounts.services.recorder import record_connection
from accounts.tests.factories import NOON
from chat.services.messages import delete_message
from chat.tests.factories import join, make_room, say
from core import audit, sealing
from core.models import AuditEntry
from core.peers import Peer
from core.sealing import SealingError
from moderation.courts.terms import DataCategory, HoldScope, IdentifierKind, RequestState
from moderation.models import LegalRelease, StaffProfile
from moderation.queries.inventory import Absent, list_inventory
from moderation.services.approvals import NotApproved
from moderation.services.holds import place_hold
from moderation.services.releases import fetch_package, release_data
from moderation.services.requests import WrongStep, agree_release, ask_release, close_request
from moderation.tests.courts import GRAVE, collected, named, register
from moderation.tests.releasing import DAY, HOUR, agreed

pytestmark = pytest.mark.django_db
JUDGED = replace(GRAVE, judge=True)

ALL = tuple(DataCategory)


@pytest.fixture
def talk(ben: User, amina: User) -> None:
    """What Ben left behind: who he is, from where he came, what he wrote; and what Amina wrote beside him."""
    give_identity(user=ben, identity=Identity(name="Benoît Rakoto", phone="+261 34 12 345 67"), now=NOON)
    for hours in (-2, 0, 48):  # the last lies behind the period
        record_connection(user_id=ben.pk, kind=ConnectionKind.SOCKET, peer=Peer("203.0.113.7", 40123, "wss"), now=NOON + hours * HOUR)
    record_connection(user_id=amina.pk, kind=ConnectionKind.SOCKET, peer=Peer("198.51.100.9", 50123, "wss"), now=NOON)
    room = make_room("marche")
    for person in (ben, amina):
        join(person, room)
    say(ben, room, "Donne-moi l’argent.")
    say(amina, room, "Laisse-moi tranquille.")
    say(ben, room, "=1+1", now=NOON + HOUR)
    taken = say(ben, room, "repris aussitôt", now=NOON + 2 * HOUR).seq
    delete_message(user=ben, room_public_id=room.public_id, seq=taken, now=NOON + 3 * HOUR)


def run(*args: str, cwd: Path) -> str:
    done = subprocess.run(args, cwd=cwd, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def open_outside(data: bytes, key: list[str], folder: Path) -> dict[str, Any]:
    """Open a package as an authority would: no line of ours is used."""
    (folder / "resaka.zip").write_bytes(data)
    run("unzip", "-q", "resaka.zip", cwd=folder)
    check = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "signature-key.pem", "-rawin"]
    assert "Verified" in run(*check, "-in", "package.cms", "-sigfile", "package.cms.sig", cwd=folder)
    run("openssl", "cms", "-decrypt", "-inform", "DER", "-binary", "-in", "package.cms", "-out", "package.zip", *key, cwd=folder)
    run("unzip", "-q", "package.zip", "-d", "opened", cwd=folder)
    manifest: dict[str, Any] = json.loads((folder / "opened" / "manifest.json").read_text("utf-8"))
    sums = "".join(f"{file['sha256']}  {file['path']}\n" for file in manifest["files"])
    (folder / "opened" / "SHA256SUMS").write_text(sums, "ascii")
    run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=folder / "opened")
    listed = {file["path"] for file in manifest["files"]} | {"manifest.json", "README.txt", "SHA256SUMS"}
    assert {str(path.relative_to(folder / "opened")) for path in (folder / "opened").rglob("*") if path.is_file()} == listed
    return manifest


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "opened" / "person-1" / f"{name}.json").read_text("utf-8"))
    return found


# ---- The whole way ------------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("talk")
def test_a_requisition_from_receipt_to_a_package_that_opens_outside(
    lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path
) -> None:
    request = collected(lea, ben, facts=JUDGED, categories=ALL)
    with pytest.raises(WrongStep):  # nobody has agreed
        release_data(request=request, by=lea, now=NOON)
    asked = ask_release(request=request, by=lea, reason="conforme", now=NOON)
    with pytest.raises(WrongStep):  # one person alone
        release_data(request=request, by=lea, now=NOON)
    agree_release(request=request, approval=asked, by=sam, reason="relue", now=NOON)
    made = release_data(request=request, by=lea, now=NOON)
    assert request.state == RequestState.RELEASED

    data = fetch_package(release=made.release, by=lea, now=NOON)
    manifest = open_outside(data, ["-pwri_password", made.passphrase], tmp_path)
    assert manifest["request"]["reference"] == request.public_id
    assert (manifest["request"]["gate_case"], manifest["request"]["legal_basis"]) == ("GRAVE", "CPP 60-1")
    assert manifest["agreed_by"] == [lea.handle, sam.handle]
    assert manifest["persons"] == [{"number": 1, "from": f"{NOON - DAY:%FT%TZ}", "until": f"{NOON + DAY:%FT%TZ}"}]
    assert [(one["part"], one["why"]) for one in manifest["does_not_exist"]] == [("images", "NONE")]

    assert [row["ip"] for row in rows_of(tmp_path, "connections")] == ["203.0.113.7"] * 2
    assert rows_of(tmp_path, "connections")[0]["source_port"] == 40123
    assert [(row["body"], row["state"]) for row in rows_of(tmp_path, "words")] == [
        ("Donne-moi l’argent.", ""),
        ("=1+1", ""),
        ("repris aussitôt", "DELETED"),
    ]
    assert [row["seq"] for row in rows_of(tmp_path, "traces")] == [row["seq"] for row in rows_of(tmp_path, "words")]
    assert {row["fact"]: row["value"] for row in rows_of(tmp_path, "identity")} == {
        "name": "Benoît Rakoto",
        "phone": "+261 34 12 345 67",
    }
    account = [(row["fact"], row["value"]) for row in rows_of(tmp_path, "account")]
    assert ("email", "ben@example.org") in account
    assert ("pseudonym", "Ben") in account
    everything = b"".join(path.read_bytes() for path in (tmp_path / "opened").rglob("*") if path.is_file())
    for other in (b"Laisse-moi", b"198.51.100.9", b"Amina", b"amina@"):
        assert other not in everything

    assert hashlib.sha256((tmp_path / "package.cms").read_bytes()).hexdigest() == made.release.sha256
    inner = (tmp_path / "opened" / "manifest.json").read_bytes()
    noted = AuditEntry.objects.get(action="legal.release")
    assert noted.reason == f"package {made.release.sha256} manifest {hashlib.sha256(inner).hexdigest()}"
    opened = AuditEntry.objects.filter(action__endswith=".open").order_by("seq").values_list("action", "handle")
    both = [lea.handle, sam.handle]
    assert list(opened) == [("legal.open", lea.handle)] + [
        (f"{what}.open", handle) for what in ("account", "identity", "connections", "traces", "words") for handle in both
    ]
    assert close_request(request=request, receipt="AR 2026-77", by=sam, now=NOON + HOUR).state == RequestState.CLOSED
    assert audit.verify().holds


@pytest.mark.usefixtures("talk")
def test_a_package_for_a_certificate_opens_with_its_key(lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path) -> None:
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=Parquet"]
    run(*new, cwd=tmp_path)
    request = agreed(lea, sam, ben)
    made = release_data(request=request, by=sam, certificate=(tmp_path / "c.pem").read_text("ascii"), now=NOON)
    assert (made.passphrase, len(made.release.certificate)) == ("", 64)
    data = fetch_package(release=made.release, by=sam, now=NOON)
    manifest = open_outside(data, ["-inkey", "k.pem", "-recip", "c.pem"], tmp_path)
    assert {file["path"].split("/")[1].split(".")[0] for file in manifest["files"]} == {"account", "identity", "connections", "traces"}


@pytest.mark.usefixtures("talk")
def test_no_more_is_given_than_was_ticked(lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path) -> None:
    made = release_data(request=agreed(lea, sam, ben, categories=[DataCategory.SUBSCRIBER]), by=lea, now=NOON)
    data = fetch_package(release=made.release, by=lea, now=NOON)
    manifest = open_outside(data, ["-pwri_password", made.passphrase], tmp_path)
    assert sorted(file["path"] for file in manifest["files"]) == [
        f"person-1/{name}.{ending}" for name in ("account", "identity") for ending in ("csv", "json")
    ]
    assert not AuditEntry.objects.filter(action__in=["connections.open", "words.open", "traces.open"]).exists()


@pytest.mark.usefixtures("talk")
def test_a_table_runs_nothing_when_it_is_opened(lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path) -> None:
    made = release_data(request=agreed(lea, sam, ben, facts=JUDGED, categories=[DataCategory.CONTENT]), by=lea, now=NOON)
    open_outside(fetch_package(release=made.release, by=lea, now=NOON), ["-pwri_password", made.passphrase], tmp_path)
    text = (tmp_path / "opened" / "person-1" / "words.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[1]["body"] == "'=1+1"
    assert {row["request"] for row in rows} == {made.release.request.public_id}


# ---- Nothing is invented ------------------------------------------------------------------------------------------------------
def test_what_does_not_exist_is_said_with_its_reason(lea: StaffProfile, ben: User) -> None:
    long_ago = named(ben, from_at=NOON - timedelta(days=800), until_at=NOON - timedelta(days=700))
    nobody = named(ben, kind=IdentifierKind.PSEUDONYM, given="Personne")
    request = register(lea, subjects=[named(ben), long_ago, nobody], facts=JUDGED, categories=ALL)
    lines = list_inventory(request=request, now=NOON)
    assert [(line.part.value, line.code, line.rows, line.absent) for line in lines[:6]] == [
        ("account", "ACCOUNT_OTHER", 1, None),
        ("identity", "IDENTITY", 0, Absent.NOT_GIVEN),
        ("connections", "CONNECTION", 0, Absent.NONE),
        ("traces", "MESSAGE_META", 0, Absent.NONE),
        ("words", "MESSAGE_BODY", 0, Absent.NONE),
        ("images", "MEDIA", 0, Absent.NONE),
    ]
    assert [line.absent for line in lines[8:12]] == [Absent.EXPIRED] * 4
    assert {line.absent for line in lines[12:]} == {Absent.NOBODY}


@pytest.mark.usefixtures("talk")
def test_words_whose_key_is_gone_are_said_to_be_unreadable(lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path) -> None:
    sealing.destroy_key(ben.scope)
    asked = [DataCategory.SUBSCRIBER, DataCategory.CONTENT]
    made = release_data(request=agreed(lea, sam, ben, facts=JUDGED, categories=asked), by=lea, now=NOON)
    data = fetch_package(release=made.release, by=lea, now=NOON)
    manifest = open_outside(data, ["-pwri_password", made.passphrase], tmp_path)
    assert [(one["part"], one["why"]) for one in manifest["does_not_exist"]] == [("words", "UNREADABLE"), ("images", "NONE")]
    assert [file["path"].split("/")[1] for file in manifest["files"]] == ["account.json", "account.csv", "identity.json", "identity.csv"]


@pytest.mark.usefixtures("talk")
def test_a_damaged_row_stops_the_release_and_nothing_leaves(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    CivilIdentity.objects.update(blob=b"\x01" + b"x" * 60)
    with pytest.raises(SealingError):
        release_data(request=request, by=lea, now=NOON)
    assert LegalRelease.objects.count() == 0
    with pytest.raises(NotApproved):  # the agreement is used up: two persons look again
        release_data(request=request, by=lea, now=NOON)


# ---- Held beyond their time -----------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize("scope", [HoldScope.USER, HoldScope.ROOM, HoldScope.ROWS])
def test_what_a_hold_alone_keeps_is_put_into_the_package(
    lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path, scope: HoldScope
) -> None:
    """Long after its time: of a person all that they wrote, of a room what they wrote there, of a message that one alone."""
    room = apps.get_model("chat", "Room").objects.get(slug="marche")
    first = apps.get_model("chat", "MessageMeta").objects.filter(author_id=ben.pk).earliest("seq")
    named_by = {HoldScope.USER: [ben.pk], HoldScope.ROOM: [room.pk], HoldScope.ROWS: []}[scope]
    lines = [(room.pk, first.seq)] if scope == HoldScope.ROWS else []
    place_hold(scope=scope, subject_ids=named_by, lines=lines, by=lea, reason="réquisition", now=NOON + HOUR)
    late = NOON + timedelta(days=500)
    request = collected(lea, ben, facts=JUDGED, categories=[DataCategory.TRAFFIC, DataCategory.CONTENT], now=late)
    asked = ask_release(request=request, by=lea, reason="conforme", now=late)
    agree_release(request=request, approval=asked, by=sam, reason="relue", now=late)
    made = release_data(request=request, by=lea, now=late)
    open_outside(fetch_package(release=made.release, by=lea, now=late), ["-pwri_password", made.passphrase], tmp_path)
    said = [row["body"] for row in rows_of(tmp_path, "words")]
    all_of_it = ["Donne-moi l’argent.", "=1+1", "repris aussitôt"]
    assert said == (all_of_it[:1] if scope == HoldScope.ROWS else all_of_it)
    assert len(rows_of(tmp_path, "traces")) == len(said)


@pytest.mark.usefixtures("talk")
def test_a_hold_on_another_room_or_on_others_words_gives_nothing_more(lea: StaffProfile, ben: User, amina: User) -> None:
    room = apps.get_model("chat", "Room").objects.get(slug="marche")
    hers = apps.get_model("chat", "MessageMeta").objects.get(author_id=amina.pk)
    place_hold(scope=HoldScope.ROOM, subject_ids=[room.pk + 1], by=lea, reason="autre salon", now=NOON + HOUR)
    place_hold(scope=HoldScope.ROWS, lines=[(room.pk, hers.seq)], by=lea, reason="autre message", now=NOON + HOUR)
    late = NOON + timedelta(days=500)
    request = register(lea, ben, facts=JUDGED, categories=[DataCategory.TRAFFIC, DataCategory.CONTENT], now=late)
    lines = list_inventory(request=request, now=late)
    assert [(line.part.value, line.rows) for line in lines] == [("connections", 0), ("traces", 0), ("words", 0), ("images", 0)]


@pytest.mark.usefixtures("talk")
def test_a_civil_identity_taken_back_under_a_hold_is_in_the_package_and_says_so(
    lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path
) -> None:
    place_hold(scope=HoldScope.USER, subject_ids=[ben.pk], by=lea, reason="réquisition", now=NOON)
    give_identity(user=ben, identity=Identity(name="Un autre"), now=NOON + HOUR)
    made = release_data(request=agreed(lea, sam, ben), by=lea, now=NOON)
    open_outside(fetch_package(release=made.release, by=lea, now=NOON), ["-pwri_password", made.passphrase], tmp_path)
    found = [(row["fact"], row["value"], row["withdrawn"]) for row in rows_of(tmp_path, "identity")]
    gone = f"{NOON + HOUR:%FT%TZ}"
    assert found == [("name", "Un autre", ""), ("name", "Benoît Rakoto", gone), ("phone", "+261 34 12 345 67", gone)]
