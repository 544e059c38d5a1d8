"""Many adults with a telephone each, written at once: a person a payment, so that no limit of prompts stands in the way of the faults."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from accounts.models import AgeAssertion, Profile, User
from accounts.tests.factories import NOON, make_user
from core.ids import new_public_id

_BATCH = 500


def make_crowd(count: int, *, first: int = 0) -> list[User]:
    """So many members who have shown their age, as like one another as rows may be."""
    model = User.objects.filter(username="amina").first() or make_user("Amina", now=NOON)
    names = [f"p{first + number}" for number in range(count)]
    people = [User(**{**_columns(model), "public_id": new_public_id(), "username": one, "email": f"{one}@example.org"}) for one in names]
    User.objects.bulk_create(people, batch_size=_BATCH)
    profile = _columns(model.profile)
    Profile.objects.bulk_create([Profile(**{**profile, "user_id": one.pk, "skeleton": one.username}) for one in people], batch_size=_BATCH)
    proof = AgeAssertion.objects.get(user=model)
    kept = _columns(proof)
    proofs = [
        AgeAssertion(**{**kept, "public_id": new_public_id(), "user_id": one.pk, "open_key": f"{one.pk}:{proof.method}"}) for one in people
    ]
    AgeAssertion.objects.bulk_create(proofs, batch_size=_BATCH)
    return people


def number_of(prefix: str, place: int) -> str:
    """The telephone of the person at that place, of an operator's prefix: +26134…"""
    return f"+261{prefix}{place:07d}"


def _columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname != "id"}
