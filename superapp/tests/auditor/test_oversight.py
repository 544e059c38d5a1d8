"""The pages of oversight: what they show when there is much, little or something broken, and what they cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import ConsentChannel
from accounts.models import Consent
from accounts.queries.consentcounts import ConsentCount, count_consents
from accounts.tests.factories import NOON, make_user
from core import audit
from core.audit.reading import list_entries
from core.models import AuditEntry, Restoration
from moderation.enums import StaffRole
from moderation.tests.factories import make_staff_member
from privacy.queries.drills import list_drills
from privacy.registers.reading import read_all_transfers, read_assessment
from privacy.tests.conftest import seed_rules
from superapp.tests.auditor.house import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    seed_rules()
    return browser(make_staff_member("Modo5", StaffRole.DATA_PROTECTION).user)


def read(client: Client, path: str) -> str:
    text: str = client.get(f"/admin/oversight/{path}").content.decode()
    return text.replace("\xa0", " ").replace("\u202f", " ").replace("&#x27;", "'")


def note(count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            audit.append(audit.Entry("test.deed", "thing", f"thing-{number}", reason=f"raison {number}"), now=NOON)


def consent(name: str, *, version: str = "1.0", language: str = "fr", withdrawn: bool = False) -> Consent:
    return Consent.objects.create(
        user=make_user(name),
        purpose="ART9_SENSITIVE_ROOMS",
        version=version,
        text_sha256="0" * 64,
        language=language,
        given_at=NOON,
        withdrawn_at=NOON if withdrawn else None,
        channel=ConsentChannel.PAGE,
    )


# ---- The first page, registers, controls -------------------------------------------------------------------------------------------
def test_the_first_page_leads_to_all_and_counts_the_controls(desk: Client) -> None:
    page = read(desk, "")
    for path in ("registers/processing/", "registers/transfers/", "registers/dpia/", "chain/", "consents/", "drills/"):
        assert f'href="/admin/oversight/{path}"' in page
    for path in ("/admin/privacy/breach/", "/admin/privacy/deletionrecord/", "/transparency/", "/admin/oversight/controls/anssi-hygiene/"):
        assert f'href="{path}"' in page
    assert "Aucune certification n’est revendiquée" in page


def test_transfers_and_risks_stand_there_with_their_safeguard_and_their_evidence(desk: Client) -> None:
    page = read(desk, "registers/transfers/")
    for one in read_all_transfers():
        assert one.turned_on in page
        assert one.purpose.fr in page
    risks = read(desk, "registers/dpia/")
    assert all(risk.title in risks and risk.evidence[0] in risks for risk in read_assessment().risks)


def test_an_unknown_register_or_standard_is_not_found(desk: Client) -> None:
    for path in ("registers/nothing/", "controls/nothing/", "controls/../"):
        assert desk.get(f"/admin/oversight/{path}").status_code in (302, 404)


def test_a_control_whose_evidence_is_gone_is_said_on_its_page(desk: Client, tmp_path: Path) -> None:
    assert "ce qu’elle montre existe" in read(desk, "controls/anssi-hygiene/")
    folder = tmp_path / "docs" / "compliance"
    folder.mkdir(parents=True)
    (folder / "anssi-hygiene.md").write_text("| 1 | Former | DONE | <b>so</b> | `gone.py` |\n")
    with override_settings(BASE_DIR=tmp_path):
        page = read(desk, "controls/anssi-hygiene/")
    assert "anssi-hygiene.md, 1: gone.py is not there" in page
    assert "&lt;b&gt;so&lt;/b&gt;" in page


# ---- The chain ---------------------------------------------------------------------------------------------------------------------
def test_the_chain_is_read_a_hundred_entries_a_page_the_last_first(desk: Client) -> None:
    note(150)
    page = read(desk, "chain/")
    last = AuditEntry.objects.latest("seq").seq
    assert "raison 149" in page
    assert "raison 10<" not in page
    older = read(desk, f"chain/?before={last - 99}")
    assert "raison 49" in older
    assert "raison 149" not in older
    assert [entry.seq for entry in list_entries(before=3, limit=5)] == [2, 1]


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "%00", "1e3", "²"])
def test_a_forged_place_in_the_chain_shows_its_end(desk: Client, before: str) -> None:
    note(1)
    assert desk.get(f"/admin/oversight/chain/?before={before}").status_code == 200
    assert "raison 0" in read(desk, f"chain/?before={before}")


def test_a_forged_anchor_file_is_said_and_is_no_fault_of_the_page(desk: Client, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    file.write_text('{"seq": 1, "mac": "x", "at": "2026-01-01T00:00:00.000000Z", "sig": "x"}\n')
    with override_settings(AUDIT_ANCHORS=file):
        assert "n’a pas été écrite par la maison" in read(desk, "chain/?verify=1")
    assert "tout se tient" not in read(desk, "chain/"), "nothing is judged unasked"


# ---- Consents ----------------------------------------------------------------------------------------------------------------------
def test_consents_are_numbers_and_nobody(desk: Client) -> None:
    for name, change in (("Hasina", {}), ("Ialy", {"withdrawn": True}), ("Jery", {"language": "mg"}), ("Koto", {"version": "2.0"})):
        consent(name, **change)
    assert count_consents() == [
        ConsentCount("ART9_SENSITIVE_ROOMS", "1.0", "fr", 2, 1),
        ConsentCount("ART9_SENSITIVE_ROOMS", "1.0", "mg", 1, 0),
        ConsentCount("ART9_SENSITIVE_ROOMS", "2.0", "fr", 1, 0),
    ]
    page = read(desk, "consents/")
    assert ("<td>Salons sensibles</td>" in page, "ART9_" in page) == (True, False)
    assert not any(name in page for name in ("Hasina", "Ialy", "Jery", "Koto"))


def test_a_house_without_consents_restores_and_drills_says_so(desk: Client, tmp_path: Path) -> None:
    assert "Personne n’a encore rien accepté." in read(desk, "consents/")
    with override_settings(DRILLS=tmp_path / "none"):
        page = read(desk, "drills/")
    assert "cette maison n’a jamais été restaurée" in page
    assert "Aucun exercice n’a encore laissé de rapport." in page


# ---- Drills ------------------------------------------------------------------------------------------------------------------------
def test_reports_of_drills_are_read_the_last_first_and_a_broken_one_is_shown_as_that(desk: Client, tmp_path: Path) -> None:
    (tmp_path / "2026-08.json").write_text(json.dumps({"minutes": 14, "who": "Mod-7K <b>"}))
    (tmp_path / "2026-11.json").write_text("{")
    (tmp_path / "2026-05.json").write_text("[1]")
    (tmp_path / "2026-02.json").write_text(json.dumps({"x": "y" * 200_000}))
    (tmp_path / "notes.txt").write_text("not one")
    with override_settings(DRILLS=tmp_path):
        drills = list_drills()
        page = read(desk, "drills/")
    assert [drill.name for drill in drills] == ["2026-11", "2026-08", "2026-05", "2026-02"]
    assert [bool(drill.fault) for drill in drills] == [True, False, True, True]
    assert drills[1].lines == (("minutes", "14"), ("who", "Mod-7K <b>"))
    assert "Mod-7K &lt;b&gt;" in page


def test_a_restoration_stands_there_with_its_figures(desk: Client) -> None:
    now = timezone.now()
    Restoration.objects.create(
        backup="main-20261126", made_at=now, begun_at=now, replayed_at=now, verified_at=now, report={"erased_tried": 20, "living_tried": 20}
    )
    page = read(desk, "drills/")
    assert "main-20261126" in page
    assert "erased_tried : 20" in page


# ---- Cost --------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "most"), [("", 0), ("registers/processing/", 1), ("registers/dpia/", 0), ("chain/", 1), ("consents/", 1), ("drills/", 1)]
)
def test_each_page_costs_what_it_shows(desk: Client, path: str, most: int) -> None:
    """On top of what every page of the admin costs: session, person, second factor, team."""
    desk.get("/admin/oversight/")
    with CaptureQueriesContext(connection) as plain:
        desk.get("/admin/oversight/")
    with CaptureQueriesContext(connection) as spent:
        desk.get(f"/admin/oversight/{path}")
    assert len(spent) - len(plain) <= most, [query["sql"][:200] for query in spent.captured_queries]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_sent_there(desk: Client, method: str) -> None:
    sent: Any = getattr(desk, method)
    for path in ("", "registers/dpia/", "controls/anssi-hygiene/", "chain/", "consents/", "drills/"):
        assert sent(f"/admin/oversight/{path}").status_code == 405
