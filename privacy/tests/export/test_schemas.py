"""The published schemas: open to everybody, the same that lie in an archive; and the table of archives for the team, with nobody in it."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from accounts.models import User
from moderation.enums import StaffRole
from moderation.tests.factories import log_in, make_staff_member
from privacy.export.table import BY_NAME
from privacy.models import ExportArchive
from privacy.tests.export.factories import make_archive, read

pytestmark = pytest.mark.django_db


def test_the_list_leads_to_each(client: Client) -> None:
    found = client.get("/privacy/schemas/").json()
    assert found["schema_version"] == "1"
    assert list(found["schemas"]) == ["manifest", *BY_NAME]
    for address in found["schemas"].values():
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
            200,
            "application/schema+json",
            "public, max-age=3600",
        )
        Draft202012Validator.check_schema(answer.json())


def test_they_are_those_of_the_archive(client: Client, amina: User) -> None:
    archive = read(make_archive(amina))
    for name in ("manifest", "account", "messages", "payments"):
        assert json.loads(archive.read(f"schema/{name}.json")) == client.get(f"/privacy/schemas/{name}.json").json()


@pytest.mark.parametrize("name", ["none", "__init__", "manifest.json"])
def test_one_that_there_is_not(client: Client, name: str) -> None:
    assert client.get(f"/privacy/schemas/{name}.json").status_code == 404
    assert client.post("/privacy/schemas/").status_code == 405


def test_the_team_sees_figures_and_nobody(client: Client, amina: User) -> None:
    archive = make_archive(amina)
    log_in(client, make_staff_member("Protec1", StaffRole.DATA_PROTECTION))
    for path in ("", f"{archive.pk}/change/"):
        answer = client.get(f"/admin/privacy/exportarchive/{path}")
        page = answer.content.decode()
        assert answer.status_code == 200
        assert archive.public_id in page
        for needle in ("Amina", amina.email, amina.public_id, archive.request.public_id):
            assert needle not in page
    assert client.post(f"/admin/privacy/exportarchive/{archive.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ExportArchive.objects.count() == 1


@pytest.mark.parametrize("role", [StaffRole.MODERATOR, StaffRole.LEGAL_DESK, StaffRole.APPEALS])
def test_other_roles_do_not(client: Client, amina: User, role: StaffRole) -> None:
    make_archive(amina)
    log_in(client, make_staff_member("Modo5", role))
    assert client.get("/admin/privacy/exportarchive/").status_code == 403
