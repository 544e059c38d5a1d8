"""Images that people add to messages: looked at as data, never trusted, always drawn anew."""

from __future__ import annotations

import io
import secrets
import warnings
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.models import User
from chat.access import get_seat
from chat.models import Attachment
from chat.services.errors import ChatError, check_may_post
from core import ratelimit

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_FULL = 1600
_THUMB = 320
_KEPT_UNSENT = timedelta(hours=24)


class Readable(Protocol):
    """An uploaded file, as far as it is needed."""

    def read(self, num_bytes: int, /) -> bytes:
        """At most so many bytes."""


class NotAnImage(ChatError):
    code, words = "not_an_image", _("Ce fichier n’est pas une image que nous savons lire (JPEG, PNG, WebP ou GIF).")


class ImageTooLarge(ChatError):
    code, words = "image_too_large", _("Cette image est trop grande : 10 Mo et 40 millions de pixels au plus.")


class TooManyImages(ChatError):
    code, words = "rate", _("Vous envoyez beaucoup d’images. Patientez quelques minutes.")


def store_image(
    *, user: User, session: SessionBase | None = None, room_public_id: str, file: Readable, size: int, now: datetime
) -> Attachment:
    """Decode, turn upright, shrink to 1600 px and draw anew as WebP without any metadata, with a 320 px thumbnail.

    The image belongs to nobody's message until it is sent, and goes after 24 hours if it never is.

    Raises:
        AccessRefused, PostingRestricted, NotAnImage, ImageTooLarge, TooManyImages.
    """
    seat = get_seat(user=user, session=session, public_id=room_public_id, now=now)
    check_may_post(user)
    if size > settings.IMAGE_BYTES:
        raise ImageTooLarge
    try:
        ratelimit.hit("image", str(user.pk), limit=30, seconds=300)
    except ratelimit.RateLimited as error:
        raise TooManyImages(retry=error.retry) from error
    picture = _decode(file.read(settings.IMAGE_BYTES + 1))
    full, thumb = _fit(picture, _FULL), _fit(picture, _THUMB)
    full_bytes, thumb_bytes = _encode(full, 80), _encode(thumb, 60)
    name = secrets.token_hex(16)
    folder = f"images/{now:%Y/%m/%d}"
    return Attachment.objects.create(
        owner=user,
        room_id=seat.room.pk,
        size=len(full_bytes),
        width=full.width,
        height=full.height,
        file_name=default_storage.save(f"{folder}/{name}.webp", ContentFile(full_bytes)),
        thumb_name=default_storage.save(f"{folder}/{name}-t.webp", ContentFile(thumb_bytes)),
        created_at=now,
        expires_at=now + _KEPT_UNSENT,
    )


def _decode(data: bytes) -> Image.Image:
    """The first frame, upright, in RGB or RGBA. The pixel limit is checked from the header, before any pixel is decoded."""
    if len(data) > settings.IMAGE_BYTES:
        raise ImageTooLarge
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=_FORMATS)
            if picture.width * picture.height > settings.IMAGE_PIXELS:
                raise ImageTooLarge
            picture.draft("RGB", (_FULL, _FULL))
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            return upright.convert("RGBA" if has_alpha else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise NotAnImage from error


def _fit(picture: Image.Image, longest: int) -> Image.Image:
    copy = Image.new(picture.mode, picture.size)
    copy.paste(picture)  # pixels only: nothing of the file's metadata comes along
    copy.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return copy


def _encode(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=3)
    return out.getvalue()
