"""What is free for ever, enumerated: each thing is there for somebody who pays nothing, and no module behind it can ask what they paid."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from billing.enums import EntitlementCode
from billing.freemium import FREE_FOR_EVER, GRANTS

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
ROOT = Path(settings.BASE_DIR)
# The promise, word for word: taking something off this list is a decision that this test makes somebody write down.
PROMISED = {
    *("REGISTER", "AGE_CHECK", "ROOMS", "PRIVATE", "CALLS", "FILES", "NOTIFICATIONS", "SEARCH", "FAVOURITES", "LOW_DATA"),
    *("ACCESSIBILITY", "LANGUAGES", "FACTORS", "EXPORT", "ERASURE"),
    *("REPORT", "BLOCK", "MUTE", "APPEAL", "SAFETY_NUMBERS", "ROOM_TOOLS", "LEGAL_HELP"),
}
# Apps and parts of them that may never ask what somebody paid for. What chat may ask about are sizes, groups and its colours.
NEVER_ASK = ("accounts", "moderation", "privacy", "realtime", "core", "notifications")
ASKING = {"get_entitlement", "list_entitlements"}


def modules(*apps: str) -> Iterator[Path]:
    for app in apps:
        yield from (path for path in (ROOT / app).rglob("*.py") if not {"tests", "migrations"} & set(path.parts))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_nothing_was_taken_off_the_list() -> None:
    assert set(FREE_FOR_EVER) == PROMISED


@pytest.mark.parametrize("name", [name for name, free in FREE_FOR_EVER.items() if free.page])
def test_its_page_opens_to_somebody_who_pays_nothing(amina: User, as_: LogIn, name: str) -> None:
    browser = as_(None) if name == "REGISTER" else as_(amina)
    answer = browser.get(FREE_FOR_EVER[name].page)
    assert answer.status_code == 200, name
    assert "/money/order/" not in answer.content.decode()


@pytest.mark.parametrize("app", NEVER_ASK)
def test_no_floor_of_safety_or_account_asks_what_somebody_paid(app: str) -> None:
    asking = {str(path.relative_to(ROOT)) for path in modules(app) for name in imports(path) if name.rpartition(".")[2] in ASKING}
    assert asking == set()


def test_the_code_asks_for_codes_of_the_table_and_never_for_a_plan() -> None:
    named = [name for path in modules("chat", "moderation", "privacy") for name in imports(path) if name.startswith("billing.")]
    asked = [name for name in named if name.endswith((".PlanCode", ".grants_of", ".Subscription"))]
    assert asked == []
    assert {code.value for code in GRANTS} == set(EntitlementCode.values)


def test_the_page_tells_all_of_it_and_what_is_never_sold(client: Client, amina: User) -> None:
    page = client.get("/money/premium/?lang=fr").content.decode()
    for free in FREE_FOR_EVER.values():
        assert str(free.name) in page
    for words in ("plus visible", "regardé votre profil", "qui vous a bloqué", "modération plus rapide", "mode lent"):
        assert words in page
