"""How somebody wants to be told: the form of the page of settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from notifications.enums import Category, Content, Level, Pace, Road
from notifications.queries.choices import may_choose
from notifications.services.choosing import Choices
from notifications.zones import ZONES

DAYS = [
    (0, _("Lundi")),
    (1, _("Mardi")),
    (2, _("Mercredi")),
    (3, _("Jeudi")),
    (4, _("Vendredi")),
    (5, _("Samedi")),
    (6, _("Dimanche")),
]
# What the table shows: the digest has its own place on the page, and the team's duties are nobody's choice.
SHOWN = (Category.ROOMS, Category.ROOMS_ALL, Category.MONEY, Category.ACCOUNT, Category.JUSTICE, Category.SECURITY)
_ON_DEVICES = [(Level.NOW.value, Level.NOW.label), (Level.OFF.value, Level.OFF.label)]
_BAD_TIME = _("Écrivez une heure, par exemple 22:00.")


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the table: a field, or the level that holds whatever anybody chooses."""

    road: Road
    field: BoundField | None
    fixed: str


@dataclass(frozen=True, slots=True)
class Line:
    """One category and its places."""

    category: Category
    cells: tuple[Cell, ...]


class SettingsForm(forms.Form):
    """A choice for each category and road that can be chosen about, and the rest of the page."""

    content = forms.ChoiceField(label=_("Ce que montre une notification d’un salon"), choices=Content.choices, widget=forms.RadioSelect)
    digest = forms.ChoiceField(label=_("Résumé par courriel"), choices=Pace.choices)
    digest_hour = forms.TypedChoiceField(label=_("Heure du résumé"), coerce=int, choices=[(hour, f"{hour:02d}:00") for hour in range(24)])
    silent = forms.BooleanField(label=_("Avoir des heures de silence"), required=False)
    quiet_from = forms.TimeField(
        label=_("De"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), error_messages={"invalid": _BAD_TIME}
    )
    quiet_to = forms.TimeField(
        label=_("À"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), error_messages={"invalid": _BAD_TIME}
    )
    days = forms.TypedMultipleChoiceField(
        label=_("Soirs où le silence commence"), coerce=int, choices=DAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    zone = forms.ChoiceField(label=_("L’heure de quel endroit ?"))

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        kwargs["initial"] = _initial(choices)
        super().__init__(*args, **kwargs)
        self._now = choices
        zones = list(ZONES) if choices.zone in dict(ZONES) else [*ZONES, (choices.zone, choices.zone)]
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = zones
        for category, road in _chosen():
            self.fields[_name(category, road)] = forms.ChoiceField(
                label=road.label, choices=_ON_DEVICES if road == Road.PUSH else Level.choices
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("silent") and not {"quiet_from", "quiet_to"} & set(self.errors):
            if data.get("quiet_from") is None or data.get("quiet_to") is None:
                self.add_error("quiet_from", _("Dites de quelle heure à quelle heure."))
            elif data["quiet_from"] == data["quiet_to"]:
                self.add_error("quiet_to", _("Le silence doit finir à une autre heure qu’il ne commence."))
            if not data.get("days"):
                self.add_error("days", _("Choisissez un soir au moins, ou aucun silence."))
        return data

    def choices(self) -> Choices:
        """What was chosen."""
        data = self.cleaned_data
        levels: dict[str, dict[Road, Level]] = {}
        for category, road in _chosen():
            levels.setdefault(category, {})[road] = Level(data[_name(category, road)])
        return Choices(
            levels=levels,
            content=Content(data["content"]),
            digest=Pace(data["digest"]),
            digest_hour=data["digest_hour"],
            quiet=(data["quiet_from"], data["quiet_to"]) if data["silent"] else None,
            days=frozenset(data["days"]) if data["days"] else self._now.days,
            zone=data["zone"],
        )

    def table(self) -> list[Line]:
        """The table of the page, with the levels that hold for everybody as words."""
        return [Line(category, tuple(self._cell(category, road) for road in Road)) for category in SHOWN]

    def _cell(self, category: Category, road: Road) -> Cell:
        if may_choose(category=category, road=road):
            return Cell(road, self[_name(category, road)], "")
        return Cell(road, None, str(Level(self._now.levels[category][road]).label))


def _chosen() -> Iterator[tuple[Category, Road]]:
    return ((category, road) for category in SHOWN for road in Road if may_choose(category=category, road=road))


def _name(category: str, road: Road) -> str:
    return f"{category}-{road}".lower()


def _initial(choices: Choices) -> dict[str, Any]:
    start, end = choices.quiet or (None, None)
    levels = {_name(category, road): choices.levels[category][road] for category, road in _chosen()}
    return levels | {
        "content": choices.content,
        "digest": choices.digest,
        "digest_hour": choices.digest_hour,
        "silent": choices.quiet is not None,
        "quiet_from": start,
        "quiet_to": end,
        "days": sorted(choices.days),
        "zone": choices.zone,
    }
