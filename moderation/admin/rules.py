"""Rules at the desk: the list, each rule with its versions, each version with what it was tried on, and the buttons of its life."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_stubs_ext import StrOrPromise

from moderation.admin.desk import refuse, render_page
from moderation.admin.rule_forms import RuleForm, VersionForm, first_values
from moderation.enums import ApprovalKind, RuleKind, RuleTopic, StaffRole
from moderation.models import Rule, RuleVersion, StaffProfile
from moderation.queries.rules import count_hits, find_rule, find_version, list_rules, list_versions
from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove, ask_approval
from moderation.services.backtests import run_backtest
from moderation.services.rules import (
    BadRule,
    NotTried,
    NotYoursToChange,
    TooEarly,
    WrongState,
    activate,
    begin_trial,
    create_rule,
    draft_version,
    retire,
)

READERS = (StaffRole.RULE_EDITOR, StaffRole.SENIOR, StaffRole.AUDITOR)
EDITORS = (StaffRole.RULE_EDITOR,)
RULES, RULE, VERSION = "admin:moderation_rules", "admin:moderation_rule", "admin:moderation_rule_version"

Deed = Callable[[RuleVersion, StaffProfile, str, datetime], object]


def show_rules(request: HttpRequest, staff: StaffProfile, **kwargs: Any) -> HttpResponse:
    """All rules with what stands for each, what they found in seven days, and the form for a new one."""
    return _show_list(request, staff, RuleForm())


@require_POST
def create(request: HttpRequest, staff: StaffProfile, **kwargs: Any) -> HttpResponse:
    """A new rule, then to its page for the first wording."""
    form = RuleForm(request.POST)
    if not form.is_valid():
        return _show_list(request, staff, form, status=422)
    typed = form.cleaned_data
    try:
        rule = create_rule(
            key=typed["key"],
            title=typed["title"],
            kind=RuleKind(typed["kind"]),
            topic=RuleTopic(typed["topic"]),
            by=staff,
            now=timezone.now(),
        )
    except BadRule as bad:
        return _show_list(request, staff, _with_errors(form, bad), status=422)
    return redirect(RULE, key=rule.key)


def show_rule(request: HttpRequest, staff: StaffProfile, key: str) -> HttpResponse:
    """One rule with its versions, and the form for the next."""
    rule = _get_rule(key)
    last = rule.versions.order_by("-number").first()
    return _show_one(request, staff, rule, VersionForm(initial=first_values(last)))


@require_POST
def draft(request: HttpRequest, staff: StaffProfile, key: str) -> HttpResponse:
    """A new wording, or the same page with what is wrong with it."""
    rule, form = _get_rule(key), VersionForm(request.POST)
    if not form.is_valid():
        return _show_one(request, staff, rule, form, status=422)
    try:
        version = draft_version(rule=rule, by=staff, now=timezone.now(), **form.wording())
    except BadRule as bad:
        return _show_one(request, staff, rule, _with_errors(form, bad), status=422)
    messages.success(request, _("Version écrite. Essayez-la sur le passé avant de la mettre à l’essai."))
    return redirect(VERSION, public_id=version.public_id)


def show_version(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """One version: its text, its trial on the past, its hits, and what can be done with it now."""
    version, now = _get_version(public_id), timezone.now()
    may_edit = staff.has_role(*EDITORS)
    title = f"{version.rule.title} · {version.number}"
    return render_page(request, staff, "rule_version.html", title, now=now, here="rules", version=version, may_edit=may_edit)


@require_POST
def act(request: HttpRequest, staff: StaffProfile, public_id: str, deed: str) -> HttpResponse:
    """One deed in the life of a version, with its reason."""
    version, now, reason = _get_version(public_id), timezone.now(), request.POST.get("reason", "").strip()
    if deed not in DEEDS:
        raise Http404
    if not reason and deed != "backtest":
        return refuse(request, _("Dites pourquoi."), VERSION, public_id=public_id)
    run, done = DEEDS[deed]
    try:
        run(version, staff, reason, now)
    except TooEarly as early:
        ready = date_format(timezone.localtime(early.ready_at), "j F Y H:i")
        return refuse(request, _("L’essai dure sept jours. Il se termine le %(at)s.") % {"at": ready}, VERSION, public_id=public_id)
    except tuple(REFUSALS) as refusal:
        return refuse(request, str(REFUSALS[type(refusal)]), VERSION, public_id=public_id)
    messages.success(request, str(done))
    return redirect(VERSION, public_id=public_id)


def _ask(version: RuleVersion, staff: StaffProfile, reason: str, now: datetime) -> object:
    return ask_approval(kind=ApprovalKind.ACTIVATE_RULE, object_ref=version.public_id, by=staff, reason=reason, now=now)


DEEDS: dict[str, tuple[Deed, StrOrPromise]] = {
    "backtest": (lambda version, by, why, now: run_backtest(version=version, by=by, now=now), gettext_lazy("Essai sur le passé terminé.")),
    "trial": (
        lambda version, by, why, now: begin_trial(version=version, reason=why, by=by, now=now),
        gettext_lazy("La version est à l’essai : elle observe sans rien retenir."),
    ),
    "ask": (_ask, gettext_lazy("Une autre personne peut maintenant donner son accord, page Accords à deux.")),
    "activate": (
        lambda version, by, why, now: activate(version=version, reason=why, by=by, now=now),
        gettext_lazy("La version est en vigueur partout en quelques secondes."),
    ),
    "retire": (lambda version, by, why, now: retire(version=version, reason=why, by=by, now=now), gettext_lazy("La version est retirée.")),
}
REFUSALS: dict[type[Exception], StrOrPromise] = {
    NotTried: gettext_lazy("Essayez d’abord cette version sur le passé."),
    WrongState: gettext_lazy("Cette version n’en est plus là. Voici son état actuel."),
    NotYoursToChange: gettext_lazy("Seul le rôle de rédaction change les règles."),
    NotApproved: gettext_lazy("Cette version agit seule : il faut l’accord d’une deuxième personne, donné depuis moins de 24 heures."),
    NotYoursToApprove: gettext_lazy("Seul le rôle de rédaction peut demander cet accord."),
    ApprovalReasonMissing: gettext_lazy("Dites pourquoi."),
}


def _show_list(request: HttpRequest, staff: StaffProfile, form: RuleForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    lists: dict[str, Any] = {"rules": list_rules(), "hits": count_hits(now=now), "form": form, "may_edit": staff.has_role(*EDITORS)}
    return render_page(request, staff, "rules.html", _("Règles"), now=now, status=status, here="rules", **lists)


def _show_one(request: HttpRequest, staff: StaffProfile, rule: Rule, form: VersionForm, status: int = 200) -> HttpResponse:
    lists: dict[str, Any] = {"rule": rule, "versions": list_versions(rule=rule), "form": form, "may_edit": staff.has_role(*EDITORS)}
    return render_page(request, staff, "rule.html", rule.title, status=status, here="rules", **lists)


def _with_errors(form: Any, bad: BadRule) -> Any:
    for field, words in bad.errors.items():
        form.add_error(field if field in form.fields else None, words)
    return form


def _get_rule(key: str) -> Rule:
    rule = find_rule(key=key)
    if rule is None:
        raise Http404
    return rule


def _get_version(public_id: str) -> RuleVersion:
    version = find_version(public_id=public_id)
    if version is None:
        raise Http404
    return version
