"""What lies in an archive: all of one's own, nothing of others but their pseudonym and the line replied to."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from PIL import Image

from accounts.enums import ConnectionKind
from accounts.models import ConnectionRecord, User
from accounts.services.identity import Identity, give_identity, take_identity_back
from accounts.services.recorder import record_connection
from accounts.services.relations import block_person, mute_person
from accounts.tests.factories import NOON, make_user
from billing.services.support.asking import Question, ask_support
from billing.tests.purses import pay_in
from chat.services import attachments, marks, messages, restrictions
from chat.tests.factories import give_standing, join, make_group, say
from core.peers import Peer
from core.tests.moments import at_noon
from moderation.courts.terms import HoldScope
from moderation.enums import StaffRole
from moderation.services.holds import place_hold
from moderation.tests.factories import make_staff_member
from moderation.tests.reporting import case_of, decide, insult, report
from privacy.enums import RequestKind
from privacy.services.purge import purge_due
from privacy.services.requests import ask
from privacy.tests.export.factories import make_archive, read, rows_of, texts_in

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=10)
PAGES = ["index.html", "index.mg.html", "index.en.html"]
SECRET = "ce-que-ben-a-dit-à-d-autres"


def exact(moment: str) -> str:
    """A moment of a frame as archives write it."""
    return moment.replace(".000Z", ".000000Z")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(out, "PNG")
    return out.getvalue()


def store(user: User, room: Any) -> Any:
    data = picture()
    give_standing(user)
    return attachments.store_image(user=user, room_public_id=room.public_id, file=io.BytesIO(data), size=len(data), now=NOON)


# ---- Messages ----------------------------------------------------------------------------------------------------------------
def test_a_message_with_all_that_belongs_to_it(amina: User, ben: User, room: Any) -> None:
    asked = say(ben, room, "Qui a une recette de ravitoto ?")
    sent = say(amina, room, "Moi, @Ben !", reply_seq=asked.seq, now=NOON)
    messages.edit_message(user=amina, room_public_id=room.public_id, seq=sent.seq, body="Moi, @Ben : avec du coco.", now=LATER)
    [row] = rows_of(amina, "messages", now=LATER)
    assert row.pop("client_id")
    assert row == {
        "room": room.public_id,
        "room_title": room.title,
        "number": sent.seq,
        "at": exact(at_noon()),
        "written_at": "",
        "text": "Moi, @Ben : avec du coco.",
        "before": [{"at": exact(at_noon()), "text": "Moi, @Ben !"}],
        "state": "SHOWN",
        "reply_to": {"number": asked.seq, "pseudonym": "Ben", "line": "Qui a une recette de ravitoto ?"},
        "mentions": ["Ben"],
        "images": [],
    }


def test_the_line_replied_to_is_cut_and_follows_its_correction(amina: User, ben: User, room: Any) -> None:
    asked = say(ben, room, "a" * 300)
    say(amina, room, "Oui", reply_seq=asked.seq)
    assert rows_of(amina, "messages")[0]["reply_to"]["line"] == "a" * 120
    messages.edit_message(user=ben, room_public_id=room.public_id, seq=asked.seq, body="autre chose", now=LATER)
    assert rows_of(amina, "messages", now=NOON + timedelta(days=2))[0]["reply_to"]["line"] == "autre chose"


@pytest.mark.parametrize("deed", ["delete", "hide", "block", "blocked"])
def test_a_line_that_one_may_not_read_any_more_is_not_handed_out(amina: User, ben: User, room: Any, deed: str) -> None:
    asked = say(ben, room, SECRET)
    say(amina, room, "Oui", reply_seq=asked.seq)
    deeds: dict[str, Callable[[], object]] = {
        "delete": lambda: messages.delete_message(user=ben, room_public_id=room.public_id, seq=asked.seq, now=NOON),
        "hide": lambda: restrictions.hide_message(room_public_id=room.public_id, seq=asked.seq, now=NOON),
        "block": lambda: block_person(user=amina, person=ben, now=NOON),
        "blocked": lambda: block_person(user=ben, person=amina, now=NOON),
    }
    deeds[deed]()
    archive = read(make_archive(amina))
    assert next(archive.rows("messages"))["reply_to"] == {"number": asked.seq, "pseudonym": "", "line": ""}
    assert [path for path, data in texts_in(archive) if SECRET.encode() in data] == []


def test_what_was_taken_back_is_not_there_and_its_trace_is(amina: User, room: Any) -> None:
    sent, kept = say(amina, room, "à retirer"), say(amina, room, "à garder")
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=sent.seq, now=NOON)
    archive = read(make_archive(amina))
    assert [row["text"] for row in archive.rows("messages")] == ["à garder"]
    assert {row["number"] for row in archive.rows("message_traces")} == {sent.seq, kept.seq}
    assert [path for path, data in texts_in(archive) if "à retirer".encode() in data] == []


def test_what_a_decision_hid_is_still_its_authors_own(amina: User, ben: User, room: Any) -> None:
    sent = say(amina, room, "masqué")
    restrictions.hide_message(room_public_id=room.public_id, seq=sent.seq, now=NOON)
    assert [(row["text"], row["state"]) for row in rows_of(amina, "messages")] == [("masqué", "HIDDEN")]
    assert rows_of(ben, "messages") == []


def test_what_has_expired_leaves_its_trace_alone(amina: User, room: Any) -> None:
    say(amina, room, "d’il y a longtemps", now=NOON)
    archive = read(make_archive(amina, now=NOON + timedelta(days=8)))
    assert list(archive.rows("messages")) == []
    [trace] = archive.rows("message_traces")
    assert (trace["room"], trace["at"]) == (room.public_id, exact(at_noon()))
    assert list(read(make_archive(amina, now=NOON + timedelta(days=366))).rows("message_traces")) == []


def test_messages_of_many_rooms_stay_apart(amina: User, room: Any) -> None:
    """Numbers begin anew in each room."""
    group = make_group(amina)
    say(amina, room, "au salon")
    say(amina, group, "en famille")
    found = {(row["room"], row["text"]) for row in rows_of(amina, "messages")}
    assert found == {(room.public_id, "au salon"), (group.public_id, "en famille")}


def test_reactions_and_acts_by_room(amina: User, ben: User, room: Any) -> None:
    sent = say(ben, room, "Bonjour")
    for on in (True, False):
        marks.set_reaction(user=amina, room_public_id=room.public_id, seq=sent.seq, emoji="❤️", on=on, now=NOON)
    marks.set_reaction(user=ben, room_public_id=room.public_id, seq=sent.seq, emoji="👍", on=True, now=NOON)
    group = make_group(amina)
    join(ben, group)
    marks.set_pin(user=amina, room_public_id=group.public_id, seq=say(ben, group, "À retenir").seq, on=True, now=NOON)
    archive = read(make_archive(amina))
    assert [(row["emoji"], row["on"], row["to_number"]) for row in archive.rows("reactions")] == [
        ("❤️", True, sent.seq),
        ("❤️", False, sent.seq),
    ]
    acts = list(archive.rows("room_acts"))
    assert {row["room"] for row in acts} == {group.public_id}
    assert [(row["kind"], row["on"]) for row in acts if row["kind"] == "PIN"] == [("PIN", True)]


# ---- Images ------------------------------------------------------------------------------------------------------------------
def test_own_images_go_along_as_they_lie(amina: User, room: Any) -> None:
    image = store(amina, room)
    say(amina, room, "Regardez", attachment_ids=[image.public_id])
    archive = read(make_archive(amina))
    [row] = archive.rows("files")
    path = f"media/images/{image.public_id}.webp"
    assert (row["path"], row["room"], row["sight"], row["state"]) == (path, room.public_id, "OPEN", "SENT")
    with Image.open(io.BytesIO(archive.read(path))) as found:
        assert (found.format, found.size) == ("WEBP", (8, 8))
    assert next(archive.rows("messages"))["images"] == [image.public_id]


@pytest.mark.parametrize(("sight", "told"), [("HELD", "HELD"), ("SEALED", "HELD")])
def test_an_image_that_waits_for_a_person_is_named_and_not_handed_out(amina: User, room: Any, sight: str, told: str) -> None:
    """Of one that is sealed nobody learns that it is."""
    image = store(amina, room)
    apps.get_model("chat", "Attachment").objects.filter(pk=image.pk).update(sight=sight)
    archive = read(make_archive(amina))
    [row] = archive.rows("files")
    assert (row["sight"], row["path"]) == (told, "")
    assert [path for path in archive.files if path.startswith("media/")] == []


def test_a_file_that_has_gone_meanwhile_is_left_out(amina: User, room: Any) -> None:
    image = store(amina, room)
    default_storage.delete(image.file_name)
    archive = read(make_archive(amina))
    assert [path for path in archive.files if path.startswith("media/")] == []


# ---- The account -------------------------------------------------------------------------------------------------------------
def test_account_profile_names_and_ways_in(ben: User) -> None:
    archive = read(make_archive(ben))
    [account], [profile] = archive.rows("account"), archive.rows("profile")
    assert (account["public_id"], account["email"], account["status"], account["second_factors"]) == (
        ben.public_id,
        "ben@example.org",
        "ACTIVE",
        [],
    )
    assert account["addresses"] == [{"email": "ben@example.org", "verified": True, "primary": True}]
    assert (profile["pseudonym"], profile["birth_year"], profile["postal_code"]) == ("Ben", 1990, "")
    assert [row["pseudonym"] for row in archive.rows("pseudonyms")] == ["Ben"]
    assert {row["method"] for row in archive.rows("age")} == {"EU_AV_MDOC"}


@pytest.mark.usefixtures("places")
def test_the_postal_code_is_opened_for_its_owner() -> None:
    rasoa = make_user("Rasoa", country="FR", postal_code="69001")
    assert rows_of(rasoa, "profile")[0]["postal_code"] == "69001"


def test_connections_with_their_address(amina: User, ben: User) -> None:
    record_connection(user_id=amina.pk, kind=ConnectionKind.LOGIN, peer=Peer("203.0.113.7", 50123, "https/2"), now=NOON)
    record_connection(user_id=ben.pk, kind=ConnectionKind.LOGIN, peer=Peer("198.51.100.9", 40000, "https/2"), now=NOON)
    archive = read(make_archive(amina))
    [row] = archive.rows("connections")
    assert (row["address"], row["port"], row["protocol"], row["kind"]) == ("203.0.113.7", 50123, "https/2", "LOGIN")
    assert [path for path, data in texts_in(archive) if b"198.51.100.9" in data] == []


def test_the_civil_identity_is_named_and_stays_sealed(amina: User) -> None:
    """Decision 0019: one reader is easier to guard than two, and a stolen session learns nothing."""
    give_identity(user=amina, identity=Identity(name="Rasoamanarivo", postal_address="12 rue du Lac"), now=NOON)
    archive = read(make_archive(amina))
    assert list(archive.rows("identity")) == [{"parts": "name,postal_address", "given_at": exact(at_noon())}]
    assert [path for path, data in texts_in(archive) if b"Rasoamanarivo" in data or b"rue du Lac" in data] == []


def test_whom_one_keeps_away_is_named_by_pseudonym(amina: User, ben: User, carol: User) -> None:
    block_person(user=amina, person=ben, now=NOON)
    mute_person(user=amina, person=carol, now=NOON)
    archive = read(make_archive(amina))
    assert list(archive.rows("blocks")) == [{"pseudonym": "Ben", "created_at": exact(at_noon())}]
    assert list(archive.rows("mutes")) == [{"pseudonym": "Carol", "created_at": exact(at_noon())}]
    assert rows_of(ben, "blocks") == []


# ---- Money and help ------------------------------------------------------------------------------------------------------------
def test_money_moved_by_whole_units(amina: User, ben: User) -> None:
    payment = pay_in(amina, 1500)
    archive = read(make_archive(amina))
    [row] = archive.rows("payments")
    assert (row["public_id"], row["amount_minor"], row["currency"], row["telephone"]) == (payment.public_id, 1500, "EUR", "")
    assert [(line["amount_minor"], line["after_minor"], line["purse"], line["act"]) for line in archive.rows("wallet")] == [
        (1500, 1500, "PAID", "TOPUP")
    ]
    other = read(make_archive(ben))
    assert [list(other.rows(name)) for name in ("payments", "wallet")] == [[], []]


def test_what_was_asked_of_the_team(amina: User) -> None:
    ask_support(question=Question("PAYMENT", "Mon paiement n’arrive pas.", "fr"), user=amina, ip="", now=NOON)  # type: ignore[arg-type]
    [row] = rows_of(amina, "support")
    assert (row["words"], row["answer"], row["state"]) == ("Mon paiement n’arrive pas.", "", "OPEN")


def test_what_was_asked_about_the_data_itself(amina: User) -> None:
    ask(user=amina, kind=RequestKind.OBJECTION, topic="OTHER", words="Je ne veux pas de cela.", now=NOON)
    found = {row["kind"]: row["wrote"] for row in rows_of(amina, "requests")}
    assert found == {"OBJECTION": "Je ne veux pas de cela.", "EXPORT": ""}


# ---- Reports and decisions -------------------------------------------------------------------------------------------------------
def test_a_report_is_its_reporters_and_never_the_other_sides(amina: User, ben: User, room: Any) -> None:
    report(amina, insult(ben, room), explanation="Il m’insulte depuis hier.")
    mine, theirs = read(make_archive(amina)), read(make_archive(ben))
    [row] = mine.rows("reports_made")
    assert (row["explanation"], row["state"], row["target_kind"]) == ("Il m’insulte depuis hier.", "JOINED", "MESSAGE")
    assert "target_ref" not in row
    assert list(theirs.rows("reports_made")) == []
    assert [path for path, data in texts_in(theirs) if b"depuis hier" in data or b"Amina" in data] == []


def test_a_decision_and_what_it_was_about_once_its_case_is_closed(amina: User, ben: User, room: Any) -> None:
    filed = report(amina, insult(ben, room))
    assert rows_of(ben, "statements_received") == []
    decide(case_of(filed), make_staff_member("Modo9", StaffRole.MODERATOR))
    archive = read(make_archive(ben, now=NOON + timedelta(days=2)))
    [row] = archive.rows("statements_received")
    assert (row["action"], row["explanation"]) == ("REMOVE", "La charte interdit les insultes.")
    assert row["content"] == {"texts": ["Espèce de zanahary-mena"], "images": 0}
    assert [path for path, data in texts_in(archive) if b"Amina" in data or b"Modo9" in data or b"Mod-" in data] == []
    apps.get_model("moderation", "Case").objects.update(open_key="open")
    assert rows_of(ben, "statements_received", now=NOON + timedelta(days=4))[0]["content"] is None


# ---- Others ------------------------------------------------------------------------------------------------------------------------
def test_nothing_of_others_but_pseudonym_and_line(amina: User, ben: User, carol: User, room: Any) -> None:
    """Every file, unpacked, is searched for what only others have."""
    line = say(ben, room, "Une recette de romazava ?")
    say(ben, room, SECRET)
    say(amina, room, "La mienne", reply_seq=line.seq)
    group = make_group(ben, "Chez Ben")
    join(carol, group)
    say(carol, group, SECRET)
    archive = read(make_archive(amina))
    for needle in (SECRET, ben.public_id, ben.email, carol.public_id, carol.email, "Carol", "Chez Ben", group.public_id):
        assert [path for path, data in texts_in(archive) if needle.encode() in data] == [], needle
    assert [path for path, data in texts_in(archive) if b"romazava" in data] == ["messages.jsonl", *PAGES]


def test_who_did_nothing_has_an_archive_too(carol: User) -> None:
    archive = read(make_archive(carol))
    assert len(list(archive.rows("account"))) == 1
    for name in ("messages", "payments", "reports_made", "connections", "blocks"):
        assert list(archive.rows(name)) == []


# ---- Holds -------------------------------------------------------------------------------------------------------------------------
def test_nobody_learns_from_it_that_they_are_held(amina: User, ben: User, room: Any, lea: Any) -> None:
    """What a hold keeps beyond its time is kept for justice, and is not there for its person; what they took back is gone for them."""
    place_hold(scope=HoldScope.USER, subject_ids=[ben.pk], codes=(), by=lea, reason="réquisition", now=NOON)
    for person in (amina, ben):
        say(person, room, "d’il y a longtemps", now=NOON)
        give_identity(user=person, identity=Identity(name="Rasoa"), now=NOON)
        take_identity_back(user=person, now=NOON)
        record_connection(user_id=person.pk, kind=ConnectionKind.LOGIN, peer=Peer("203.0.113.7", 50123, "https/2"), now=NOON)
    late = NOON + timedelta(days=400)
    purge_due(now=late)
    assert ben.pk in ConnectionRecord.objects.values_list("user_id", flat=True)
    found = {}
    for person in (amina, ben):
        archive = read(make_archive(person, now=late))
        found[person.pk] = {entry["path"]: entry.get("rows") for entry in archive.files.values() if entry["path"] not in PAGES}
        assert [path for path, data in texts_in(archive) if b"203.0.113.7" in data or b"il y a longtemps" in data] == []
    assert found[amina.pk] == found[ben.pk]
