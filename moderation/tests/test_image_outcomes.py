"""What becomes of a held image: decisions, and how long its figures stay."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from chat.enums import ImageSight
from chat.services.messages import delete_message
from chat.tests.purging import purge_expired
from core import outbox
from core.purging import empty
from core.relay import pump
from moderation.enums import Action, HashBankKind
from moderation.events import DecisionTaken
from moderation.imaging.pdq import distance, hash_image
from moderation.models import Case, ImageCheck, StaffProfile
from moderation.services.images import follow_up
from moderation.services.purge import SHELVES
from moderation.services.settling import settle_image, settle_reversed
from moderation.tests.factories import log_in
from moderation.tests.holding import KNOWN, OTHER, decide, held, statuses
from moderation.tests.imaging import check, know, send, store
from moderation.tests.pictures import encoded

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db


# ---- Decisions -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("action", [Action.NO_ACTION, Action.WARN])
def test_a_decision_that_takes_nothing_away_shows_the_image(
    room: Room, amina: User, ben: User, senior: StaffProfile, as_: Callable[[User], Client], action: Action
) -> None:
    image = held(room, amina, senior)
    settle_image(decision_id=decide(Case.objects.get(), action).pk, now=timezone.now())
    assert statuses(as_(ben), image) == [200, 200]
    assert ImageCheck.objects.get().keep_until is None


def test_a_decision_that_takes_it_away_leaves_it_hidden_and_keeps_its_hash_a_year(
    room: Room, amina: User, ben: User, senior: StaffProfile, as_: Callable[[User], Client]
) -> None:
    image = held(room, amina, senior)
    now = timezone.now()
    settle_image(decision_id=decide(Case.objects.get(), Action.REMOVE).pk, now=now)
    assert statuses(as_(ben), image) == [404, 404]
    assert ImageCheck.objects.get().keep_until == now + timedelta(days=365)


def test_what_was_sealed_by_mistake_is_back_after_the_decision(
    room: Room, amina: User, ben: User, guards: list[StaffProfile], as_: Callable[[User], Client]
) -> None:
    image = held(room, amina, guards[0], HashBankKind.CHILD_ABUSE)
    pump(outbox.deliver)
    settle_image(decision_id=decide(Case.objects.get(), Action.NO_ACTION).pk, now=timezone.now())
    assert statuses(as_(ben), image) == [200, 200]
    shown = Image.open(io.BytesIO(as_(ben).get(f"/media/{image.public_id}/full/").content))
    assert distance(hash_image(shown).value, hash_image(KNOWN).value) <= 8
    assert ImageCheck.objects.get().sealed is False


def test_the_events_of_decisions_reach_the_image(room: Room, amina: User, senior: StaffProfile) -> None:
    image = held(room, amina, senior)
    from django.db import transaction

    with transaction.atomic():
        outbox.publish(DecisionTaken(decision_id=decide(Case.objects.get(), Action.NO_ACTION).pk))
    pump(outbox.deliver)
    image.refresh_from_db()
    assert image.sight == ImageSight.OPEN


# ---- How long ---------------------------------------------------------------------------------------------------------------------
def test_figures_go_with_their_image_unless_it_was_acted_on(room: Room, amina: User, senior: StaffProfile) -> None:
    image, other = held(room, amina, senior), store(amina, room, OTHER)
    check(other)
    now = timezone.now()
    settle_image(decision_id=decide(Case.objects.get(), Action.REMOVE).pk, now=now)
    purge_expired(now=now + timedelta(days=40))
    pump(outbox.deliver)
    checks, _hashes = SHELVES["MEDIA"]
    assert empty(checks, now=now + timedelta(days=364)) == 1
    assert [row.target_ref for row in ImageCheck.objects.all()] == [image.public_id]
    assert empty(checks, now=now + timedelta(days=366)) == 1
    assert ImageCheck.objects.count() == 0


def test_figures_wait_for_the_decision_when_their_image_is_gone_first(room: Room, amina: User, senior: StaffProfile) -> None:
    held(room, amina, senior)
    case, (checks, _hashes), later = Case.objects.get(), SHELVES["MEDIA"], timezone.now() + timedelta(days=40)
    purge_expired(now=later)
    pump(outbox.deliver)
    assert empty(checks, now=later) == 0, "the case is open"
    decision = decide(case, Action.REMOVE)
    settle_image(decision_id=decision.pk, now=later)
    assert empty(checks, now=later) == 0, "acted on: a year"
    settle_reversed(decision_id=decision.pk, now=later)
    assert empty(checks, now=later) == 1, "taken back, and there is no image any more"


def test_what_a_person_let_go_is_not_sealed_again(
    room: Room, amina: User, ben: User, guards: list[StaffProfile], as_: Callable[[User], Client]
) -> None:
    image = held(room, amina, guards[0], HashBankKind.CHILD_ABUSE)
    pump(outbox.deliver)
    settle_image(decision_id=decide(Case.objects.get(), Action.NO_ACTION).pk, now=timezone.now())
    assert follow_up(now=timezone.now()) == 0
    assert statuses(as_(ben), image) == [200, 200]


def test_nothing_of_the_picture_itself_is_in_what_is_kept(room: Room, amina: User) -> None:
    check(store(amina, room, OTHER))
    row = ImageCheck.objects.values().get()
    assert len(json.dumps(row, default=str)) < 700
    assert {type(value) for value in row.values()} <= {int, float, str, bool, type(None), type(row["checked_at"])}


def test_a_message_that_is_deleted_while_its_image_is_checked(room: Room, amina: User, senior: StaffProfile) -> None:
    know(KNOWN, HashBankKind.SCAM_PHOTO, senior)
    image = store(amina, room, KNOWN)
    seq = send(amina, room, image)
    delete_message(user=amina, room_public_id=room.public_id, seq=seq, now=timezone.now())
    assert check(image).case is None, "there is nothing left to look at"
    assert image.sight == ImageSight.HELD


def test_no_page_of_the_team_has_the_address_of_a_held_image(room: Room, amina: User, senior: StaffProfile, client: Client) -> None:
    """Before the reveal there is no full-size byte: the member's address answers no to staff too."""
    image = held(room, amina, senior)
    log_in(client, senior)
    assert statuses(client, image) == [404, 404]


def test_a_bomb_never_reaches_the_check(room: Room, amina: User) -> None:
    from chat.services.attachments import ImageTooLarge, store_image
    from chat.tests.test_images import png_header

    data = png_header(30_000, 30_000)
    with pytest.raises(ImageTooLarge):
        store_image(user=amina, room_public_id=room.public_id, file=io.BytesIO(data), size=len(data), now=timezone.now())
    assert len(encoded(OTHER)) > 1000
