"""Images: how they are named outside, and which of them a person may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from chat.enums import AttachmentState, ImageSight
from chat.models import Attachment

_HIDDEN = "hidden"
# What frames say of an image that not everybody may see. That it is sealed is told to nobody.
_WORDS = {ImageSight.CHECKING.value: "checking", ImageSight.HELD.value: "held", ImageSight.SEALED.value: "held"}


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a message; sizes in pixels and bytes. `sight` is empty when all may see it who read the message."""

    public_id: str
    width: int
    height: int
    size: int
    sight: str = ""

    @property
    def is_owners(self) -> bool:
        """Whether its owner sees it and nobody else does yet."""
        return self.sight == "checking"

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
    return Image(stored["id"], stored["w"], stored["h"], stored["size"], stored.get("sight", ""))


def image_wire(image: Image) -> dict[str, Any]:
    """An image as frames and REST carry it."""
    wire = {
        "id": image.public_id,
        "kind": "image",
        "w": image.width,
        "h": image.height,
        "size": image.size,
        "url": image.url,
        "thumb": image.thumb,
    }
    return wire | {"sight": image.sight} if image.sight else wire


def sight_word(sight: str) -> str:
    """A sight as frames have it; empty when everybody may look who reads the message."""
    return _WORDS.get(sight, "")


def with_images_as_shown(payloads: dict[int, dict[str, Any] | None]) -> dict[int, dict[str, Any] | None]:
    """The payloads without the images that a decision hid, and with the word of those that not everybody may see now; one query when
    there are images among them, else none."""
    named = {image["id"] for payload in payloads.values() if payload for image in payload.get("att", ())}
    if not named:
        return payloads
    unlike = Attachment.objects.filter(public_id__in=named).filter(Q(state=AttachmentState.HIDDEN) | ~Q(sight=ImageSight.OPEN))
    rows = unlike.values_list("public_id", "state", "sight")
    words = {public_id: _HIDDEN if state == AttachmentState.HIDDEN else sight_word(sight) for public_id, state, sight in rows}
    return {seq: with_sights(payload, words) if words and payload else payload for seq, payload in payloads.items()}


def with_sights(payload: dict[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """A payload with the words of its images, without those that are hidden."""
    if "att" not in payload:
        return payload
    left = [image for image in payload["att"] if words.get(image["id"]) != _HIDDEN]
    return payload | {"att": [image | {"sight": words[image["id"]]} if image["id"] in words else image for image in left]}
