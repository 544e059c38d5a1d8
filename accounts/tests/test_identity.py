"""Civil identity: sealed as it was given, told back by name alone, opened by two for justice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client

from accounts.models import CivilIdentity, User, WithdrawnIdentity
from accounts.services.approvals import Approval, NotApproved
from accounts.services.identity import Identity, IdentityInvalid, Opened, give_identity, open_for_legal_request, take_identity_back
from accounts.tests.factories import NOON, make_user
from core import audit, sealing
from core.models import AuditEntry, DataKey
from core.sealing import SealingError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]
RASOA = Identity(name="Rasoa Marie-Élise", birth_date="1990-02-03", postal_address="Lot II B 14\nAntananarivo", phone="+261 34 00 000 00")
FORM = {"name": "Rasoa Marie-Élise", "birth_date": "1990-02-03", "postal_address": "Lot II B 14", "phone": "+261 34 00 000 00"}


@pytest.fixture
def mods() -> list[User]:
    return [make_user(f"Modo{number}", reserved_name=True, is_staff=True) for number in (1, 2)]


def open_all(user: User, *staff: User, held: bool = False) -> list[Opened]:
    approvals = [Approval(by=one, reason="réquisition lue", given_at=NOON) for one in staff]
    return open_for_legal_request(user_id=user.pk, request_ref="REQ-7", approvals=approvals, held=held, now=NOON)


def opened(user: User, *staff: User) -> Identity | None:
    """What stands now."""
    found = open_all(user, *staff)
    assert len(found) <= 1
    return found[0].identity if found else None


# ---- Given --------------------------------------------------------------------------------------------------------------------


def test_what_is_given_is_sealed_under_a_key_of_its_own(amina: User) -> None:
    give_identity(user=amina, identity=RASOA, now=NOON)
    row = CivilIdentity.objects.get()
    for word in (b"Rasoa", b"1990", b"Antananarivo", b"261"):
        assert word not in bytes(row.blob)
    assert (row.parts, row.given_at) == ("name,birth_date,postal_address,phone", NOON)
    assert DataKey.objects.using("keys").filter(scope="identity").count() == 1
    with pytest.raises(SealingError):
        sealing.open_sealed(amina.scope, bytes(row.blob), f"accounts.CivilIdentity.blob:{amina.public_id}")


def test_giving_it_anew_replaces_all_of_it(amina: User, mods: list[User]) -> None:
    give_identity(user=amina, identity=RASOA, now=NOON)
    give_identity(user=amina, identity=Identity(phone="0340000001"), now=NOON + timedelta(days=1))
    assert CivilIdentity.objects.get().parts == "phone"
    assert opened(amina, *mods) == Identity(phone="0340000001")


def test_it_can_be_taken_back_twice(amina: User, ben: User) -> None:
    give_identity(user=amina, identity=RASOA, now=NOON)
    give_identity(user=ben, identity=RASOA, now=NOON)
    take_identity_back(user=amina, now=NOON)
    take_identity_back(user=amina, now=NOON + timedelta(hours=1))
    assert list(CivilIdentity.objects.values_list("user_id", flat=True)) == [ben.pk]
    assert list(WithdrawnIdentity.objects.values_list("user_id", "withdrawn_at", "parts")) == [(amina.pk, NOON, RASOA.parts)]


def test_what_was_taken_back_or_replaced_opens_for_the_held_alone(amina: User, mods: list[User]) -> None:
    phone, later = Identity(phone="0340000001"), NOON + timedelta(days=1)
    give_identity(user=amina, identity=RASOA, now=NOON - timedelta(days=1))
    give_identity(user=amina, identity=phone, now=NOON)
    take_identity_back(user=amina, now=later)
    give_identity(user=amina, identity=Identity(name="R."), now=later)
    assert [one.identity for one in open_all(amina, *mods)] == [Identity(name="R.")]
    assert open_all(amina, *mods, held=True) == [
        Opened(Identity(name="R."), later),
        Opened(phone, NOON, later),
        Opened(RASOA, NOON - timedelta(days=1), NOON),
    ]


def test_nothing_shows_what_was_taken_back(amina: User) -> None:
    give_identity(user=amina, identity=RASOA, now=NOON)
    take_identity_back(user=amina, now=NOON)
    row = WithdrawnIdentity.objects.get()
    assert str(row) == "<sealed>"
    assert b"Rasoa" not in bytes(row.blob)
    assert WithdrawnIdentity not in admin.site._registry


@pytest.mark.parametrize(
    ("identity", "field"),
    [
        (Identity(), ""),
        (Identity(name="\u200b  "), ""),
        (Identity(name="x" * 121), "name"),
        (Identity(postal_address="x" * 301), "postal_address"),
        (Identity(phone="12"), "phone"),
        (Identity(phone="034 00 000 00; DROP"), "phone"),
        (Identity(birth_date=NOON.date().isoformat()), "birth_date"),
        (Identity(birth_date="1899-01-01"), "birth_date"),
        (Identity(birth_date="03/02/1990"), "birth_date"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(amina: User, identity: Identity, field: str) -> None:
    give_identity(user=amina, identity=RASOA, now=NOON)
    with pytest.raises(IdentityInvalid) as refused:
        give_identity(user=amina, identity=identity, now=NOON)
    assert refused.value.field == field
    assert CivilIdentity.objects.get().parts == RASOA.parts


def test_the_longest_identity_fits(amina: User, mods: list[User]) -> None:
    longest = Identity(name="é" * 120, birth_date="1990-02-03", postal_address="日" * 300, phone="+261 34 00 000 00")
    give_identity(user=amina, identity=longest, now=NOON)
    assert opened(amina, *mods) == longest


# ---- The page -----------------------------------------------------------------------------------------------------------------


def test_the_page_tells_the_parts_and_never_what_they_say(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    assert "Rien pour le moment." in browser.get("/account/identity/?lang=fr").content.decode()
    assert browser.post("/account/identity/", FORM)["Location"] == "/account/identity/"
    page = browser.get("/account/identity/?lang=fr").content.decode()
    assert "nom et prénoms, date de naissance, adresse postale, téléphone" in page
    for said in ("Rasoa", "1990", "Lot II", "261"):
        assert said not in page
    assert browser.post("/account/identity/delete/")["Location"] == "/account/identity/"
    assert CivilIdentity.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("phone", "allo", "Ce numéro n’est pas un numéro de téléphone."),
        ("birth_date", "2090-01-01", "Cette date n’est pas une date de naissance."),
    ],
)
def test_bad_input_is_told_at_its_field_and_what_was_typed_stays(amina: User, as_: LogIn, field: str, value: str, words: str) -> None:
    answer = as_(amina).post("/account/identity/", FORM | {field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "Lot II B 14" in page
    assert CivilIdentity.objects.count() == 0


def test_an_empty_form_is_told_so(amina: User, as_: LogIn) -> None:
    answer = as_(amina).post("/account/identity/", {})
    assert answer.status_code == 422
    assert "Écrivez au moins un élément." in answer.content.decode()


def test_the_page_is_its_owners_and_a_link_deletes_nothing(amina: User, ben: User, as_: LogIn) -> None:
    give_identity(user=amina, identity=RASOA, now=NOON)
    assert Client().post("/account/identity/", FORM)["Location"].startswith("/login/")
    as_(ben).post("/account/identity/delete/")
    assert as_(amina).get("/account/identity/delete/").status_code == 405
    assert CivilIdentity.objects.count() == 1
    assert "téléphone" not in as_(ben).get("/account/identity/").content.decode()


def test_staff_find_it_nowhere_in_the_admin() -> None:
    assert CivilIdentity not in admin.site._registry


# ---- Opened -------------------------------------------------------------------------------------------------------------------


def test_two_open_it_and_the_chain_says_so_before(amina: User, mods: list[User]) -> None:
    give_identity(user=amina, identity=RASOA, now=NOON)
    assert opened(amina, *mods) == RASOA
    rows = list(AuditEntry.objects.order_by("seq").values_list("action", "object_ref", "handle", "reason"))
    assert rows == [("identity.open", amina.public_id, handle, "REQ-7: réquisition lue") for handle in ("modo1", "modo2")]
    assert "Rasoa" not in str(list(AuditEntry.objects.values_list()))
    assert audit.verify().holds


def test_that_nothing_was_given_is_an_answer_and_noted_too(amina: User, mods: list[User]) -> None:
    assert opened(amina, *mods) is None
    assert AuditEntry.objects.count() == 2


def test_one_alone_the_person_and_outsiders_open_nothing(amina: User, carol: User, mods: list[User]) -> None:
    give_identity(user=amina, identity=RASOA, now=NOON)
    for staff in [(), (mods[0],), (mods[0], mods[0]), (mods[0], carol), (mods[0], amina)]:
        with pytest.raises(NotApproved):
            opened(amina, *staff)
    assert AuditEntry.objects.count() == 0


def test_a_blob_moved_to_another_person_does_not_open(amina: User, ben: User, mods: list[User]) -> None:
    give_identity(user=amina, identity=RASOA, now=NOON)
    give_identity(user=ben, identity=Identity(name="Ben"), now=NOON)
    CivilIdentity.objects.filter(user=ben).update(blob=CivilIdentity.objects.get(user=amina).blob)
    with pytest.raises(SealingError):
        opened(ben, *mods)


def test_no_callers_rollback_takes_the_opening_out_of_the_chain(amina: User, mods: list[User]) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        opened(amina, *mods)
