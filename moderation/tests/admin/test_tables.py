"""Tables of moderation in the admin: open to roles, not to permissions, and without what a case keeps behind its door."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from moderation.enums import Action, Ground, StaffRole
from moderation.models import Decision, Report, StaffProfile
from moderation.tests.desk import make_case, make_report
from moderation.tests.factories import log_in, make_staff_member

pytestmark = pytest.mark.django_db
REPORTS, DECISIONS = "/admin/moderation/report/", "/admin/moderation/decision/"


def browser_of(staff: StaffProfile) -> Client:
    browser = Client()
    log_in(browser, staff)
    return browser


def decide(by: StaffProfile, subject: User | None = None, **case: Any) -> Decision:
    about = make_case(subject=subject, now=timezone.now(), **case)
    words = {"ground": Ground.TERMS, "ground_ref": "règles", "explanation": "x", "facts": "y"}
    return Decision.objects.create(
        case=about, subject=subject, moderator=by, action=Action.REMOVE, reason=about.reason, starts_at=timezone.now(), **words
    )


@pytest.mark.parametrize(
    ("role", "opened"),
    [
        (StaffRole.MODERATOR, {REPORTS, DECISIONS}),
        (StaffRole.SENIOR, {REPORTS, DECISIONS}),
        (StaffRole.CHILD_SAFETY, {REPORTS, DECISIONS}),
        (StaffRole.APPEALS, {DECISIONS}),
        (StaffRole.AUDITOR, {DECISIONS}),
        (StaffRole.LEGAL_DESK, set()),
        (StaffRole.RULE_EDITOR, set()),
        (StaffRole.DATA_PROTECTION, set()),
    ],
)
def test_each_role_opens_its_tables(role: StaffRole, opened: set[str]) -> None:
    browser = browser_of(make_staff_member("Elsa", role))
    assert {path for path in (REPORTS, DECISIONS) if browser.get(path).status_code == 200} == opened
    assert {path for path in (REPORTS, DECISIONS) if f'href="{path}"' in browser.get("/admin/").content.decode()} == opened


def test_the_table_of_reports_names_nobody_and_quotes_nothing(mod: StaffProfile) -> None:
    report = make_report(make_case(now=timezone.now()), reporter=make_user("Voahangy"), now=timezone.now())
    browser = browser_of(mod)
    for page in (REPORTS, f"{REPORTS}{report.pk}/change/"):
        text = browser.get(page).content.decode()
        assert report.public_id in text
        assert "Voahangy" not in text
        assert "Il m’insulte" not in text


def test_nothing_is_changed_from_a_table(mod: StaffProfile) -> None:
    report = make_report(make_case(now=timezone.now()), now=timezone.now())
    browser = browser_of(mod)
    for path in (f"{REPORTS}add/", f"{REPORTS}{report.pk}/delete/", f"{DECISIONS}add/"):
        assert browser.get(path).status_code == 403
    browser.post(f"{REPORTS}{report.pk}/change/", {"state": "ANSWERED"})
    assert Report.objects.get().state == report.state


def test_children_and_ones_own_matters_are_left_out(mod: StaffProfile) -> None:
    warden, now = make_staff_member("Gara", StaffRole.CHILD_SAFETY), timezone.now()
    child = make_report(make_case(child_safety=True, now=now), now=now)
    mine, other = make_report(make_case(now=now), reporter=mod.user, now=now), make_report(make_case(now=now), now=now)
    about_me, about_child, plain = decide(warden, mod.user), decide(warden, child_safety=True), decide(warden)
    page = browser_of(mod).get(REPORTS).content.decode()
    assert [one.public_id in page for one in (child, mine, other)] == [False, False, True]
    page = browser_of(mod).get(DECISIONS).content.decode()
    assert [one.public_id in page for one in (about_me, about_child, plain)] == [False, False, True]
    assert browser_of(mod).get(f"{REPORTS}{mine.pk}/change/").status_code == 302, "an address typed by hand leads back"
    assert child.public_id in browser_of(warden).get(REPORTS).content.decode()


def test_the_first_page_shows_the_way_to_the_desk(mod: StaffProfile) -> None:
    assert 'href="/admin/moderation/desk/"' in browser_of(mod).get("/admin/").content.decode()
    assert browser_of(mod).get("/admin/moderation/desk/")["Location"] == "/admin/moderation/queue/"
    reviewer = make_staff_member("Rija", StaffRole.APPEALS)
    assert browser_of(reviewer).get("/admin/moderation/desk/")["Location"] == "/admin/moderation/appeals/"
