"""PDQ: the same bits as the reference, and what it finds again."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from moderation.imaging.pdq import GOOD_QUALITY, MATCH, Pdq, distance, hash_image, hash_luma
from moderation.tests.pictures import encoded, photo, scene

# Results of pdqhash 0.2.8 (the C++ of facebook/ThreatExchange, compiled) for the scenes of `pictures.scene`: turns and flips, quality.
VECTORS = json.loads((Path(__file__).parent / "data" / "pdq.json").read_text())
PHOTOS = [photo(seed) for seed in range(20)]
HASHES = [hash_image(picture) for picture in PHOTOS]

Change = Callable[[Image.Image], Image.Image]


def again(quality: int) -> Change:
    """Saved anew as JPEG."""
    return lambda picture: Image.open(io.BytesIO(encoded(picture, quality=quality)))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['columns']}x{v['rows']}")
def test_every_bit_of_every_turn_is_that_of_the_reference(vector: dict[str, Any]) -> None:
    picture = np.asarray(scene(vector["seed"], vector["rows"], vector["columns"]), dtype=np.float64)
    luma = (picture[..., 0] * 0.299 + picture[..., 1] * 0.587 + picture[..., 2] * 0.114).astype(np.float32)
    found = hash_luma(luma)
    assert (list(found.variants), found.quality) == (vector["variants"], vector["quality"])
    assert found.value == found.variants[0]


@pytest.mark.parametrize(
    ("change", "farthest"),
    [
        (again(10), 24),
        (again(20), 14),
        (again(40), 10),
        (lambda p: p.resize((p.width // 2, p.height // 2)), 16),
        (lambda p: p.resize((p.width // 8, p.height // 8)), 26),
        (lambda p: ImageEnhance.Brightness(p).enhance(1.3), 6),
        (lambda p: ImageEnhance.Brightness(p).enhance(0.7), 6),
        (lambda p: p.convert("L"), 4),
        (lambda p: p.convert("RGBA"), 0),
    ],
    ids=["jpeg10", "jpeg20", "jpeg40", "half", "eighth", "brighter", "darker", "grey", "rgba"],
)
def test_a_copy_is_found_after_what_people_do_to_pictures(change: Change, farthest: int) -> None:
    assert farthest < MATCH
    apart = [distance(hash_image(change(picture)).value, known.value) for picture, known in zip(PHOTOS, HASHES, strict=True)]
    assert max(apart) <= farthest


@pytest.mark.parametrize("turn", list(Image.Transpose))
def test_a_copy_that_was_turned_or_mirrored_is_found_by_one_of_its_eight_hashes(turn: Image.Transpose) -> None:
    for picture, known in zip(PHOTOS, HASHES, strict=True):
        turned = hash_image(picture.transpose(turn))
        assert distance(turned.variants[0], known.value) > MATCH, "the turn changes the hash itself"
        assert min(distance(variant, known.value) for variant in turned.variants) <= MATCH


@pytest.mark.parametrize(
    "change",
    [lambda p: p.crop((60, 45, 740, 555)), lambda p: ImageOps.expand(p, 30, "white"), lambda p: p.rotate(3)],
    ids=["cropped by 15 %", "framed", "turned by 3 degrees"],
)
def test_what_it_does_not_find_is_known(change: Change) -> None:
    """Nobody shall think that a bank of hashes finds everything: the documentation says what it does not."""
    apart = [distance(hash_image(change(picture)).value, known.value) for picture, known in zip(PHOTOS, HASHES, strict=True)]
    assert sum(bits <= MATCH for bits in apart) == 0


def test_pictures_that_have_nothing_in_common_are_far_apart_in_all_turns() -> None:
    nearest = min(min(distance(turn, other.value) for turn in one.variants) for one, other in itertools.combinations(HASHES, 2))
    assert nearest > 2 * MATCH


@pytest.mark.parametrize(
    ("picture", "telling"),
    [
        (Image.new("RGB", (300, 200), "white"), False),
        (Image.new("L", (4, 400)), False),
        (Image.new("RGB", (1, 1)), False),
        (PHOTOS[0], True),
    ],
    ids=["white", "a line", "a point", "a photo"],
)
def test_a_picture_with_nothing_in_it_tells_nothing(picture: Image.Image, telling: bool) -> None:
    found = hash_image(picture)
    assert found.is_telling == telling
    assert len(found.value) == 64
    assert len(found.variants) == 8


def test_the_line_between_plain_and_telling() -> None:
    assert [Pdq("", (), quality).is_telling for quality in (GOOD_QUALITY - 1, GOOD_QUALITY)] == [False, True]
