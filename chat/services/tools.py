"""The tools of a room: what they may be set to, and which deed of the journal a change of them is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.enums import RoomAct, RoomState
from chat.models import Room
from chat.services.errors import ChatError
from core.clock import to_wire

SLOW_MODE_S = (5, 300)  # offered by the pages; 0 is off
HOURS = (1, 24)
UNTIL = ("members_only_until", "shield_until")
HOLDS = ("hold_first", "hold_links", "hold_media")
NAMES = frozenset({"slow_mode_s", "state", *UNTIL, *HOLDS, "rules_pinned"})


class BadTool(ChatError):
    code, words = "bad_tool", _("Choisissez une durée d’une à vingt-quatre heures.")


def until(hours: int, *, now: datetime) -> datetime | None:
    """The end of a tool that runs for so many hours from now; 0 is off.

    Raises:
        BadTool.
    """
    if hours == 0:
        return None
    if not HOURS[0] <= hours <= HOURS[1]:
        raise BadTool
    return now + timedelta(hours=hours)


def timed(changes: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Changes as people say them (`shield_hours`, `members_only_hours`) as a room keeps them.

    Raises:
        BadTool.
    """
    kept = {name: value for name, value in changes.items() if not name.endswith("_hours") or name == "visible_hours"}
    for name in UNTIL:
        hours = changes.get(name.replace("_until", "_hours"))
        if hours is not None:
            kept[name] = until(hours, now=now)
    return kept


def check_tools(room: Room, *, now: datetime) -> None:
    """No tool that ends by itself runs for longer than a day.

    Raises:
        BadTool.
    """
    ends = [end for name in UNTIL if (end := getattr(room, name)) is not None]
    if any(end > now + timedelta(hours=HOURS[1]) for end in ends):
        raise BadTool


def plain(name: str, value: Any) -> Any:
    """A setting as frames and the journal carry it."""
    return to_wire(value) if isinstance(value, datetime) else value


def from_plain(fields: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Settings out of the journal; what would have ended by now is off."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        end = datetime.fromisoformat(value) if name in UNTIL and value else None
        found[name] = (end if end and end > now else None) if name in UNTIL else value
    return found


def acts_of(changed: Mapping[str, Any]) -> dict[RoomAct, list[str]]:
    """Which deeds a change of these settings is, each with its settings; what is no tool is none."""
    acts: dict[RoomAct, list[str]] = {}
    for name, value in changed.items():
        if (act := _act_of(name, value)) is not None:
            acts.setdefault(act, []).append(name)
    return acts


def _act_of(name: str, value: Any) -> RoomAct | None:
    if name == "state":
        return {RoomState.FROZEN: RoomAct.FREEZE, RoomState.ACTIVE: RoomAct.UNFREEZE}.get(value)
    if name in HOLDS:
        return RoomAct.HOLDS
    switched = {
        "members_only_until": (RoomAct.MEMBERS_ONLY, RoomAct.OPEN_DOOR),
        "shield_until": (RoomAct.SHIELD, RoomAct.UNSHIELD),
        "slow_mode_s": (RoomAct.SLOW, RoomAct.SLOW),
        "rules_pinned": (RoomAct.PIN_RULES, RoomAct.PIN_RULES),
    }.get(name)
    return switched[0 if value else 1] if switched else None
