"""Images that people send: looked at as data, never trusted, always drawn anew."""

from __future__ import annotations

import io
import warnings
from typing import Protocol

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class NotAnImage(ValueError):
    """Not a JPEG, PNG, WebP or GIF that can be read."""


class ImageTooLarge(ValueError):
    """More bytes than this person may send, or more bytes or pixels than the settings allow (IMAGE_BYTES, IMAGE_PIXELS)."""


class Readable(Protocol):
    """An uploaded file, as far as it is needed."""

    def read(self, num_bytes: int, /) -> bytes:
        """At most so many bytes."""


def read_image(file: Readable, *, longest: int, most: int | None = None) -> Image.Image:
    """The first frame of a file, upright, in RGB or RGBA; `longest` (pixels) tells how much detail will be wanted, `most` how many bytes
    the file may have (None: IMAGE_BYTES).

    The pixel limit is checked from the header, before any pixel is decoded.

    Raises:
        NotAnImage, ImageTooLarge.
    """
    most = settings.IMAGE_BYTES if most is None else most
    data = file.read(most + 1)
    if len(data) > most:
        raise ImageTooLarge
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=_FORMATS)
            if picture.width * picture.height > settings.IMAGE_PIXELS:
                raise ImageTooLarge
            picture.draft("RGB", (longest, longest))
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            return upright.convert("RGBA" if has_alpha else "RGB")
    except ImageTooLarge:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise NotAnImage from error


def fit(picture: Image.Image, longest: int) -> Image.Image:
    """A copy of the pixels alone, shrunk to `longest`: nothing of the file's metadata comes along."""
    copy = Image.new(picture.mode, picture.size)
    copy.paste(picture)
    copy.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return copy


def encode(picture: Image.Image, quality: int) -> bytes:
    """The picture as WebP."""
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=3)
    return out.getvalue()
