"""The stand-ins of providers of payments: started by the embedded demo, on this machine, and ended with it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from core.hosts import read_host
from core.tests.ports import free_port
from superapp.standins import StandIn, StandIns, list_wanted

ROOT = Path(__file__).resolve().parents[2]
# What bin/standins chose, as the server that bin/run starts would read it.
_SHOW = ". bin/standins; use_standins; env | grep '^RESAKA_' | sort"


def environment(**given: str) -> dict[str, str]:
    env = {"PATH": os.environ["PATH"], **given}
    done = subprocess.run(["bash", "-euc", _SHOW], cwd=ROOT, env=env, capture_output=True, text=True, timeout=30, check=True)
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def test_without_keys_every_provider_is_played_on_this_machine() -> None:
    chosen = environment()
    assert chosen["RESAKA_STANDINS"] == "yes"
    addresses = {name: value for name, value in chosen.items() if name.endswith("_URL")}
    assert set(addresses) == {f"RESAKA_{name}_URL" for name in ("STRIPE", "PAYPAL", "MVOLA", "ORANGE", "AIRTEL", "VIES")}
    assert all(value.startswith("http://127.0.0.1:84") for value in addresses.values())
    hosts = chosen["RESAKA_OUTBOUND_HOSTS"].split(",")
    assert set(hosts) == {value.removeprefix("http://") for value in addresses.values()}
    assert len(hosts) == len(set(hosts))


def test_devices_are_told_through_this_machine_unless_a_push_service_is_named() -> None:
    assert environment()["RESAKA_PUSH_HOSTS"] == "127.0.0.1:8470"
    assert environment(RESAKA_STANDINS_PORT="9420")["RESAKA_PUSH_HOSTS"] == "127.0.0.1:9470"
    assert environment(RESAKA_PUSH_HOSTS="push.example.org")["RESAKA_PUSH_HOSTS"] == "push.example.org"


def test_a_provider_with_keys_of_its_own_is_left_alone(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("real")
    given = {"RESAKA_STRIPE_KEY": "rk_live_x", "RESAKA_MVOLA_KEY_FILE": str(secret), "RESAKA_OUTBOUND_HOSTS": "api.stripe.com"}
    chosen = environment(**given)
    assert "RESAKA_STRIPE_URL" not in chosen
    assert "RESAKA_MVOLA_URL" not in chosen
    assert chosen["RESAKA_STRIPE_KEY"] == "rk_live_x"
    assert chosen["RESAKA_OUTBOUND_HOSTS"].split(",")[0] == "api.stripe.com"
    assert "127.0.0.1:8420" not in chosen["RESAKA_OUTBOUND_HOSTS"]


def test_the_ports_may_be_others() -> None:
    chosen = environment(RESAKA_STANDINS_PORT="9420")
    assert (chosen["RESAKA_STRIPE_URL"], chosen["RESAKA_AIRTEL_URL"]) == ("http://127.0.0.1:9420", "http://127.0.0.1:9450")


def test_only_addresses_of_this_machine_are_stand_ins(settings: Any) -> None:
    settings.STRIPE_URL, settings.PAYPAL_URL = "https://api.stripe.com", "http://example.org:8440"
    settings.MVOLA_URL = settings.ORANGE_URL = "http://127.0.0.1:8450"
    settings.AIRTEL_URL = settings.VIES_URL = "https://openapi.airtel.mg"
    assert list_wanted() == [StandIn("operators", 8450)]


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  (our own program)
            return bool(answer.status == 200)
    except OSError:
        return False


def test_they_live_as_long_as_the_server(settings: Any, capfd: pytest.CaptureFixture[str]) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    settings.STANDINS, settings.STRIPE_URL, settings.PAYPAL_URL = True, "https://api.stripe.com", "https://api-m.paypal.com"
    settings.VIES_URL = "https://ec.europa.eu"
    settings.MVOLA_URL = settings.ORANGE_URL = settings.AIRTEL_URL = address
    with StandIns():
        assert answers(f"{address}/phone/")
        with StandIns():  # a second server on the same ports uses what is there
            assert answers(f"{address}/phone/")
        assert answers(f"{address}/phone/")
    assert not answers(f"{address}/phone/")
    said = capfd.readouterr().out
    assert "PAYMENTS ARE PLAYED" in said
    assert f"{address}/phone/" in said


def test_stripe_knows_where_to_knock_and_signs_with_the_secret_of_the_house(settings: Any) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings.STANDINS, settings.STRIPE_URL, settings.STRIPE_KEY = True, address, "sk_test_standin"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_standin"
    settings.PAYPAL_URL = settings.MVOLA_URL = settings.ORANGE_URL = settings.AIRTEL_URL = settings.VIES_URL = "https://elsewhere.example"
    settings.OUTBOUND_HOSTS = [read_host(f"127.0.0.1:{port}")]
    with StandIns():
        asked = urllib.request.Request(f"{address}/v1/webhook_endpoints", headers={"Authorization": "Bearer sk_test_standin"})  # noqa: S310
        with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310
            (endpoint,) = json.load(answer)["data"]
    assert (endpoint["url"], endpoint["status"]) == (f"{settings.ORIGIN}/webhooks/stripe/", "enabled")


def test_without_the_word_none_is_started(settings: Any) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    settings.STANDINS, settings.MVOLA_URL = False, address
    with StandIns():
        assert not answers(f"{address}/phone/")
