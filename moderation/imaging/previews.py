"""What staff see of a picture before they choose to see it: so small, grey and blurred that it tells apart and shows nothing."""

from __future__ import annotations

import io

from PIL import ImageFilter

from core import images

SIDE = 64
MOST_BYTES = 4096
_BLUR = 3.0  # pixels of 64: a face is a spot
_QUALITY = 40


def make_preview(data: bytes) -> bytes:
    """A WebP of at most 64 pixels a side and 4 KB, grey and blurred, of an image file.

    Raises:
        core.images.NotAnImage, ImageTooLarge.
    """
    picture = images.read_image(io.BytesIO(data), longest=SIDE)
    small = images.fit(picture, SIDE).convert("L").filter(ImageFilter.GaussianBlur(_BLUR))
    preview = images.encode(small, _QUALITY)
    assert len(preview) <= MOST_BYTES, "64 blurred grey pixels a side are some hundred bytes"
    return preview
