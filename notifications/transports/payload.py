"""What a device is told of a notice: a few words, where it leads, and nothing of what anybody wrote."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from notifications.enums import Category
from notifications.kinds import KINDS
from notifications.models import Notification
from notifications.words.base import Words

# What a payload may take, and to what length all of them are filled up.
MOST_BYTES = 600
FILLED_BYTES = 640
_URGENCY = {Category.SECURITY: "high", Category.DUTY: "high", Category.ROOMS: "high", Category.ROOMS_ALL: "low", Category.SUMMARY: "low"}
_TITLE, _TEXT = 60, 120


def build_payload(notice: Notification, *, words: Words, unseen: int) -> bytes:
    """For a browser, which alone opens it: at most 600 bytes of JSON. `v` form, `i` the notice and `w` when it was told (a second push of
    both is a repetition), `k` its kind, `g` the tag under which a later one replaces it, `n` how many notices wait (for the badge of an
    installed app), `l` language, `p` page, `t` title, `b` text."""
    said, language = _discreetly(notice, words), notice.user.language
    fields = {**_name(notice), "k": notice.kind, "n": unseen, "l": language, "p": notice.path}
    for length in (_TEXT, _TEXT // 2, 0):  # in some scripts a character takes three or four bytes
        made = _write({**fields, "t": _cut(said.title, _TITLE), "b": _cut(said.text, length)})
        if len(made) <= MOST_BYTES:
            return made
    return build_spare(notice)


def _discreetly(notice: Notification, words: Words) -> Words:
    """Whoever keeps Resaka discreet reads on the screen that there is something, and no more."""
    if not notice.user.discreet:
        return words
    with translation.override(notice.user.language):
        return Words(str(settings.SITE_NAME), _("Vous avez une nouvelle notification."), "")


def build_spare(notice: Notification) -> bytes:
    """The least that can be said, for a service that found more too long: that there is something, in the list of notices."""
    return _write({**_name(notice), "p": reverse("notifications:centre"), "t": settings.SITE_NAME})


def build_data(notice: Notification, *, unseen: int) -> dict[str, str]:
    """For FCM, which reads what it carries: neither kind nor page nor anything that tells one room from another."""
    with translation.override(notice.user.language):
        text = _("Vous avez une nouvelle notification.")
    data = {"v": "1", "i": notice.public_id, "n": str(unseen), "l": notice.user.language}
    return {**data, "p": reverse("notifications:centre"), "t": str(settings.SITE_NAME), "b": text}


def _name(notice: Notification) -> dict[str, Any]:
    return {"v": 1, "i": notice.public_id, "w": int(notice.latest_at.timestamp()), "g": tag_of(notice)}


def tag_of(notice: Notification) -> str:
    """Under which name a later notice of the same group replaces this one: 24 characters of base64url that tell nobody which group of
    whom it is."""
    digest = salted_hmac("notifications.tag", f"{notice.user_id}:{notice.group_key}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode("ascii")[:24]


def urgency_of(notice: Notification) -> str:
    """How soon it is worth waking a device (RFC 8030, 5.3): `high`, `normal` or `low`."""
    return _URGENCY.get(KINDS[notice.kind].category, "normal")


def seconds_of_use(notice: Notification, *, now: datetime) -> int:
    """How long a push service should keep it for a device that is off."""
    return max(0, int((notice.latest_at + KINDS[notice.kind].useful - now).total_seconds()))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(0, length - 1)].rstrip() + "…"


def _write(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
