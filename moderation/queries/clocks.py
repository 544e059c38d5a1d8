"""The promises of the team as data: how soon it acts, who may do what, and how far a sanction goes."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from moderation.enums import Severity, StaffRole

ROLES: tuple[tuple[StaffRole, str | Promise], ...] = (
    (StaffRole.MODERATOR, _("lit les signalements et décide.")),
    (StaffRole.SENIOR, _("reprend ce qui est difficile ou grave.")),
    (StaffRole.APPEALS, _("réexamine les décisions des autres.")),
    (StaffRole.CHILD_SAFETY, _("voit seule, à deux, ce qui touche à un enfant.")),
    (StaffRole.LEGAL_DESK, _("répond à la justice.")),
    (StaffRole.RULE_EDITOR, _("écrit les règles automatiques ; une autre personne les active.")),
    (StaffRole.DATA_PROTECTION, _("veille sur les données personnelles.")),
    (StaffRole.AUDITOR, _("contrôle le registre, sans rien pouvoir changer.")),
)


@dataclass(frozen=True, slots=True)
class Clock:
    """One severity: what it is due in, in words."""

    severity: Severity
    due: str


def list_clocks() -> list[Clock]:
    """The clocks from the most urgent on, in the reader's language."""
    return [Clock(severity, _in_words(int(severity.due_in.total_seconds()) // 60)) for severity in Severity]


def _in_words(minutes: int) -> str:
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    return ngettext("%(n)d heure", "%(n)d heures", hours) % {"n": hours}
