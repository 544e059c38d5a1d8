"""Answers that are sent while they are made, so that their length does not matter."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

_Line = TypeVar("_Line", str, bytes)


def stream_csv(request: HttpRequest, *, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A table to keep, a line at a time. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    return _stream(request, _csv_lines(head, rows), f"{name}.csv", "text/csv; charset=utf-8")


def stream_json(request: HttpRequest, *, name: str, rows: Iterable[dict[str, Any]]) -> StreamingHttpResponse:
    """The same for programs: one array, an object at a time."""
    return _stream(request, _json_lines(rows), f"{name}.json", "application/json")


def stream_file(
    request: HttpRequest, *, name: str, body: Iterator[bytes], content_type: str, length: int, span: tuple[int, int], tag: str
) -> StreamingHttpResponse:
    """A file of a known length, or its bytes from `span[0]` up to `span[1]` (excluded): a download that broke off goes on from there, as
    long as `tag` says that it is the same file."""
    response = _stream(request, iter(()) if request.method == "HEAD" else body, name, content_type)
    start, end = span
    response["Content-Length"] = str(end - start)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    if end - start < length:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end - 1}/{length}"
    return response


def _stream(request: HttpRequest, lines: Iterator[_Line], name: str, content_type: str) -> StreamingHttpResponse:
    body: Any = _apart(lines) if isinstance(request, ASGIRequest) else lines
    response = StreamingHttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def _apart(lines: Iterator[_Line]) -> AsyncIterator[_Line]:
    """A server that speaks to many at once is given a line at a time; it would read a plain iterator to its end first."""
    following = sync_to_async(lambda: next(lines, None))
    while (line := await following()) is not None:
        yield line


def _csv_lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield _csv_line(head)
    for row in rows:
        yield _csv_line(row)


def _csv_line(row: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_safe(cell) for cell in row])
    return out.getvalue()


def _safe(cell: object) -> object:
    risky = isinstance(cell, str) and cell[:1] in ("=", "+", "@", "\t", "\r")
    return f"'{cell}" if risky else cell


def _json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield "[\n"
    between = ""
    for row in rows:
        yield between + json.dumps(row, ensure_ascii=False)
        between = ",\n"
    yield "\n]\n"
