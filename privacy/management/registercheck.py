"""The registers held against the house: its models, rules, steps, files, settings. Used by `manage.py registers`; asks no database."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings

from core.hosts import names_loopback
from privacy.erasure.steps import STEPS
from privacy.export.omitted import OMITTED
from privacy.export.table import FILES
from privacy.matrix import MATRIX
from privacy.registers.checking import check_activities, check_assessment, check_exports, check_fields, check_transfers
from privacy.registers.fieldmap import list_fields, list_personal, read_fields
from privacy.registers.reading import read_activities, read_all_transfers, read_assessment

# Settings that hold an address which is our own, or of a part of the house.
_OURS = frozenset(
    {"QUICK_EXIT_URL", "REDIS_URL", "BROKER_URL", "LOGIN_URL", "LOGIN_REDIRECT_URL", "LOGOUT_REDIRECT_URL", "STATIC_URL", "MEDIA_URL"}
)
_ADDRESS = re.compile(r"[A-Z0-9_]+_(?:URL|ISSUER)")
_VARIABLE = re.compile(r"RESAKA_[A-Z0-9_]+")


def check_registers(*, today: date) -> list[str]:
    """What the registers say that is not so, or leave out, in words; nothing when all is well.

    Raises:
        privacy.registers.reading.RegisterInvalid: one of them cannot be read.
    """
    activities, transfers, classified = read_activities(), read_all_transfers(), read_fields()
    used = {name for one in activities for name in one.transfers}
    return [
        *check_fields(classified, list_fields()),
        *check_activities(
            activities,
            classified=classified,
            codes={entry.rule.code for entry in MATRIX},
            steps={step.name.value for step in STEPS},
            transfers={one.key for one in transfers},
        ),
        *check_exports(
            classified,
            shown={column for file in FILES for column in file.columns},
            omitted=list_omitted(),
        ),
        *check_transfers(
            transfers,
            hosts=[*settings.OUTBOUND_HOSTS, *settings.PUSH_HOSTS],
            addresses=list_addresses(),
            variables=list_variables(),
            used=used,
        ),
        *check_assessment(read_assessment(), activities=activities, root=Path(settings.BASE_DIR), today=today),
    ]


def count_registers() -> dict[str, int]:
    """How much the registers hold.

    Raises:
        privacy.registers.reading.RegisterInvalid.
    """
    personal = list_personal(read_fields())
    return {
        "activities": len(read_activities()),
        "models with personal fields": len(personal),
        "personal fields": sum(len(fields) for fields in personal.values()),
        "transfers": len(read_all_transfers()),
        "risks": len(read_assessment().risks),
    }


def list_omitted() -> set[str]:
    """What the export leaves out in writing; the key of a row is its person or nothing, and a relation is left out with its table."""
    written = {column for columns in OMITTED.values() for column in columns}
    models = [model for model in apps.get_models() if not model._meta.proxy]
    keys = {f"{model._meta.label}.{model._meta.pk.name}" for model in models if model._meta.pk}
    many = [(model, field) for model in models for field in model._meta.many_to_many]
    relations = {
        f"{model._meta.label}.{field.name}"
        for model, field in many
        if (through := field.remote_field.through) and through._meta.label in written
    }
    return written | keys | relations


def list_addresses() -> dict[str, str]:
    """The settings that hold the address of another company, with its host; with none while they are empty or name a stand-in."""
    names = [name for name in dir(settings) if _ADDRESS.fullmatch(name) and name not in _OURS]
    hosts = {name: urlsplit(str(getattr(settings, name) or "")).hostname or "" for name in names}
    return {name: "" if names_loopback(host) else host for name, host in hosts.items()}


def list_variables() -> set[str]:
    """The variables of the environment that the settings read, by their source."""
    found: set[str] = set()
    for path in (Path(settings.BASE_DIR) / "superapp").glob("*.py"):
        texts = (node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant))
        found |= {text for text in texts if isinstance(text, str) and _VARIABLE.fullmatch(text)}
    return found
