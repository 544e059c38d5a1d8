"""Who sees an image before and after its check: by page, by REST, by frame, by any address."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.suspension import lift, suspend
from chat.enums import AttachmentState, EventKind, ImageSight
from chat.models import Attachment, Room, RoomEvent
from chat.queries.checking import find_standing_image, list_images_waiting, list_sent_images
from chat.queries.evidence import read_image_bytes
from chat.queries.standing import has_standing
from chat.queries.wire import read_log
from chat.services import attachments, sights
from chat.services.messages import delete_message
from chat.tests.factories import NOON, give_standing, join, say
from chat.tests.purging import purge_expired
from chat.tests.test_images import photo
from core import outbox
from core.relay import pump

pytestmark = pytest.mark.django_db

LogIn = Callable[[User | None], Client]
VARIANTS = ("full", "thumb")
WORD = '<p class="photo-wait">Image en cours de vérification'
OWN_WORD = '<p class="photo-wait">Vous seul voyez cette image'


@pytest.fixture
def image(room: Room, amina: User) -> Attachment:
    """What Amina, who is new, has uploaded."""
    return stored(amina, room)


def stored(user: User, room: Room) -> Attachment:
    data = photo()
    now = timezone.now()
    return attachments.store_image(user=user, room_public_id=room.public_id, file=io.BytesIO(data), size=len(data), now=now)


def answers(browser: Client, image: Attachment) -> list[int]:
    return [browser.get(f"/media/{image.public_id}/{variant}/").status_code for variant in VARIANTS]


def frames(room: Room) -> list[dict[str, Any]]:
    return [event.body for event in read_log(room_public_id=room.public_id, after=0, limit=50, now=timezone.now())]


def send(user: User, room: Room, image: Attachment) -> int:
    return say(user, room, "Regardez", now=timezone.now(), attachment_ids=[image.public_id]).seq


def test_the_image_of_somebody_new_is_theirs_alone_until_it_was_checked(
    room: Room, image: Attachment, amina: User, ben: User, carol: User, as_: LogIn
) -> None:
    seq = send(amina, room, image)
    mine, his = as_(amina), as_(ben)
    assert (image.sight, image.checked_at) == (ImageSight.CHECKING, None)
    assert (answers(mine, image), answers(his, image), answers(as_(carol), image)) == ([200, 200], [404, 404], [404, 404])
    assert [one["sight"] for one in frames(room)[0]["att"]] == ["checking"]
    page = his.get(f"/rooms/{room.slug}/").content.decode()
    assert WORD in page
    assert f"/media/{image.public_id}/" not in page, "not even its address"
    own = mine.get(f"/rooms/{room.slug}/").content.decode()
    assert OWN_WORD in own
    assert f"/media/{image.public_id}/thumb/" in own
    rest = his.get(f"/api/v1/rooms/{room.public_id}/messages/{seq}").json()
    assert [one["sight"] for one in rest["att"]] == ["checking"]
    assert sights.pass_image(public_id=image.public_id, now=timezone.now()) is True
    assert answers(his, image) == [200, 200]
    page = his.get(f"/rooms/{room.slug}/").content.decode()
    assert WORD not in page
    assert f"/media/{image.public_id}/thumb/" in page
    told = frames(room)
    assert [frame["k"] for frame in told] == ["message", "image"]
    assert (told[1]["target"], told[1]["image"], told[1]["sight"]) == (seq, image.public_id, "")
    assert "by" not in told[1]
    assert "sight" not in told[0]["att"][0], "who reads the log later reads it as it is now"


def test_what_is_held_is_seen_by_nobody_its_owner_and_a_moderator_of_the_room_included(
    room: Room, image: Attachment, amina: User, ben: User, carol: User, as_: LogIn
) -> None:
    join(carol, room, role="OWNER")
    send(amina, room, image)
    sights.hold_image(public_id=image.public_id, now=timezone.now())
    for person in (amina, ben, carol):
        browser = as_(person)
        assert answers(browser, image) == [404, 404]
        page = browser.get(f"/rooms/{room.slug}/").content.decode()
        assert (WORD in page, OWN_WORD in page, f"/media/{image.public_id}/" in page) == (True, False, False)
    assert [frame.get("sight") for frame in frames(room)][1:] == ["held"]


def test_a_check_that_finds_nothing_does_not_take_an_image_from_before_a_person(room: Room, image: Attachment, amina: User) -> None:
    send(amina, room, image)
    now = timezone.now()
    sights.hold_image(public_id=image.public_id, now=now)
    assert sights.pass_image(public_id=image.public_id, now=now) is False
    image.refresh_from_db()
    assert image.sight == ImageSight.HELD
    assert sights.show_image(public_id=image.public_id, now=now) is True
    image.refresh_from_db()
    assert image.sight == ImageSight.OPEN


def test_somebody_with_standing_is_shown_at_once_and_checked_after(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    give_standing(amina)
    image = stored(amina, room)
    send(amina, room, image)
    browser = as_(ben)
    shown = browser.get(f"/media/{image.public_id}/full/")
    assert (shown.status_code, shown["Cache-Control"]) == (200, "private, no-store"), "it may be taken away in a moment"
    sights.pass_image(public_id=image.public_id, now=timezone.now())
    assert browser.get(f"/media/{image.public_id}/full/")["Cache-Control"] == "private, max-age=86400"
    assert [frame["k"] for frame in frames(room)] == ["message"], "nothing has changed for anybody, so nothing is said"
    sights.hold_image(public_id=image.public_id, now=timezone.now())
    assert answers(browser, image) == [404, 404]


@pytest.mark.parametrize(("days", "messages", "standing"), [(3, 3, True), (2, 3, False), (3, 2, False)])
def test_standing_is_three_days_and_three_messages(room: Room, amina: User, days: int, messages: int, standing: bool) -> None:
    User.objects.filter(pk=amina.pk).update(created_at=NOON - timedelta(days=days))
    amina.refresh_from_db()
    for _message in range(messages):
        say(amina, room)
    assert has_standing(user=amina, now=NOON) is standing


def test_a_suspension_of_the_last_90_days_takes_the_standing_and_one_that_was_lifted_does_not(room: Room, amina: User) -> None:
    give_standing(amina)
    kind = SuspensionKind.POSTING_RESTRICTED
    suspend(user=amina, kind=kind, decision_ref="d1", reason="r", ends_at=NOON + timedelta(days=1), now=NOON)
    amina.refresh_from_db()
    assert has_standing(user=amina, now=NOON + timedelta(days=90)) is False
    assert has_standing(user=amina, now=NOON + timedelta(days=92)) is True
    lift(user=amina, kind=kind, reason="erreur", now=NOON)
    assert has_standing(user=amina, now=NOON + timedelta(days=2)) is True


def test_a_sealed_image_has_no_file_left_and_its_row_opens_nothing(
    room: Room, image: Attachment, amina: User, ben: User, as_: LogIn
) -> None:
    send(amina, room, image)
    assert sights.seal_image(public_id=image.public_id, now=timezone.now()) is True
    assert sights.seal_image(public_id=image.public_id, now=timezone.now()) is True, "twice is once"
    for person in (amina, ben):
        assert answers(as_(person), image) == [404, 404]
    pump(outbox.deliver)
    assert not default_storage.exists(image.file_name)
    assert not default_storage.exists(image.thumb_name)
    assert read_image_bytes(public_id=image.public_id) is None
    assert [one["sight"] for one in frames(room)[0]["att"]] == ["held"], "that it is sealed is told to nobody"
    assert sights.show_image(public_id=image.public_id, now=timezone.now()) is False
    purge_expired(now=timezone.now() + timedelta(days=40))
    pump(outbox.deliver)
    assert Attachment.objects.count() == 0


def test_what_was_sealed_by_mistake_comes_back_as_it_was(room: Room, image: Attachment, amina: User, ben: User, as_: LogIn) -> None:
    send(amina, room, image)
    data = read_image_bytes(public_id=image.public_id)
    assert data is not None
    sights.seal_image(public_id=image.public_id, now=timezone.now())
    pump(outbox.deliver)
    assert sights.unseal_image(public_id=image.public_id, data=data, now=timezone.now()) is True
    assert answers(as_(ben), image) == [200, 200]
    assert as_(ben).get(f"/media/{image.public_id}/full/").content == data
    assert sights.unseal_image(public_id=image.public_id, data=data, now=timezone.now()) is False, "it is not sealed any more"


@pytest.mark.parametrize("turn", [sights.pass_image, sights.hold_image, sights.seal_image], ids=["pass", "hold", "seal"])
@pytest.mark.parametrize("order", ["before", "after", "deleted", "purged"])
def test_a_check_that_meets_the_sending_or_the_deletion_leaves_nothing_half_done(
    room: Room, image: Attachment, amina: User, ben: User, as_: LogIn, turn: Callable[..., bool], order: str
) -> None:
    """Whichever of the two comes second sees the other: no page says that a check runs which is over."""
    now = timezone.now()
    if order == "before":
        assert turn(public_id=image.public_id, now=now)
    seq = send(amina, room, image)
    if order == "deleted":
        delete_message(user=amina, room_public_id=room.public_id, seq=seq, now=now)
    if order == "purged":
        Attachment.objects.all().delete()
    if order != "before":
        assert turn(public_id=image.public_id, now=now) is (order != "purged")
    visible = turn is sights.pass_image and order in ("before", "after")
    assert answers(as_(ben), image) == ([200, 200] if visible else [404, 404])
    told = RoomEvent.objects.filter(room_id=room.pk, kind=EventKind.IMAGE).count()
    assert told == (1 if order == "after" else 0)
    if order == "before":
        words = [one.get("sight", "") for one in frames(room)[0]["att"]]
        assert words == ["" if turn is sights.pass_image else "held"]


def test_those_who_check_find_what_waits_and_what_was_sent(room: Room, image: Attachment, amina: User) -> None:
    now = timezone.now()
    found = find_standing_image(public_id=image.public_id, now=now)
    assert found is not None
    assert (found.owner_id, found.room_public_id, found.age_gate, found.seq) == (amina.pk, room.public_id, "GENERAL", None)
    later = now + timedelta(minutes=11)
    assert list_images_waiting(since_before=later, now=now) == [], "nobody waits for what was not sent"
    seq = send(amina, room, image)
    again = find_standing_image(public_id=image.public_id, now=now)
    assert again is not None
    assert again.seq == seq
    assert list_images_waiting(since_before=later, now=now) == [image.public_id]
    assert list_images_waiting(since_before=image.created_at - timedelta(seconds=1), now=now) == []
    assert list_sent_images(public_ids=[image.public_id, "x" * 20], now=now) == {image.public_id}
    Attachment.objects.update(state=AttachmentState.DELETED)
    assert list_images_waiting(since_before=later, now=now) == []
    assert find_standing_image(public_id=image.public_id, now=now + timedelta(days=40)) is None
