"""Telling an authority through the pages alone: from the case to the confirmation, with doors that stay shut."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import confirm
from core.models import AuditEntry
from moderation.enums import StaffRole
from moderation.models import Case, SecondApproval, StaffProfile, Transmission
from moderation.tests.children import prepared, sealed_case
from moderation.tests.desk import make_case
from moderation.tests.factories import log_in, make_staff_member

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
LIST = "/admin/moderation/transmissions/"


@pytest.fixture
def guard() -> StaffProfile:
    return make_staff_member("Garde1", StaffRole.CHILD_SAFETY)


@pytest.fixture
def other() -> StaffProfile:
    return make_staff_member("Garde2", StaffRole.CHILD_SAFETY)


@pytest.fixture
def case(amina: User, room: Room, guard: StaffProfile) -> Case:
    return sealed_case(amina, room, guard)


def browser(staff: StaffProfile) -> Client:
    client = Client(headers={"Accept-Language": "fr"})
    log_in(client, staff)
    return client


def surely(staff: StaffProfile) -> Client:
    """A browser of somebody who has just typed their password once more."""
    staff.user.set_password(PASSWORD)
    staff.user.save(update_fields=["password"])
    return confirm(browser(staff))


def page(case: Case, deed: str = "") -> str:
    return f"/admin/moderation/cases/{case.public_id}/transmissions/" + (f"{deed}/" if deed else "")


def said(client: Client, address: str, **fields: str) -> str:
    return " ".join(str(one) for one in client.post(address, fields, follow=True).context["messages"])


def test_from_the_case_to_the_confirmation(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    one, two = surely(guard), browser(other)
    assert page(case) in one.get(f"/admin/moderation/cases/{case.public_id}/").content.decode()
    assert case.public_id in one.get(LIST).content.decode()
    assert "Préparer un fichier se décide à deux" in one.get(page(case)).content.decode()
    assert "accord" in said(one, page(case, "make"), hotline="PHAROS")
    assert "Dites pourquoi" in said(one, page(case, "ask"), reason=" ")
    assert "Accord demandé" in said(one, page(case, "ask"), reason="image connue")
    asked = SecondApproval.objects.get()
    assert 'name="hotline"' not in one.get(page(case)).content.decode(), "not before the second person"
    two.post(f"/admin/moderation/approvals/{asked.public_id}/agree/", {"reason": "vérifié"})
    assert 'name="hotline"' in one.get(page(case)).content.decode()
    assert "préparé" in said(one, page(case, "make"), hotline="POINT_DE_CONTACT")
    made = Transmission.objects.get()
    assert (made.hotline, made.made_by) == ("POINT_DE_CONTACT", guard)
    answer = one.post(f"{LIST}{made.public_id}/fetch/")
    assert json.loads(answer.content)["reference"] == made.public_id
    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]
    assert f"resaka-point_de_contact-{made.public_id}.json" in answer["Content-Disposition"]
    minute = timezone.now().strftime("%Y-%m-%dT%H:%M")
    assert "notés" in said(one, f"{LIST}{made.public_id}/mark/", transmitted_at=minute, words="PdC 99")
    assert "autre personne" in said(one, f"{LIST}{made.public_id}/confirm/", words="saisi")
    assert "PdC 99" in two.get(page(case)).content.decode()
    assert "confirmation est notée" in said(two, f"{LIST}{made.public_id}/confirm/", words="saisi")
    made.refresh_from_db()
    assert (made.receipt, made.marked_by, made.confirmation) == ("PdC 99", guard, "saisi")
    assert case.public_id not in one.get(LIST).content.decode()


def test_the_file_is_for_whoever_types_their_password_once_more(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    made = prepared(case, guard, other)
    answer = browser(guard).post(f"{LIST}{made.public_id}/fetch/")
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert not AuditEntry.objects.filter(action="child.fetch").exists()
    assert surely(guard).get(f"{LIST}{made.public_id}/fetch/").status_code == 405


@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.CHILD_SAFETY])
def test_every_address_is_shut_to_every_other_role(case: Case, guard: StaffProfile, other: StaffProfile, role: StaffRole) -> None:
    made, client = prepared(case, guard, other), browser(make_staff_member("Autre", role))
    assert [client.get(one).status_code for one in (LIST, page(case))] == [403, 403]
    posts = (page(case, "ask"), page(case, "make"), *(f"{LIST}{made.public_id}/{deed}/" for deed in ("fetch", "mark", "confirm")))
    assert [client.post(one).status_code for one in posts] == [403] * 5
    assert LIST not in client.get("/admin/moderation/approvals/").content.decode()


def test_nothing_opens_that_is_no_childs_case_or_ones_own(guard: StaffProfile, other: StaffProfile) -> None:
    both = make_staff_member("Garde3", StaffRole.CHILD_SAFETY, StaffRole.MODERATOR)
    plain, own = make_case(), make_case(child_safety=True, subject=both.user)
    made, client = prepared(own, guard, other), browser(both)
    for about in (plain, own):
        assert client.get(page(about)).status_code == 404
        assert client.post(page(about, "make"), {"hotline": "PHAROS"}).status_code == 404
    assert client.post(f"{LIST}{made.public_id}/mark/").status_code == 404
    assert own.public_id not in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"words": "x"}, "heure d’envoi"),
        ({"transmitted_at": "hier", "words": "x"}, "heure d’envoi"),
        ({"transmitted_at": "2020-01-01T00:00", "words": "x"}, "heure d’envoi"),
        ({"transmitted_at": "2999-01-01T00:00", "words": "x"}, "heure d’envoi"),
        ({"transmitted_at": "NOW"}, "ce que l’autorité a répondu"),
    ],
)
def test_each_fault_has_its_words(case: Case, guard: StaffProfile, other: StaffProfile, fields: dict[str, str], words: str) -> None:
    made = prepared(case, guard, other)
    now = timezone.now().strftime("%Y-%m-%dT%H:%M")
    sent = {name: now if value == "NOW" else value for name, value in fields.items()}
    assert words in said(browser(guard), f"{LIST}{made.public_id}/mark/", **sent)
    made.refresh_from_db()
    assert made.transmitted_at is None


def test_unknown_deeds_and_authorities_are_not_found(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    made, client = prepared(case, guard, other), browser(guard)
    assert client.post(f"{LIST}{made.public_id}/burn/").status_code == 404
    assert client.post(page(case, "make"), {"hotline": "NOBODY"}).status_code == 404
    assert client.post(f"{LIST}{'a' * 20}/mark/").status_code == 404
    assert client.get(page(case, "make")).status_code == 405


def test_what_a_receipt_says_is_shown_as_words(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    made, client = prepared(case, guard, other), browser(guard)
    minute = timezone.now().strftime("%Y-%m-%dT%H:%M")
    client.post(f"{LIST}{made.public_id}/mark/", {"transmitted_at": minute, "words": "<script>x</script>"})
    text = client.get(page(case)).content.decode()
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text


def test_the_page_takes_as_many_queries_with_three_files_as_with_one(case: Case, guard: StaffProfile, other: StaffProfile) -> None:
    client, counts = browser(guard), []
    for more in (1, 2):
        for _number in range(more):
            prepared(case, guard, other)
        client.get(page(case))
        for address in (page(case), LIST):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(address)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
