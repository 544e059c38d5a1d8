"""What the rules found in the words of a snapshot: hits are places without text, and meet their text again here, for the desk alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from chat.access import RoomNotFound, get_room_key
from chat.queries.held import list_released
from moderation.enums import RuleKind
from moderation.models import RuleHit

_MOST = 500

Marks = Mapping[str, Sequence[RuleHit]]
"""Hits by what they were found in: the number of an event, or the outward id of a message that waits."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text; `rules` name what was found in it, and are empty for the rest."""

    text: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """One text in pieces, and by name the rules that weighed all of it."""

    parts: tuple[Part, ...] = ()
    weighed: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


def find_marks(sheets: Sequence[dict[str, Any]]) -> dict[str, list[RuleHit]]:
    """What rules found in the texts of these snapshots of one case; three queries at most, whatever there is. What waited before it was let
    into the log was looked at while it waited: its hits stand under its number too."""
    refs = {ref for sheet in sheets for line in _lines(sheet["facts"]) for ref in refs_of(sheet, line) if ref}
    room_id = _find_room(sheets) if refs else None
    if room_id is None:
        return {}
    waited = {
        held_id: str(seq) for seq, held_id in list_released(room_id=room_id, seqs=[int(ref) for ref in refs if ref.isdecimal()]).items()
    }
    hits = (
        RuleHit.objects.filter(room_id=room_id, ref__in=refs | waited.keys()).select_related("version__rule").order_by("start", "end", "pk")
    )
    found: dict[str, list[RuleHit]] = defaultdict(list)
    for hit in hits[:_MOST]:
        found[waited.get(hit.ref, hit.ref)].append(hit)
    return dict(found)


def refs_of(sheet: dict[str, Any], line: dict[str, Any]) -> list[str]:
    """For each version of a message what its hits are kept under; empty where an older snapshot does not say it."""
    if "held" in sheet["facts"]:
        return [sheet.get("target", {}).get("ref", "")] * len(line["versions"])
    first = [str(line["seq"])]
    return first + [str(version.get("seq", "")) for version in line["versions"][1:]]


def mark(text: str, hits: Sequence[RuleHit]) -> Words:
    """A text with what was found in it. Hits that touch are one piece; a place that the text does not have is left out."""
    weighed = [hit for hit in hits if hit.version.rule.kind == RuleKind.BEHAVIOUR]
    placed = [hit for hit in hits if hit not in weighed and hit.start < hit.end <= len(text)]
    return Words(tuple(_parts(text, sorted(placed, key=lambda hit: (hit.start, hit.end)))), _names(weighed))


def _parts(text: str, hits: Sequence[RuleHit]) -> Iterator[Part]:
    done = 0
    for together in _joined(hits):
        start, end = together[0].start, max(hit.end for hit in together)
        if done < start:
            yield Part(text[done:start])
        yield Part(text[start:end], _names(together))
        done = end
    if done < len(text):
        yield Part(text[done:])


def _joined(hits: Sequence[RuleHit]) -> list[list[RuleHit]]:
    groups: list[list[RuleHit]] = []
    end = -1
    for hit in hits:
        if hit.start >= end:
            groups.append([])
        groups[-1].append(hit)
        end = max(end, hit.end)
    return groups


def _names(hits: Sequence[RuleHit]) -> tuple[str, ...]:
    """Each rule once, with the version that found it and whether it was on trial then."""
    return tuple(dict.fromkeys(_name(hit) for hit in hits))


def _name(hit: RuleHit) -> str:
    words = {"rule": hit.version.rule.title, "number": hit.version.number}
    return _("%(rule)s, version %(number)d, à l’essai") % words if hit.shadow else _("%(rule)s, version %(number)d") % words


def _lines(facts: dict[str, Any]) -> list[dict[str, Any]]:
    return [facts["message"], *facts.get("context", [])] if facts.get("message") else []


def _find_room(sheets: Sequence[dict[str, Any]]) -> int | None:
    names = ((sheet["facts"].get("room") or {}).get("public_id", "") for sheet in sheets)
    try:
        return get_room_key(name=next(filter(None, names), ""))[0]
    except RoomNotFound:
        return None
