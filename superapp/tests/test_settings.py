"""One settings file: the environment chooses, a bad value raises at start and names its variable."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVER = {
    "RESAKA_SHAPE": "server",
    "RESAKA_ORIGIN": "https://resaka.example",
    "RESAKA_SECRET_KEY": "a-key-for-tests-only" * 3,
    "RESAKA_KEK": "ab" * 32,
    "RESAKA_DATABASE_URL": "mysql://resaka:pass@127.0.0.1:3306/resaka",
    "RESAKA_KEYS_DATABASE_URL": "mysql://resaka:pass@127.0.0.1:3306/resaka_keys",
    "RESAKA_REDIS_URL": "redis://127.0.0.1:6379/0",
    "RESAKA_CONTROLLER": "Association Resaka",
    "RESAKA_CONTROLLER_ADDRESS": "1 rue de l’Essai, 75001 Paris",
    "RESAKA_LEGAL_REPRESENTATIVE": "Claude Exemple",
    "RESAKA_DPO_EMAIL": "dpo@resaka.example",
    "RESAKA_DATA_REGION": "France",
}
RESPONSIBLE = [name for name in SERVER if name.startswith(("RESAKA_CONTROLLER", "RESAKA_LEGAL", "RESAKA_DPO", "RESAKA_DATA_REGION"))]


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A management command in a fresh process with only these variables of ours."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("RESAKA_")}
    env |= {"RESAKA_DATA_DIR": str(folder), **variables}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RESAKA_SHAPE", "cloud"),
        ("RESAKA_PORT", "no"),
        ("RESAKA_PORT", "70000"),
        ("RESAKA_DEBUG", "maybe"),
        ("RESAKA_ORIGIN", "ftp://x"),
        ("RESAKA_ORIGIN", "https://x/path"),
        ("RESAKA_KEK", "short"),
        ("RESAKA_KEK_OLD", "ab" * 32 + ",short"),
        ("RESAKA_BACKUP_DIR", "backups"),
        ("RESAKA_KEYS_BACKUP_DIR", "./keys"),
        ("RESAKA_BACKUP_RECIPIENTS", "AGE-SECRET-KEY-1"),
        ("RESAKA_BACKUP_DATABASE_URL", "postgres://u:p@127.0.0.1/resaka"),
        ("RESAKA_SECRET_KEY_FILE", "/nowhere"),
        ("RESAKA_LOG_LEVEL", "LOUD"),
        ("RESAKA_DATABASE_URL", "postgres://u:p@127.0.0.1/resaka"),
        ("RESAKA_DATABASE_URL", "mysql://u:p@127.0.0.1"),
        ("RESAKA_KEYS_DATABASE_URL", "mysql://u:p@127.0.0.1/keys?ssl=maybe"),
        ("RESAKA_REDIS_URL", "http://127.0.0.1"),
        ("RESAKA_BROKER_URL", "memory://"),
        ("RESAKA_JOBS", "cron"),
        ("RESAKA_REPLICA_URL", "mysql://u:p@127.0.0.1/resaka"),
        ("RESAKA_OUTBOUND_HOSTS", "https://example.org"),
        ("RESAKA_OUTBOUND_HOSTS", "example.org,*"),
        ("RESAKA_OUTBOUND_HOSTS", "*.example.org"),
        ("RESAKA_PUSH_HOSTS", "*"),
        ("RESAKA_PUSH_HOSTS", "https://fcm.googleapis.com"),
        ("RESAKA_FCM_ACCOUNT", "{}"),
        ("RESAKA_AGE_METHODS", "EU_AV_MDOC,ASTROLOGY"),
        ("RESAKA_AGE_METHODS", "STRIPE_IDENTITY"),
        ("RESAKA_AGE_METHODS", "OIDC_THIRD_PARTY"),
        ("RESAKA_DSA_MODE", "large"),
        ("RESAKA_DSA_MODE", "platform"),
    ],
)
def test_a_bad_value_names_its_variable(tmp_path: Path, name: str, value: str) -> None:
    done = run(tmp_path, "check", **{name: value})
    assert done.returncode != 0
    assert name in done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("name", ["RESAKA_SECRET_KEY", "RESAKA_KEK", "RESAKA_DATABASE_URL", "RESAKA_KEYS_DATABASE_URL", "RESAKA_REDIS_URL"])
def test_the_server_shape_guesses_neither_secrets_nor_addresses(tmp_path: Path, name: str) -> None:
    done = run(tmp_path, "check", **{key: value for key, value in SERVER.items() if key != name})
    assert done.returncode != 0
    assert name in done.stderr
    assert list(tmp_path.glob("*.key")) == []


@pytest.mark.parametrize("change", [{"RESAKA_ORIGIN": "http://resaka.example"}, {"RESAKA_DEBUG": "on"}, {"RESAKA_STANDINS": "on"}])
def test_the_server_shape_refuses_plain_http_debug_and_stand_ins(tmp_path: Path, change: dict[str, str]) -> None:
    assert run(tmp_path, "check", **(SERVER | change)).returncode != 0


def test_the_deployment_check_of_the_server_shape_prints_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "check", "--deploy", "--fail-level", "INFO", **SERVER)
    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced).")


@pytest.mark.parametrize("name", RESPONSIBLE)
@pytest.mark.parametrize("value", ["", "  "])
def test_a_house_that_serves_people_does_not_start_before_it_says_who_answers_for_their_data(tmp_path: Path, name: str, value: str) -> None:
    done = run(tmp_path, "check", **(SERVER | {name: value}))
    assert done.returncode != 0
    assert [word for word in RESPONSIBLE if f"{word}:" in done.stderr or f"{word}," in done.stderr] == [name]


def test_all_that_is_missing_is_named_at_once_and_the_publisher_is_the_controller_where_nothing_else_is_said(tmp_path: Path) -> None:
    silent = {name: value for name, value in SERVER.items() if name not in RESPONSIBLE}
    last = run(tmp_path, "check", **silent).stderr.strip().splitlines()[-1]
    assert all(name in last for name in RESPONSIBLE)
    named = run(tmp_path, "check", RESAKA_PUBLISHER="Association Resaka", **silent).stderr.strip().splitlines()[-1]
    assert "RESAKA_CONTROLLER," not in named
    assert "RESAKA_CONTROLLER_ADDRESS" in named


def test_elsewhere_in_the_union_the_authority_has_to_be_named(tmp_path: Path) -> None:
    elsewhere = SERVER | {"RESAKA_ESTABLISHED_IN": "EU"}
    assert "RESAKA_SUPERVISOR" in run(tmp_path, "check", **elsewhere).stderr
    assert run(tmp_path, "check", RESAKA_SUPERVISOR="APD", **elsewhere).returncode == 0
    assert run(tmp_path, "check", RESAKA_ESTABLISHED_IN="VU").returncode != 0


def test_the_embedded_shape_starts_without(tmp_path: Path) -> None:
    assert run(tmp_path, "check", RESAKA_CONTROLLER="", RESAKA_DPO_EMAIL="").returncode == 0


def test_embedded_secrets_are_private_and_stay(tmp_path: Path) -> None:
    assert run(tmp_path, "check").returncode == 0
    keys = sorted(tmp_path.glob("*.key"))
    first = [path.read_text() for path in keys]
    assert [path.name for path in keys] == ["kek.key", "secret.key"]
    assert {oct(path.stat().st_mode & 0o777) for path in keys} == {"0o600"}
    assert run(tmp_path, "check").returncode == 0
    assert [path.read_text() for path in keys] == first


def test_a_house_that_tells_devices_has_a_key_of_its_own_that_stays(tmp_path: Path) -> None:
    hosts = {"RESAKA_PUSH_HOSTS": "fcm.googleapis.com,*.push.apple.com"}
    assert run(tmp_path, "check", **hosts).returncode == 0
    key = (tmp_path / "vapid.key").read_text()
    assert (len(key), oct((tmp_path / "vapid.key").stat().st_mode & 0o777)) == (64, "0o600")
    assert run(tmp_path, "check", **hosts).returncode == 0
    assert (tmp_path / "vapid.key").read_text() == key


def test_the_server_shape_makes_no_key_for_devices_by_itself(tmp_path: Path) -> None:
    server = SERVER | {"RESAKA_PUSH_HOSTS": "fcm.googleapis.com"}
    assert "RESAKA_VAPID_KEY" in run(tmp_path, "check", **server).stderr
    assert list(tmp_path.glob("*.key")) == []
    assert run(tmp_path, "check", RESAKA_VAPID_KEY="12" * 32, **server).returncode == 0
    assert "RESAKA_VAPID_OLD_KEY" in run(tmp_path, "check", RESAKA_VAPID_KEY="12" * 32, RESAKA_VAPID_OLD_KEY="x", **server).stderr
    assert "RESAKA_VAPID_SUBJECT" in run(tmp_path, "check", RESAKA_VAPID_KEY="12" * 32, RESAKA_VAPID_SUBJECT="me", **server).stderr
