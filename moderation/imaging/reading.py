"""Everything that is told of a picture in one reading of its file."""

from __future__ import annotations

import io
from dataclasses import dataclass

from core import images
from moderation.imaging.nudity import score_nudity
from moderation.imaging.pdq import Pdq, hash_image

_LONGEST = 1600


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What was measured of a picture; `nudity` is None where the model is switched off."""

    pdq: Pdq
    nudity: float | None


def read_facts(data: bytes, *, with_nudity: bool) -> ImageFacts:
    """Decode a file once, within the limits of core.images, and measure it.

    Raises:
        core.images.NotAnImage, ImageTooLarge; nudity.ModelMissing.
    """
    picture = images.read_image(io.BytesIO(data), longest=_LONGEST)
    return ImageFacts(pdq=hash_image(picture), nudity=score_nudity(picture) if with_nudity else None)
