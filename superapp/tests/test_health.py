"""What machines ask: does it live, can it serve, what does it count; and what staff see of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from accounts.models import TrustedIssuer
from accounts.tests.factories import log_in_staff, make_user
from chat.events import ImagesPurged
from core import outbox
from core.models import OutboxEvent
from core.tests.tables import empty_key_store
from realtime import lifecycle
from superapp import state
from superapp.staff import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    state.forget()
    yield
    state.forget()


@pytest.fixture
def lost_keys(tmp_path: Path) -> Iterator[None]:
    """The key store's address leads nowhere."""
    before = connections["keys"]
    lost = connections.create_connection("keys")
    lost.settings_dict = {**lost.settings_dict, "NAME": str(tmp_path / "no/such/folder/keys.sqlite3")}
    connections["keys"] = lost
    yield
    connections["keys"] = before


def park_one() -> OutboxEvent:
    outbox.publish(ImagesPurged(names=()))
    OutboxEvent.objects.exclude(handler="chat.on_images_purged").delete()  # the other handler of the same event
    row = OutboxEvent.objects.get()
    row.state = "PARKED"
    row.attempts = 15
    row.last_error = "OSError: full"
    row.save()
    return row


def test_health(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "default": "ok",
        "keys": "ok",
        "bus": lifecycle.bus_state(),  # no server runs in this process, so with a Redis around it is down
        "degraded": ["bus"] if lifecycle.bus_state() == "down" else [],
        "outbox": {"pending": 0, "parked": 0, "age_seconds": 0.0},
    }


def test_probes_come_by_address_and_plain_http(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["resaka.example"]
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path, headers={"Host": "10.0.0.7:8001"}).status_code == 200
    assert client.get("/healthz/x", headers={"Host": "resaka.example"}).status_code == 301


def test_a_database_that_is_away_is_said_with_when_to_ask_again(client: Client, lost_keys: None) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["keys"] == "does not answer"
    assert not answer.json()["ready"]
    assert client.get("/metrics").status_code == 200
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("app", "state_of_keys"), [("core", "migrations wait"), ("chat", "ok")])
def test_the_key_store_waits_for_the_migrations_of_its_own_app_alone(
    client: Client, settings: Any, tmp_path: Path, app: str, state_of_keys: str
) -> None:
    settings.MIGRATION_MODULES = {}  # the house has its migrations also where the tests run without
    with empty_key_store(tmp_path) as store:
        recorder = MigrationRecorder(store)
        recorder.ensure_schema()
        for node in MigrationLoader(None).disk_migrations:
            if node[0] != app:
                recorder.record_applied(*node)
        assert client.get("/readyz").json()["keys"] == state_of_keys


def test_a_dead_bus_is_told_and_no_reason_to_stop() -> None:
    dead = state.State(databases={"default": "ok"}, bus="down", outbox=None)
    assert dead.ready
    assert dead.degraded == ["bus"]


def test_readiness_costs_a_ping_a_database(client: Client, django_assert_num_queries: Any) -> None:
    client.get("/readyz")
    with django_assert_num_queries(1):
        client.get("/readyz")


def value(client: Client, name: str) -> float:
    text = client.get("/metrics").content.decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1])


def test_metrics_count_what_happens(client: Client) -> None:
    name = 'resaka_requests_total{method="GET",status="4xx"}'
    client.get("/nowhere/")
    before = value(client, name)
    client.get("/nowhere/")
    client.generic("BREW", "/nowhere/")
    assert value(client, name) == before + 1
    assert value(client, 'resaka_requests_total{method="other",status="4xx"}') >= 1
    park_one()
    state.forget()
    assert value(client, "resaka_outbox_parked") == 1
    assert value(client, "resaka_outbox_pending") == 0
    assert value(client, "resaka_bus_up") == (lifecycle.bus_state() != "down")
    assert value(client, 'resaka_database_up{alias="keys"}') == 1


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 404),
        ("192.0.2.7", {}, 404),
        ("", {}, 404),
        ("192.0.2.7", {"Authorization": "Bearer wrong"}, 404),
        ("192.0.2.7", {"Authorization": "Bearer é"}, 404),
        ("192.0.2.7", {"Authorization": "Bearer open-sesame", "X-Forwarded-For": "192.0.2.9"}, 200),
    ],
)
def test_metrics_are_for_this_machine_or_who_brings_the_token(
    client: Client, settings: Any, address: str, headers: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN = "open-sesame"
    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


def test_no_token_opens_nothing(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7", headers={"Authorization": "Bearer "}).status_code == 404


def staff(client: Client) -> None:
    mod = make_user("Modo1", reserved_name=True)
    mod.language = "fr"
    mod.save()
    make_staff(user=mod, now=timezone.now())
    log_in_staff(client, mod)


def test_staff_see_how_the_house_stands(client: Client) -> None:
    staff(client)
    text = client.get("/admin/").content.decode()
    assert "État du service" in text
    assert "Rien n’attend." in text
    park_one()
    outbox.publish(ImagesPurged(names=("x",)))
    OutboxEvent.objects.filter(state="PENDING").exclude(handler="chat.on_images_purged").delete()
    state.forget()
    text = client.get("/admin/").content.decode()
    assert re.search(r"1 attend, depuis \d+ s\. 1 a trop souvent échoué", text)


def test_staff_send_off_again_what_was_put_aside(client: Client) -> None:
    staff(client)
    row = park_one()
    page = client.get("/admin/core/outboxevent/").content.decode()
    assert "OSError: full" in page
    assert client.get(f"/admin/core/outboxevent/{row.pk}/delete/").status_code == 403
    answer = client.post("/admin/core/outboxevent/", {"action": "retry", "_selected_action": [row.pk]}, follow=True)
    assert "1 livraison repart." in answer.content.decode()
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("PENDING", 0)
    assert row.due_at <= timezone.now()


def test_metrics_count_down_to_the_end_of_the_trusted_list(client: Client) -> None:
    now = timezone.now()
    TrustedIssuer.objects.create(
        country="FR", certificate=b"x", fingerprint="ab", granted=True, list_sequence=1, next_update=now + timedelta(days=3), loaded_at=now
    )
    state.forget()
    assert 9.9 * 86_400 < value(client, "resaka_trusted_list_left_seconds") <= 10 * 86_400
