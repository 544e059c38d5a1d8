"""An image that is checked while its message is sent, and while it is taken back: nobody sees what is held, whoever comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import User
from chat.enums import EventKind, ImageSight
from chat.services.errors import ChatError
from chat.services.messages import delete_message
from chat.tests.factories import give_standing
from core import outbox
from core.relay import pump
from moderation.enums import HashBankKind, ImageVerdict, StaffRole
from moderation.models import Case, Evidence, ImageCheck, Report
from moderation.services.images import check_image, follow_up
from moderation.tests.factories import make_staff_member
from moderation.tests.imaging import know, send, store
from moderation.tests.pictures import photo

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.servers,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time: bin/with-servers"),
]
RoomEvent = apps.get_model("chat", "RoomEvent")


def race(*deeds: Callable[[], object]) -> list[BaseException]:
    """Do all at once, and again what the engine broke off; the faults, none of which are expected."""
    begin, faults = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        try:
            begin.wait(30)
            while True:
                try:
                    deed()
                    return
                except OperationalError:  # a deadlock of the engine: tried again, as the outbox does
                    continue
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return faults


def sights_told(room: Room) -> int:
    """How many events of the log say that an image is to be seen otherwise."""
    return RoomEvent.objects.filter(room_id=room.pk, kind=EventKind.IMAGE).count()


@pytest.mark.parametrize("again", range(3))
@pytest.mark.parametrize("known", [True, False])
def test_checked_twice_while_it_is_sent(room: Room, amina: User, ben: User, known: bool, again: int) -> None:
    if known:
        know(photo(1), HashBankKind.SCAM_PHOTO, make_staff_member("Modo9", StaffRole.SENIOR))
    give_standing(amina, now=timezone.now())
    image = store(amina, room, photo(1))

    def look() -> None:
        check_image(public_id=image.public_id, now=timezone.now())

    assert race(look, look, lambda: send(amina, room, image)) == []
    follow_up(now=timezone.now())
    image.refresh_from_db()
    found = ImageCheck.objects.get()
    assert image.seq is not None
    if known:
        assert (found.verdict, image.sight, found.case) == (ImageVerdict.HOLD, ImageSight.HELD, Case.objects.get())
        assert (Report.objects.count(), Evidence.objects.filter(kind="MEDIA").count()) == (1, 1)
        assert sights_told(room) <= 1
    else:
        assert (found.verdict, image.sight, Case.objects.count(), sights_told(room)) == (ImageVerdict.CLEAR, ImageSight.OPEN, 0, 0)


@pytest.mark.parametrize("again", range(3))
def test_sealed_while_its_message_is_sent_and_taken_back(room: Room, amina: User, ben: User, again: int) -> None:
    know(photo(1), HashBankKind.CHILD_ABUSE, make_staff_member("Garde1", StaffRole.CHILD_SAFETY))
    give_standing(amina, now=timezone.now())
    image = store(amina, room, photo(1))

    def look() -> None:
        check_image(public_id=image.public_id, now=timezone.now())

    def say_and_unsay() -> None:
        seq = send(amina, room, image)
        delete_message(user=amina, room_public_id=room.public_id, seq=seq, now=timezone.now())

    assert race(look, say_and_unsay, look) == []
    follow_up(now=timezone.now())
    image.refresh_from_db()
    found, case = ImageCheck.objects.get(), Case.objects.get()
    assert (found.verdict, found.sealed, found.case, case.child_safety) == (ImageVerdict.QUARANTINE, True, case, True)
    assert (image.sight, image.file_name, image.thumb_name) == (ImageSight.SEALED, "", "")
    assert Evidence.objects.filter(case=case, kind="MEDIA").count() == 1, "taken back or not, it is evidence"
    pump(outbox.deliver)
    pump(outbox.deliver)
    assert ImageCheck.objects.count() == 1


@pytest.mark.parametrize("again", range(3))
def test_sent_by_two_requests_while_it_is_checked_it_stands_in_one_message(room: Room, amina: User, ben: User, again: int) -> None:
    know(photo(1), HashBankKind.SCAM_PHOTO, make_staff_member("Modo9", StaffRole.SENIOR))
    image, sent, refused = store(amina, room, photo(1)), [], []

    def say() -> None:
        try:
            sent.append(send(amina, room, image))
        except ChatError as refusal:
            refused.append(type(refusal).__name__)

    assert race(say, say, lambda: check_image(public_id=image.public_id, now=timezone.now())) == []
    follow_up(now=timezone.now())
    image.refresh_from_db()
    assert (len(sent), refused, image.seq) == (1, ["BadAttachment"], sent[0])
    assert (image.sight, Case.objects.count(), ImageCheck.objects.get().verdict) == (ImageSight.HELD, 1, ImageVerdict.HOLD)
