"""A message's text cut into plain text, links and mentions, so that templates never mark anything as safe."""

from __future__ import annotations

from collections.abc import Sequence

from chat.queries.mentions import PATTERN
from core.links import Segment, split_links


def split_text(text: str, mentions: Sequence[tuple[str, str]]) -> tuple[Segment, ...]:
    """The pieces of a message in order; joined again they are the text."""
    pieces: list[Segment] = []
    for piece in split_links(text):
        pieces += _mentions(piece.text, mentions) if piece.kind == "text" else [piece]
    return tuple(pieces)


def _mentions(text: str, mentions: Sequence[tuple[str, str]]) -> list[Segment]:
    by_name = {name.casefold(): public_id for public_id, name in mentions}
    pieces: list[Segment] = []
    end = 0
    for match in PATTERN.finditer(text) if by_name else ():
        name = match[1].rstrip(".-_")
        public_id = by_name.get(name.casefold())
        if public_id is None:
            continue
        if match.start() > end:
            pieces.append(Segment("text", text[end : match.start()]))
        end = match.start() + 1 + len(name)
        pieces.append(Segment("mention", text[match.start() : end], f"/people/{public_id}/"))
    if end < len(text):
        pieces.append(Segment("text", text[end:]))
    return pieces
