"""The promises of the team as data: how soon it acts, who may do what, and how far a sanction goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from moderation.actions import LADDER, Step
from moderation.enums import Reason, Severity, StaffRole
from moderation.reasons import REASONS

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
    """One severity: what it is due in, in words, and what is so urgent."""

    severity: Severity
    due: str
    reasons: tuple[Reason, ...]


def list_clocks() -> list[Clock]:
    """The clocks from the most urgent on with the reasons that they run for, in the reader's language."""
    return [
        Clock(severity, _in_words(severity.due_in), tuple(reason for reason, spec in REASONS.items() if spec.severity == severity))
        for severity in Severity
    ]


def list_ladder() -> list[str]:
    """How sanctions go up, the mildest first, in the reader's language."""
    return [_step(step) for step in LADDER]


def _step(step: Step) -> str:
    if step.lasts is None:
        return str(step.action.label)
    return gettext("%(action)s pendant %(time)s") % {"action": step.action.label, "time": _in_words(step.lasts)}


def _in_words(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    if time.days > 1:
        return ngettext("%(n)d jour", "%(n)d jours", time.days) % {"n": time.days}
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    return ngettext("%(n)d heure", "%(n)d heures", hours) % {"n": hours}
