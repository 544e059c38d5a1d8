"""The people, and the rules as they ship (a test that truncates tables takes those of the migration with it)."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from moderation.enums import StaffRole
from moderation.tests.factories import make_staff_member
from privacy.matrix import MATRIX, Entry
from privacy.models import RetentionRule


def seed_rules() -> None:
    """The rules of the matrix, where they are missing."""
    known = set(RetentionRule.objects.values_list("code", "jurisdiction"))
    missing = [entry for entry in MATRIX if (entry.rule.code, entry.rule.jurisdiction) not in known]
    RetentionRule.objects.bulk_create(_row(entry) for entry in missing)


def _row(entry: Entry) -> RetentionRule:
    rule = entry.rule
    said = {"clock": rule.clock, "keep": rule.keep, "erasable": rule.erasable, "basis": entry.basis}
    return RetentionRule(code=rule.code, jurisdiction=rule.jurisdiction, **said)


@pytest.fixture
def rules(db: None) -> None:
    seed_rules()


@pytest.fixture
def amina(db: None) -> User:
    return make_user("Amina")


@pytest.fixture
def ben(db: None) -> User:
    return make_user("Ben")


@pytest.fixture
def lea(db: None) -> Any:
    """Somebody of the legal desk."""
    return make_staff_member("Modo1", StaffRole.LEGAL_DESK)


@pytest.fixture
def carol(db: None) -> User:
    """The outsider: sees nothing."""
    return make_user("Carol")


@pytest.fixture
def dora(rules: None) -> Any:
    """Somebody of data protection."""
    return make_staff_member("Modo5", StaffRole.DATA_PROTECTION)


@pytest.fixture
def dino(rules: None) -> Any:
    """Another one."""
    return make_staff_member("Modo6", StaffRole.DATA_PROTECTION)
