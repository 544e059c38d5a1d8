"""The short lessons of /learn/, one Markdown file a language, read once per process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "lessons"
SLUGS = ("scams", "sextortion", "ambush", "grooming", "consent")
GUIDES = ("rooms",)  # for those who answer for others; no lesson leads to them
_LANGUAGES = ("fr", "mg", "en")


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson; `body` is the little Markdown of `core.prose`."""

    slug: str
    title: str
    summary: str
    body: str


def list_lessons(*, language: str) -> tuple[Lesson, ...]:
    """All lessons in their order, in French where a language has none. No query."""
    return _read(_known(language), SLUGS)


def list_guides(*, language: str) -> tuple[Lesson, ...]:
    """All guides for those who answer for others, in the same way. No query."""
    return _read(_known(language), GUIDES)


def find_lesson(*, slug: str, language: str) -> Lesson | None:
    """One lesson, or one guide."""
    everything = (*list_lessons(language=language), *list_guides(language=language))
    return next((lesson for lesson in everything if lesson.slug == slug), None)


def find_next(*, slug: str, language: str) -> Lesson | None:
    """The lesson after one; None after the last, and after a guide."""
    if slug in GUIDES:
        return None
    lessons = list_lessons(language=language)
    at = SLUGS.index(slug) + 1
    return lessons[at] if at < len(lessons) else None


def _known(language: str) -> str:
    return language if language in _LANGUAGES else "fr"


@cache
def _read(language: str, slugs: tuple[str, ...]) -> tuple[Lesson, ...]:
    return tuple(_parse(slug, (FOLDER / language / f"{slug}.md").read_text("utf-8")) for slug in slugs)


def _parse(slug: str, text: str) -> Lesson:
    _before, head, body = text.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Lesson(slug=slug, title=fields["title"], summary=fields["summary"], body=body)
