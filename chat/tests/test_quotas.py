"""What members are entitled to in rooms: the size of an image, room for all of them, groups; and what is never asked."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.tests.purses import entitle, plain
from chat.enums import AttachmentState, Role
from chat.models import Attachment, Membership, Room
from chat.queries.quotas import stored_bytes
from chat.services import attachments, memberships, rooms
from chat.services.attachments import ImageTooLarge, StorageFull
from chat.services.owning import TheirGroupsFull, TooManyGroups
from chat.tests.factories import NOON, close, join, make_group, say
from chat.tests.test_images import photo

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
MB = 1_000_000
DAY = timedelta(days=1)


def store(user: User, room: Room, *, size: int = 1000, data: bytes | None = None, now: Any = NOON) -> Attachment:
    file = io.BytesIO(photo() if data is None else data)
    return attachments.store_image(user=user, room_public_id=room.public_id, file=file, size=size, now=now)


def occupy(user: User, room: Room, size: int, **fields: Any) -> Attachment:
    """An image that lies there already."""
    kept: dict[str, Any] = {"state": AttachmentState.SENT, "file_name": "x.webp", "created_at": NOON, "expires_at": NOON + DAY}
    return Attachment.objects.create(owner=user, room_id=room.pk, size=size, width=1, height=1, **kept | fields)


def test_ten_megabytes_for_everybody_and_fifty_for_who_is_entitled(room: Room, amina: User) -> None:
    with pytest.raises(ImageTooLarge) as refusal:
        store(amina, room, size=10 * MB + 1)
    assert "10 Mo" in plain(refusal.value.words)
    entitle(amina, "ATTACHMENT_BYTES", 50 * MB)
    amina = User.objects.get(pk=amina.pk)
    assert store(amina, room, size=50 * MB).size > 0
    with pytest.raises(ImageTooLarge) as refusal:
        store(amina, room, size=50 * MB + 1)
    assert "50 Mo" in plain(refusal.value.words)


def test_a_size_that_lies_is_found_out(room: Room, amina: User) -> None:
    heavy = photo() + bytes(10 * MB)
    with pytest.raises(ImageTooLarge):
        store(amina, room, size=1, data=heavy)
    entitle(amina, "ATTACHMENT_BYTES", 50 * MB)
    assert store(User.objects.get(pk=amina.pk), room, size=1, data=heavy).size > 0


def test_what_has_ended_allows_no_more(room: Room, amina: User) -> None:
    entitle(amina, "ATTACHMENT_BYTES", 50 * MB, since=NOON - 40 * DAY)
    with pytest.raises(ImageTooLarge):
        store(amina, room, size=10 * MB + 1)


def test_the_place_is_a_sum_of_what_lies_there(room: Room, amina: User, ben: User) -> None:
    occupy(amina, room, 3)
    occupy(amina, room, 20, state=AttachmentState.READY)
    occupy(amina, room, 100, state=AttachmentState.HIDDEN)
    occupy(amina, room, 1000, state=AttachmentState.DELETED)
    occupy(amina, room, 2000, expires_at=NOON)
    occupy(amina, room, 4000, file_name="")
    occupy(ben, room, 8000)
    assert stored_bytes(user=amina, now=NOON) == 123


def test_a_full_place_takes_nothing_and_loses_nothing(room: Room, amina: User) -> None:
    kept = occupy(amina, room, 250 * MB)
    with pytest.raises(StorageFull) as refusal:
        store(amina, room)
    assert plain(refusal.value.words).startswith("Votre place pour les images est pleine : 250 sur 250 Mo.")
    assert list(Attachment.objects.values_list("pk", flat=True)) == [kept.pk]
    assert say(amina, room, "sans image").seq > 0  # words go out all the same


def test_the_last_image_that_would_pass_the_end_leaves_no_file(room: Room, amina: User, tmp_path: Path) -> None:
    occupy(amina, room, 250 * MB - 10)
    with pytest.raises(StorageFull):
        store(amina, room)
    assert Attachment.objects.count() == 1
    assert [path for path in Path(default_storage.path("")).rglob("*") if path.is_file()] == []


def test_after_a_downgrade_all_can_be_read(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    given = entitle(amina, "STORAGE_BYTES", 10_000 * MB, since=timezone.now() - DAY)
    for _ in range(3):  # a row holds 4 GB at most
        occupy(amina, room, 4_000 * MB, expires_at=timezone.now() + DAY, file_name="")
    for _ in range(2):
        occupy(amina, room, 4_000 * MB, expires_at=timezone.now() + DAY)
    image = store(User.objects.get(pk=amina.pk), room, now=timezone.now())
    say(amina, room, "voilà", now=timezone.now(), attachment_ids=[image.public_id])
    type(given).objects.filter(pk=given.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(StorageFull):
        store(User.objects.get(pk=amina.pk), room, now=timezone.now())
    assert as_(amina).get(f"/media/{image.public_id}/full/").status_code == 200
    assert Attachment.objects.count() == 6


def test_the_page_tells_why(room: Room, amina: User, as_: LogIn) -> None:
    occupy(amina, room, 250 * MB, expires_at=timezone.now() + DAY)
    file = SimpleUploadedFile("a.png", photo(kind="PNG"), "image/png")
    answer = as_(amina).post(f"/rooms/{room.slug}/attachments/", {"attachment": file})
    assert (answer.status_code, answer.json()["code"]) == (400, "storage_full")
    assert "250 sur 250 Mo" in plain(answer.json()["message"])


# ---- Groups -----------------------------------------------------------------------------------------------------------------


def test_three_groups_for_everybody(amina: User) -> None:
    for number in range(3):
        make_group(amina, f"Groupe {number}")
    with pytest.raises(TooManyGroups) as refusal:
        make_group(amina, "Un de trop")
    assert "3 groupes" in plain(refusal.value.words)
    assert Membership.objects.filter(user=amina, role=Role.OWNER).count() == 3


def test_more_for_who_is_entitled_and_nothing_taken_after(amina: User) -> None:
    given = entitle(amina, "GROUPS_OWNED", 4)
    amina = User.objects.get(pk=amina.pk)
    for number in range(4):
        make_group(amina, f"Groupe {number}")
    with pytest.raises(TooManyGroups):
        make_group(amina, "Un de trop")
    given.delete()
    amina = User.objects.get(pk=amina.pk)
    with pytest.raises(TooManyGroups):
        make_group(amina, "Un de trop")
    assert Membership.objects.filter(user=amina, role=Role.OWNER, room__state="ACTIVE").count() == 4


def test_a_closed_group_or_one_handed_on_makes_room(amina: User, ben: User) -> None:
    groups = [make_group(amina, f"Groupe {number}") for number in range(3)]
    close(groups[0])
    make_group(amina, "Nouveau")
    Membership.objects.filter(room=groups[1], user=amina).update(role=Role.MEMBER)
    make_group(amina, "Encore un")


def test_being_a_member_or_moderating_counts_for_nothing(amina: User, ben: User) -> None:
    for number in range(3):
        join(ben, make_group(amina, f"Groupe {number}"), role=Role.MODERATOR)
    assert make_group(ben, "À moi").members == 1


def test_nobody_is_made_owner_of_more_than_they_may(amina: User, ben: User) -> None:
    for number in range(3):
        make_group(ben, f"À Ben {number}")
    group = make_group(amina)
    join(ben, group)
    with pytest.raises(TheirGroupsFull):
        memberships.set_role(user=amina, slug=group.slug, member_public_id=ben.public_id, role=Role.OWNER, now=NOON)
    assert Membership.objects.get(room=group, user=ben).role == Role.MEMBER
    entitle(ben, "GROUPS_OWNED", 200)
    memberships.set_role(user=amina, slug=group.slug, member_public_id=ben.public_id, role=Role.OWNER, now=NOON)
    assert Membership.objects.get(room=group, user=ben).role == Role.OWNER


def test_the_form_says_why(amina: User, as_: LogIn) -> None:
    now = timezone.now()
    for number in range(3):
        make_group(amina, f"Groupe {number}", now=now - DAY)
    answer = as_(amina).post("/rooms/new/", {"title": "Un de trop", "languages": ["fr"]})
    assert answer.status_code == 400
    assert "Vous répondez déjà de 3 groupes" in plain(answer.content.decode())


def test_proposing_a_room_for_all_costs_no_place(amina: User) -> None:
    from chat.tests.test_rooms import propose

    for number in range(3):
        make_group(amina, f"Groupe {number}")
    assert propose(amina).proposer == amina


# ---- What is never paid -----------------------------------------------------------------------------------------------------

SAFETY = ("restrictions", "deeds", "holding", "held", "screens", "shields", "tools", "undoing")
TALK = ("messages", "sending", "marks", "corrections", "drafts", "replays")


@pytest.mark.parametrize("name", SAFETY + TALK)
def test_no_safety_and_no_word_asks_for_an_entitlement(name: str) -> None:
    """Reading, writing, moderating, reporting and blocking are everybody's: these modules may not even know that something is sold."""
    text = (Path(rooms.__file__).parent / f"{name}.py").read_text("utf-8")
    assert "entitle" not in text
    assert "quotas" not in text


def test_somebody_who_owns_too_much_still_moderates(amina: User, ben: User) -> None:
    group = make_group(amina)
    join(ben, group)
    for number in range(3):
        make_group(make_user(f"Voisin{'abc'[number]}"), f"Groupe {number}")
    memberships.ban_member(user=amina, slug=group.slug, member_public_id=ben.public_id, reason="Insultes", now=NOON)
    assert Membership.objects.get(room=group, user=ben).state == "BANNED"
