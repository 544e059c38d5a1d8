"""The rules of a release: what is in force at once, what waits for two people, and that the team's own wording stays."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.factories import NOON
from core.models import AuditEntry
from moderation.enums import RuleKind, RuleOutcome, RuleState, StaffRole
from moderation.models import Rule, RuleVersion
from moderation.services.packaged import RuleFileInvalid, as_sources, load_packaged, read_packaged
from moderation.services.rulebook import read_number
from moderation.services.rules import draft_version
from moderation.tests.factories import make_staff_member

HEAD = "---\nkey: essai\ntitle: Essai\nkind: TERMS\ntopic: INSULT\noutcome: {outcome}\nwhy: essai\n---\n"


def write(folder: Path, body: str = "crétin\n", outcome: str = "NUDGE") -> Path:
    (folder / "essai.txt").write_text(HEAD.format(outcome=outcome) + body, encoding="utf-8")
    return folder


def test_the_rules_of_this_release_can_be_read_and_compiled() -> None:
    rules = read_packaged()
    assert len({rule.key for rule in rules}) == len(rules) >= 15
    assert {rule.kind for rule in rules} >= {RuleKind.TERMS, RuleKind.PATTERNS, RuleKind.BEHAVIOUR}
    assert [source.rule_id for source in as_sources(rules)] == list(range(1, len(rules) + 1))


def test_groups_of_people_named_neutrally_are_no_terms() -> None:
    groups = (
        "femme femmes gay gays lesbienne trans noir noirs arabe musulman juif handicape malgache karana merina woman women muslim jew black"
    )
    terms = {line for rule in read_packaged() if rule.kind == RuleKind.TERMS for line in rule.text.splitlines()}
    assert terms.isdisjoint(groups.split())


@pytest.mark.django_db
def test_what_asks_is_in_force_and_what_holds_is_on_trial() -> None:
    load_packaged(rules=read_packaged(), now=NOON)
    by_state = {state: set(RuleVersion.objects.filter(state=state).values_list("outcome", flat=True)) for state in RuleState}
    assert by_state[RuleState.ACTIVE] == {RuleOutcome.NUDGE, RuleOutcome.SCORE}
    assert by_state[RuleState.SHADOW] == {RuleOutcome.HOLD}
    assert not any(version.acts_by_itself for version in RuleVersion.objects.filter(state=RuleState.ACTIVE).select_related("rule"))
    assert AuditEntry.objects.filter(action="rule.load", handle="").count() == RuleVersion.objects.count()


@pytest.mark.django_db
def test_loading_again_adds_nothing() -> None:
    load_packaged(rules=read_packaged(), now=NOON)
    before = (RuleVersion.objects.count(), read_number())
    assert load_packaged(rules=read_packaged(), now=NOON) == []
    assert (RuleVersion.objects.count(), read_number()) == before


@pytest.mark.django_db
def test_a_new_wording_of_a_release_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    load_packaged(rules=read_packaged(write(tmp_path)), now=NOON)
    assert load_packaged(rules=read_packaged(write(tmp_path, "crétin\nabruti\n")), now=NOON) == ["essai v2 ACTIVE"]
    states = list(RuleVersion.objects.order_by("number").values_list("number", "state"))
    assert states == [(1, RuleState.RETIRED), (2, RuleState.ACTIVE)]


@pytest.mark.django_db
def test_a_wording_that_now_holds_goes_on_trial_beside_the_one_in_force(tmp_path: Path) -> None:
    load_packaged(rules=read_packaged(write(tmp_path)), now=NOON)
    assert load_packaged(rules=read_packaged(write(tmp_path, outcome="HOLD")), now=NOON) == ["essai v2 SHADOW"]
    assert list(RuleVersion.objects.order_by("number").values_list("state", flat=True)) == [RuleState.ACTIVE, RuleState.SHADOW]


@pytest.mark.django_db
def test_a_rule_that_the_team_has_worded_itself_is_not_changed_over_their_heads(tmp_path: Path) -> None:
    load_packaged(rules=read_packaged(write(tmp_path)), now=NOON)
    editor = make_staff_member("Redac1", StaffRole.RULE_EDITOR)
    rule = Rule.objects.get(key="essai")
    draft_version(rule=rule, text="nigaud", outcome=RuleOutcome.NUDGE, scope={}, why="mieux", by=editor, now=NOON)
    assert load_packaged(rules=read_packaged(write(tmp_path, "abruti\n")), now=NOON) == ["essai v3 DRAFT"]
    assert RuleVersion.objects.get(state=RuleState.ACTIVE).number == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no head", "no head"),
        ("---\nkey: a\n---\nb", "essai.txt"),
        (HEAD.format(outcome="PUNISH") + "b", "PUNISH"),
        (HEAD.format(outcome="REFUSE") + "b", "outcome"),
        (HEAD.format(outcome="SCORE") + "b", "weight"),
        (HEAD.format(outcome="HOLD") + "...", "text"),
        (HEAD.format(outcome="HOLD").replace("why", "languages: xx\nwhy") + "b", "scope"),
    ],
)
def test_a_file_that_is_no_rule_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "essai.txt").write_text(text, encoding="utf-8")
    with pytest.raises(RuleFileInvalid) as refusal:
        read_packaged(tmp_path)
    assert "essai.txt" in str(refusal.value)
    assert said in str(refusal.value)


@pytest.mark.django_db
def test_the_command_loads_and_says_what(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    call_command("load_rules", stdout=out)
    assert out.getvalue().endswith(f"{RuleVersion.objects.count()} rules loaded\n")
    out = StringIO()
    call_command("load_rules", stdout=out)
    assert out.getvalue() == "0 rules loaded\n"


@pytest.mark.django_db
def test_the_command_names_a_broken_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[object]:
        raise RuleFileInvalid("essai.txt: text")

    monkeypatch.setattr("moderation.management.commands.load_rules.read_packaged", broken)
    with pytest.raises(CommandError, match=r"essai\.txt"):
        call_command("load_rules", stdout=StringIO())
