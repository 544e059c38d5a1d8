"""Which fields of the database say something about a person: `docs/registers/gdpr.yml` against the models that there are.

The tool leukeleu-django-gdpr reads the same file. It passes over relations, booleans and UUIDs unless it is told; here every field counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import AutoField, CompositePrimaryKey, Field, Model

from privacy.registers.reading import RegisterInvalid, load

# Model -> field -> whether it is personal.
FieldMap = Mapping[str, Mapping[str, bool]]


def map_file() -> Path:
    """Where the classification lies."""
    return Path(settings.BASE_DIR) / "docs" / "registers" / "gdpr.yml"


def read_fields(file: Path | None = None) -> dict[str, dict[str, bool]]:
    """The classification, by model and field.

    Raises:
        RegisterInvalid: no file, or a field that is neither true nor false.
    """
    file = file or map_file()
    found: dict[str, dict[str, bool]] = {}
    for model, entry in load(file).get("models", {}).items():
        fields = {name: said.get("pii") for name, said in entry["fields"].items()}
        if undecided := [name for name, pii in fields.items() if not isinstance(pii, bool)]:
            raise RegisterInvalid(f"{file.name}, {model}: {', '.join(undecided)} is neither true nor false")
        found[model] = fields
    return found


def list_fields() -> dict[str, set[str]]:
    """The fields of all models but automatic keys, by model; tables that Django makes for relations count as the relation."""
    found = {model._meta.label: _fields_of(model) for model in apps.get_models() if not model._meta.proxy}
    return {label: fields for label, fields in found.items() if fields}


def _fields_of(model: type[Model]) -> set[str]:
    own = [*model._meta.fields, *model._meta.many_to_many]
    return {field.name for field in own if not _is_plain_key(field)}


def _is_plain_key(field: Field[object, object]) -> bool:
    return isinstance(field, AutoField | CompositePrimaryKey) or (field.primary_key and field.get_internal_type().endswith("AutoField"))


def list_personal(classified: FieldMap) -> dict[str, set[str]]:
    """The fields that say something about a person, by model; models without any are left out."""
    found = {model: {name for name, pii in fields.items() if pii} for model, fields in classified.items()}
    return {model: fields for model, fields in found.items() if fields}
