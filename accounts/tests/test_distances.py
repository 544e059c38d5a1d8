"""A stalker with all the places of the world asks how far somebody is: what they learn stays wider than a neighbourhood."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import asin, cos, hypot, radians, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.enums import DistanceBand
from accounts.models import cell_of
from accounts.queries.distances import BadCell, band_between

Point = tuple[float, float]
TRIALS = 40
KM_PER_DEGREE = 111.320
CENTRES = ((48.85, 2.35), (-18.91, 47.53), (-20.88, 55.45), (-12.78, 45.23), (45.76, 4.84))
places = st.tuples(st.floats(-84, 84), st.floats(-180, 179.999))


def kilometres(a: Point, b: Point) -> float:
    lat_a, lon_a, lat_b, lon_b = map(radians, (*a, *b))
    chord = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371 * asin(sqrt(chord))


def cell(place: Point) -> str:
    return cell_of(lat=place[0], lon=place[1])


def moved(place: Point, north_km: float, east_km: float) -> Point:
    lat = place[0] + north_km / KM_PER_DEGREE
    return lat, place[1] + east_km / KM_PER_DEGREE / cos(radians(lat))


# ---- The attack ---------------------------------------------------------------------------------------------------------------


def locate(ask: Callable[[Point], object], says: Callable[[Point, Point], object], start: Point) -> Point:
    """Where the answers put somebody: the mean of all guesses that agree with every answer, from coarse to fine.

    `ask` is the product's answer at a place of the attacker's choice; `says` what it would answer if the guess were right.
    """
    found = start
    for step in (16.0, 4.0, 1.0, 0.25):
        posts = [moved(found, north * step * 3, east * step * 3) for north in range(-3, 4) for east in range(-3, 4)]
        heard = [(post, ask(post)) for post in posts]
        guesses = [moved(found, north * step, east * step) for north in range(-8, 9) for east in range(-8, 9)]
        scores = [sum(says(post, guess) == answer for post, answer in heard) for guess in guesses]
        best = [guess for guess, score in zip(guesses, scores, strict=True) if score == max(scores)]
        found = sum(lat for lat, _lon in best) / len(best), sum(lon for _lat, lon in best) / len(best)
    return found


def errors(oracle: Callable[[Point, Point], object]) -> list[float]:
    """Kilometres between guess and dwelling, the best guesses first. The attacker knows the town, and our code."""
    chance = random.Random(26)
    out = []
    for trial in range(TRIALS):
        town = CENTRES[trial % len(CENTRES)]
        home = moved(town, chance.uniform(-40, 40), chance.uniform(-40, 40))
        out.append(kilometres(locate(lambda post, home=home: oracle(post, home), oracle, town), home))  # type: ignore[misc]
    return sorted(out)


def p10(found: list[float]) -> float:
    return found[len(found) // 10]


def test_the_attack_finds_a_house_where_distances_are_merely_rounded() -> None:
    """Without this the other test would only show that the attacker is a fool."""
    found = errors(lambda post, home: round(kilometres(post, home)))
    assert found[TRIALS // 2] < 0.3


def test_from_anywhere_and_asking_as_often_as_one_likes_our_own_answer_gives_no_neighbourhood() -> None:
    found = errors(lambda post, home: band_between(cell(post), cell(home)))
    assert p10(found) >= 1.0
    assert found[TRIALS // 2] >= 2.5


def test_whoever_singles_out_an_area_still_stands_a_mile_off() -> None:
    """The end of every attack, however clever: the centre of a square of 10 km. One in ten dwellings is nearer than 1.78 km."""
    chance = random.Random(10)
    found = sorted(hypot(chance.uniform(-5, 5), chance.uniform(-5, 5)) for _dwelling in range(20_000))
    assert 1.7 < found[2000] < 1.87


def test_all_cells_of_an_area_give_one_answer_to_everybody() -> None:
    """What two dwellings of one area would answer differs for no place from which somebody asks."""
    chance = random.Random(5)
    home = (48.8566, 2.3522)
    near = [moved(home, chance.uniform(-9, 9), chance.uniform(-9, 9)) for _home in range(300)]
    same = [place for place in near if band_between(cell(place), cell(home)) == DistanceBand.SAME_AREA]
    assert len({cell(place) for place in same}) >= 3
    posts = [cell(moved(home, chance.uniform(-200, 200), chance.uniform(-200, 200))) for _post in range(200)]
    assert len({tuple(band_between(post, cell(place)) for post in posts) for place in same}) == 1


# ---- Properties ---------------------------------------------------------------------------------------------------------------


@given(places)
def test_a_cell_holds_its_place_within_its_half_diagonal(place: Point) -> None:
    side = 5000 / 111_320
    i, j = (int(part) for part in cell(place).split(":"))
    lat, lon = (i + 0.5) * side, (j + 0.5) * side / cos(radians((i + 0.5) * side))
    assert abs(lat - place[0]) <= side / 2 + 1e-9
    assert kilometres((lat, lon), place) < 3.8  # half of 5 km times the root of 2, and what a row narrows towards the pole


@given(places)
def test_one_place_has_one_cell_and_somebody_there_is_in_the_same_area(place: Point) -> None:
    assert cell(place) == cell(place)
    assert band_between(cell(place), cell(place)) == DistanceBand.SAME_AREA


@given(places, places)
def test_both_are_told_the_same(a: Point, b: Point) -> None:
    assert band_between(cell(a), cell(b)) == band_between(cell(b), cell(a))


@given(places, st.floats(-300, 300), st.floats(-300, 300))
def test_a_band_is_true_but_for_the_width_of_two_areas(place: Point, north: float, east: float) -> None:
    other = moved((max(-75.0, min(75.0, place[0])), place[1]), north, east)
    start = (max(-75.0, min(75.0, place[0])), place[1])
    if not -179 < other[1] < 179:
        return
    band, real, slack = band_between(cell(start), cell(other)), kilometres(start, other), 19.0
    low, high = {
        DistanceBand.SAME_AREA: (0, 0),
        DistanceBand.UNDER_10: (0, 10),
        DistanceBand.UNDER_25: (10, 25),
        DistanceBand.UNDER_50: (25, 50),
        DistanceBand.UNDER_100: (50, 100),
        DistanceBand.UNDER_250: (100, 250),
        DistanceBand.FURTHER: (250, 20_100),
    }[band]
    assert low - slack <= real <= high + slack


@pytest.mark.parametrize(("a", "b"), [("", "1088:35"), ("1088:35", ""), ("", "")])
def test_who_named_no_place_is_nowhere(a: str, b: str) -> None:
    assert band_between(a, b) == DistanceBand.UNKNOWN


@pytest.mark.parametrize("bad", ["x", "1", "1:2:3", "1.5:2", "9999:0", "0:99999", ":", "nan:0"])
def test_what_is_no_cell_is_refused(bad: str) -> None:
    with pytest.raises(BadCell):
        band_between(bad, "1088:35")


def test_a_cell_of_the_antimeridian_and_of_the_equator() -> None:
    assert band_between(cell((0.01, 179.99)), cell((0.01, -179.99))) in {DistanceBand.SAME_AREA, DistanceBand.UNDER_10}
    assert band_between(cell((0.001, 0.001)), cell((-0.001, -0.001))) == DistanceBand.UNDER_25
