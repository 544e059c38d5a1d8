"""Sealing: what opens, and what must not."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import keyring, sealing
from core.models import DataKey, Tombstone

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_round_trip_and_form() -> None:
    blob = sealing.seal("user:1", b"bonjour", "a.B.c:1")
    assert blob[0] == 1
    assert len(blob) == 1 + 4 + 12 + 7 + 16
    assert sealing.open_sealed("user:1", blob, "a.B.c:1") == b"bonjour"


def test_many_at_once_are_sealed_each_for_itself() -> None:
    items = [(f"user:{number % 3}", b"bonjour", f"a.B.c:{number}") for number in range(256)]
    blobs = sealing.seal_many(items)
    assert len({blob[5:17] for blob in blobs}) == len(items)
    assert [sealing.open_sealed(scope, blob, ad) for blob, (scope, _text, ad) in zip(blobs, items, strict=True)] == [b"bonjour"] * 256
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed("user:0", blobs[3], "a.B.c:0")
    assert sealing.seal_many([]) == []


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
    assert not {"core_datakey", "core_tombstone"} & set(connections["default"].introspection.table_names())
    assert connections["keys"].introspection.table_names() == ["core_datakey", "core_tombstone", "django_migrations"]


def test_many_keys_come_with_one_query(django_assert_num_queries: Any) -> None:
    for number in range(5):
        sealing.seal(f"user:{number}", b"x", "a")
    sealing.forget_keys()
    with django_assert_num_queries(1, using="keys"):
        sealing.load_keys(f"user:{number}" for number in range(5))
        for number in range(5):
            assert keyring.find_key(f"user:{number}") is not None


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


def test_a_destroyed_key_leaves_a_tombstone_that_does_not_say_whose_it_was() -> None:
    sealing.seal("user:1", b"moi", "a")
    number = DataKey.objects.using("keys").get(scope="user:1").pk
    sealing.destroy_key("user:1")
    sealing.destroy_key("user:1")
    row = Tombstone.objects.using("keys").get()
    assert (row.journal, row.ref.partition(":")[0], row.body) == ("keys", str(number), "{}")
    assert "user" not in row.ref


def test_a_frozen_key_stays_and_leaves_no_tombstone() -> None:
    blob = sealing.seal("user:1", b"moi", "a")
    sealing.freeze_key("user:1")
    with pytest.raises(sealing.KeyFrozen):
        sealing.destroy_key("user:1")
    assert sealing.open_sealed("user:1", blob, "a") == b"moi"
    assert not Tombstone.objects.using("keys").exists()


def test_a_key_that_an_old_copy_brings_back_is_destroyed_again_and_no_other() -> None:
    mine = sealing.seal("user:1", b"moi", "a")
    other = sealing.seal("user:2", b"elle", "a")
    old = DataKey.objects.using("keys").get(scope="user:1")
    sealing.destroy_key("user:1")
    assert sealing.destroy_again() == 0
    old.frozen_until = old.created_at  # frozen when it was copied, and let go before it was destroyed
    old.save(using="keys", force_insert=True)
    sealing.forget_keys()
    assert sealing.open_sealed("user:1", mine, "a") == b"moi"
    assert sealing.destroy_again() == 1
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed("user:1", mine, "a")
    assert sealing.open_sealed("user:2", other, "a") == b"elle"


def test_a_key_made_later_under_the_same_scope_or_number_is_not_destroyed_again() -> None:
    sealing.seal("user:1", b"moi", "a")
    old = DataKey.objects.using("keys").get(scope="user:1")
    sealing.destroy_key("user:1")
    later = sealing.seal("user:1", b"plus tard", "a")
    foreign = DataKey(pk=old.pk, scope="user:9", wrapped=bytes(old.wrapped), created_at=old.created_at)
    foreign.save(using="keys", force_insert=True)  # a restored store gives the same number away again
    assert sealing.destroy_again() == 0
    assert sealing.open_sealed("user:1", later, "a") == b"plus tard"


def test_one_key_is_forgotten_and_the_others_stay_in_memory(django_assert_num_queries: Any) -> None:
    for scope in ("user:1", "user:2"):
        sealing.seal(scope, b"x", "a")
    sealing.forget_key("user:1")
    with django_assert_num_queries(1, using="keys"):
        assert keyring.find_key("user:1") is not None
        assert keyring.find_key("user:2") is not None
