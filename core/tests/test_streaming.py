"""Answers that are made while they are sent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
from django.test import AsyncRequestFactory, RequestFactory

from core.streaming import stream_csv, stream_json

HEAD = ("at", "words")


def counted(made: list[int]) -> Iterator[tuple[int, str]]:
    for number in range(3):
        made.append(number)
        yield number, f"ligne {number}"


def text_of(answer: object) -> str:
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # streamed


def test_nothing_is_made_before_it_is_sent() -> None:
    made: list[int] = []
    answer = stream_csv(RequestFactory().get("/"), name="x", head=HEAD, rows=counted(made))
    parts = iter(answer)
    assert (next(parts), made) == (b"at,words\r\n", [])
    assert (next(parts), made) == (b"0,ligne 0\r\n", [0])


def test_a_file_that_no_cache_keeps() -> None:
    answer = stream_csv(RequestFactory().get("/"), name="mouvements", head=HEAD, rows=[])
    assert answer["Content-Disposition"] == 'attachment; filename="mouvements.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("cell", ["=1+1", "+33", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    rows = list(csv.reader(io.StringIO(text_of(stream_csv(RequestFactory().get("/"), name="x", head=HEAD, rows=[(1, cell)])), newline="")))
    assert rows[1][1] == f"'{cell}"


def test_sums_that_left_keep_their_sign() -> None:
    assert "-2.00" in text_of(stream_csv(RequestFactory().get("/"), name="x", head=HEAD, rows=[("-2.00", "a")]))
    assert "'-" not in text_of(stream_csv(RequestFactory().get("/"), name="x", head=HEAD, rows=[("-2.00", "a")]))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_one_array(count: int) -> None:
    rows = [{"mot": f"été {number}"} for number in range(count)]
    assert json.loads(text_of(stream_json(RequestFactory().get("/"), name="x", rows=rows))) == rows


async def test_a_server_that_speaks_to_many_gets_it_piece_by_piece() -> None:
    made: list[int] = []
    answer = stream_csv(AsyncRequestFactory().get("/"), name="x", head=HEAD, rows=counted(made))
    parts = answer.__aiter__()
    assert (await anext(parts), made) == (b"at,words\r\n", [])
    assert (await anext(parts), made) == (b"0,ligne 0\r\n", [0])
    assert [part async for part in parts] == [b"1,ligne 1\r\n", b"2,ligne 2\r\n"]
