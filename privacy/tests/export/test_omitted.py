"""Every column of every table of the house is shown by a file or left out in writing; nothing is both, and nothing named is imaginary."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.apps import apps
from django.utils.translation import override

from accounts.models import User
from core.exporting import DIALECT
from privacy.export.omitted import OMITTED, Omission, say_omissions
from privacy.export.table import BY_NAME, FILES, MEDIA
from privacy.matrix import MATRIX
from privacy.models import RetentionRule
from privacy.registers.reading import read_activities
from privacy.tests.export.factories import make_archive, read

SHOWN = {column for file in FILES for column in file.columns}
LEFT_OUT = {column for columns in OMITTED.values() for column in columns}


def columns() -> list[tuple[str, str]]:
    """All columns as (table, column), without the numbers of rows, which say nothing."""
    models = apps.get_models(include_auto_created=True)
    return [
        (model._meta.label, f"{model._meta.label}.{field.name}")
        for model in models
        for field in model._meta.concrete_fields
        if not (field.primary_key and (field.name == "id" or field.is_relation))
    ]


def test_every_column_is_shown_or_left_out_in_writing() -> None:
    lost = [column for table, column in columns() if column not in SHOWN and column not in LEFT_OUT and table not in LEFT_OUT]
    assert lost == []
    assert len(columns()) > 900


def test_nothing_is_both_shown_and_left_out() -> None:
    """A table that is left out as a whole may lend a name to what is shown: the room of a message has a title."""
    assert sorted(SHOWN & LEFT_OUT) == []
    lent = {column for column in SHOWN if column.rpartition(".")[0] in LEFT_OUT}
    assert {column.rpartition(".")[0] for column in lent} == {
        "billing.Coupon",
        "billing.Plan",
        "billing.Price",
        "chat.Room",
        "chat.Theme",
        "privacy.Breach",
    }


def test_nothing_named_is_imaginary() -> None:
    known = {name for pair in columns() for name in pair} | {
        f"{model._meta.label}.{field.name}" for model in apps.get_models() for field in model._meta.concrete_fields
    }
    assert sorted((SHOWN | LEFT_OUT) - known) == []


def test_nothing_is_left_out_twice() -> None:
    counted = Counter(column for columns in OMITTED.values() for column in columns)
    assert [column for column, count in counted.items() if count > 1] == []
    assert set(OMITTED) == set(Omission)


@pytest.mark.parametrize(
    "column",
    [
        *("accounts.User.password", "mfa.Authenticator.data", "accounts.LoginSession.session_key", "billing.Payment.provider_secret"),
        *(
            "moderation.Evidence",
            "accounts.BanKey",
            "accounts.WithdrawnIdentity",
            "core.SetAside",
            "moderation.LegalHold",
            "chat.DeletedBody",
        ),
        *(
            "accounts.CivilIdentity.blob",
            "moderation.Report.case",
            "moderation.Decision.moderator",
            "notifications.PushSubscription.endpoint",
        ),
    ],
)
def test_what_must_never_go_out_does_not(column: str) -> None:
    assert column in LEFT_OUT
    assert [one for one in SHOWN if one == column or one.startswith(f"{column}.")] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("rules")
def test_every_file_names_a_kind_of_data_that_has_its_time() -> None:
    codes = set(RetentionRule.objects.values_list("code", flat=True))
    assert codes >= {entry.rule.code for entry in MATRIX}
    named = [(one.name, one.code) for one in FILES] + [(one.name, one.code) for one in MEDIA]
    assert [(name, code) for name, code in named if code not in codes] == []


def test_every_file_says_of_its_kind_what_the_register_says() -> None:
    """The register of processing names a rule for every table; a file is of the kind of at least one of the tables that it shows."""
    kept = {model: line.retention.name for one in read_activities() for line in one.data for model in line.models}
    for file in FILES:
        codes = {kept.get(column.rpartition(".")[0], "") for column in file.columns}
        assert file.code in codes or codes == {""}, (file.name, file.code, codes)  # "": no rule, it goes with something else


@pytest.mark.parametrize(("language", "word"), [("fr", "jeton"), ("en", "token"), ("mg", "mari-pamantarana")])
def test_the_reasons_are_in_the_persons_words(language: str, word: str) -> None:
    with override(language):
        found = {one["reason"]: one for one in say_omissions()}
    assert set(found) == set(Omission)
    assert word in found["SECRET"]["words"]
    assert "accounts.User.password" in found["SECRET"]["columns"]


@pytest.mark.django_db
def test_the_archive_carries_its_schemas_and_its_reasons(amina: User) -> None:
    archive = read(make_archive(amina))
    schemas = {path for path in archive.files if path.startswith("schema/")}
    assert schemas == {"schema/manifest.json", *(f"schema/{name}.json" for name in BY_NAME)}
    left: list[dict[str, Any]] = archive.manifest["left_out"]
    assert {column for one in left for column in one["columns"]} == LEFT_OUT
    assert DIALECT.encode() in archive.read("schema/account.json")
