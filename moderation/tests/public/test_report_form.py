"""Amina reports what Ben wrote, by a form without script; Carol and guests get nowhere."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from accounts.enums import SuspensionKind
from accounts.models import Block, User
from accounts.services.relations import block_person
from accounts.services.suspension import suspend
from chat.services import attachments, sights
from chat.services.messages import delete_message
from chat.tests.factories import join, make_group, say
from core.models import AuditEntry
from moderation.enums import Reason, ReportSource, Severity, TargetKind
from moderation.forms.reasons import DOORS, NAMELESS, URGENT
from moderation.models import Case, Report

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
WORDS = "Espèce de voleur"


@pytest.fixture
def path(room: Room, ben: User, amina: User) -> str:
    """Where Ben's insult is reported, with a word of Amina before it."""
    now = timezone.now()
    say(amina, room, "Salama", now=now - timedelta(minutes=2))
    return f"/report/message/{room.slug}/{say(ben, room, WORDS, now=now - timedelta(minutes=1)).seq}/"


def test_every_reason_has_one_door_and_plain_words() -> None:
    found = [plain.reason for door in DOORS for plain in door.reasons]
    assert sorted(found) == sorted(Reason.values)
    assert {Reason.IMMINENT_DANGER, Reason.SUICIDE_SELF_HARM, Reason.MINOR_ON_SERVICE} <= URGENT
    assert {Reason.CHILD_ABUSE_MATERIAL, Reason.GROOMING} == NAMELESS


def test_the_page_shows_exactly_what_is_sent_and_the_numbers_beside_danger(path: str, amina: User, as_: LogIn) -> None:
    page = as_(amina).get(path).content.decode()
    assert page.count(WORDS) == 2, "on top, and among what is sent"
    assert "Salama" in page
    danger = page[page.index("est en danger") : page.index("Un enfant ou un mineur")]
    assert 'href="tel:17"' in danger
    assert page.count('name="reason"') == len(Reason.values)
    assert 'name="block"' in page


def test_a_report_is_filed_and_answered_with_its_page(path: str, amina: User, ben: User, as_: LogIn) -> None:
    browser = as_(amina)
    answer = browser.post(path, {"reason": "HARASSMENT", "explanation": "depuis hier", "considers_illegal": "on"})
    report = Report.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/reports/{report.public_id}/")
    assert (report.reporter, report.source, report.target_kind, report.reason) == (amina, "MEMBER", "MESSAGE", "HARASSMENT")
    assert (report.explanation, report.considers_illegal, report.danger_now) == ("depuis hier", True, False)
    assert report.case is not None
    assert report.case.subject == ben
    page = browser.get(answer["Location"]).content.decode()
    assert report.public_id in page
    assert "Votre signalement est reçu" in page
    assert WORDS not in page
    assert not Block.objects.exists(), "nobody is blocked who was not ticked"


def test_block_and_report_go_in_one(path: str, amina: User, ben: User, as_: LogIn) -> None:
    as_(amina).post(path, {"reason": "HARASSMENT", "block": "on"})
    assert Block.objects.filter(blocker=amina, blocked=ben).count() == 1
    assert Report.objects.count() == 1


def test_danger_now_makes_it_the_first(path: str, amina: User, as_: LogIn) -> None:
    answer = as_(amina).post(path, {"reason": "SUICIDE_SELF_HARM", "danger_now": "on"})
    assert Case.objects.get().severity == Severity.S0
    assert 'href="tel:' in as_(amina).get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Choisissez ce qui se passe."),
        ({"reason": "NOTHING"}, "Choisissez une des raisons de la liste."),
        ({"reason": "OTHER"}, "Dites en quelques mots"),
        ({"reason": "OTHER", "explanation": " \u200b\u2800 "}, "Dites en quelques mots"),
        ({"reason": "SCAM", "explanation": "x" * 4001}, "4 000 caractères au plus."),
    ],
)
def test_bad_input_is_told_beside_its_field_and_kept(path: str, amina: User, as_: LogIn, typed: dict[str, str], words: str) -> None:
    page = as_(amina).post(path, typed)
    assert page.status_code == 422
    assert words in page.content.decode()
    if len(typed.get("explanation", "")) > 4000:
        assert "x" * 4001 in page.content.decode()
    assert not Report.objects.exists()


def test_the_door_of_the_chosen_reason_stays_open(path: str, amina: User, as_: LogIn) -> None:
    page = as_(amina).post(path, {"reason": "SCAM", "explanation": "x" * 4001}).content.decode()
    assert page.count('<details class="door-of-reasons" name="reasons" open>') == 1
    assert 'value="SCAM" checked' in page


def test_the_same_again_leads_to_the_first(path: str, amina: User, as_: LogIn) -> None:
    first = as_(amina).post(path, {"reason": "SCAM"})
    again = as_(amina).post(path, {"reason": "HATE_GROUP"})
    assert first["Location"] == again["Location"]
    assert Report.objects.get().reason == "SCAM"


def test_nobody_reports_themselves(room: Room, amina: User, as_: LogIn) -> None:
    own = say(amina, room, "moi", now=timezone.now()).seq
    page = as_(amina).post(f"/report/message/{room.slug}/{own}/", {"reason": "SPAM"})
    assert page.status_code == 422
    assert "C’est à vous" in page.content.decode()
    assert 'name="block"' not in page.content.decode()


def test_a_flood_is_told_to_wait_and_how_long(room: Room, amina: User, ben: User, as_: LogIn, settings: object) -> None:
    browser, now = as_(amina), timezone.now()
    seqs = [say(ben, room, f"mot {number}", now=now).seq for number in range(13)]
    others = [*[f"/report/message/{room.slug}/{seq}/" for seq in seqs]]
    for path in others[:10]:
        assert browser.post(path, {"reason": "SPAM"}).status_code == 302
    from core import ratelimit

    for _more in range(20):  # as many as were filed elsewhere today
        ratelimit.hit("report", str(amina.pk), limit=1000, seconds=86400)
    assert browser.post(others[10], {"reason": "SPAM"}).status_code == 302, "one in ten minutes still passes"
    page = browser.post(others[11], {"reason": "SPAM"})
    assert (page.status_code, page["Retry-After"]) == (429, "600")
    assert "dans 10 minutes" in page.content.decode()
    assert browser.post(others[12], {"reason": "IMMINENT_DANGER"}).status_code == 302, "where a life may depend on it, one a minute"


def test_whose_right_to_report_is_suspended(path: str, amina: User, as_: LogIn) -> None:
    until = timezone.now() + timedelta(days=3)
    suspend(user=amina, kind=SuspensionKind.REPORTING_SUSPENDED, decision_ref="d", reason="x", ends_at=until, now=timezone.now())
    page = as_(amina).post(path, {"reason": "SPAM"})
    assert page.status_code == 422
    assert "suspendu jusqu’au" in page.content.decode()


def test_what_its_author_took_back_can_still_be_reported_and_is_not_shown(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    now = timezone.now()
    seq = say(ben, room, WORDS, now=now).seq
    delete_message(user=ben, room_public_id=room.public_id, seq=seq, now=now)
    path = f"/report/message/{room.slug}/{seq}/"
    page = as_(amina).get(path).content.decode()
    assert WORDS not in page
    assert "retiré par son auteur" in page
    assert as_(amina).post(path, {"reason": "THREAT"}).status_code == 302


def test_images_profiles_and_rooms_have_their_form_too(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    out, now = io.BytesIO(), timezone.now()
    Image.new("RGB", (8, 8), "green").save(out, "PNG")
    stored = attachments.store_image(user=ben, room_public_id=room.public_id, file=io.BytesIO(out.getvalue()), size=90, now=now)
    sights.pass_image(public_id=stored.public_id, now=now)
    say(ben, room, "vois", attachment_ids=[stored.public_id], now=now)
    for path, kind in (
        (f"/report/image/{stored.public_id}/", TargetKind.ATTACHMENT),
        (f"/report/profile/{ben.public_id}/", TargetKind.PROFILE),
        (f"/report/room/{room.slug}/", TargetKind.ROOM),
    ):
        assert as_(amina).get(path).status_code == 200
        answer = as_(amina).post(path, {"reason": "INTIMATE_IMAGE"})
        assert answer.status_code == 302, answer.content.decode()
        assert Report.objects.filter(target_kind=kind, source=ReportSource.MEMBER).count() == 1


def test_carol_reports_nothing_that_she_cannot_see(amina: User, ben: User, carol: User, as_: LogIn) -> None:
    group = make_group(amina, now=timezone.now())
    join(ben, group, now=timezone.now())
    seq = say(ben, group, WORDS, now=timezone.now()).seq
    for path in (f"/report/message/{group.slug}/{seq}/", f"/report/room/{group.slug}/", "/report/image/aaaaaaaaaaaaaaaaaaaa/"):
        for answer in (as_(carol).get(path), as_(carol).post(path, {"reason": "SCAM"})):
            assert answer.status_code == 404
            assert WORDS not in answer.content.decode()
    assert not Report.objects.exists()


def test_guests_log_in_first_and_forged_forms_are_refused(path: str, amina: User, as_: LogIn) -> None:
    assert as_(None).get(path)["Location"].startswith("/login/")
    assert as_(None).post(path, {"reason": "SCAM"}).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(amina)
    assert strict.post(path, {"reason": "SCAM"}).status_code == 403
    assert not Report.objects.exists()


def test_a_barred_account_reports_nothing_and_reads_its_answers(path: str, amina: User, as_: LogIn) -> None:
    location = as_(amina).post(path, {"reason": "SCAM"})["Location"]
    suspend(user=amina, kind=SuspensionKind.SUSPENDED, decision_ref="d", reason="x", now=timezone.now())
    assert as_(amina).get(path)["Location"] == "/account/standing/"
    assert [as_(amina).get(page).status_code for page in ("/reports/", location)] == [200, 200]


def test_what_people_who_are_hidden_wrote_is_not_among_what_is_sent(room: Room, path: str, amina: User, carol: User, as_: LogIn) -> None:
    join(carol, room, now=timezone.now())
    say(carol, room, "mot de Carol", now=timezone.now())
    assert "mot de Carol" in as_(amina).get(path).content.decode()
    block_person(user=amina, person=carol, now=timezone.now())
    assert "mot de Carol" not in as_(amina).get(path).content.decode()


def test_the_menus_lead_there(path: str, room: Room, amina: User, ben: User, as_: LogIn) -> None:
    seq = path.rstrip("/").rpartition("/")[2]
    browser = as_(amina)
    assert f'href="{path}"' in browser.get(f"/rooms/{room.slug}/messages/{seq}/").content.decode()
    assert f'href="/report/profile/{ben.public_id}/"' in browser.get(f"/people/{ben.public_id}/").content.decode()
    assert f'href="/report/room/{room.slug}/"' in browser.get(f"/rooms/{room.slug}/about/").content.decode()
    assert f'"report": "/report/message/{room.slug}/"' in browser.get(f"/rooms/{room.slug}/").content.decode()
    assert 'href="/notice/"' in as_(None).get(f"/rooms/{room.slug}/about/").content.decode()
    assert path not in as_(ben).get(f"/rooms/{room.slug}/messages/{seq}/").content.decode(), "nobody reports their own"


def test_the_number_of_queries_does_not_grow_with_the_talk(
    room: Room, path: str, amina: User, ben: User, as_: LogIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = as_(amina)
    browser.get(path)
    with django_assert_max_num_queries(16) as few:
        browser.get(path)
    for number in range(8):
        say(ben, room, f"encore {number}", now=timezone.now())
    with django_assert_max_num_queries(len(few)):
        browser.get(path)


def test_nothing_private_stands_in_the_audit_chain(path: str, amina: User, as_: LogIn) -> None:
    as_(amina).post(path, {"reason": "SCAM", "explanation": "mon secret"})
    assert not [entry for entry in AuditEntry.objects.values() if "mon secret" in str(entry) or WORDS in str(entry)]
