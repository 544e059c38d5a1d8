"""Images that people add to messages, drawn anew by core.images."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image

from accounts.models import User
from chat.access import get_seat
from chat.enums import ImageSight
from chat.events import ImageStored
from chat.models import Attachment
from chat.queries.quotas import image_bytes, storage_bytes, stored_bytes
from chat.queries.standing import has_standing
from chat.services.errors import ChatError, check_may_post
from core import images, outbox, ratelimit

_FULL = 1600
_THUMB = 320
_KEPT_UNSENT = timedelta(hours=24)


class NotAnImage(ChatError):
    code, words = "not_an_image", _("Ce fichier n’est pas une image que nous savons lire (JPEG, PNG, WebP ou GIF).")


class ImageTooLarge(ChatError):
    """`most` is what this person may send, in bytes."""

    code: str = "image_too_large"
    words: Any = _("Cette image est trop grande : %(most)s Mo et 40 millions de pixels au plus.")

    def __init__(self, *, most: int) -> None:
        super().__init__()
        self.words = self.words % {"most": most // 1_000_000}


class StorageFull(ChatError):
    """What lies there stays and can be looked at; only new images wait."""

    code, explains = "storage_full", True
    words: Any = _(
        "Votre place pour les images est pleine : %(used)s sur %(most)s Mo. Rien n’est effacé, et vos messages partent sans image."
    )

    def __init__(self, *, used: int, most: int) -> None:
        super().__init__()
        self.words = self.words % {"used": math.ceil(used / 1_000_000), "most": most // 1_000_000}


class TooManyImages(ChatError):
    code, words = "rate", _("Vous envoyez beaucoup d’images. Patientez quelques minutes.")


def store_image(
    *, user: User, session: SessionBase | None = None, room_public_id: str, file: images.Readable, size: int, now: datetime
) -> Attachment:
    """Decode, turn upright, shrink to 1600 px and draw anew as WebP without any metadata, with a 320 px thumbnail.

    The image belongs to nobody's message until it is sent, and goes after 24 hours if it never is. That of an account without standing
    is its own alone until it was checked; everybody else's is shown at once and checked after.

    Raises:
        AccessRefused, PostingRestricted, NotAnImage, ImageTooLarge, StorageFull, TooManyImages.
    """
    seat = get_seat(user=user, session=session, public_id=room_public_id, now=now)
    check_may_post(user)
    most = image_bytes(user=user, now=now)
    if size > most:
        raise ImageTooLarge(most=most)
    _check_place(user, 1, now)
    try:
        ratelimit.hit("image", str(user.pk), limit=30, seconds=300)
    except ratelimit.RateLimited as error:
        raise TooManyImages(retry=error.retry) from error
    picture = _read(file, most)
    full = images.fit(picture, _FULL)
    data = images.encode(full, 80)
    file_name, thumb_name = store_files(data, picture, now)
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)  # one image of a person after the other, so that none slips past
        _check_place(user, len(data), now, unless=(file_name, thumb_name))
        image = Attachment.objects.create(
            owner=user,
            room_id=seat.room.pk,
            sight=ImageSight.OPEN if has_standing(user=user, now=now) else ImageSight.CHECKING,
            size=len(data),
            width=full.width,
            height=full.height,
            file_name=file_name,
            thumb_name=thumb_name,
            created_at=now,
            expires_at=now + _KEPT_UNSENT,
        )
        outbox.publish(ImageStored(public_id=image.public_id))
    return image


def store_files(data: bytes, picture: Image.Image, now: datetime) -> tuple[str, str]:
    """Store an image that is drawn already, and a thumbnail of its picture, under names that nobody can guess; the two names."""
    folder, name = f"images/{now:%Y/%m/%d}", secrets.token_hex(16)
    thumb = images.encode(images.fit(picture, _THUMB), 60)
    return (
        default_storage.save(f"{folder}/{name}.webp", ContentFile(data)),
        default_storage.save(f"{folder}/{name}-t.webp", ContentFile(thumb)),
    )


def _check_place(user: User, size: int, now: datetime, unless: Sequence[str] = ()) -> None:
    """Whether so much more fits; if not, the files that were stored for it go again."""
    used, most = stored_bytes(user=user, now=now), storage_bytes(user=user, now=now)
    if used + size > most:
        for name in unless:
            default_storage.delete(name)
        raise StorageFull(used=used, most=most)


def _read(file: images.Readable, most: int) -> Image.Image:
    try:
        return images.read_image(file, longest=_FULL, most=most)
    except images.ImageTooLarge as error:
        raise ImageTooLarge(most=most) from error
    except images.NotAnImage as error:
        raise NotAnImage from error
