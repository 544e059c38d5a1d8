"""Links in what people write: found, judged, and never hidden behind other words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from linkify_it import LinkifyIt

_linker = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
_HOST = re.compile(r"[a-z0-9.\-\u00a1-\uffff]+\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text; `kind` is text, link or mention, `href` where it leads."""

    kind: str
    text: str
    href: str = ""


def split_links(text: str) -> list[Segment]:
    """The pieces of a text in order, links apart; joined again they are the text. Doubtful links stay plain text."""
    pieces: list[Segment] = []
    end = 0
    for match in _linker.match(text) or []:
        if not is_safe_link(match.url):
            continue
        if match.index > end:
            pieces.append(Segment("text", text[end : match.index]))
        pieces.append(Segment("link", text[match.index : match.last_index], match.url))
        end = match.last_index
    if end < len(text):
        pieces.append(Segment("text", text[end:]))
    return pieces


def is_safe_link(url: str) -> bool:
    """Only plain web addresses whose host says where they lead: no user info, no address literals, no mixed scripts."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or "." not in host or not _HOST.match(host):
        return False
    labels = host.split(".")
    return not labels[-1].isdigit() and not any(label.startswith("xn--") or _is_disguised(label) for label in labels)


def _is_disguised(label: str) -> bool:
    """Letters other than Latin ones can look like Latin ones: such a host is shown, but not linked."""
    scripts = {unicodedata.name(char, "?").split(" ")[0] for char in label if char.isalpha()}
    return not scripts <= {"LATIN"}
