"""Banks of hashes and checks of images in the admin: who sees which, and the deeds of those whose bank it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from core.models import AuditEntry
from moderation.enums import Action, HashBankKind, Reason, StaffRole, TargetKind
from moderation.models import Case, HashBank, HashEntry, ImageCheck, StaffProfile
from moderation.services.hashbank import add_hash
from moderation.tests.factories import log_in, make_staff_member
from moderation.tests.holding import decide
from moderation.tests.imaging import check, know, send, store
from moderation.tests.pictures import photo
from moderation.tests.reporting import case_of, report

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
BANKS, ENTRIES, CHECKS = (f"/admin/moderation/{name}/" for name in ("hashbank", "hashentry", "imagecheck"))
VALUE = "ab" * 32
LOCAL = "LOCAL_ACTIONED"


def browser(staff: StaffProfile) -> Client:
    client = Client(headers={"Accept-Language": "fr"})
    log_in(client, staff)
    return client


def of_role(*roles: StaffRole) -> StaffProfile:
    return make_staff_member("Elsa", *roles)


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def add(client: Client, kind: str, value: str = VALUE, source: str = "liste du lundi") -> Any:
    return client.post(f"{ENTRIES}add/", {"kind": kind, "value": value, "source": source})


def take_out(client: Client, *entries: HashEntry, reason: str = "erreur") -> str:
    sent = {"action": "take_out", "_selected_action": [one.pk for one in entries], "reason": reason}
    return " ".join(str(one) for one in client.post(ENTRIES, sent, follow=True).context["messages"])


@pytest.mark.parametrize("page", [BANKS, ENTRIES])
def test_without_hashes_the_page_says_where_they_come_from(page: str) -> None:
    client = browser(of_role(StaffRole.SENIOR))
    assert "Aucune empreinte encore." in text(client, page)
    know(photo(1), HashBankKind.SCAM_PHOTO, make_staff_member("Modo9", StaffRole.SENIOR))
    assert "Aucune empreinte encore." not in text(client, page)


def test_a_search_that_finds_nothing_is_no_empty_bank() -> None:
    client = browser(of_role(StaffRole.SENIOR))
    assert "Aucune empreinte encore." not in text(client, f"{ENTRIES}?q=ffff")


def test_hashes_of_the_abuse_of_children_alone_are_none_to_others() -> None:
    know(photo(1), HashBankKind.CHILD_ABUSE, make_staff_member("Garde1", StaffRole.CHILD_SAFETY))
    assert "Aucune empreinte encore." in text(browser(of_role(StaffRole.SENIOR)), ENTRIES)


@pytest.mark.parametrize(
    ("role", "opens", "banks"),
    [
        (StaffRole.MODERATOR, True, {LOCAL}),
        (StaffRole.SENIOR, True, {"INTIMATE", "TERRORISM", "SCAM_PHOTO", "BANNED_PHOTO", LOCAL}),
        (StaffRole.CHILD_SAFETY, True, {"CHILD_ABUSE", LOCAL}),
        (StaffRole.AUDITOR, True, set()),
        (StaffRole.APPEALS, False, set()),
        (StaffRole.LEGAL_DESK, False, set()),
        (StaffRole.RULE_EDITOR, False, set()),
        (StaffRole.DATA_PROTECTION, False, set()),
    ],
)
def test_each_role_opens_its_tables_and_fills_its_banks(role: StaffRole, opens: bool, banks: set[str]) -> None:
    client = browser(of_role(role))
    assert {client.get(page).status_code for page in (BANKS, ENTRIES, CHECKS)} == {200 if opens else 403}
    form = client.get(f"{ENTRIES}add/")
    assert form.status_code == (200 if banks else 403)
    for kind in HashBankKind:
        offered = form.status_code == 200 and f'value="{kind}"' in form.content.decode()
        assert offered is (kind in banks)
        add(client, kind)
        assert HashEntry.objects.filter(bank__kind=kind).exists() is (kind in banks)


def test_a_hash_comes_in_with_who_and_where_from() -> None:
    senior = of_role(StaffRole.SENIOR)
    answer = add(browser(senior), "TERRORISM", f" {VALUE.upper()} ")
    assert answer.status_code == 302
    entry = HashEntry.objects.get()
    assert (entry.value, entry.bank.kind, entry.source, entry.added_by) == (VALUE, "TERRORISM", "liste du lundi", senior)
    assert (entry.reason, entry.expires_at) == ("TERRORISM", None)
    assert AuditEntry.objects.get(action="hashbank.add").handle == senior.handle


def test_what_the_team_remembers_by_hand_ends_after_a_year() -> None:
    add(browser(of_role(StaffRole.MODERATOR)), LOCAL)
    entry = HashEntry.objects.get()
    assert entry.expires_at is not None
    assert (entry.expires_at - entry.added_at).days == 365


@pytest.mark.parametrize(
    ("value", "source", "fault"),
    [
        ("ab" * 31, "x", "Une empreinte PDQ a 64 signes"),
        ("zz" * 32, "x", "Une empreinte PDQ a 64 signes"),
        ("０" * 64, "x", "Une empreinte PDQ a 64 signes"),
        (VALUE, "", "obligatoire"),
        (VALUE, "\u200b", "d’où vient"),
    ],
)
def test_each_fault_has_its_words(value: str, source: str, fault: str) -> None:
    answer = add(browser(of_role(StaffRole.SENIOR)), "TERRORISM", value, source)
    assert answer.status_code == 200
    assert fault in answer.content.decode()
    assert HashEntry.objects.count() == 0


def test_what_is_known_of_child_abuse_is_seen_by_its_guards_alone(room: Room, amina: User) -> None:
    guard, senior = make_staff_member("Garde1", StaffRole.CHILD_SAFETY), of_role(StaffRole.SENIOR, StaffRole.MODERATOR)
    entry = know(photo(1), HashBankKind.CHILD_ABUSE, guard)
    image = store(amina, room, photo(1))
    send(amina, room, image)
    found = check(image)
    one, other = browser(guard), browser(senior)
    for page, pk in ((BANKS, entry.bank_id), (ENTRIES, entry.pk), (CHECKS, found.pk)):
        assert one.get(f"{page}{pk}/change/").status_code == 200
        assert other.get(f"{page}{pk}/change/").status_code == 302, "as if there were none"
    assert entry.value in text(one, f"{ENTRIES}{entry.pk}/change/")
    assert [entry.value[:16] in text(client, ENTRIES) for client in (one, other)] == [True, False]
    assert [image.public_id in text(client, CHECKS) for client in (one, other)] == [True, False]
    assert [f"{entry.value[:16]}…" in text(client, f"{ENTRIES}?q={entry.value[:8]}") for client in (one, other)] == [True, False]
    take_out(other, entry)
    assert HashEntry.objects.get() == entry


def test_ones_own_images_are_not_in_the_table_of_checks(room: Room, amina: User, ben: User) -> None:
    mod = of_role(StaffRole.MODERATOR)
    mine, theirs = (check(store(user, room, photo(2))) for user in (amina, ben))
    ImageCheck.objects.filter(pk=mine.pk).update(owner=mod.user)
    page = text(browser(mod), CHECKS)
    assert [one.target_ref in page for one in (mine, theirs)] == [False, True]


def test_a_hash_goes_with_a_reason_and_only_from_ones_own_bank() -> None:
    senior, mod, now = of_role(StaffRole.SENIOR), make_staff_member("Modo1", StaffRole.MODERATOR), timezone.now()
    entries = [
        add_hash(kind=kind, value=VALUE, source="x", by=senior, now=now) for kind in (HashBankKind.SCAM_PHOTO, HashBankKind.LOCAL_ACTIONED)
    ]
    one, other = browser(mod), browser(senior)
    assert "raison" in take_out(one, *entries, reason=" ")
    assert HashEntry.objects.count() == 2
    told = take_out(one, *entries)
    assert "n’est pas la vôtre" in told
    assert "1 empreinte est retirée" in told
    assert [row.bank.kind for row in HashEntry.objects.all()] == ["SCAM_PHOTO"]
    take_out(other, entries[0])
    assert HashEntry.objects.count() == 0
    assert list(AuditEntry.objects.filter(action="hashbank.remove").order_by("seq").values_list("handle", "reason")) == [
        (mod.handle, "erreur"),
        (senior.handle, "erreur"),
    ]


def test_nothing_is_changed_or_deleted_past_the_services() -> None:
    senior = of_role(StaffRole.SENIOR)
    entry = add_hash(kind=HashBankKind.SCAM_PHOTO, value=VALUE, source="x", by=senior, now=timezone.now())
    client = browser(senior)
    assert client.get(f"{ENTRIES}{entry.pk}/delete/").status_code == 403
    assert [client.get(f"{page}add/").status_code for page in (BANKS, CHECKS)] == [403, 403]
    assert client.post(f"{ENTRIES}{entry.pk}/change/", {"value": "cd" * 32, "kind": "SCAM_PHOTO", "source": "y"}).status_code == 403
    client.post(ENTRIES, {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})
    assert HashEntry.objects.get().value == VALUE


def test_the_banks_say_how_many_and_take_as_many_queries_for_three_as_for_one() -> None:
    senior, now = of_role(StaffRole.SENIOR), timezone.now()
    client, counts = browser(senior), []
    for number in range(3):
        add_hash(kind=list(HashBankKind)[number + 1], value=VALUE, source="x", by=senior, now=now)
        for page in (BANKS, ENTRIES):
            client.get(page)
            with CaptureQueriesContext(connection) as queries:
                client.get(page)
            counts.append(len(queries))
    assert counts[:2] == counts[4:]
    assert HashBank.objects.count() == 3


# ---- Remembering from the page of a case -----------------------------------------------------------------------------------------
@pytest.fixture
def removed(room: Room, amina: User, ben: User) -> Case:
    image = store(amina, room, photo(3))
    send(amina, room, image)
    check(image)
    case = case_of(report(ben, image.public_id, TargetKind.ATTACHMENT, Reason.SCAM, now=timezone.now()))
    decide(case, Action.REMOVE)
    return case


def address(case: Case, deed: str = "") -> str:
    return f"/admin/moderation/cases/{case.public_id}/" + (f"{deed}/" if deed else "")


def test_an_image_is_remembered_by_one_click_after_the_decision(mod: StaffProfile, removed: Case) -> None:
    client = browser(mod)
    assert address(removed, "remember") in text(client, address(removed))
    answer = client.post(address(removed, "remember"), follow=True)
    assert "L’image est retenue" in answer.content.decode()
    entry = HashEntry.objects.get()
    assert (entry.bank.kind, entry.case, entry.added_by) == (LOCAL, removed, mod)
    again = text(client, address(removed))
    assert address(removed, "remember") not in again
    assert "Elle sera oubliée le" in again
    client.post(address(removed, "remember"))
    assert HashEntry.objects.count() == 1


def test_what_is_not_decided_or_was_let_go_offers_no_button(mod: StaffProfile, removed: Case) -> None:
    client = browser(mod)
    removed.decisions.update(reversed_at=timezone.now())
    assert address(removed, "remember") not in text(client, address(removed))
    answer = client.post(address(removed, "remember"), follow=True)
    assert "Aucune décision en vigueur" in answer.content.decode()
    assert client.get(address(removed, "remember")).status_code == 405
    assert HashEntry.objects.count() == 0


def test_whoever_may_not_open_the_case_remembers_nothing(removed: Case, ben: User) -> None:
    Case.objects.filter(pk=removed.pk).update(child_safety=True)
    assert browser(of_role(StaffRole.SENIOR)).post(address(removed, "remember")).status_code == 404
    assert HashEntry.objects.count() == 0
