"""Nobody adds a store that erasure forgets: every column that says whose a row is has its step, or a reason to stay."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db.models import Field, ForeignKey, IntegerField, Model

from accounts.models import User
from privacy.enums import DataKind, ErasureStep
from privacy.erasure.coverage import COVERED, KEPT
from privacy.erasure.steps import NUMBERS, STEPS

# Columns that name a person by an inward id without a foreign key: the log has none.
_PEOPLE = {"user_id", "owner_id", "actor_id", "author_id", "subject_id"}


def columns_of_people() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        yield from (f"{model._meta.label}.{field.name}" for field in model._meta.get_fields() if names_somebody(model, field))


def names_somebody(model: type[Model], field: object) -> bool:
    if not isinstance(field, Field) or not field.concrete or field.model is not model:
        return False
    if isinstance(field, ForeignKey):
        return field.related_model is User
    return isinstance(field, IntegerField) and field.name in _PEOPLE


def test_every_column_that_names_somebody_has_a_step_or_a_reason() -> None:
    found = set(columns_of_people())
    assert len(found) > 60  # it looks everywhere
    assert found - set(COVERED) - set(KEPT) == set(), "new columns: say by which step they go, or why they stay"
    assert (set(COVERED) | set(KEPT)) - found == set(), "columns that are not there any more"
    assert set(COVERED) & set(KEPT) == set()


def test_there_are_thirteen_steps_in_the_order_of_their_names() -> None:
    assert [step.name for step in STEPS] == list(ErasureStep)
    assert len(STEPS) == 13
    assert [NUMBERS[step.name.value] for step in STEPS] == list(range(1, 14))


def test_what_stays_says_under_which_kind_of_data_or_that_it_is_of_the_team() -> None:
    kinds = (*DataKind.values, "who of the team", "the books")
    assert [column for column, why in KEPT.items() if not why.startswith(kinds)] == []


def test_every_step_writes_its_records_under_a_kind_of_data() -> None:
    assert {step.code for step in STEPS} <= set(DataKind.values)
