"""The state of the service in the words of those who tend it."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from billing.admin.desk import list_parts
from core.outbox import Standing
from moderation.admin.tables import staff_of
from privacy.admin.oversight import opens_to
from superapp import state

register = template.Library()


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the service and how it does."""

    name: str
    words: str


@register.simple_tag
def house_state() -> list[Line]:
    """Databases, live exchange and outbox, a line each."""
    now = state.look(now=timezone.now())
    names = {"default": _("Base de données"), "keys": _("Base des clés")}
    lines = [Line(names.get(alias, alias), _of_database(word)) for alias, word in now.databases.items()]
    lines.append(Line(_("Échanges en direct"), _of_bus(now.bus)))
    if now.outbox:
        lines.append(Line(_("Livraisons internes"), _of_outbox(now.outbox)))
    return lines


@register.simple_tag
def money_parts(user: User) -> list[tuple[str, str, str]]:
    """(name, words, address) of what of the money desk opens to somebody of the team."""
    return list_parts(user)


@register.simple_tag
def oversight_opens(request: HttpRequest) -> bool:
    """Whether the pages that show how the house keeps the law open to whoever asks."""
    return opens_to(staff_of(request))


def _of_database(word: str) -> str:
    return {state.OK: _("Répond."), state.WAITS: _("Des mises à jour attendent."), state.SILENT: _("Ne répond pas.")}[word]


def _of_bus(word: str) -> str:
    if word == "down":
        return _("Coupés entre les machines. Les messages partent quand même et arrivent en quelques secondes.")
    return _("Marchent.") if word == "ok" else _("Marchent, dans ce seul processus.")


def _of_outbox(standing: Standing) -> str:
    words = [_("Rien n’attend.")]
    if standing.pending:
        waiting = ngettext("%(count)d attend, depuis %(age)d s.", "%(count)d attendent, la première depuis %(age)d s.", standing.pending)
        words = [waiting % {"count": standing.pending, "age": standing.age_seconds}]
    if standing.parked:
        parked = ngettext(
            "%(count)d a trop souvent échoué et attend une décision.",
            "%(count)d ont trop souvent échoué et attendent une décision.",
            standing.parked,
        )
        words.append(parked % {"count": standing.parked})
    return " ".join(words)
