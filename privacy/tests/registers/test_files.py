"""The registers as they ship: whole, true of this very code, and readable in three languages; a damaged one is named."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts.models import User
from core.hosts import read_host
from privacy.management.registercheck import check_registers, list_addresses, list_omitted, list_variables
from privacy.matrix import MATRIX
from privacy.registers.fieldmap import list_fields, list_personal, read_fields
from privacy.registers.reading import RegisterInvalid, read_activities, read_all_transfers, read_assessment, read_transfers

ROOT = Path(__file__).resolve().parents[3]
REVIEWED = read_assessment().reviewed_on


def test_the_registers_are_true_of_this_code() -> None:
    assert check_registers(today=REVIEWED) == []


def test_the_command_counts_and_passes() -> None:
    out = StringIO()
    call_command("registers", check=True, stdout=out)
    personal = sum(len(fields) for fields in list_personal(read_fields()).values())
    assert f"{personal} personal fields" in out.getvalue()
    assert personal > 900


@override_settings(OUTBOUND_HOSTS=[read_host("evil.example")])
def test_a_server_that_the_register_does_not_know_fails_the_command() -> None:
    err = StringIO()
    with pytest.raises(CommandError, match="1 faults"):
        call_command("registers", check=True, stdout=StringIO(), stderr=err)
    assert "OUTBOUND_HOSTS: evil.example belongs to no transfer" in err.getvalue()
    call_command("registers", stdout=StringIO(), stderr=StringIO())  # without --check it tells and does not fail


def test_an_operator_describes_their_own_servers_in_a_file_of_theirs(tmp_path: Path) -> None:
    words = "{fr: a, mg: b, en: c}"
    own = tmp_path / "own.yml"
    own.write_text(
        f"transfers:\n- key: mail\n  recipient: Post\n  country: FR\n  purpose: {words}\n  data: {words}\n  safeguard: UNION\n"
        f"  turned_on: RESAKA_SMTP_HOST\n  hosts: [own.example]\n  told: {words}\n"
    )
    with override_settings(OUTBOUND_HOSTS=[read_host("own.example")], TRANSFERS=str(own)):
        assert check_registers(today=REVIEWED) == ["transfers.yml: mail stands twice"], "its server is known, and its key is taken"
        assert read_all_transfers()[-1].recipient.say("fr") == "Post"


def test_nothing_leaves_as_the_house_ships() -> None:
    """With no variable of ours, no server may be asked, whatever addresses the settings know."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("RESAKA_")}
    code = "from superapp import settings; print(settings.OUTBOUND_HOSTS, settings.PUSH_HOSTS)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["[]", "[]"]


def test_every_field_of_every_table_is_classified_relations_and_booleans_too() -> None:
    fields, said = list_fields(), read_fields()
    assert {model: set(names) for model, names in said.items()} == fields
    assert {"groups", "discreet", "email", "is_staff"} <= fields[User._meta.label]
    assert "id" not in fields[User._meta.label]
    for field in ("accounts.Profile.bio", "chat.RoomEvent.payload", "accounts.ConnectionRecord.peer", "moderation.Report.contact"):
        model, _dot, name = field.rpartition(".")
        assert said[model][name] is True, field


def test_the_tool_of_others_finds_nothing_unclassified_and_writes_nothing() -> None:
    file = ROOT / "docs" / "registers" / "gdpr.yml"
    before = file.read_bytes()
    done = subprocess.run(
        [sys.executable, "manage.py", "gdpr", "--check", "--dry-run", "--settings", "superapp.checksettings"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    personal = sum(len(fields) for fields in list_personal(read_fields()).values())
    assert done.returncode == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines()[1:3]] == [["PII", "not", "set", "0"], ["PII", "True", str(personal)]]
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["name", "purpose", "persons"])
def test_every_activity_speaks_three_languages(name: str) -> None:
    for activity in read_activities():
        said = getattr(activity, name)
        assert all(words.strip() for words in (said.fr, said.mg, said.en))
        assert said.fr != said.en or name == "name", activity.key
        assert said.say("xx") == said.fr


def test_every_rule_of_the_house_speaks_of_some_table() -> None:
    used = {line.retention.name for one in read_activities() for line in one.data}
    # of these no table is about people alone: parts of rows that the register names under another code
    parts = {"UNCONFIRMED", "PAYMENT_NUMBER"}
    assert {entry.rule.code for entry in MATRIX} - used == parts


def test_what_the_check_knows_of_the_house_is_what_is_there() -> None:
    addresses = list_addresses()
    assert {"STRIPE_URL", "PAYPAL_URL", "VIES_URL", "DSA_URL", "OIDC_ISSUER", "TRUSTED_LIST_URL"} <= set(addresses)
    assert not {"LOGIN_URL", "STATIC_URL", "REDIS_URL", "QUICK_EXIT_URL"} & set(addresses)
    assert {"RESAKA_STRIPE_KEY", "RESAKA_SMTP_HOST", "RESAKA_PUSH_HOSTS"} <= list_variables()
    assert {"accounts.Profile.user", "accounts.User.groups", "accounts.User.password"} <= list_omitted()
    with override_settings(STRIPE_URL="http://127.0.0.1:8420", OIDC_ISSUER="https://id.example/x"):
        assert (list_addresses()["STRIPE_URL"], list_addresses()["OIDC_ISSUER"]) == ("", "id.example")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "activities: 3",
        "transfers: {}",
        "transfers: [{key: x}]",
        "transfers: [3]",
        "transfers: [{key: x, recipient: a, country: b, purpose: {fr: a}, data: {}, safeguard: UNION, turned_on: A, told: {}}]",
        "transfers: [}",
        "transfers: !!python/object/apply:os.system ['true']",
    ],
)
def test_a_damaged_register_is_named_and_runs_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bent.yml"
    file.write_text(text)
    with pytest.raises(RegisterInvalid, match=r"bent\.yml"):
        read_transfers(file)


def test_a_register_that_is_not_there_and_a_field_that_is_undecided_are_named(tmp_path: Path) -> None:
    with pytest.raises(RegisterInvalid, match=r"gone\.yml"):
        read_activities(tmp_path / "gone.yml")
    file = tmp_path / "open.yml"
    file.write_text("models: {a.B: {fields: {c: {pii: null}, d: {pii: true}}}}")
    with pytest.raises(RegisterInvalid, match=r"a\.B: c is neither"):
        read_fields(file)


def test_an_assessment_without_its_days_is_refused(tmp_path: Path) -> None:
    text = (settings.BASE_DIR / "privacy" / "registers" / "dpia.yml").read_text("utf-8")
    file = tmp_path / "dpia.yml"
    file.write_text(text.replace("reviewed_on: 2026-11-26", "reviewed_on: soon"))
    with pytest.raises(RegisterInvalid, match=r"dpia\.yml"):
        read_assessment(file)


def test_what_is_done_against_a_risk_makes_it_smaller() -> None:
    order = ["NEGLIGIBLE", "LIMITED", "IMPORTANT", "MAXIMAL"]
    for risk in read_assessment().risks:
        before = order.index(risk.likelihood) + order.index(risk.severity)
        after = order.index(risk.residual_likelihood) + order.index(risk.residual_severity)
        assert after < before, risk.key
