"""Somebody without account notifies us: where, why, in good faith; with a receipt at once and a way back by the link alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from chat.tests.factories import make_group, say
from core import outbox
from core.relay import pump
from moderation.enums import Action, Severity, TargetKind
from moderation.models import Case, Evidence, Report, StaffProfile
from moderation.services.flaggers import register_flagger
from moderation.services.receipts import Contact, open_contact, token_of
from moderation.tests.public.deciding import decide

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
WHY = "Cette annonce propose de faux papiers contre de l’argent."
SITE = "http://127.0.0.1:8000"


@pytest.fixture
def link(room: Room, ben: User) -> str:
    """The address of what Ben wrote, as a browser shows it."""
    return f"{SITE}/rooms/{room.slug}/?around={say(ben, room, 'faux papiers', now=timezone.now()).seq}"


def typed(link: str = "", **more: str) -> dict[str, str]:
    good = {"reason": "SCAM", "addresses": link, "explanation": WHY, "language": "fr", "bona_fide": "on"}
    return {name: value for name, value in {**good, **more}.items() if value}


def test_first_the_reason_then_the_form(client: Client) -> None:
    first = client.get("/notice/").content.decode()
    assert first.count("?reason=") == 23
    assert "<form" not in first[first.index("<main") : first.index("</main>")]
    assert 'name="email"' in client.get("/notice/?reason=SCAM").content.decode()
    assert "<form" not in client.get("/notice/?reason=NONE").content.decode().partition("<footer")[0]


@pytest.mark.parametrize("reason", ["CHILD_ABUSE_MATERIAL", "GROOMING"])
def test_nobody_is_asked_who_they_are_about_abuse_of_a_child(client: Client, link: str, reason: str) -> None:
    page = client.get(f"/notice/?reason={reason}").content.decode()
    assert 'name="name"' not in page
    assert 'name="email"' not in page
    client.post("/notice/", typed(link, reason=reason, name="Rabe", email="rabe@example.org"))
    assert Report.objects.get().contact is None, "and what is sent all the same is not kept"
    pump(outbox.deliver)
    assert mail.outbox == []


def test_a_notice_is_received_kept_and_answered_with_a_receipt(client: Client, room: Room, link: str, ben: User) -> None:
    answer = client.post("/notice/", typed(link, name="Rabe", email="rabe@example.org", law="code pénal, 441-1", language="mg"))
    report = Report.objects.get()
    token = token_of(report.public_id)
    assert answer["Location"] == f"/notice/status/?key={token}&fresh=1&mailed=1"
    assert (report.source, report.reporter, report.target_kind) == ("NOTICE_16", None, TargetKind.MESSAGE)
    assert (report.bona_fide, report.considers_illegal, report.language) == (True, True, "mg")
    assert (report.explanation, report.law_alleged) == (WHY, "code pénal, 441-1")
    assert open_contact(report=report) == Contact(name="Rabe", email="rabe@example.org")
    assert Evidence.objects.filter(report=report).count() == 1
    assert Case.objects.get().subject == ben
    assert token not in str(Report.objects.values().get())
    page = client.get(answer["Location"])
    assert report.public_id in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    pump(outbox.deliver)
    letter = mail.outbox[0]
    assert (letter.to, report.public_id in letter.body) == (["rabe@example.org"], True)
    assert f"/notice/status/?key={token}&lang=mg" in letter.body
    assert WHY not in letter.body
    assert "faux papiers" not in letter.body


def test_what_a_guest_types_never_stands_in_an_address(client: Client, link: str) -> None:
    answer = client.post("/notice/", typed(link, name="Rabe", email="rabe@example.org"))
    assert set(parse_qs(urlsplit(answer["Location"]).query)) == {"key", "fresh", "mailed"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"explanation": ""}, "Dites pourquoi c’est illégal."),
        ({"explanation": "trop court"}, "vingt caractères au moins"),
        ({"explanation": "\u200b" * 40}, "vingt caractères au moins"),
        ({"explanation": "x" * 4001}, "4 000 caractères au plus."),
        ({"bona_fide": ""}, "Cochez cette case"),
        ({"email": "rabe@"}, "n’est pas complète"),
        ({"addresses": ""}, "Donnez une adresse, ou le salon"),
        ({"addresses": "https://example.org/rooms/cuisine-malgache/"}, "rien de Resaka à cette adresse"),
        ({"addresses": f"{SITE}/legal/terms/"}, "rien de Resaka à cette adresse"),
        ({"addresses": f"{SITE}/rooms/nulle-part/"}, "rien de Resaka à cette adresse"),
        ({"addresses": "http://[::1"}, "rien de Resaka à cette adresse"),
        ({"addresses": f"{SITE}/rooms/cuisine-malgache/messages/999999/"}, "disparu"),
        ({"addresses": f"{SITE}/people/aaaaaaaaaaaaaaaaaaaa/"}, "Nous ne trouvons rien"),
        ({"addresses": "\n".join(f"{SITE}/people/{n}/" for n in range(6))}, "Cinq adresses au plus"),
        ({"addresses": "", "room": "Nulle part", "pseudonym": "Ben", "at": "2026-11-24T18:30"}, "ni ce salon ni ce message"),
        ({"addresses": "", "room": "Cuisine Malgache", "pseudonym": "Personne"}, "ni ce salon ni ce message"),
        ({"addresses": "", "room": "Cuisine Malgache", "pseudonym": "Ben", "at": "2020-01-01T10:00"}, "ni ce salon ni ce message"),
        ({"addresses": "", "room": "Cuisine Malgache", "at": "2026-11-24T18:30"}, "il faut le salon, l’heure et le pseudonyme"),
        ({"addresses": "", "room": "Cuisine Malgache", "pseudonym": "Ben", "at": "hier soir"}, "par exemple 24/11/2026"),
        ({"number": "1234-5678"}, "Ce numéro n’est pas connu"),
        ({"language": "xx"}, "xx"),
    ],
)
def test_every_bad_input_has_its_message_and_nothing_is_lost(client: Client, link: str, changes: dict[str, str], words: str) -> None:
    page = client.post("/notice/", typed(**({"link": link} | changes)) if "addresses" not in changes else typed("", **changes))
    text = page.content.decode()
    assert page.status_code == 422, text[:200]
    assert words in text
    assert 'id="errors"' in text
    assert changes.get("explanation", WHY) in text
    assert not Report.objects.exists()


def test_a_message_is_found_by_room_time_and_pseudonym(client: Client, room: Room, ben: User, amina: User) -> None:
    at = (timezone.now() - timedelta(hours=2)).replace(second=0, microsecond=0)
    say(amina, room, "autre", now=at)
    wanted = say(ben, room, "faux papiers", now=at + timedelta(minutes=2)).seq
    say(ben, room, "plus tard", now=at + timedelta(minutes=9))
    local = (at + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    changes = {"room": "cuisine malgache", "pseudonym": "BEN", "at": local, "zone": "Indian/Antananarivo"}
    assert client.post("/notice/", typed("", **changes)).status_code == 302
    report = Report.objects.get()
    assert report.target_ref == f"{room.public_id}:{wanted}"
    assert report.explanation.startswith("[cuisine malgache · BEN · ")


def test_room_alone_is_the_room_and_pseudonym_alone_the_profile(client: Client, room: Room, ben: User) -> None:
    client.post("/notice/", typed("", room=room.slug))
    client.post("/notice/", typed("", pseudonym="Ben"))
    assert list(Report.objects.order_by("pk").values_list("target_kind", "target_ref")) == [
        ("ROOM", room.public_id),
        ("PROFILE", ben.public_id),
    ]


def test_several_places_are_several_reports_with_one_letter(client: Client, room: Room, link: str, ben: User) -> None:
    both = f"{link}\n{SITE}/people/{ben.public_id}/\n{link}"
    answer = client.post("/notice/", typed(both, email="rabe@example.org"))
    assert len(parse_qs(urlsplit(answer["Location"]).query)["key"]) == 2
    page = client.get(answer["Location"]).content.decode()
    for report in Report.objects.all():
        assert report.public_id in page
    pump(outbox.deliver)
    assert len(mail.outbox) == 1
    assert mail.outbox[0].body.count("/notice/status/") == 2


def test_all_or_none(client: Client, link: str) -> None:
    page = client.post("/notice/", typed(f"{link}\n{SITE}/people/aaaaaaaaaaaaaaaaaaaa/", email="rabe@example.org"))
    assert page.status_code == 422
    assert (Report.objects.count(), Evidence.objects.count(), Case.objects.count()) == (0, 0, 0)
    pump(outbox.deliver)
    assert mail.outbox == []


def test_five_an_hour_from_one_address_and_an_answer_to_the_sixth(client: Client, room: Room, ben: User) -> None:
    now = timezone.now()
    links = [f"{SITE}/rooms/{room.slug}/#m{say(ben, room, f'x{n}', now=now).seq}" for n in range(6)]
    assert client.post("/notice/", typed("https://example.org/")).status_code == 422, "what is refused does not count"
    assert [client.post("/notice/", typed(one)).status_code for one in links[:5]] == [302] * 5
    page = client.post("/notice/", typed(links[5]))
    assert (page.status_code, page["Retry-After"]) == (429, "3600")
    assert WHY in page.content.decode()
    assert Client(REMOTE_ADDR="203.0.113.9").post("/notice/", typed(links[5])).status_code == 302, "others are not hindered"


def test_a_forged_address_of_the_sender_changes_nothing(client: Client, room: Room, ben: User) -> None:
    now = timezone.now()
    for number in range(5):
        link = f"{SITE}/rooms/{room.slug}/#m{say(ben, room, f'x{number}', now=now).seq}"
        client.post("/notice/", typed(link), headers={"X-Forwarded-For": f"203.0.113.{number}"})
    link = f"{SITE}/people/{ben.public_id}/"
    assert client.post("/notice/", typed(link), headers={"X-Forwarded-For": "203.0.113.77"}).status_code == 429


def test_the_same_notice_twice_is_one(client: Client, link: str) -> None:
    assert client.post("/notice/", typed(link, email="rabe@example.org")).status_code == 302
    again = client.post("/notice/", typed(link, email="Rabe@example.org"))
    assert again.status_code == 422
    assert "déjà notifié" in again.content.decode()
    assert Report.objects.count() == 1


def test_a_trusted_flagger_comes_first_and_is_not_held_to_five(client: Client, room: Room, ben: User) -> None:
    now = timezone.now()
    admitted = register_flagger(name="Fanilo", areas="haine", contact="tf@example.org", coordinator_ref="ARCOM", now=now)
    for number in range(7):
        link = f"{SITE}/rooms/{room.slug}/#m{say(ben, room, f'x{number}', now=now).seq}"
        assert client.post("/notice/", typed(link, number=admitted.number)).status_code == 302
    report = Report.objects.order_by("pk")[0]
    assert (report.source, report.flagger) == ("TRUSTED_FLAGGER", admitted.flagger)
    assert report.case is not None
    assert report.case.due_at - report.case.opened_at == Severity.S3.due_in / 2


def test_a_private_group_is_no_oracle(client: Client, amina: User) -> None:
    """Whoever has no seat learns nothing of a group but what they knew: its link. What is kept, nobody outside the team sees."""
    group = make_group(amina, now=timezone.now())
    seq = say(amina, group, "secret du groupe", now=timezone.now()).seq
    answer = client.post("/notice/", typed(f"{SITE}/rooms/{group.slug}/messages/{seq}/"))
    page = client.get(answer["Location"]).content.decode()
    assert "secret du groupe" not in page
    assert group.title not in page
    assert "ni ce salon" in client.post("/notice/", typed("", room=group.title)).content.decode()


def test_forged_forms_are_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/notice/", typed("x")).status_code == 403
    assert Client(enforce_csrf_checks=True).post("/notice/appeal/", {"key": "x"}).status_code == 403


@pytest.mark.parametrize("key", ["", "x", "A" * 43, "é", "a" * 5000, "' OR 1=1 --"])
def test_a_link_that_is_none_opens_nothing(client: Client, link: str, key: str) -> None:
    client.post("/notice/", typed(link))
    answer = client.get("/notice/status/", {"key": key})
    assert answer.status_code == 404
    assert client.post("/notice/appeal/", {"key": key, "text": "x" * 30}).status_code == 404


def test_neither_reference_nor_digest_nor_an_account_opens_what_the_link_opens(link: str, amina: User, as_: LogIn, client: Client) -> None:
    client.post("/notice/", typed(link))
    report = Report.objects.get()
    for key in (report.public_id, str(report.token_sha256)):
        assert as_(amina).get("/notice/status/", {"key": key}).status_code == 404
    assert as_(amina).get(f"/reports/{report.public_id}/").status_code == 404
    assert as_(None).get("/notice/status/", {"key": token_of(report.public_id)}).status_code == 200


def test_one_wrong_link_among_good_ones_opens_none(client: Client, link: str) -> None:
    client.post("/notice/", typed(link))
    good = token_of(Report.objects.get().public_id)
    assert client.get("/notice/status/", {"key": [good, "x"]}).status_code == 404


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_by_link_alone_in_every_language(language: str, link: str, mod: StaffProfile) -> None:
    """No account, no script, no cookie carried over: the letter's link shows the state and, when it is decided, the outcome."""
    browser = Client(headers={"accept-language": language})
    browser.post("/notice/", typed(link, language=language, email="rabe@example.org"))
    pump(outbox.deliver)
    way = re.search(r"/notice/status/\S+", str(mail.outbox[0].body))
    assert way is not None
    assert Client().get(way[0])["Content-Language"] == language
    decide(Report.objects.get(), Action.NO_ACTION, mod, now=timezone.now())
    page = Client().get(way[0]).content.decode()
    assert f'<html lang="{language}"' in page
    for internal in ("EXPLICATION-INTERNE", "FAITS-INTERNES", mod.handle, "faux papiers"):
        assert internal not in page


def test_the_form_is_short_on_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(0):
        client.get("/notice/?reason=SCAM")
