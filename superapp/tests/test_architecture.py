"""What the import contracts cannot see: keys that point up, receivers, database access around the services, and stray words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ["core", "realtime", "accounts", "notifications", "billing", "chat", "moderation", "privacy", "superapp"]
THIN = ("views", "commands", "handlers", "tasks", "api", "middleware")


def modules() -> Iterator[Path]:
    for app in FLOORS:
        yield from (path for path in (ROOT / app).rglob("*.py") if not {"tests", "migrations"} & set(path.parts))


def is_thin(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return "management" not in parts and any(part.removesuffix(".py") in THIN for part in parts[1:])


def names(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id


@pytest.mark.parametrize("path", [p for p in modules() if is_thin(p)], ids=lambda p: str(p.relative_to(ROOT)))
def test_thin_layers_do_not_reach_into_tables(path: Path) -> None:
    assert [line for line, name in names(path) if name in {"objects", "_default_manager"}] == []


def test_there_are_thin_layers_to_check() -> None:
    assert len([p for p in modules() if is_thin(p)]) >= 10


def test_no_signal_receivers() -> None:
    forbidden = {"receiver", "post_save", "pre_save", "post_delete", "pre_delete", "m2m_changed"}
    found = [(path.name, line, name) for path in modules() for line, name in names(path) if name in forbidden]
    assert found == []


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_there_is_one_way_out() -> None:
    """Other servers are asked by core.http alone. Stand-ins are programs of their own, which ring back."""
    doors = {"httpx", "httpcore", "urllib.request", "http.client", "urllib3", "requests", "aiohttp"}
    product = (path for path in modules() if "simulators" not in path.parts)
    found = {str(path.relative_to(ROOT)) for path in product if doors & set(imported(path))}
    assert found == {"core/http.py", "core/outbound.py"}


def test_keys_point_down() -> None:
    floor = {app: number for number, app in enumerate(FLOORS)}
    up = [
        f"{model.__name__}.{field.name}"
        for app in FLOORS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and floor.get(field.related_model._meta.app_label, 0) > floor[app]
    ]
    assert up == []


def test_no_save_overrides() -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path in modules()
        if "models" in path.parts or path.name == "models.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"}
    ]
    assert found == []


def test_privacy_alone_destroys_the_keys_of_people() -> None:
    """An app may destroy the key of a thing of its own, whose scope it has given it; whose scope is a person's is for privacy alone."""
    things = {
        "accounts/services/documents.py": "review.scope",
        "billing/services/buyers.py": "f'invoice:{public_id}'",
        "billing/services/erasure.py": "asked.scope",
        "billing/services/purge.py": "asked.scope",
    }
    found: dict[str, set[str]] = {}
    for path in modules():
        where = str(path.relative_to(ROOT))
        if where.split("/")[0] not in {"privacy", "core"}:
            for scope in destroyed_scopes(path.read_text("utf-8")):
                found.setdefault(where, set()).add(scope)
    assert found == {where: {scope} for where, scope in things.items()}
    assert destroyed_scopes("destroy_key(a)\nsealing.destroy_key(b)\npartial(destroy_key, c)\nf = destroy_key") == ["a", "b", "c", ""]


def destroyed_scopes(source: str) -> list[str]:
    """What `destroy_key` is called with, also by way of `partial`; empty where it is handed on without saying."""
    tree = ast.parse(source)
    said = [node for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute))]
    named = [node for node in said if (node.id if isinstance(node, ast.Name) else node.attr) == "destroy_key"]
    scopes: dict[int, str] = {id(node): "" for node in named}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if id(call.func) in scopes:
            scopes[id(call.func)] = ast.unparse(call.args[0])
        elif call.args and id(call.args[0]) in scopes:
            scopes[id(call.args[0])] = ast.unparse(call.args[1])
    return [scopes[id(node)] for node in sorted(named, key=lambda node: (node.lineno, node.col_offset))]


PEOPLE = {"user", "me", "person", "owner", "member", "sender", "wearer", "account", "stale"}


def whole_people(source: str) -> list[int]:
    """Lines that write a whole account: `.save()` of something called like a person, with neither its columns nor a new row."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in {"save", "asave"}
        if ast.unparse(call.func.value).rpartition(".")[2] in PEOPLE
        if not {keyword.arg for keyword in call.keywords} & {"update_fields", "force_insert"}
    ]


def test_nobody_writes_a_whole_account() -> None:
    """An account is read when a request begins. Written back whole at its end, it would undo what was decided meanwhile."""
    assert [(str(path.relative_to(ROOT)), line) for path in modules() for line in whole_people(path.read_text("utf-8"))] == []
    assert whole_people("user.save()\nrow.user.save(using='x')\nuser.save(update_fields=['a'])\nprofile.save()") == [1, 2]


def test_outside_ids_pass_the_door() -> None:
    """Views and commands never look rows up themselves: they import no model to query it, only for types."""
    shortcuts = {"get_object_or_404", "get_list_or_404"}
    assert [(p.name, line) for p in modules() for line, name in names(p) if name in shortcuts] == []


def test_no_module_is_too_long() -> None:
    long = {str(p.relative_to(ROOT)): n for p in modules() if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert long == {}


def test_nothing_is_left_for_later() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    found = [str(p) for p in modules() if any(word in p.read_text("utf-8") for word in words)]
    assert found == []
