"""The look as data: colours from tokens.css (their only home) and the icons of superapp/icons, read once per process."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOKENS = HERE / "frontend" / "styles" / "tokens.css"
ICONS = HERE / "icons"

_BLOCK = re.compile(r"(:root[^{\s]*)\s*\{([^}]*)\}")
_COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})\s*;")
_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
_DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@cache
def colours(theme: str) -> dict[str, str]:
    """Token name to colour value for `light` or `dark`; what dark does not change it has from light."""
    blocks = {selector: dict(_COLOUR.findall(body)) for selector, body in reversed(_BLOCK.findall(TOKENS.read_text("utf-8")))}
    light = blocks[":root"]
    return light if theme == "light" else light | blocks[':root[data-theme="dark"]']


@cache
def sheet(name: str) -> str:
    """The tokens and a sheet of superapp/frontend/styles, without what they say to whoever reads them."""
    return _COMMENT.sub("", TOKENS.read_text("utf-8") + (TOKENS.parent / f"{name}.css").read_text("utf-8"))


@cache
def icons() -> dict[str, str]:
    """Icon name to its drawing, without the outer <svg>."""
    found: dict[str, str] = {}
    for path in sorted(ICONS.glob("*.svg")):
        match = _DRAWING.search(path.read_text("utf-8"))
        if match is None:
            raise ValueError(f"{path.name}: no <svg> in it")
        found[path.stem] = match.group(1).strip()
    return found


@cache
def sprite(names: tuple[str, ...] = ()) -> str:
    """One hidden <svg> with a <symbol> per icon (all of them, or those named); `icon` refers to it."""
    known = icons()
    chosen = names or tuple(known)
    symbols = "".join(f'<symbol id="i-{name}" viewBox="0 0 24 24">{known[name]}</symbol>' for name in chosen)
    return f'<svg class="sprite" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'
