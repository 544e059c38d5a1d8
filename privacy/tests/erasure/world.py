"""A person who has left something in every store of the house, for tests that erase them.

Models of other apps are taken by name: their rooms are private, and a test is no exception.
"""

from __future__ import annotations

import io
import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import transaction
from PIL import Image

from accounts.enums import ConnectionKind
from accounts.models import DeviceMark, EvasionSignal, LoginSession, User
from accounts.services.factors import ensure_totp
from accounts.services.identity import Identity, give_identity
from accounts.services.recorder import record_connection
from accounts.services.relations import block_person, mute_person
from accounts.tests.factories import NOON, make_user
from billing.enums import SupportTopic
from billing.queries.taxpayers import Details
from billing.services.support.asking import Question, ask_support
from billing.services.taxpayers import save_details
from billing.tests.purses import entitle
from chat.enums import HeldWhy
from chat.services import attachments, marks, messages
from chat.services.held import keep
from chat.tests.factories import give_standing, join, make_group, say
from core.peers import Peer
from notifications.tests.factories import tell
from privacy.erasure.coverage import COVERED, KEPT

MESSAGE = 1
# What nobody may find after the erasure. Words of one language stand in no code and no template.
SAID = ("Le grenier sent la vanille", "Le grenier sentait la vanille et le girofle", "Ce mot est repris", "Ce mot attend une lecture")
CIVIL = "Benoît Rakotomalala"
STREET = "12 lalana Ravoninahitriniarivo"
WORDS_TO_TEAM = "Mon colis de girofles est perdu"
BIO = "Répare les pirogues à balancier"


def fill(person: User, other: User, room: Any, *, now: datetime = NOON) -> None:
    """Have `person` do everything that leaves something: in `room`, where `other` is too, in a group of their own, and elsewhere."""
    _log_in(person, now)
    _tell_of_oneself(person, now)
    _talk(person, other, room, now)
    _keep_away(person, other, now)
    _pay(person, now)
    tell(person, now=now)


def _log_in(person: User, now: datetime) -> None:
    key = f"{person.public_id}k".ljust(32, "0")
    Session.objects.create(session_key=key, session_data="x", expire_date=now + timedelta(days=30))
    LoginSession.objects.create(user=person, session_key=key, device="Firefox · Android", started_at=now)
    DeviceMark.objects.create(user=person, mac=uuid.uuid4().hex * 2, set_at=now, expires_at=now + timedelta(days=180))
    EvasionSignal.objects.create(user=person, kind="DEVICE", priority=10, decision_ref="d" * 20, seen_at=now)
    ensure_totp(user=person)
    record_connection(user_id=person.pk, kind=ConnectionKind.LOGIN, peer=Peer("192.0.2.7", 40_001, "https/1.1"), now=now)


def _tell_of_oneself(person: User, now: datetime) -> None:
    person.profile.bio = BIO
    person.profile.save(update_fields=["bio"])
    give_identity(user=person, identity=Identity(name=CIVIL, postal_address=STREET), now=now)
    give_identity(user=person, identity=Identity(name=CIVIL), now=now)  # what stood before is taken back


def _talk(person: User, other: User, room: Any, now: datetime) -> None:
    give_standing(person, now=now)
    join(person, room, now=now)
    first = say(person, room, SAID[0], now=now)
    messages.edit_message(user=person, room_public_id=room.public_id, seq=first.seq, body=SAID[1], now=now)
    taken = say(person, room, SAID[2], now=now)
    messages.delete_message(user=person, room_public_id=room.public_id, seq=taken.seq, now=now)
    theirs = say(other, room, "Une autre voix", now=now)
    marks.set_reaction(user=person, room_public_id=room.public_id, seq=theirs.seq, emoji="🙏", on=True, now=now)
    image = store(person, room, now)
    say(person, room, "", attachment_ids=[image.public_id], now=now)
    payload = {"cid": "x", "body": SAID[3]}
    with transaction.atomic():
        keep(room_id=room.pk, author_id=person.pk, client_id=uuid.uuid4(), payload=payload, why=HeldWhy.FIRST, now=now)
    group = make_group(person, "Nos pirogues", now=now)
    join(other, group, now=now)
    say(person, group, SAID[0], now=now)


def store(person: User, room: Any, now: datetime) -> Any:
    """An image of theirs, in the storage."""
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG")
    out.seek(0)
    return attachments.store_image(user=person, room_public_id=room.public_id, file=out, size=len(out.getvalue()), now=now)


def _keep_away(person: User, other: User, now: datetime) -> None:
    name = f"Loin{person.pk}"
    stranger = make_user(name)
    block_person(user=person, person=stranger, now=now)
    mute_person(user=other, person=person, now=now)


def _pay(person: User, now: datetime) -> None:
    entitle(person, "STORAGE_BYTES", 10**9, since=now)
    ask_support(question=Question(SupportTopic("PAYMENT"), WORDS_TO_TEAM, "fr", ""), user=person, ip="192.0.2.7", now=now)
    save_details(user=person, details=Details(name=CIVIL, street=STREET, country="FR"), now=now)


def rows_of(user: User) -> Counter[str]:
    """How many rows of each column that names somebody name this person."""
    found: Counter[str] = Counter()
    for column in (*COVERED, *KEPT):
        app, model, field = column.split(".")
        found[column] = apps.get_model(app, model)._default_manager.filter(**{field: user.pk}).count()
    return found


def left_of(user: User) -> dict[str, int]:
    """The columns that a step covers and that still name them; of the log the places of their messages alone may stay, empty."""
    found = {column: count for column, count in rows_of(user).items() if count and column in COVERED}
    events = apps.get_model("chat", "RoomEvent").objects.filter(actor_id=user.pk)
    if not events.exclude(kind=MESSAGE, payload=b"").exists():
        found.pop("chat.RoomEvent.actor_id", None)
    return found
