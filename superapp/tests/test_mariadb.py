"""One meaning of equal on every engine: exact lookups are exact, those that say so forgive."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F

from accounts.models import User
from accounts.tests.factories import make_user
from superapp.tests.servers import MariaDB

ROOT = Path(__file__).resolve().parents[2]
Theme = apps.get_model("chat", "Theme")


def make_theme(slug: str, name: str = "Nom") -> Any:
    return Theme.objects.create(slug=slug, name_fr=name, name_mg=name, name_en=name)


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), [("ete", "été"), ("riz", "RIZ"), ("🍋", "🍊"), ("o", "ø"), ("ss", "ß")])
def test_texts_that_differ_are_not_one(one: str, other: str) -> None:
    make_theme(one)
    make_theme(other)
    assert Theme.objects.get(slug=one).slug == one
    if connection.vendor != "sqlite":  # whose LIKE never looks at capitals
        assert Theme.objects.filter(slug__contains=one).count() == 1
        assert Theme.objects.filter(slug__startswith=one).count() == 1


@pytest.mark.django_db
def test_an_address_in_capitals_is_the_same_with_an_accent_another() -> None:
    user = make_user("Amina")
    User.objects.filter(pk=user.pk).update(email="amina_1@example.test")
    assert User.objects.filter(email__iexact="AMINA_1@Example.test").count() == 1
    assert User.objects.filter(email__iexact="aminax1@example.test").count() == 0
    assert User.objects.filter(email__iexact="amína_1@example.test").count() == 0
    assert User.objects.filter(email__iexact=F("email")).count() == 1


@pytest.mark.django_db
def test_a_search_forgives_capitals_and_on_mariadb_accents() -> None:
    make_theme("ete", "L’Été à 100 % 🍋")
    for word in ("l’", "100 %", "🍋", " à "):
        assert Theme.objects.filter(name_fr__icontains=word).count() == 1, word
    assert Theme.objects.filter(name_fr__icontains="🍊").count() == 0
    assert Theme.objects.filter(name_fr__icontains="100_%").count() == 0
    assert Theme.objects.filter(name_fr__istartswith="L’").count() == 1
    assert Theme.objects.filter(name_fr__iendswith="% 🍋").count() == 1
    forgiving = connection.vendor == "mysql"
    assert Theme.objects.filter(name_fr__icontains="ETE").count() == forgiving
    assert Theme.objects.filter(name_fr__icontains=F("slug")).count() == forgiving
    assert Theme.objects.filter(slug__istartswith=F("slug"), slug__iendswith=F("slug")).count() == 1


@pytest.mark.servers
def test_a_database_with_another_collation_is_not_migrated(tmp_path: Path) -> None:
    with MariaDB(tmp_path / "db", fast=True) as database:
        database.execute("ALTER DATABASE resaka COLLATE utf8mb4_general_ci")
        env = {**os.environ, "RESAKA_DATA_DIR": str(tmp_path), "RESAKA_DATABASE_URL": database.url()}
        command = [sys.executable, "manage.py", "migrate"]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode != 0
        assert "resaka.E010" in done.stderr
        assert "COLLATE utf8mb4_bin" in done.stderr
        assert database.execute("SHOW TABLES IN resaka") == []
