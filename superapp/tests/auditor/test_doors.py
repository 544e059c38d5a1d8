"""An auditor looks at pages that are named, sends nothing, reads nothing of anybody, and leaves an entry with every look."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.test import Client, override_settings
from django.urls import resolve

from accounts.models import User
from accounts.tests.factories import make_user
from core import audit
from core.models import AuditEntry
from moderation.enums import StaffRole
from moderation.tests.factories import make_staff_member
from privacy.models import Breach, DataRequest, DeletionRecord
from privacy.tests.conftest import seed_rules
from superapp.auditors import PAGES
from superapp.tests.auditor.house import House, admin_addresses, auditor, browser, furnish

pytestmark = pytest.mark.django_db
RoomEvent = apps.get_model("chat", "RoomEvent")
Evidence, LegalSubject = (apps.get_model("moderation", name) for name in ("Evidence", "LegalSubject"))


@pytest.fixture
def house() -> House:
    seed_rules()
    return furnish(make_staff_member("Modo5", StaffRole.DATA_PROTECTION))


@pytest.fixture
def looker() -> User:
    return auditor()


def looks(name: str) -> list[str]:
    return list(AuditEntry.objects.filter(action="auditor.view", object_ref=name).values_list("reason", flat=True))


# ---- Every address of the admin ----------------------------------------------------------------------------------------------------
def test_the_list_names_pages_that_there_are() -> None:
    named = {name for name, _address in admin_addresses()}
    assert PAGES - named == set()
    assert len(named) > 150, "the walk sees the whole admin"


def test_every_form_is_refused_and_every_page_that_is_not_named_is_shut(house: House, looker: User) -> None:
    client = browser(looker)
    wrong = []
    for name, address in admin_addresses():
        if name in ("admin:logout", "admin:login"):
            continue
        got, sent = client.get(address).status_code, client.post(address, {"action": "x", "reason": "x"}).status_code
        others = {client.generic(method, address).status_code for method in ("PUT", "PATCH", "DELETE")}
        if sent != 403 or others != {403} or (got == 403) == (name in PAGES):
            wrong.append((name, got, sent, others))
    assert wrong == []


def test_an_address_that_is_not_there_is_shut_like_all_others(looker: User) -> None:
    client = browser(looker)
    assert client.get("/admin/nothing/here/").status_code == 403
    assert client.post("/admin/nothing/here/").status_code == 403


def test_the_one_form_that_they_may_send_ends_their_own_session(looker: User) -> None:
    client = browser(looker)
    assert client.post("/admin/logout/").status_code in (200, 302)
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


# ---- Nothing of anybody ------------------------------------------------------------------------------------------------------------
def test_no_page_says_what_people_wrote_or_who_they_are(house: House, looker: User) -> None:
    client = browser(looker)
    pages = {address for name, address in admin_addresses() if name in PAGES}
    pages |= {f"/admin/privacy/datarequest/{one.public_id}/" for one in DataRequest.objects.all()}
    pages |= {f"/admin/privacy/breach/{one.public_id}/" for one in Breach.objects.all()}
    pages |= {f"/admin/privacy/deletionrecord/{one.pk}/change/" for one in DeletionRecord.objects.all()}
    pages |= {f"/admin/oversight/registers/{name}/" for name in ("processing", "transfers", "dpia")}
    pages |= {f"/admin/oversight/controls/{key}/" for key in ("iso27001-annex-a", "anssi-hygiene")}
    pages.add("/admin/oversight/chain/?verify=1")
    found, seen = [], 0
    for page in sorted(pages):
        answer = client.get(page, follow=True)
        seen += answer.status_code == 200
        text = answer.content.decode()
        found += [(page, secret) for secret in house.secrets if secret in text]
    assert found == []
    assert seen >= 25


def test_no_sealed_value_leaves_in_any_form(house: House, looker: User) -> None:
    """Neither opened nor as the bytes that lie in the rows."""
    blobs = [bytes(row.payload) for row in RoomEvent.objects.exclude(payload=b"")]
    blobs += [bytes(row.blob) for row in Evidence.objects.exclude(blob=None)] + [bytes(row.given) for row in LegalSubject.objects.all()]
    blobs += [bytes(row.wrote or b"") for row in DataRequest.objects.exclude(wrote=None)]
    assert len(blobs) >= 4
    client = browser(looker)
    for name, address in admin_addresses():
        if name in PAGES:
            answer = client.get(address, follow=True).content
            assert not any(blob in answer or blob.hex().encode() in answer or repr(blob).encode() in answer for blob in blobs), name


def test_searching_and_sorting_open_nothing_more(house: House, looker: User) -> None:
    client = browser(looker)
    for path in ("/admin/moderation/decision/?q=x", "/admin/moderation/decision/?subject__username__startswith=z", "/admin/?next=/x"):
        answer = client.get(path, follow=True)
        assert answer.status_code in (200, 400)
        assert not any(secret in answer.content.decode() for secret in house.secrets)


# ---- Every look is noted -----------------------------------------------------------------------------------------------------------
def test_every_look_leaves_an_entry_under_a_handle_with_its_address(house: House, looker: User) -> None:
    client, handle = browser(looker), looker.staff_profile.handle
    for name, address in admin_addresses():
        if name not in PAGES:
            continue
        before = len(looks(name))
        client.get(f"{address}?p=1")
        assert looks(name)[before:] == [f"GET {address}?p=1"], name
    noted = AuditEntry.objects.filter(action="auditor.view")
    assert set(noted.values_list("handle", "role")) == {(handle, "auditor")}
    assert audit.verify().holds


def test_what_was_refused_is_noted_as_that(looker: User) -> None:
    client = browser(looker)
    client.get("/admin/accounts/user/")
    client.post("/admin/oversight/", {"x": "y"})
    refused = AuditEntry.objects.filter(action="auditor.refused").order_by("seq").values_list("object_ref", "reason")
    assert list(refused) == [
        ("admin:accounts_user_changelist", "GET /admin/accounts/user/"),
        ("admin:privacy_oversight", "POST /admin/oversight/"),
    ]


def test_a_very_long_address_is_noted_and_does_no_harm(looker: User) -> None:
    assert browser(looker).get("/admin/oversight/chain/?q=" + "x" * 5000).status_code == 200
    assert len(looks("admin:privacy_chain")[0]) == 300


def test_the_looks_of_others_are_not_noted_as_an_auditors() -> None:
    dora = make_staff_member("Modo5", StaffRole.DATA_PROTECTION)
    assert browser(dora.user).get("/admin/oversight/").status_code == 200
    assert AuditEntry.objects.filter(action__startswith="auditor.").count() == 0


# ---- Who else ----------------------------------------------------------------------------------------------------------------------
def test_without_a_second_factor_nothing_opens_and_nothing_is_noted(looker: User) -> None:
    client = Client()
    client.force_login(looker)
    assert client.get("/admin/oversight/").status_code == 403
    assert AuditEntry.objects.filter(action__startswith="auditor.").count() == 0


def test_outsiders_learn_nothing_of_the_pages() -> None:
    carol = Client()
    carol.force_login(make_user("Carol"))
    for client in (carol, Client()):
        for page in ("", "registers/dpia/", "controls/anssi-hygiene/", "chain/", "consents/", "drills/"):
            assert client.get(f"/admin/oversight/{page}")["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("role", list(StaffRole))
def test_oversight_opens_to_those_whose_work_it_is(role: StaffRole) -> None:
    client = browser(make_staff_member("Elsa", role).user)
    reads = role in (StaffRole.DATA_PROTECTION, StaffRole.LEGAL_DESK, StaffRole.AUDITOR)
    assert client.get("/admin/oversight/").status_code == (200 if reads else 403)
    assert ('id="oversight-door"' in client.get("/admin/").content.decode()) == reads


def test_rights_that_somebody_adds_to_an_auditors_account_open_nothing(looker: User) -> None:
    """A mistake at the admin's groups, or a superuser's mark: the door stays what it is."""
    User.objects.filter(pk=looker.pk).update(is_superuser=True)
    client = browser(User.objects.get(pk=looker.pk))
    assert client.get("/admin/accounts/user/").status_code == 403
    assert client.post("/admin/auth/group/add/", {"name": "x"}).status_code == 403


def test_outside_of_the_admin_an_auditor_is_a_member_like_all(house: House, looker: User) -> None:
    client = browser(looker)
    assert client.get("/account/data/").status_code == 200
    assert client.get(f"/people/{house.amina.public_id}/").status_code == 200, "what members see of each other, no more"


@override_settings(AUDIT_ANCHORS="/nowhere/anchors.jsonl")
def test_the_chain_is_judged_before_their_eyes(looker: User) -> None:
    client = browser(looker)
    assert "tout se tient" in client.get("/admin/oversight/chain/?verify=1").content.decode()
    last = AuditEntry.objects.latest("seq")
    AuditEntry.objects.filter(pk=last.pk).update(reason="autre chose")
    assert f"rompu à l’entrée {last.seq}" in client.get("/admin/oversight/chain/?verify=1").content.decode()


def test_the_guard_looks_at_the_name_that_django_resolves() -> None:
    assert resolve("/admin/oversight/chain/").view_name in PAGES
