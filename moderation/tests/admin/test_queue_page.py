"""The queue as a page, the figures, the preferences and the deeds for two."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.factories import log_in_staff, make_user
from core.models import AuditEntry
from moderation.enums import ApprovalKind, Reason, Severity, StaffRole
from moderation.models import SecondApproval, StaffProfile
from moderation.services.approvals import ask_approval
from moderation.services.claims import claim_case
from moderation.services.staff import discharge
from moderation.tests.desk import make_case, make_report
from moderation.tests.factories import log_in, make_staff_member

pytestmark = pytest.mark.django_db
QUEUE = "/admin/moderation/queue/"


@pytest.fixture
def mod() -> StaffProfile:
    return make_staff_member("Modo1")


@pytest.fixture
def desk(mod: StaffProfile, client: Client) -> Client:
    log_in(client, mod)
    return client


def browser_of(staff: StaffProfile) -> Client:
    browser = Client()
    log_in(browser, staff)
    return browser


def test_the_queue_shows_what_waits_and_never_whom_it_is_about(desk: Client) -> None:
    ben = make_user("Benjaminou")
    now = timezone.now()
    case = make_case(subject=ben, now=now, age=timedelta(hours=5))
    make_report(case, reporter=make_user("Amina"), now=now)
    page = desk.get(QUEUE).content.decode()
    row = re.search(rf'<tr data-case="{case.public_id}".*?</tr>', page, re.DOTALL)
    assert row
    assert 'class="late"' in row[0]
    assert f'href="/admin/moderation/cases/{case.public_id}/' in row[0]
    assert "Insultes ou harcèlement" in row[0]
    for name in ("Benjaminou", "Amina", "Il m’insulte", "Modo1"):
        assert name not in page, name


def test_an_empty_queue_says_so(desk: Client) -> None:
    assert "Rien n’attend ici" in desk.get(QUEUE).content.decode()


def test_the_queue_asks_the_same_number_of_questions_however_long_it_is(desk: Client) -> None:
    desk.get(QUEUE)
    asked = []
    for _ in range(2):
        for _more in range(15):
            make_report(make_case(now=timezone.now()))
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(QUEUE).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert asked[0] <= 14, [query["sql"][:90] for query in queries]


def test_the_open_page_learns_what_changed_in_few_bytes(desk: Client, mod: StaffProfile) -> None:
    now, other = timezone.now(), make_staff_member("Modo2")
    case, late = make_case(now=now), make_case(now=now, age=timedelta(hours=5))
    claim_case(case_id=case.pk, version=1, by=other, now=now)
    answer = desk.get(QUEUE + "state/")
    assert answer.json() == {
        "rows": [
            {"id": late.public_id, "taken": "", "overdue": True, "reports": 0},
            {"id": case.public_id, "taken": other.handle, "overdue": False, "reports": 0},
        ],
        "lanes": {"all": 2, "mine": 0, "free": 1, "escalated": 0, "overdue": 1, "flaggers": 0},
        "appeals": 0,
    }
    assert "no-store" in answer["Cache-Control"]


def test_filters_stay_in_the_address_and_nonsense_filters_nothing(desk: Client) -> None:
    scam = make_case(reason=Reason.SCAM, now=timezone.now())
    make_case(now=timezone.now())
    page = desk.get(QUEUE + "?reason=SCAM&lane=free").content.decode()
    assert page.count("<tr data-case=") == 1
    assert f"/cases/{scam.public_id}/?lane=free&amp;reason=SCAM" in page
    for query in ("?reason=%27%3B--&lane=x&language=xx&after=%00", "?after=abc:def"):
        assert desk.get(QUEUE + query).content.decode().count("<tr data-case=") == 2


def test_children_are_a_number(desk: Client) -> None:
    case = make_case(child_safety=True, severity=Severity.S1, now=timezone.now())
    page = desk.get(QUEUE).content.decode()
    assert "1 dossier de protection de l’enfance" in page
    assert case.public_id not in page


# ---- Who comes in --------------------------------------------------------------------------------------------------------------------
PAGES = ("queue/", "queue/state/", "appeals/", "approvals/", "workload/", "team/", "desk/")
OPENS = {
    StaffRole.MODERATOR: {"queue/", "queue/state/", "approvals/", "workload/", "team/", "desk/"},
    StaffRole.SENIOR: {"queue/", "queue/state/", "approvals/", "workload/", "team/", "desk/"},
    StaffRole.CHILD_SAFETY: {"queue/", "queue/state/", "approvals/", "workload/", "team/", "desk/"},
    StaffRole.APPEALS: {"appeals/", "approvals/", "workload/", "team/", "desk/"},
    StaffRole.AUDITOR: {"approvals/", "workload/", "team/", "desk/"},
    StaffRole.LEGAL_DESK: {"approvals/", "team/", "desk/"},
    StaffRole.RULE_EDITOR: {"approvals/", "team/", "desk/"},
    StaffRole.DATA_PROTECTION: {"approvals/", "team/", "desk/"},
}


@pytest.mark.parametrize("role", list(StaffRole))
def test_each_role_opens_its_pages_and_no_other(role: StaffRole) -> None:
    browser = browser_of(make_staff_member("Elsa", role))
    opened = {page for page in PAGES if browser.get(f"/admin/moderation/{page}").status_code in (200, 302)}
    assert opened == OPENS[role]
    menu = browser.get("/admin/moderation/team/").content.decode()
    linked = {page for page in PAGES if f'href="/admin/moderation/{page}"' in menu}
    assert linked == OPENS[role] - {"queue/state/", "desk/"}


def test_nobody_else_comes_in(client: Client, mod: StaffProfile) -> None:
    for browser in (Client(), client):
        if browser is client:
            browser.force_login(make_user("Carol"))
        for page in PAGES:
            answer = browser.get(f"/admin/moderation/{page}")
            assert answer.status_code == 302
            assert "/admin/login/" in answer["Location"] or "/login/" in answer["Location"]
    colleague = make_user("Modo9", reserved_name=True)  # of the house, but not of this team
    colleague.is_staff = True
    colleague.save(update_fields=["is_staff"])
    browser = Client()
    log_in_staff(browser, colleague)
    assert {browser.get(f"/admin/moderation/{page}").status_code for page in PAGES} == {403}
    browser = browser_of(mod)
    discharge(profile=mod, reason="left", now=timezone.now())
    assert {browser.get(f"/admin/moderation/{page}").status_code for page in PAGES} == {403}


def test_without_a_second_factor_the_desk_stays_shut(mod: StaffProfile) -> None:
    browser = Client()
    browser.force_login(mod.user)
    answer = browser.get(QUEUE)
    assert (answer.status_code, b"<tr data-case" in answer.content) == (403, False)
    assert "seconde preuve" in answer.content.decode()


# ---- Pauses ---------------------------------------------------------------------------------------------------------------------------
def test_after_fifty_minutes_the_page_asks_to_stand_up(desk: Client) -> None:
    words = "Vous travaillez depuis plus de cinquante minutes"
    assert words not in desk.get(QUEUE).content.decode()
    session = desk.session
    session["desk_since"] = (timezone.now() - timedelta(minutes=51)).timestamp()
    session["desk_seen"] = (timezone.now() - timedelta(minutes=2)).timestamp()
    session.save()
    assert words in desk.get(QUEUE).content.decode()
    session = desk.session
    session["desk_seen"] = (timezone.now() - timedelta(minutes=11)).timestamp()
    session.save()
    assert words not in desk.get(QUEUE).content.decode(), "who paused ten minutes begins anew"


# ---- Preferences ----------------------------------------------------------------------------------------------------------------------
def test_preferences_are_ones_own_and_never_looser_than_the_house(desk: Client, mod: StaffProfile) -> None:
    sent = {"greyscale": "on", "daily_images": "10", "reasons_not_taken": ["SUICIDE_SELF_HARM", "SCAM"]}
    assert desk.post("/admin/moderation/team/", sent).status_code == 302
    mod.refresh_from_db()
    assert (mod.greyscale, mod.shortcuts, mod.daily_images, mod.reasons_not_taken) == (True, False, 10, "SCAM,SUICIDE_SELF_HARM")
    assert list(AuditEntry.objects.filter(action="staff.preferences").values_list("handle", "reason")) == [(mod.handle, "")]
    page = desk.get(QUEUE).content.decode()
    assert "data-desk" in page
    assert "data-keys" not in page
    for wrong in (
        {"daily_images": "41"},
        {"daily_images": "-1"},
        {"daily_images": "x"},
        {"daily_images": "5", "reasons_not_taken": "NONE"},
    ):
        answer = desk.post("/admin/moderation/team/", wrong)
        assert (answer.status_code, "errorlist" in answer.content.decode()) == (200, True)
    mod.refresh_from_db()
    assert mod.daily_images == 10


# ---- Deeds for two --------------------------------------------------------------------------------------------------------------------
def test_another_agrees_with_a_reason_and_nobody_with_themselves(desk: Client, mod: StaffProfile) -> None:
    now, other = timezone.now(), make_staff_member("Modo2")
    ben = make_user("Ben")
    asked = ask_approval(kind=ApprovalKind.TERMINATE_OLD_ACCOUNT, object_ref=ben.public_id, by=mod, reason="récidive", now=now)
    address = f"/admin/moderation/approvals/{asked.public_id}/agree/"
    page = desk.get("/admin/moderation/approvals/").content.decode()
    assert "récidive" in page
    assert address not in page
    desk.post(address, {"reason": "moi aussi"})
    second = browser_of(other)
    assert address in second.get("/admin/moderation/approvals/").content.decode()
    assert "Dites pourquoi" in second.post(address, {"reason": "  "}, follow=True).content.decode()
    assert SecondApproval.objects.filter(approved_at__isnull=False).count() == 0
    assert "Accord donné" in second.post(address, {"reason": "relu"}, follow=True).content.decode()
    assert "Trop tard" in browser_of(make_staff_member("Modo3")).post(address, {"reason": "relu"}, follow=True).content.decode()
    asked.refresh_from_db()
    assert (asked.approved_by, asked.approval_reason) == (other, "relu")


def test_whom_it_concerns_does_not_agree(desk: Client, mod: StaffProfile) -> None:
    now, other = timezone.now(), make_staff_member("Modo2")
    case = make_case(subject=mod.user, now=now)
    for ref in (mod.user.public_id, case.public_id):
        asked = ask_approval(kind=ApprovalKind.TERMINATE_OLD_ACCOUNT, object_ref=ref, by=other, reason="récidive", now=now)
        answer = desk.post(f"/admin/moderation/approvals/{asked.public_id}/agree/", {"reason": "non"}, follow=True)
        assert "Une autre personne doit donner cet accord" in answer.content.decode()
        asked.refresh_from_db()
        assert asked.approved_at is None


def test_what_another_role_asks_is_not_there(desk: Client) -> None:
    legal = make_staff_member("Lova", StaffRole.LEGAL_DESK)
    asked = ask_approval(kind=ApprovalKind.RELEASE_DATA, object_ref="LR-1", by=legal, reason="réquisition", now=timezone.now())
    assert "réquisition" not in desk.get("/admin/moderation/approvals/").content.decode()
    assert desk.post(f"/admin/moderation/approvals/{asked.public_id}/agree/", {"reason": "x"}).status_code == 404
    assert desk.get(f"/admin/moderation/approvals/{asked.public_id}/agree/").status_code == 405
