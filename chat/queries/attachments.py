"""Images: how they are named outside, and which of them a person may see."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from chat.enums import AttachmentState
from chat.models import Attachment


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


def without_hidden_images(payloads: dict[int, dict[str, Any] | None]) -> dict[int, dict[str, Any] | None]:
    """The payloads without the images that a decision hid; one query when there are images among them, else none."""
    named = {image["id"] for payload in payloads.values() if payload for image in payload.get("att", ())}
    if not named:
        return payloads
    hidden = set(Attachment.objects.filter(public_id__in=named, state=AttachmentState.HIDDEN).values_list("public_id", flat=True))
    return {seq: _without(payload, hidden) if hidden and payload else payload for seq, payload in payloads.items()}


def _without(payload: dict[str, Any], hidden: Set[str]) -> dict[str, Any]:
    left = [image for image in payload.get("att", ()) if image["id"] not in hidden]
    return payload | {"att": left} if "att" in payload else payload
