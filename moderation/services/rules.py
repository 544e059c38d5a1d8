"""The life of a rule: written, tried on the past, watched without effect, in force, over.

Every step is a deed of somebody with the role of rule editor, and stands in the audit chain. A version that holds or refuses by itself
comes into force by two persons, after seven days of trial.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from accounts.enums import AgeGate
from core.text import clean
from moderation.enums import ApprovalKind, RuleKind, RuleOutcome, RuleState, RuleTopic, StaffRole
from moderation.models import Rule, RuleVersion, StaffProfile
from moderation.screening.language import LANGUAGES
from moderation.screening.ruletext import BadRuleText, parse
from moderation.services.approvals import use_approval
from moderation.services.noting import note
from moderation.services.rulebook import turn_page

TRIAL = timedelta(days=7)
KINDS = ("MESSAGE", "EDIT", "TITLE", "DESCRIPTION", "RULES", "PSEUDONYM", "PROFILE")
_WHY = 500
_HEAVIEST = 100.0
_SCOPES = frozenset({"languages", "rooms", "age_gates", "kinds", "account_age_below_h", "first_messages"})


class NotYoursToChange(PermissionError):
    """Rules are changed by those who have the role for it."""


class BadRule(ValueError):
    """What is wrong with a wording: `errors` maps the field to words for the editor."""

    def __init__(self, errors: dict[str, StrOrPromise]) -> None:
        super().__init__(errors)
        self.errors = errors


class WrongState(RuntimeError):
    """The version is not where this step begins."""


class TooEarly(RuntimeError):
    """The trial is not over; `ready_at` says when it will be."""

    def __init__(self, ready_at: datetime) -> None:
        super().__init__(ready_at)
        self.ready_at = ready_at


class NotTried(RuntimeError):
    """The version was never tried on the past."""


def create_rule(*, key: str, title: str, kind: RuleKind, topic: RuleTopic, by: StaffProfile, now: datetime) -> Rule:
    """A new rule without any wording yet.

    Raises:
        NotYoursToChange; BadRule: the key is taken, or there is no title.
    """
    check_editor(by)
    words = clean(title, lines=False)[:120]
    if not words:
        raise BadRule({"title": _("Donnez un titre à la règle.")})
    with transaction.atomic():
        rule, new = Rule.objects.get_or_create(key=key, defaults={"title": words, "kind": kind, "topic": topic, "created_at": now})
        if not new:
            raise BadRule({"key": _("Une règle porte déjà ce nom.")})
        note(action="rule.create", by=by, object_kind="rule", object_ref=rule.key, reason=words, now=now)
    return rule


def draft_version(
    *, rule: Rule, text: str, outcome: RuleOutcome, scope: dict[str, Any], weight: float = 0.0, why: str, by: StaffProfile, now: datetime
) -> RuleVersion:
    """A new wording of a rule, which does nothing yet. Earlier wordings stay as they are.

    Raises:
        NotYoursToChange; BadRule: with a message for each field that cannot be.
    """
    check_editor(by)
    reason = clean(why, lines=False)[:_WHY]
    errors = find_errors(kind=RuleKind(rule.kind), text=text, outcome=outcome, scope=scope, weight=weight)
    if not reason:
        errors["why"] = _("Dites pourquoi.")
    if errors:
        raise BadRule(errors)
    with transaction.atomic():
        version = add_version(rule=rule, text=text, outcome=outcome, scope=scope, weight=weight, why=reason, by=by, now=now)
        note(action="rule.draft", by=by, object_kind="rule", object_ref=str(version), reason=reason, after=_state(version), now=now)
    return version


def add_version(
    *,
    rule: Rule,
    text: str,
    outcome: RuleOutcome,
    scope: dict[str, Any],
    weight: float,
    why: str,
    by: StaffProfile | None,
    now: datetime,
) -> RuleVersion:
    """The row of a wording that was checked, with the next number; in the transaction of the caller."""
    Rule.objects.select_for_update().get(pk=rule.pk)
    last = rule.versions.aggregate(last=Max("number"))["last"] or 0
    return RuleVersion.objects.create(
        rule=rule, number=last + 1, outcome=outcome, weight=weight, text=text, scope=scope, why=why, made_by=by, made_at=now
    )


def begin_trial(*, version: RuleVersion, reason: str, by: StaffProfile, now: datetime) -> RuleVersion:
    """Let a version that was tried on the past watch what is written now; its hits are counted, and nothing follows from them.

    Another version of the rule that was on trial is withdrawn.

    Raises:
        NotYoursToChange, NotTried, WrongState.
    """
    check_editor(by)
    with transaction.atomic():
        locked = _lock(version, RuleState.DRAFT, RuleState.BACKTEST)
        if locked.backtested_at is None:
            raise NotTried(str(locked))
        locked.rule.versions.filter(state=RuleState.SHADOW).update(state=RuleState.RETIRED, retired_at=now)
        _move(locked, RuleState.SHADOW, "rule.trial", reason=reason, by=by, now=now, shadow_since=now)
    return locked


def activate(*, version: RuleVersion, reason: str, by: StaffProfile, now: datetime) -> RuleVersion:
    """Bring a version into force after seven days of trial; the version that was in force is withdrawn.

    If it acts by itself this uses up the agreement of a second person (`approvals`, ACTIVATE_RULE, about `version.public_id`).

    Raises:
        NotYoursToChange, WrongState, TooEarly, NotTried; NotApproved: no second person.
    """
    check_editor(by)
    with transaction.atomic():
        locked = _lock(version, RuleState.SHADOW)
        if locked.backtested_at is None:
            raise NotTried(str(locked))
        begun = locked.shadow_since or now
        if now < begun + TRIAL:
            raise TooEarly(begun + TRIAL)
        if locked.acts_by_itself:
            use_approval(kind=ApprovalKind.ACTIVATE_RULE, object_ref=locked.public_id, by=by, now=now)
        withdraw_active(rule=locked.rule, now=now)
        put_in_force(version=locked, action="rule.activate", reason=reason, by=by, now=now)
    return locked


def retire(*, version: RuleVersion, reason: str, by: StaffProfile, now: datetime) -> RuleVersion:
    """End a version, wherever it stands. One person may: it only makes the house look at less.

    Raises:
        NotYoursToChange, WrongState: it is over already.
    """
    check_editor(by)
    with transaction.atomic():
        locked = _lock(version, RuleState.DRAFT, RuleState.BACKTEST, RuleState.SHADOW, RuleState.ACTIVE)
        _move(locked, RuleState.RETIRED, "rule.retire", reason=reason, by=by, now=now, active_key=None, retired_at=now)
    return locked


def fall_back(*, version: RuleVersion, reason: str, now: datetime) -> None:
    """Put a version in force back on trial, by the house itself; in the transaction of the caller or its own.

    Raises:
        WrongState.
    """
    with transaction.atomic():
        locked = _lock(version, RuleState.ACTIVE)
        locked.rule.versions.filter(state=RuleState.SHADOW).update(state=RuleState.RETIRED, retired_at=now)
        _move(locked, RuleState.SHADOW, "rule.fall_back", reason=reason, by=None, now=now, active_key=None, shadow_since=now)


def withdraw_active(*, rule: Rule, now: datetime) -> None:
    """End the version of a rule that is in force, in the transaction that puts another in its place."""
    rule.versions.filter(state=RuleState.ACTIVE).update(state=RuleState.RETIRED, active_key=None, retired_at=now)


def put_in_force(*, version: RuleVersion, action: str, reason: str, by: StaffProfile | None, now: datetime) -> None:
    """The change itself, for callers that have judged that it may be."""
    _move(version, RuleState.ACTIVE, action, reason=reason, by=by, now=now, active_key=version.rule_id, activated_at=now)


def check_editor(by: StaffProfile) -> None:
    """Raises:
    NotYoursToChange.
    """
    if not by.has_role(StaffRole.RULE_EDITOR):
        raise NotYoursToChange(by.handle)


def find_errors(*, kind: RuleKind, text: str, outcome: RuleOutcome, scope: dict[str, Any], weight: float) -> dict[str, StrOrPromise]:
    """What is wrong with a wording, by field; empty when nothing is."""
    errors: dict[str, StrOrPromise] = {}
    try:
        parse(kind, text)
    except BadRuleText as error:
        errors["text"] = _describe(error)
    if outcome == RuleOutcome.REFUSE and kind != RuleKind.HOSTS:
        errors["outcome"] = _("Seuls les sites d’hameçonnage connus peuvent être refusés sans qu’une personne regarde.")
    if outcome == RuleOutcome.SCORE and kind != RuleKind.BEHAVIOUR and not 0 < weight <= _HEAVIEST:
        errors["weight"] = _("Une règle qui compte a un poids entre 0 et 100.")
    if not _is_scope(scope):
        errors["scope"] = _("La portée contient quelque chose d’inconnu.")
    return errors


def _is_scope(scope: dict[str, Any]) -> bool:
    hours, rooms = scope.get("account_age_below_h", 1), scope.get("rooms", [])
    return (
        set(scope) <= _SCOPES
        and set(scope.get("languages", [])) <= set(LANGUAGES)
        and set(scope.get("age_gates", [])) <= set(AgeGate.values)
        and set(scope.get("kinds", [])) <= set(KINDS)
        and all(isinstance(room, int) for room in rooms)
        and isinstance(hours, int)
        and hours > 0
        and isinstance(scope.get("first_messages", False), bool)
    )


_WORDS: dict[str, StrOrPromise] = {
    "too_long": _("La règle est trop longue."),
    "empty": _("La règle ne contient rien."),
    "term": _("Ligne %(line)d : ce n’est pas un terme. Il faut au moins une lettre, et six parenthèses au plus."),
    "line": _("Ligne %(line)d : commencez par « words: », « digits: », « unless: », « quotes: skip » ou « let nom = »."),
    "piece": _("Ligne %(line)d : « %(detail)s » n’a pas été défini plus haut."),
    "pattern": _("Ligne %(line)d : cette expression n’est pas acceptée (%(detail)s)."),
    "host": _("Ligne %(line)d : ce n’est pas un nom de site, comme exemple.org."),
    "weight": _("Ligne %(line)d : « %(detail)s » n’est pas un poids connu."),
    "number": _("Ligne %(line)d : « %(detail)s » n’est pas un nombre entre 0 et 1000."),
}


def _describe(error: BadRuleText) -> str:
    return str(_WORDS[error.word]) % {"line": error.line, "detail": error.detail}


def _lock(version: RuleVersion, *states: RuleState) -> RuleVersion:
    locked = RuleVersion.objects.select_for_update().select_related("rule").get(pk=version.pk)
    if locked.state not in states:
        raise WrongState(locked.state)
    return locked


def _move(
    version: RuleVersion, state: RuleState, action: str, *, reason: str, by: StaffProfile | None, now: datetime, **fields: Any
) -> None:
    before = _state(version)
    for name, value in {"state": state, **fields}.items():
        setattr(version, name, value)
    version.save(update_fields=["state", *fields])
    note(
        action=action,
        by=by,
        object_kind="rule",
        object_ref=str(version),
        reason=clean(reason, lines=False)[:_WHY],
        before=before,
        after=_state(version),
        now=now,
    )
    turn_page()


def _state(version: RuleVersion) -> dict[str, Any]:
    return {"state": str(version.state), "outcome": str(version.outcome), "text": version.text, "scope": version.scope}
