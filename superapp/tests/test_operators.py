"""The settings of the operators: what belongs together is given together, or nothing starts."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

MVOLA = {"RESAKA_MVOLA_KEY": "k", "RESAKA_MVOLA_SECRET": "s", "RESAKA_MVOLA_MSISDN": "0340000001"}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("RESAKA_")]:
        monkeypatch.delenv(name)


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, Any]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(Path(__file__).parents[1] / "operators.py"))


def test_without_variables_no_operator_is_known_and_their_own_hosts_are(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch)
    assert [found[name] for name in ("MVOLA_KEY", "ORANGE_BASIC", "AIRTEL_CLIENT")] == ["", "", ""]
    assert [found[name] for name in ("MVOLA_URL", "ORANGE_URL", "AIRTEL_URL")] == [
        "https://api.mvola.mg",
        "https://api.orange.com",
        "https://openapi.airtel.mg",
    ]
    assert (found["ORANGE_PLACE"], found["AIRTEL_SIGNING"]) == ("mg", False)


def test_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"RESAKA_MVOLA_URL": "https://devapi.mvola.mg/", "RESAKA_ORANGE_BASIC": "Basic abc", "RESAKA_ORANGE_MERCHANT_KEY": "m"}
    found = read(monkeypatch, **MVOLA, **given, RESAKA_AIRTEL_SIGNING="yes")
    assert (found["MVOLA_URL"], found["ORANGE_BASIC"], found["AIRTEL_SIGNING"]) == ("https://devapi.mvola.mg", "abc", True)


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("RESAKA_MVOLA_KEY", {**MVOLA, "RESAKA_MVOLA_SECRET": ""}),
        ("RESAKA_MVOLA_KEY", {**MVOLA, "RESAKA_MVOLA_MSISDN": ""}),
        ("RESAKA_MVOLA_KEY", {**MVOLA, "RESAKA_MVOLA_MSISDN": "+261340000001"}),
        ("RESAKA_MVOLA_PARTNER", {"RESAKA_MVOLA_PARTNER": "Résaka"}),
        ("RESAKA_MVOLA_PARTNER", {"RESAKA_MVOLA_PARTNER": "x" * 51}),
        ("RESAKA_ORANGE_BASIC", {"RESAKA_ORANGE_BASIC": "abc"}),
        ("RESAKA_ORANGE_PLACE", {"RESAKA_ORANGE_PLACE": "ci"}),
        ("RESAKA_ORANGE_SHOP", {"RESAKA_ORANGE_SHOP": "x" * 31}),
        ("RESAKA_AIRTEL_CLIENT", {"RESAKA_AIRTEL_CLIENT": "c"}),
        ("RESAKA_AIRTEL_SIGNING", {"RESAKA_AIRTEL_SIGNING": "perhaps"}),
    ],
)
def test_half_of_it_raises_and_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, variables: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        read(monkeypatch, **variables)
