"""A picture that should be sealed while a legal hold names it: shown to nobody, its files stay, and go when the hold is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from chat.enums import ImageSight
from chat.tests.purging import purge_expired
from core import audit, outbox
from core.models import AuditEntry
from core.relay import pump
from moderation.courts.terms import HoldScope
from moderation.enums import Action, HashBankKind, ImageVerdict, StaffRole
from moderation.models import Case, ImageCheck, StaffProfile
from moderation.services.holds import place_hold
from moderation.services.images import follow_up
from moderation.services.settling import settle_image
from moderation.tests.factories import make_staff_member
from moderation.tests.holding import decide
from moderation.tests.imaging import check, know, send, store
from moderation.tests.pictures import photo

if TYPE_CHECKING:
    from chat.models import Attachment, Room

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def guard() -> StaffProfile:
    return make_staff_member("Garde1", StaffRole.CHILD_SAFETY)


@pytest.fixture
def lea() -> StaffProfile:
    return make_staff_member("Lea", StaffRole.LEGAL_DESK)


@pytest.fixture
def image(room: Room, amina: User, guard: StaffProfile) -> Attachment:
    know(photo(1), HashBankKind.CHILD_ABUSE, guard)
    image = store(amina, room, photo(1))
    send(amina, room, image)
    return image


def freeze(lea: StaffProfile, scope: HoldScope, number: int, codes: tuple[str, ...] = ()) -> None:
    now = timezone.now()
    place_hold(scope=scope, subject_ids=[number], codes=codes, by=lea, reason="réquisition", until_at=now + HOUR, now=now)


@pytest.fixture
def files(image: Attachment) -> Callable[[], int]:
    """How many of the two files of the image lie there still, after all that was to be done is done."""
    names = (image.file_name, image.thumb_name)

    def count() -> int:
        pump(outbox.deliver)
        return sum(default_storage.exists(name) for name in names)

    return count


@pytest.mark.parametrize("scope", [HoldScope.USER, HoldScope.ROOM])
def test_files_stay_while_the_hold_stands_and_go_after_it(
    image: Attachment, files: Callable[[], int], room: Room, amina: User, lea: StaffProfile, scope: HoldScope
) -> None:
    freeze(lea, scope, amina.pk if scope == HoldScope.USER else room.pk)
    assert files() == 2
    found = check(image)
    assert (found.verdict, found.sealed, image.sight) == (ImageVerdict.QUARANTINE, False, ImageSight.SEALED)
    assert files() == 2
    assert image.file_name
    assert follow_up(now=timezone.now()) == 0, "it is not tried again and again"
    assert follow_up(now=timezone.now() + 2 * HOUR) == 1
    image.refresh_from_db()
    assert (image.file_name, image.thumb_name, files()) == ("", "", 0)
    assert ImageCheck.objects.get().sealed is True
    noted = AuditEntry.objects.filter(object_kind="image").order_by("seq").values_list("action", flat=True)
    assert list(noted) == ["image.freeze", "image.seal"]
    assert audit.verify().holds


@pytest.mark.parametrize("codes", [("MESSAGE_META",), ("CONNECTION", "EVIDENCE")])
def test_a_hold_on_other_kinds_of_data_keeps_no_file(
    image: Attachment, files: Callable[[], int], amina: User, lea: StaffProfile, codes: tuple[str, ...]
) -> None:
    freeze(lea, HoldScope.USER, amina.pk, codes)
    assert check(image).sealed is True
    assert files() == 0


def test_a_hold_on_somebody_else_keeps_nothing(image: Attachment, files: Callable[[], int], ben: User, lea: StaffProfile) -> None:
    freeze(lea, HoldScope.USER, ben.pk)
    assert check(image).sealed is True
    assert files() == 0


def test_frozen_ones_hold_nobody_else_up(image: Attachment, room: Room, amina: User, ben: User, lea: StaffProfile) -> None:
    freeze(lea, HoldScope.USER, amina.pk)
    check(image)
    other = store(ben, room, photo(1))
    send(ben, room, other)
    check(other)
    ImageCheck.objects.filter(target_ref=other.public_id).update(sealed=False)
    assert follow_up(now=timezone.now()) == 1
    assert ImageCheck.objects.get(target_ref=other.public_id).sealed is True


def test_frozen_by_mistake_it_is_shown_with_the_files_that_lay_there(
    image: Attachment, files: Callable[[], int], amina: User, lea: StaffProfile
) -> None:
    freeze(lea, HoldScope.USER, amina.pk)
    check(image)
    name = image.file_name
    settle_image(decision_id=decide(Case.objects.get(), Action.NO_ACTION).pk, now=timezone.now())
    image.refresh_from_db()
    assert (image.sight, image.file_name, files()) == (ImageSight.OPEN, name, 2)
    assert follow_up(now=timezone.now() + 2 * HOUR) == 0, "nor is it sealed when the hold is over"


def test_when_it_expired_meanwhile_its_row_takes_the_files_along(
    image: Attachment, files: Callable[[], int], amina: User, lea: StaffProfile
) -> None:
    freeze(lea, HoldScope.USER, amina.pk)
    check(image)
    late = image.expires_at + HOUR
    assert follow_up(now=late) == 1
    assert files() == 2, "the row has them still"
    assert purge_expired(now=late)["images"] == 1
    assert files() == 0
