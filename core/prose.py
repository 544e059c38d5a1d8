"""The little Markdown of our own legal texts turned into HTML: headings, paragraphs, lists, bold, links. Everything is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_BLOCK = re.compile(r"\n\s*\n")
_BULLET = re.compile(r"\s*[-*]\s+")
_NUMBER = re.compile(r"\s*\d+[.)]\s+")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\]]+)\]\(((?:https?://|mailto:|/)[^)\s]*)\)")


def render_prose(text: str) -> SafeString:
    """HTML of a text. The page has the h1, so `#` and `##` become h2, deeper ones h3."""
    blocks = (block for block in _BLOCK.split(text.replace("\r\n", "\n").strip()) if block.strip())
    return mark_safe("\n".join(html for block in blocks for html in _render(block)))  # noqa: S308  (each piece is escaped in _inline)


def _render(block: str) -> Iterator[str]:
    first, _, rest = block.partition("\n")
    if first.startswith("#"):
        level = "h2" if len(first) - len(first.lstrip("#")) <= 2 else "h3"
        yield f"<{level}>{_inline(first.lstrip('#').strip())}</{level}>"
        if rest.strip():
            yield from _render(rest)
        return
    for pattern, tag in ((_BULLET, "ul"), (_NUMBER, "ol")):
        if pattern.match(first):
            yield f"<{tag}>{''.join(f'<li>{_inline(item)}</li>' for item in _items(block, pattern))}</{tag}>"
            return
    yield f"<p>{_inline(' '.join(line.strip() for line in block.splitlines()))}</p>"


def _items(block: str, marker: re.Pattern[str]) -> list[str]:
    """The entries of a list; a line without a marker goes on with the entry before it."""
    items: list[str] = []
    for line in block.splitlines():
        match = marker.match(line)
        if match:
            items.append(line[match.end() :].strip())
        else:
            items[-1] += " " + line.strip()
    return items


def _inline(text: str) -> str:
    return _LINK.sub(r'<a href="\2">\1</a>', _BOLD.sub(r"<strong>\1</strong>", escape(text)))
