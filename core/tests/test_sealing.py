"""Sealing: what opens, and what must not."""

from __future__ import annotations

import pytest
from django.db import connections
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import sealing
from core.models import DataKey

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_round_trip_and_form() -> None:
    blob = sealing.seal("user:1", b"bonjour", "a.B.c:1")
    assert blob[0] == 1
    assert len(blob) == 1 + 4 + 12 + 7 + 16
    assert sealing.open_sealed("user:1", blob, "a.B.c:1") == b"bonjour"


@pytest.mark.parametrize(("scope", "ad"), [("user:2", "a.B.c:1"), ("user:1", "a.B.c:2"), ("user:404", "a.B.c:1")])
def test_moved_or_foreign_blobs_do_not_open(scope: str, ad: str) -> None:
    sealing.seal("user:2", b"x", "a.B.c:1")
    blob = sealing.seal("user:1", b"bonjour", "a.B.c:1")
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed(scope, blob, ad)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.integers(0, 39), st.integers(1, 255))
def test_every_flipped_byte_is_found(place: int, flip: int) -> None:
    blob = bytearray(sealing.seal("user:1", b"bonjour", "a.B.c:1"))
    blob[place] ^= flip
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed("user:1", bytes(blob), "a.B.c:1")


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=80))
def test_garbage_never_raises_anything_else(blob: bytes) -> None:
    sealing.seal("user:1", b"x", "a.B.c:1")
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed("user:1", blob, "a.B.c:1")


def test_a_destroyed_key_takes_its_words_along() -> None:
    mine = sealing.seal("user:1", b"moi", "a")
    other = sealing.seal("user:2", b"elle", "a")
    DataKey.objects.using("keys").filter(scope="user:1").delete()
    sealing.forget_keys()
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed("user:1", mine, "a")
    assert sealing.open_sealed("user:2", other, "a") == b"elle"


def test_keys_live_in_their_own_database_alone() -> None:
    sealing.seal("user:1", b"x", "a")
    assert "core_datakey" in connections["keys"].introspection.table_names()
    assert "core_datakey" not in connections["default"].introspection.table_names()
    assert connections["keys"].introspection.table_names() == ["core_datakey", "django_migrations"]


def test_many_keys_come_with_one_query(django_assert_num_queries: object) -> None:
    for number in range(5):
        sealing.seal(f"user:{number}", b"x", "a")
    sealing.forget_keys()
    with django_assert_num_queries(1, using="keys"):  # type: ignore[operator]
        sealing.load_keys(f"user:{number}" for number in range(5))
        for number in range(5):
            assert sealing._find_key(f"user:{number}") is not None


def test_destroying_a_key_takes_effect_at_once_and_touches_no_other() -> None:
    mine = sealing.seal("user:1", b"moi", "a")
    other = sealing.seal("user:2", b"elle", "a")
    sealing.destroy_key("user:1")
    sealing.destroy_key("user:404")
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed("user:1", mine, "a")
    again = sealing.seal("user:1", b"moi encore", "a")  # the scope may be used again; what was sealed before stays shut
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed("user:1", mine, "a")
    assert sealing.open_sealed("user:1", again, "a") == b"moi encore"
    assert sealing.open_sealed("user:2", other, "a") == b"elle"
