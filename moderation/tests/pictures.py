"""Pictures for tests, made of nothing but numbers: the same on every machine, and nobody is in them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFilter


def scene(seed: int, rows: int = 600, columns: int = 800, *, shapes: int = 12) -> Image.Image:
    """A picture of overlapping rectangles; the stream of `RandomState` is frozen for ever, so its hash is too."""
    chance = np.random.RandomState(seed)
    y, x = np.mgrid[0:rows, 0:columns]
    picture = np.zeros((rows, columns, 3))
    for _shape in range(shapes):
        down, across, side = chance.randint(rows), chance.randint(columns), 1 + chance.randint(max(rows, columns) // 3 + 1)
        colour = chance.randint(-120, 120, 3)
        picture += np.where((abs(y - down) < side) & (abs(x - across) < side * (1 + chance.randint(3))), 1, 0)[..., None] * colour
    return Image.fromarray(np.clip(picture + 128, 0, 255).astype(np.uint8))


def photo(seed: int, rows: int = 600, columns: int = 800) -> Image.Image:
    """A scene with the soft edges, the grain and the middle tones of a photograph."""
    soft = scene(seed, rows, columns, shapes=40).filter(ImageFilter.GaussianBlur(3))
    grain = np.random.RandomState(seed + 10_000).normal(0, 4, (rows, columns, 1))
    return Image.fromarray(np.clip(np.asarray(soft) * 0.74 + grain, 0, 255).astype(np.uint8))


def encoded(picture: Image.Image, kind: str = "JPEG", **options: int) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()
