"""A text must be accepted anew: until then a person reads, and writes by no way in; then all is as before."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import DocumentType, Language
from accounts.models import Consent, User
from accounts.queries import read_senders, required_to_write, senders_query
from accounts.queries.legal import forget_required_agreements
from accounts.services.consents import Draft, accept_missing, publish_legal_documents
from chat import commands
from chat.models import Membership, Room, RoomEvent
from chat.services import marks, writer
from chat.services.errors import AgreementRequired
from chat.tests.factories import say
from core.sql import fetch_all
from realtime.registry import CommandRefused

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


def publish(*kinds: DocumentType, version: str = "2.0", at: Any = None, again: bool = True) -> None:
    moment = at or timezone.now() - timedelta(minutes=1)
    publish_legal_documents(
        drafts=[
            Draft(kind, version, language, "Titre", f"# {kind} {language}\n", moment, again)
            for kind in kinds
            for language in Language.values
        ]
    )


def accept(user: User, *kinds: str) -> None:
    accept_missing(user=user, accepted=set(kinds), language="fr", now=timezone.now())


def count(room: Room) -> int:
    return RoomEvent.objects.filter(room_id=room.pk).count()


class Ctx:
    """A socket's command context, without its socket."""

    session_key = ""

    def __init__(self, user: User) -> None:
        self.user_id, self.user_public_id = user.pk, user.public_id

    def now(self) -> Any:
        return timezone.now()

    async def run(self, function: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(function)


@pytest.fixture
def _writer() -> Iterator[None]:
    writer.start()
    yield
    writer.stop()


def test_the_form_leads_to_the_question_and_writes_nothing(room: Room, amina: User, as_: LogIn) -> None:
    publish(DocumentType.TERMS)
    answer = as_(amina).post(f"/rooms/{room.slug}/messages/", {"cid": str(uuid.uuid4()), "body": "Salama"})
    assert answer["Location"].startswith("/account/agree/")
    assert count(room) == 0


def test_rest_refuses_with_a_code_and_still_reads(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    say(ben, room, "Tonga soa", now=timezone.now())
    publish(DocumentType.TERMS)
    browser, path = as_(amina), f"/api/v1/rooms/{room.public_id}/messages"
    answer = browser.post(path, {"body": "Salama"}, content_type="application/json", headers={"Idempotency-Key": str(uuid.uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (403, "agreement_required")
    assert "Tonga soa" in browser.get(path).content.decode()
    assert count(room) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_writer")
def test_the_socket_refuses_every_deed_with_a_code_and_still_listens(room: Room, amina: User, ben: User) -> None:
    now = timezone.now()
    mine, theirs = say(amina, room, now=now).seq, say(ben, room, now=now).seq
    Membership.objects.filter(user=amina, room=room).update(role="MODERATOR")
    publish(DocumentType.CHARTER)
    ctx: Any = Ctx(amina)
    name = room.public_id
    frames: list[tuple[Any, dict[str, Any]]] = [
        (commands.send, {"t": "send", "room": name, "cid": str(uuid.uuid4()), "body": "Salama"}),
        (commands.edit, {"t": "edit", "room": name, "seq": mine, "body": "Veloma"}),
        (commands.delete, {"t": "del", "room": name, "seq": mine}),
        (commands.react, {"t": "react", "room": name, "seq": theirs, "emoji": "👍"}),
        (commands.react, {"t": "react", "room": name, "seq": theirs, "emoji": "👍", "on": False}),
        (commands.pin, {"t": "pin", "room": name, "seq": theirs}),
        (commands.typing, {"t": "typing", "room": name}),
    ]
    assert {frame["t"] for _command, frame in frames} == set(commands.COMMANDS) - {"sub", "unsub", "read"}
    for command, frame in frames:
        with pytest.raises(CommandRefused) as refused:
            asyncio.run(command(ctx, frame))
        assert refused.value.code == "agreement_required", frame
    assert count(room) == 2
    asyncio.run(commands.read(ctx, {"t": "read", "room": name, "seq": theirs}))
    assert Membership.objects.get(user=amina, room=room).read_seq == theirs


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_writer")
def test_from_the_day_of_the_text_until_the_yes_one_reads_and_then_writes_again(room: Room, amina: User) -> None:
    """The whole line of time: told ahead, in force, accepted in part, accepted, a small change, the next one."""

    def send() -> str:
        frame = {"t": "send", "room": room.public_id, "cid": str(uuid.uuid4()), "body": "Salama"}
        try:
            return str(asyncio.run(commands.send(Ctx(amina), frame))["t"])  # type: ignore[arg-type]
        except CommandRefused as refusal:
            return refusal.code

    assert send() == "ack"
    publish(DocumentType.TERMS, at=timezone.now() + timedelta(days=30))
    assert send() == "ack"  # published, and not in force yet
    publish(DocumentType.TERMS, DocumentType.CHARTER, version="2.1")
    assert send() == "agreement_required"
    Consent.objects.create(
        user=amina, purpose="TERMS", version="2.1", text_sha256="", language="fr", given_at=timezone.now(), channel="PAGE"
    )
    assert send() == "agreement_required"  # one of two
    accept(amina, "TERMS", "CHARTER")
    assert send() == "ack"
    publish(DocumentType.TERMS, version="2.2", again=False)
    assert send() == "ack"
    publish(DocumentType.TERMS, version="3.0")
    assert send() == "agreement_required"
    accept(amina, "TERMS")
    assert send() == "ack"
    assert count(room) == 5


def test_others_write_on(room: Room, amina: User, ben: User) -> None:
    publish(DocumentType.CHARTER)
    accept(ben, "CHARTER")
    with pytest.raises(AgreementRequired):
        say(amina, room)
    assert say(ben, room).seq == 1


def test_what_was_sent_before_has_its_first_answer(room: Room, amina: User) -> None:
    cid = uuid.uuid4()
    first = say(amina, room, cid=cid)
    publish(DocumentType.CHARTER)
    again = say(amina, room, cid=cid)
    assert (again.seq, again.replayed) == (first.seq, True)


def test_a_yes_that_was_taken_back_or_is_of_another_counts_for_nothing(amina: User, ben: User) -> None:
    publish(DocumentType.CHARTER, DocumentType.TERMS)
    accept(ben, "CHARTER", "TERMS")
    accept(amina, "CHARTER", "TERMS")
    Consent.objects.filter(user=amina, purpose="TERMS", version="2.0").update(withdrawn_at=timezone.now(), open_key=None)
    with CaptureQueriesContext(connection) as queries:
        agreements = required_to_write(now=timezone.now())
        rows = fetch_all(connection, [senders_query([amina.pk, ben.pk], agreements=agreements)])[0]
    found = read_senders(rows)
    assert (found[amina.pk].agreed, found[ben.pk].agreed) == (False, True)
    forget_required_agreements()
    assert len(queries) <= 1 + 2 * len(DocumentType)


def test_with_nothing_required_the_write_path_asks_nothing_more(room: Room, amina: User) -> None:
    say(amina, room, "un")
    with CaptureQueriesContext(connection) as queries:
        say(amina, room, "deux")
    assert [query["sql"] for query in queries if "legaldocument" in query["sql"] or "accounts_consent" in query["sql"]] == []


def test_reacting_by_another_door_is_refused_by_the_middleware(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    seq = say(ben, room, now=timezone.now()).seq
    publish(DocumentType.CHARTER)
    browser = as_(amina)
    for path in (f"messages/{seq}/react/", f"messages/{seq}/edit/", "leave/", "settings/"):
        assert browser.post(f"/rooms/{room.slug}/{path}", {"emoji": "👍"})["Location"].startswith("/account/agree/")
    assert count(room) == 1
    marks.set_reaction(user=ben, room_public_id=room.public_id, seq=seq, emoji="👍", on=True, now=timezone.now())
    assert count(room) == 2


def test_keeping_somebody_away_and_taking_a_consent_back_need_no_yes(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    publish(DocumentType.CHARTER)
    browser = as_(amina)
    assert browser.post(f"/people/{ben.public_id}/block/")["Location"] == "/account/blocks/"
    assert browser.get("/account/consents/").status_code == 200
    assert browser.get("/account/preferences/").status_code == 200
