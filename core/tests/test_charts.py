"""Bars whose words are long: nothing runs out of the drawing, and short words leave the bars where they were."""

from __future__ import annotations

import pytest

from core.charts import WIDTH, draw_bars


@pytest.mark.parametrize("label", ["S0", "Abonnements", "Formules de partenaires", "x" * 60])
@pytest.mark.parametrize("amount", [0, 7, 1_644_000, 10**15])
def test_the_longest_bar_leaves_room_for_its_words(label: str, amount: int) -> None:
    chart = draw_bars([(label, [("open", amount)]), ("b", [("open", amount // 2)])], lambda one: f"{one} Ar")
    first, second = chart.pieces
    assert first.x == second.x
    assert 0 <= first.width <= WIDTH - first.x
    assert first.x - 6 >= min(len(label), 17) * 6
    number = chart.texts[1]
    assert number.x == round(first.x + first.width + 5, 1)
    assert WIDTH - number.x >= min(len(number.words), 17) * 6
    assert second.width == pytest.approx(first.width * (amount // 2) / max(amount, 1), abs=0.2)


def test_words_are_said_as_the_caller_says_them() -> None:
    chart = draw_bars([("a", [("open", 1), ("late", 2)])], lambda one: f"<{one}>")
    assert [text.words for text in chart.texts] == ["a", "<3>"]


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw_bars([]).pieces == ()
