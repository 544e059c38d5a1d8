"""What the check of an image costs: PDQ, the search of its eight turns among many hashes, and nudity, each on one thread."""

from __future__ import annotations

import io
import os
import random
import time
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageDraw

from benchmarks import report

_SIZES = ((800, 600), (1600, 1200))
_BATCH = 50_000
_CHANGED = 12  # bits in which a copy differs that must be found


def images(options: Any) -> None:
    """The command: times of each step, and whether the search finds what it must."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
    django.setup()
    head = report.print_head()
    figures: dict[str, dict[str, float]] = {}
    pictures = {f"{width}x{height}": draw_picture(width, height) for width, height in _SIZES}
    figures |= {f"PDQ and eight turns, {size}": _time_hash(picture, options.runs) for size, picture in pictures.items()}
    figures |= {f"decode and PDQ, JPEG {size}": _time_file(picture, options.runs) for size, picture in pictures.items()}
    figures[f"eight turns among {options.hashes:,} hashes"] = _time_search(options.hashes, options.runs)
    figures["nudity"] = _time_nudity(pictures["800x600"], options.runs)
    rows = [[name, *(f"{found[part]:.1f}" for part in ("p50", "p99", "most"))] for name, found in figures.items()]
    print(f"{options.runs} runs each, processor time in ms")
    report.print_table(["step", "p50 ms", "p99 ms", "most ms"], rows)
    report.save(options.json, {**head, "images": figures})


def draw_picture(width: int, height: int) -> Image.Image:
    """The same picture each time: edges, areas and grain, as a photograph has them."""
    chance = random.Random(20261126)
    picture = Image.frombytes("RGB", (width // 8, height // 8), chance.randbytes(width // 8 * (height // 8) * 3)).resize((width, height))
    pen = ImageDraw.Draw(picture)
    for _shape in range(40):
        left, top, side = chance.randrange(width), chance.randrange(height), chance.randrange(20, width // 3)
        pen.rectangle((left, top, left + side, top + side), fill=tuple(chance.randrange(256) for _part in range(3)))
    return picture


def make_hashes(count: int, *, near: str) -> list[str]:
    """Hashes by chance, and in the middle of them one that differs from `near` in twelve bits."""
    chance = random.Random(20261126)
    values = [f"{chance.getrandbits(256):064x}" for _number in range(count)]
    flipped = sum(1 << bit for bit in chance.sample(range(256), _CHANGED))
    values[count // 2] = f"{int(near, 16) ^ flipped:064x}"
    return values


def _time_hash(picture: Image.Image, runs: int) -> dict[str, float]:
    from moderation.imaging.pdq import hash_image

    return _measure(lambda: hash_image(picture), runs)


def _time_file(picture: Image.Image, runs: int) -> dict[str, float]:
    """As a worker does it: from the bytes of a file, without the model."""
    from moderation.imaging.reading import read_facts

    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return _measure(lambda: read_facts(out.getvalue(), with_nudity=False), runs)


def _time_search(count: int, runs: int) -> dict[str, float]:
    from moderation.imaging.index import HashIndex
    from moderation.imaging.pdq import hash_image

    turns = hash_image(draw_picture(800, 600)).variants
    values, index = make_hashes(count, near=turns[0]), HashIndex()
    for start in range(0, count, _BATCH):
        batch = values[start : start + _BATCH]
        index.add(range(start + 1, start + 1 + len(batch)), batch)
    hits = index.search(turns)
    assert [(hit.number, hit.distance) for hit in hits] == [(count // 2 + 1, _CHANGED)], hits
    return _measure(lambda: index.search(turns), runs)


def _time_nudity(picture: Image.Image, runs: int) -> dict[str, float]:
    from moderation.imaging.nudity import score_nudity

    return _measure(lambda: score_nudity(picture), runs)


def _measure(deed: Callable[[], object], runs: int) -> dict[str, float]:
    """Half, 99 of 100 and the most, in milliseconds; some runs before warm up."""
    for _run in range(max(1, runs // 10)):
        deed()
    times = []
    for _run in range(runs):
        started = time.process_time_ns()
        deed()
        times.append((time.process_time_ns() - started) / 1e6)
    times.sort()
    return {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100], "most": times[-1]}
