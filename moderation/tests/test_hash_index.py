"""The index finds all that is near and nothing else, however it was filled."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.images import draw_picture, make_hashes
from moderation.imaging.index import HashIndex, Hit
from moderation.imaging.pdq import distance, hash_image

CHANCE = np.random.RandomState(7)


def some_hashes(count: int) -> list[str]:
    return [CHANCE.bytes(32).hex() for _number in range(count)]


def bent(value: str, bits: int, *, within: range = range(256)) -> str:
    """The hash with so many of its bits turned over."""
    number = int(value, 16)
    for bit in CHANCE.choice(np.array(within), bits, replace=False):
        number ^= 1 << int(bit)
    return f"{number:064x}"


def test_an_empty_index_finds_nothing() -> None:
    assert HashIndex().search(some_hashes(8)) == []


@pytest.mark.parametrize(("bits", "found"), [(0, True), (1, True), (31, True), (32, False), (128, False)])
@pytest.mark.parametrize("place", [range(256), range(128), range(128, 256)], ids=["anywhere", "second half", "first half"])
def test_31_bits_are_a_match_and_32_are_none_wherever_they_are(bits: int, found: bool, place: range) -> None:
    values = some_hashes(100)
    index = HashIndex()
    index.add(range(1000, 1100), values)
    hits = index.search([bent(values[42], bits, within=place)])
    assert hits == ([Hit(number=1042, distance=bits)] if found else [])


def test_it_finds_what_a_plain_comparison_of_all_finds() -> None:
    """Over the ends of chunks, after growing, for many near hashes at once."""
    centre = some_hashes(1)[0]
    values = [bent(centre, int(CHANCE.randint(0, 61))) for _number in range(20_000)]
    index = HashIndex()
    for start in range(0, 20_000, 3_000):
        part = values[start : start + 3_000]
        index.add(range(start, start + len(part)), part)
    assert len(index) == 20_000
    plain = {number: bits for number, value in enumerate(values) if (bits := distance(value, centre)) <= 31}
    assert {hit.number: hit.distance for hit in index.search([centre])} == plain
    assert len(plain) > 5_000


def test_the_nearest_comes_first_and_each_once_though_several_turns_are_near() -> None:
    values = some_hashes(3)
    index = HashIndex()
    index.add([1, 2, 3], [values[0], bent(values[0], 20), values[2]])
    hits = index.search([bent(values[0], 4), values[0], values[2]])
    assert [hit.number for hit in hits] == [1, 3, 2]
    assert [hit.distance for hit in hits][:2] == [0, 0]


def test_adding_nothing_changes_nothing() -> None:
    index = HashIndex()
    index.add([], [])
    assert len(index) == 0


def test_the_benchmark_looks_for_a_copy_that_is_there() -> None:
    """Else it would measure a search that finds nothing."""
    turns, index = hash_image(draw_picture(800, 600)).variants, HashIndex()
    index.add(range(1, 5001), make_hashes(5000, near=turns[0]))
    assert index.search(turns) == [Hit(number=2501, distance=12)]
    assert make_hashes(100, near=turns[0]) == make_hashes(100, near=turns[0]), "the same each time"
