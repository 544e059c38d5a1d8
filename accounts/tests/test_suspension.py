"""Measures: put in force by a decision, noted, told, ended; and what they leave open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.enums import SuspensionKind
from accounts.events import AccountSuspended
from accounts.handlers import on_account_suspended
from accounts.models import Suspension, User
from accounts.queries import NoSuchMember, find_person, get_user, is_age_sufficient, list_active_suspensions, list_people_by_names
from accounts.services.suspension import AlreadySuspended, BadEnd, NoReason, NotSuspended, end_due_suspensions, lift, suspend
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import NOON, make_user
from accounts.tests.overhearing import closed_sockets, overhear
from core import audit
from core.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]
BARRING = [SuspensionKind.SUSPENDED, SuspensionKind.TERMINATED]
MILD = [SuspensionKind.POSTING_RESTRICTED, SuspensionKind.REPORTING_SUSPENDED]


def put(user: User, kind: SuspensionKind = SuspensionKind.SUSPENDED, **fields: object) -> Suspension:
    given: dict[str, object] = {"decision_ref": "D-2026-0007", "reason": "menaces", "now": NOON} | fields
    return suspend(user=user, kind=kind, **given)  # type: ignore[arg-type]


def standing(user: User) -> tuple[bool, bool]:
    user.refresh_from_db()
    return user.barred, user.silenced


# ---- The rows -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (SuspensionKind.POSTING_RESTRICTED, (False, True)),
        (SuspensionKind.SUSPENDED, (True, False)),
        (SuspensionKind.TERMINATED, (True, False)),
        (SuspensionKind.REPORTING_SUSPENDED, (False, False)),
    ],
)
def test_what_a_measure_comes_to_while_it_holds_and_after(amina: User, kind: SuspensionKind, expected: tuple[bool, bool]) -> None:
    made = put(amina, kind)
    assert standing(amina) == expected
    assert [row.pk for row in list_active_suspensions(user=amina)] == [made.pk]
    lifted = lift(user=amina, kind=kind, reason="recours accepté", now=NOON + timedelta(hours=1))
    assert standing(amina) == (False, False)
    assert list_active_suspensions(user=amina) == []
    assert (lifted.lifted_at, lifted.lift_reason, lifted.open_key) == (NOON + timedelta(hours=1), "recours accepté", None)


def test_lifting_one_measure_leaves_the_other_in_force(amina: User) -> None:
    put(amina, SuspensionKind.SUSPENDED)
    put(amina, SuspensionKind.TERMINATED)
    put(amina, SuspensionKind.POSTING_RESTRICTED)
    lift(user=amina, kind=SuspensionKind.SUSPENDED, reason="remplacée", now=NOON)
    assert standing(amina) == (True, True)


def test_a_measure_of_one_person_is_none_of_another(amina: User, ben: User) -> None:
    put(amina)
    assert standing(ben) == (False, False)
    assert list_active_suspensions(user=ben) == []
    with pytest.raises(NotSuspended):
        lift(user=ben, kind=SuspensionKind.SUSPENDED, reason="faute de frappe", now=NOON)
    assert standing(amina) == (True, False)


def test_one_kind_is_in_force_once_and_may_come_again_after_it_was_lifted(amina: User) -> None:
    put(amina)
    with pytest.raises(AlreadySuspended):
        put(amina)
    assert Suspension.objects.count() == 1
    lift(user=amina, kind=SuspensionKind.SUSPENDED, reason="erreur", now=NOON)
    put(amina, now=NOON + timedelta(days=1))
    assert Suspension.objects.count() == 2


def test_the_database_too_refuses_a_second_one_and_an_end_before_the_beginning(amina: User) -> None:
    row = put(amina)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.create(user=amina, kind=row.kind, decision_ref="D", starts_at=NOON, open_key=row.open_key)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.create(user=amina, kind=row.kind, decision_ref="D", starts_at=NOON, ends_at=NOON)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"decision_ref": " "}, NoReason),
        ({"reason": "\n"}, NoReason),
        ({"ends_at": NOON}, BadEnd),
        ({"ends_at": NOON - timedelta(days=1)}, BadEnd),
        ({"kind": SuspensionKind.TERMINATED, "ends_at": NOON + timedelta(days=1)}, BadEnd),
    ],
)
def test_a_measure_needs_a_decision_a_reason_and_an_end_to_come(amina: User, fields: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        put(amina, **fields)  # type: ignore[arg-type]
    assert standing(amina) == (False, False)
    assert (Suspension.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize("reason", ["", "  ", "\u200b"])
def test_nothing_is_lifted_without_a_word_of_why(amina: User, reason: str) -> None:
    put(amina)
    with pytest.raises(NoReason):
        lift(user=amina, kind=SuspensionKind.SUSPENDED, reason=reason, now=NOON)
    assert standing(amina) == (True, False)


# ---- Its end ------------------------------------------------------------------------------------------------------------------


def test_a_measure_ends_by_itself_at_its_time_not_before(amina: User, ben: User) -> None:
    put(amina, ends_at=NOON + timedelta(days=7))
    put(ben)
    assert end_due_suspensions(now=NOON + timedelta(days=7, seconds=-1)) == 0
    assert standing(amina) == (True, False)
    assert end_due_suspensions(now=NOON + timedelta(days=7)) == 1
    assert end_due_suspensions(now=NOON + timedelta(days=7)) == 0
    assert (standing(amina), standing(ben)) == ((False, False), (True, False))
    row = Suspension.objects.get(user=amina)
    assert (row.open_key, row.lifted_at, row.lift_reason) == (None, None, "")  # its day came; nobody lifted it


def test_the_end_of_one_measure_leaves_what_was_decided_meanwhile(amina: User) -> None:
    put(amina, ends_at=NOON + timedelta(days=7))
    put(amina, SuspensionKind.TERMINATED, now=NOON + timedelta(days=1))
    assert end_due_suspensions(now=NOON + timedelta(days=8)) == 1
    assert standing(amina) == (True, False)


# ---- Noted and told -----------------------------------------------------------------------------------------------------------


def test_every_change_is_an_entry_of_the_audit_chain(amina: User) -> None:
    mod = make_user("Modo1", reserved_name=True, is_staff=True)
    put(amina, ends_at=NOON + timedelta(days=1), by=mod, role="SENIOR")
    lift(user=amina, kind=SuspensionKind.SUSPENDED, reason="recours accepté", by=mod, role="APPEALS", now=NOON)
    put(amina, SuspensionKind.POSTING_RESTRICTED, ends_at=NOON + timedelta(hours=1))
    end_due_suspensions(now=NOON + timedelta(hours=1))
    rows = list(AuditEntry.objects.order_by("seq").values_list("action", "object_kind", "object_ref", "handle", "role", "reason"))
    who = ("account", amina.public_id)
    assert rows == [
        ("account.suspend", *who, "modo1", "SENIOR", "SUSPENDED D-2026-0007: menaces"),
        ("account.lift", *who, "modo1", "APPEALS", "SUSPENDED D-2026-0007: recours accepté"),
        ("account.suspend", *who, "", "system", "POSTING_RESTRICTED D-2026-0007: menaces"),
        ("account.suspension_end", *who, "", "system", "POSTING_RESTRICTED D-2026-0007: ends_at"),
    ]
    assert audit.verify().holds
    assert mod.public_id not in str(list(AuditEntry.objects.values_list()))  # who decided is kept as a keyed hash


def test_a_measure_that_cannot_be_noted_does_not_hold(amina: User) -> None:
    AuditEntry.objects.create(seq=1, at=NOON, action="x", object_kind="x", object_ref="x", reason="", prev_mac="", mac="", kid=1)
    with pytest.raises(IntegrityError), transaction.atomic():  # a chain that somebody has tampered with takes no entry
        put(amina)
    assert standing(amina) == (False, False)
    assert Suspension.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", SuspensionKind.values)
def test_open_sockets_are_closed_by_what_bars_alone(kind: str) -> None:
    amina, ben = make_user("Amina"), make_user("Ben")
    with overhear() as heard:
        put(amina, SuspensionKind(kind))
    assert closed_sockets(heard) == ([(amina.public_id, 4010)] if kind in BARRING else [])
    assert ben.public_id not in str(heard)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", SuspensionKind.values)
def test_they_are_closed_again_when_the_event_arrives_unless_it_was_lifted_meanwhile(kind: str) -> None:
    """In the one-process shape another process, say a command, has no bus to the sockets; the outbox does reach them."""
    amina = make_user("Amina")
    made = put(amina, SuspensionKind(kind))
    event = AccountSuspended(user_id=amina.pk, kind=kind, decision_ref=made.decision_ref)
    with overhear() as heard:
        on_account_suspended(event)
    assert closed_sockets(heard) == ([(amina.public_id, 4010)] if kind in BARRING else [])
    lift(user=amina, kind=SuspensionKind(kind), reason="recours accepté", now=NOON)
    with overhear() as heard:
        on_account_suspended(event)
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_closes_nothing() -> None:
    amina = make_user("Amina")
    with overhear() as heard, transaction.atomic():
        put(amina)
        transaction.set_rollback(True)
    assert heard == []
    assert standing(amina) == (False, False)


# ---- The one page -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BARRING)
@pytest.mark.parametrize("path", ["/", "/rooms/", "/account/", "/account/profile/", "/account/email/", "/age/", "/people/x/", "/admin/"])
def test_a_barred_account_opens_its_page_and_no_other(amina: User, as_: LogIn, kind: SuspensionKind, path: str) -> None:
    browser = as_(amina)
    put(amina, kind)
    answer = browser.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/account/standing/")
    assert browser.post(path)["Location"] == "/account/standing/"


@pytest.mark.parametrize("kind", MILD)
def test_a_milder_measure_leaves_the_pages_open(amina: User, as_: LogIn, kind: SuspensionKind) -> None:
    put(amina, kind)
    assert as_(amina).get("/account/").status_code == 200


@pytest.mark.parametrize(
    "path", ["/account/standing/", "/safety/", "/help/victims/", "/rules/", "/logout/", "/contact/", "/legal/privacy/"]
)
def test_the_decision_help_and_the_way_out_stay_open(amina: User, as_: LogIn, path: str) -> None:
    put(amina)
    assert as_(amina).get(path).status_code == 200


def test_the_page_names_the_decision_and_its_end(amina: User, as_: LogIn) -> None:
    put(amina, ends_at=timezone.now() + timedelta(days=30))
    page = as_(amina).get("/account/standing/?lang=fr").content.decode()
    assert "D-2026-0007" in page
    assert "Compte suspendu" in page
    assert "menaces" not in page  # staff's own words to staff


def test_without_a_measure_the_page_says_so_and_is_nobody_elses(amina: User, ben: User, as_: LogIn) -> None:
    put(ben)
    page = as_(amina).get("/account/standing/").content.decode()
    assert "Aucune décision ne limite votre compte." in page
    assert "D-2026-0007" not in page
    assert Client().get("/account/standing/")["Location"].startswith("/login/")


@pytest.mark.parametrize(
    ("method", "path"), [("get", "/api/v1/me"), ("patch", "/api/v1/me"), ("get", "/api/v1/blocks"), ("get", "/api/v1/rooms")]
)
def test_a_script_of_a_barred_account_gets_a_code(amina: User, as_: LogIn, method: str, path: str) -> None:
    browser = as_(amina)
    put(amina)
    answer = getattr(browser, method)(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "suspended")


def test_a_barred_person_can_log_in_to_that_page(as_: LogIn) -> None:
    dina = make_user("Dina", password=PASSWORD)
    put(dina)
    browser = Client()
    browser.post("/login/", {"login": "dina@example.org", "password": PASSWORD})
    assert browser.get("/account/").url == "/account/standing/"  # type: ignore[attr-defined]
    assert browser.get("/account/standing/").status_code == 200


def test_a_new_version_of_the_texts_does_not_send_a_barred_person_in_circles(amina: User, as_: LogIn) -> None:
    amina.consents.all().delete()
    put(amina)
    assert as_(amina).get("/account/standing/").status_code == 200


def test_when_the_measure_ends_the_same_session_opens_everything_again(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    put(amina)
    assert browser.get("/account/").status_code == 302
    lift(user=amina, kind=SuspensionKind.SUSPENDED, reason="erreur", now=NOON)
    assert browser.get("/account/").status_code == 200


# ---- What others see ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BARRING)
def test_a_barred_person_is_not_found_by_others_nor_let_through_a_gate(amina: User, ben: User, kind: SuspensionKind) -> None:
    put(amina, kind)
    amina = User.objects.get(pk=amina.pk)
    assert find_person(viewer=ben, public_id=amina.public_id, now=NOON) is None
    assert find_person(viewer=amina, public_id=ben.public_id, now=NOON) is None
    assert list_people_by_names(names=["Amina"]) == []
    assert not is_age_sufficient(user=amina, session=None, gate="GENERAL", now=NOON)
    with pytest.raises(NoSuchMember):
        get_user(user_id=amina.pk)


def test_who_may_not_write_may_still_be_found(amina: User, ben: User) -> None:
    put(amina, SuspensionKind.POSTING_RESTRICTED)
    assert find_person(viewer=ben, public_id=amina.public_id, now=NOON) is not None
