"""How tests store, send and check images: through the services, as people and jobs do."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from PIL import Image

from accounts.models import User
from chat.services.attachments import store_image
from chat.tests.factories import say
from moderation.enums import HashBankKind
from moderation.imaging.pdq import hash_image
from moderation.models import HashEntry, ImageCheck, StaffProfile
from moderation.services.hashbank import add_hash
from moderation.services.images import check_image
from moderation.tests.pictures import encoded

if TYPE_CHECKING:
    from chat.models import Attachment, Room

SKIN = Image.new("RGB", (300, 300), (224, 172, 125))


def store(user: User, room: Room, picture: Image.Image) -> Attachment:
    """Upload a picture."""
    data = encoded(picture, "PNG")
    return store_image(user=user, room_public_id=room.public_id, file=io.BytesIO(data), size=len(data), now=timezone.now())


def send(user: User, room: Room, image: Attachment, *, now: datetime | None = None) -> int:
    """Send a message with an image that was stored."""
    return say(user, room, "Regardez", now=now or timezone.now(), attachment_ids=[image.public_id]).seq


def check(image: Attachment, *, now: datetime | None = None) -> ImageCheck:
    """Check it, and read anew what is stored of it."""
    found = check_image(public_id=image.public_id, now=now or timezone.now())
    assert found is not None
    image.refresh_from_db()
    return ImageCheck.objects.get(pk=found.pk)


def know(picture: Image.Image, kind: HashBankKind, by: StaffProfile) -> HashEntry:
    """Put a picture's hash into a bank."""
    return add_hash(kind=kind, value=hash_image(picture).value, source="liste d’essai", by=by, now=timezone.now())
