"""Images: how they are named outside, and which of them a person may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a message; sizes in pixels and bytes."""

    public_id: str
    width: int
    height: int
    size: int

    @property
    def url(self) -> str:
        return media_url(self.public_id, "full")

    @property
    def thumb(self) -> str:
        return media_url(self.public_id, "thumb")


def media_url(public_id: str, variant: str) -> str:
    """The address of an image; the view behind it checks that the reader is in the room."""
    return f"/media/{public_id}/{variant}/"


def image_of(stored: Mapping[str, Any]) -> Image:
    """An image as a payload stores it."""
    return Image(public_id=stored["id"], width=stored["w"], height=stored["h"], size=stored["size"])


def image_wire(image: Image) -> dict[str, Any]:
    """An image as frames and REST carry it."""
    return {
        "id": image.public_id,
        "kind": "image",
        "w": image.width,
        "h": image.height,
        "size": image.size,
        "url": image.url,
        "thumb": image.thumb,
    }
