"""What stands in a snapshot, in the order in which a person reads it: the reported words in their context, then the rest as facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from chat.enums import HeldWhy
from moderation.queries.marks import Marks, Words, mark, refs_of


@dataclass(frozen=True, slots=True)
class Line:
    """One message with what rules found in it. `before`: what it said before it was changed; `withdrawn`: taken back before it was
    reported."""

    name: str
    at: datetime
    words: Words
    picked: bool
    images: int = 0
    before: tuple[Words, ...] = ()
    withdrawn: bool = False

    @property
    def text(self) -> str:
        return self.words.text

    @property
    def earlier(self) -> tuple[str, ...]:
        return tuple(words.text for words in self.before)


@dataclass(frozen=True, slots=True)
class Sight:
    """One snapshot: who and where as (label, words), and the talk, empty for what is no message."""

    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def list_sights(sheets: Sequence[dict[str, Any]], marks: Marks | None = None) -> list[Sight]:
    """Snapshots as they are shown, oldest first; what several reports saw alike stands here once. `marks` (`queries.marks`): what rules
    found in their texts."""
    shown: list[Sight] = []
    for sheet in sheets:
        sight = _sight(sheet, marks or {})
        if sight not in shown:
            shown.append(sight)
    return shown


def _sight(sheet: dict[str, Any], marks: Marks) -> Sight:
    return Sight(facts=tuple((label, words) for label, words in _labelled(sheet["facts"]) if words), lines=_talk(sheet, marks))


def _talk(sheet: dict[str, Any], marks: Marks) -> tuple[Line, ...]:
    facts = sheet["facts"]
    if not (picked := facts.get("message")):
        return ()
    lines = sorted([picked, *facts.get("context", [])], key=lambda line: int(line["seq"]))
    return tuple(_line(sheet, line, marks, picked=line is picked) for line in lines)


def _line(sheet: dict[str, Any], line: dict[str, Any], marks: Marks, *, picked: bool) -> Line:
    versions = zip(line["versions"], refs_of(sheet, line), strict=True)
    said = [mark(version["text"], marks.get(ref, ())) for version, ref in versions]
    return Line(
        name=line["author"]["name"] if line["author"] else _("Une personne partie"),
        at=datetime.fromisoformat(line["at"]),
        words=said[-1] if said else Words(),
        picked=picked,
        images=len(line["images"]),
        before=tuple(said[:-1]) if picked else (),
        withdrawn=bool(line["withdrawn"]),
    )


def _labelled(facts: dict[str, Any]) -> list[tuple[str, str]]:
    room = facts.get("room") or {}
    whole_room = "message" not in facts
    rows = [(_("Salon"), str(room.get("title", "")))]
    if whole_room:
        rows += [(_("Présentation"), str(room.get("description", ""))), (_("Membres"), str(room.get("members", "")))]
    rows.append((_("Règles du salon"), str(room.get("rules", ""))))
    if held := facts.get("held"):
        rows.append((_("Motif de la retenue"), str(HeldWhy(held["why"]).label)))
    for key, label in (("author", _("Auteur")), ("owner", _("Responsable du salon")), ("profile", _("Profil"))):
        rows += _person(label, facts.get(key), whole=key == "profile")
    return rows


def _person(label: str, profile: dict[str, Any] | None, *, whole: bool) -> list[tuple[str, str]]:
    if not profile:
        return []
    rows = [(label, str(profile.get("pseudonym", "")))]
    if whole:
        rows += [(_("Présentation"), str(profile.get("bio", ""))), (_("Genre, ses mots"), str(profile.get("gender_text", "")))]
    return rows
