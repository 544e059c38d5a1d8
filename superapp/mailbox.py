"""The mailbox page of the embedded shape: the messages that an ordinary installation would have sent by e-mail."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.links import Segment, split_links

_SHOWN = 30
_BOUNDARY = "-" * 79


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it would have been sent."""

    to: str
    subject: str
    date: str
    segments: tuple[Segment, ...]


@require_GET
def mailbox(request: HttpRequest) -> HttpResponse:
    """The newest messages, newest first. Exists in the embedded shape alone, and there for the machine's own browsers alone:
    a phone on the same network could otherwise read other people's codes."""
    if not settings.EMBEDDED or request.META.get("REMOTE_ADDR") not in {"127.0.0.1", "::1"}:
        raise Http404
    return render(request, "superapp/mailbox.html", {"letters": _letters(Path(settings.MAIL_DIR))})


def _letters(folder: Path) -> list[Letter]:
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)[:_SHOWN] if folder.is_dir() else []
    letters = [letter for path in files for letter in reversed(_read(path))]
    return letters[:_SHOWN]


def _read(path: Path) -> list[Letter]:
    parts = path.read_text(encoding="utf-8", errors="replace").split(_BOUNDARY)
    return [_parse(part.strip()) for part in parts if part.strip()]


def _parse(text: str) -> Letter:
    message = email.message_from_bytes(text.encode(), policy=email.policy.default)  # as text, accents of an 8-bit part are lost
    body = message.get_body(("plain",))
    words = body.get_content() if body else ""
    return Letter(
        to=str(message["to"] or ""),
        subject=str(message["subject"] or ""),
        date=str(message["date"] or ""),
        segments=tuple(split_links(words)),
    )
