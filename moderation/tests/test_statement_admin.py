"""The team's list of statements: who may read it, who may send again, and that nobody can change a word."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import NOON, make_user
from core.leases import claim_lease
from core.models import AuditEntry
from moderation.enums import StaffRole
from moderation.models import StaffProfile, StatementOfReasons
from moderation.tests.factories import log_in, make_staff_member
from moderation.tests.statements import make_case, make_decision, state

pytestmark = pytest.mark.django_db
LIST = "admin:moderation_statementofreasons_changelist"
PAGE = "admin:moderation_statementofreasons_change"


@pytest.fixture
def statement() -> StatementOfReasons:
    made = state(make_decision(make_case(make_user("Ben")), make_staff_member("Modo9")))
    made.error, made.due_at = "content_language: <b>invalid</b>", None
    made.save(update_fields=["error", "due_at"])
    return made


def browser(*roles: StaffRole) -> tuple[Client, StaffProfile]:
    client, staff = Client(), make_staff_member("Modo1", *roles)
    log_in(client, staff)
    return client, staff


def press_resend(client: Client, statement: StatementOfReasons) -> Any:
    return client.post(reverse(LIST), {"action": "resend", "_selected_action": [statement.pk]}, follow=True)


def test_the_team_reads_it_and_nobody_is_named(statement: StatementOfReasons) -> None:
    client, _staff = browser(StaffRole.MODERATOR)
    listed = client.get(reverse(LIST)).content.decode()
    assert statement.puid in listed
    assert "Refusé" in listed
    assert "&lt;b&gt;invalid" in listed
    page = client.get(reverse(PAGE, args=[statement.pk])).content.decode()
    assert "DECISION_VISIBILITY_CONTENT_REMOVED" in page
    for text in (listed, page):
        assert "Ben" not in text
        assert "Modo9" not in text


def test_the_outsider_and_who_left_read_nothing(statement: StatementOfReasons) -> None:
    guest, (gone, staff) = Client(), browser()
    StaffProfile.objects.filter(pk=staff.pk).update(active=False)
    carol = Client()
    carol.force_login(make_user("Carol"))
    for client in (guest, carol, gone):
        for path in (reverse(LIST), reverse(PAGE, args=[statement.pk])):
            answer = client.get(path)
            assert answer.status_code in {302, 403, 404}
            assert statement.puid not in answer.content.decode()


def test_nobody_changes_adds_or_deletes(statement: StatementOfReasons) -> None:
    client, _staff = browser(StaffRole.SENIOR)
    for path in ("admin:moderation_statementofreasons_add", "admin:moderation_statementofreasons_delete", PAGE):
        address = reverse(path, args=[] if path.endswith("add") else [statement.pk])
        assert client.post(address, {"puid": "rsk-1", "post": "yes"}).status_code == 403
    kept = StatementOfReasons.objects.get()
    assert (kept.puid, kept.payload) == (statement.puid, statement.payload)


def test_sending_again_is_for_some_and_noted(statement: StatementOfReasons) -> None:
    client, staff = browser(StaffRole.SENIOR)
    assert "1 exposé repart." in press_resend(client, statement).content.decode()
    statement.refresh_from_db()
    assert (statement.error, statement.due_at is not None) == ("", True)
    entry = AuditEntry.objects.get(action="statement.resend")
    assert (entry.handle, entry.object_ref) == (staff.handle, statement.puid)
    StatementOfReasons.objects.update(sent_at=NOON, due_at=None)
    assert "0 exposé" in press_resend(client, statement).content.decode()
    assert AuditEntry.objects.filter(action="statement.resend").count() == 1


def test_an_ordinary_moderator_has_no_such_button(statement: StatementOfReasons) -> None:
    client, _staff = browser(StaffRole.MODERATOR)
    press_resend(client, statement)
    statement.refresh_from_db()
    assert statement.waits_for_staff
    assert not AuditEntry.objects.filter(action="statement.resend").exists()


@pytest.mark.parametrize(("road", "found"), [("refused", 1), ("due", 0), ("sent", 0), ("bogus", 1)])
def test_the_list_is_filtered_by_where_they_stand(road: str, found: int, statement: StatementOfReasons) -> None:
    client, _staff = browser()
    assert client.get(reverse(LIST), {"road": road}).content.decode().count(statement.puid) == found


def test_it_says_when_nothing_is_sent_and_why(statement: StatementOfReasons, settings: Any) -> None:
    client, _staff = browser()
    assert "petite entreprise" in client.get(reverse(LIST)).content.decode()
    settings.DSA_MODE = "platform"
    assert "refuse notre jeton" not in client.get(reverse(LIST)).content.decode()
    claim_lease(name="moderation.dsa.token", holder="token", seconds=3600, now=timezone.now())
    assert "refuse notre jeton" in client.get(reverse(LIST)).content.decode()
