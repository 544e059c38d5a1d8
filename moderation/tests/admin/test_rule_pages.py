"""Rules at the desk: read by some, changed by editors, and brought into force by two people through the pages alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import make_user
from moderation.enums import RuleKind, RuleOutcome, RuleState, StaffRole
from moderation.models import Rule, RuleVersion, SecondApproval, StaffProfile
from moderation.services.rules import TRIAL
from moderation.tests.factories import log_in, make_staff_member
from moderation.tests.rules import make_draft, make_editor, make_rule, make_trial

pytestmark = pytest.mark.django_db
ROOT = "/admin/moderation/rules/"
NEW = "/admin/moderation/rules-new/"
WORDING = {"text": "crétin(s)\nabruti", "outcome": "HOLD", "why": "plaintes"}


def browser(staff: StaffProfile) -> Client:
    client = Client()
    log_in(client, staff)
    return client


def errors(answer: Any) -> list[str]:
    return list(answer.context["form"].errors)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def page(version: RuleVersion) -> str:
    return f"/admin/moderation/rule-versions/{version.public_id}/"


def test_from_nothing_to_force_by_two_people_through_the_pages() -> None:
    first, second = make_editor("Redac1"), make_editor("Redac2")
    one, two = browser(first), browser(second)
    one.post(NEW, {"key": "insultes", "title": "Insultes", "kind": "TERMS", "topic": "INSULT"})
    one.post(f"{ROOT}insultes/draft/", WORDING)
    version = RuleVersion.objects.get()
    assert (version.text, version.outcome, version.scope, version.made_by) == ("crétin(s)\nabruti", "HOLD", {}, first)
    one.post(f"{page(version)}backtest/")
    one.post(f"{page(version)}trial/", {"reason": "rien d’anormal"})
    early = one.post(f"{page(version)}activate/", {"reason": "vite"}, follow=True)
    assert "sept jours" in said(early)[-1]
    RuleVersion.objects.update(shadow_since=timezone.now() - TRIAL)
    alone = one.post(f"{page(version)}activate/", {"reason": "seul"}, follow=True)
    assert "deuxième personne" in said(alone)[-1]
    one.post(f"{page(version)}ask/", {"reason": "sept jours d’essai"})
    asked = SecondApproval.objects.get()
    assert asked.object_ref == version.public_id
    two.post(f"/admin/moderation/approvals/{asked.public_id}/agree/", {"reason": "relu"})
    one.post(f"{page(version)}activate/", {"reason": "essai concluant"})
    version.refresh_from_db()
    assert version.state == RuleState.ACTIVE
    two.post(f"{page(version)}retire/", {"reason": "trop large"})
    version.refresh_from_db()
    assert version.state == RuleState.RETIRED


def test_pages_show_rules_versions_and_reports() -> None:
    first = make_editor()
    version = make_trial(first)
    client = browser(first)
    assert "Insultes" in client.get(ROOT).content.decode()
    assert first.handle in client.get(f"{ROOT}insultes/").content.decode()
    shown = client.get(page(version)).content.decode()
    assert "850" in shown, "the benign lines it was tried on"
    assert "Redac1" not in shown, "handles alone"


@pytest.mark.parametrize("role", [StaffRole.SENIOR, StaffRole.AUDITOR])
def test_some_read_and_change_nothing(role: StaffRole) -> None:
    version = make_trial(make_editor())
    client = browser(make_staff_member("Modo1", role))
    for address in (ROOT, f"{ROOT}insultes/", page(version)):
        answer = client.get(address)
        assert answer.status_code == 200
        assert 'method="post"' not in answer.content.decode().partition('id="content-main"')[2].partition('id="desk-keys"')[0]
    for address in (NEW, f"{ROOT}insultes/draft/", f"{page(version)}retire/"):
        assert client.post(address, {**WORDING, "reason": "x"}).status_code == 403
    version.refresh_from_db()
    assert (version.state, Rule.objects.count(), RuleVersion.objects.count()) == (RuleState.SHADOW, 1, 1)


@pytest.mark.parametrize("role", [StaffRole.MODERATOR, StaffRole.LEGAL_DESK])
def test_others_of_the_team_see_none_of_it(role: StaffRole) -> None:
    version = make_draft(make_editor())
    client = browser(make_staff_member("Modo1", role))
    for address in (ROOT, f"{ROOT}insultes/", page(version)):
        assert client.get(address).status_code == 403


def test_members_are_led_to_the_log_in(client: Client) -> None:
    client.force_login(make_user("Carol"))
    assert client.get(ROOT).status_code in {302, 403}
    assert client.post(NEW, {"key": "a"}).status_code in {302, 403}
    assert Rule.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "..."}, "text"),
        ({"outcome": "PUNISH"}, "outcome"),
        ({"outcome": "REFUSE"}, "outcome"),
        ({"outcome": "SCORE"}, "weight"),
        ({"weight": "-1"}, "weight"),
        ({"weight": "nan"}, "weight"),
        ({"rooms": "1, deux"}, "rooms"),
        ({"languages": ["de"]}, "languages"),
        ({"account_age_below_h": "0"}, "account_age_below_h"),
        ({"why": " "}, "why"),
    ],
)
def test_each_bad_field_is_named_and_nothing_is_written(typed: dict[str, Any], field: str) -> None:
    first = make_editor()
    make_rule(first)
    answer = browser(first).post(f"{ROOT}insultes/draft/", {**WORDING, **typed})
    assert answer.status_code == 422
    assert errors(answer) == [field]
    assert RuleVersion.objects.count() == 0


def test_what_is_typed_as_scope_is_kept_and_offered_again() -> None:
    first = make_editor()
    make_rule(first)
    scope = {
        "languages": ["fr"],
        "age_gates": ["GENERAL"],
        "kinds": ["MESSAGE"],
        "account_age_below_h": 24,
        "first_messages": True,
        "rooms": [3, 4],
    }
    typed = {**scope, "rooms": "3, 4", "first_messages": "on"}
    client = browser(first)
    client.post(f"{ROOT}insultes/draft/", {**WORDING, **typed})
    assert RuleVersion.objects.get().scope == scope
    offered = client.get(f"{ROOT}insultes/").context["form"].initial
    assert (offered["rooms"], offered["languages"], offered["text"]) == ("3, 4", ["fr"], "crétin(s)\nabruti")


def test_a_bad_expression_is_named_by_its_line() -> None:
    first = make_editor()
    make_rule(first, kind=RuleKind.PATTERNS)
    answer = browser(first).post(f"{ROOT}insultes/draft/", {**WORDING, "text": "words: a\nwords: (?=b)"})
    assert "2" in str(answer.context["form"].errors["text"])


def test_a_key_that_is_taken_is_named() -> None:
    first = make_editor()
    make_rule(first)
    answer = browser(first).post(NEW, {"key": "insultes", "title": "Encore", "kind": "TERMS", "topic": "INSULT"})
    assert (answer.status_code, errors(answer)) == (422, ["key"])


def test_a_deed_without_reason_or_out_of_turn_does_nothing() -> None:
    first = make_editor()
    version = make_draft(first, outcome=RuleOutcome.NUDGE)
    client = browser(first)
    assert said(client.post(f"{page(version)}retire/", {"reason": "  "}, follow=True)) != []
    assert "passé" in said(client.post(f"{page(version)}trial/", {"reason": "vite"}, follow=True))[-1]
    assert said(client.post(f"{page(version)}activate/", {"reason": "vite"}, follow=True)) != []
    version.refresh_from_db()
    assert version.state == RuleState.DRAFT


def test_what_is_not_there_is_not_found() -> None:
    client = browser(make_editor())
    version = make_draft(make_editor("Redac2"))
    for address in (f"{ROOT}autre/", "/admin/moderation/rule-versions/nothing/"):
        assert client.get(address).status_code == 404
    assert client.post(f"{page(version)}explode/", {"reason": "x"}).status_code == 404
    assert client.get(f"{page(version)}retire/").status_code == 405


def test_text_of_a_rule_is_shown_as_text() -> None:
    first = make_editor()
    version = make_draft(first, text="<script>alert(1)</script>")
    assert "<script>alert" not in browser(first).get(page(version)).content.decode()
