"""Letters: what they say, where they go, and a mail server in each of its moods."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from email.message import EmailMessage

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import User
from accounts.services.addresses import seal_former_address
from core import sealing
from core.models import DataKey
from notifications.enums import NoticeKind
from notifications.models import Delivery, EmailSuppression
from notifications.services.deliveries import run_delivery
from notifications.services.suppressions import has_bounced, note_bounce, trust_address
from notifications.tests.factories import NOON, only, tell
from notifications.tests.mailserver import MailServer
from notifications.transports import email
from notifications.words.base import Words

pytestmark = pytest.mark.django_db
WORDS = Words("Titre", "Texte.", "Ouvrir")


def send(transport: str = "EMAIL", *, attempt: int = 0) -> Delivery:
    run_delivery(delivery_id=only(transport).pk, attempt=attempt, now=NOON)
    return only(transport)


def parts(letter: EmailMessage) -> dict[str, str]:
    return {part.get_content_type(): part.get_content() for part in letter.walk() if not part.is_multipart()}


# ---- What a letter is ---------------------------------------------------------------------------------------------------------


def test_a_letter_is_automatic_plain_and_small(amina: User, server: MailServer) -> None:
    tell(amina)
    assert send().state == "SENT"
    [letter] = server.mails
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["To"] == "amina@example.org"
    assert letter["Subject"] == "Nouvelle connexion à votre compte"
    assert list(parts(letter)) == ["text/plain", "text/html"]
    assert len(bytes(letter)) < 30 * 1024
    html = parts(letter)["text/html"]
    assert re.findall(r"<(img|script|style|link|iframe|form)\b", html) == []
    assert re.findall(r'(?:href|src)="([^"]+)"', html) == ["http://127.0.0.1:8000/account/sessions/"]
    assert "http://127.0.0.1:8000/account/sessions/" in parts(letter)["text/plain"]


@pytest.mark.parametrize(("language", "word"), [("fr", "Bonjour"), ("en", "Hello"), ("mg", "Manao ahoana")])
def test_it_is_written_in_the_language_of_the_person_not_of_the_moment(amina: User, server: MailServer, language: str, word: str) -> None:
    User.objects.filter(pk=amina.pk).update(language=language)
    tell(amina)
    send()
    [letter] = server.mails
    assert all(word in text for text in parts(letter).values())
    assert f'<html lang="{language}">' in parts(letter)["text/html"]


def test_a_letter_names_nobody(amina: User, server: MailServer) -> None:
    tell(amina)
    send()
    [letter] = server.mails
    assert "Amina" not in "".join(parts(letter).values()) + letter["Subject"]


def test_a_letter_that_is_sent_again_is_the_same_letter(amina: User, server: MailServer) -> None:
    """The server took it and fell silent: nobody knows, so it goes again, with the name by which a mailbox knows the double."""
    server.answers["."] = "hang up"
    tell(amina)
    assert (send().state, send().reason) == ("WAITING", "SERVER_AWAY")
    names = [email.compose(only(), "a@example.org", WORDS).extra_headers["Message-ID"] for _twice in range(2)]
    assert names[0] == names[1]
    assert re.fullmatch(r"<[a-z2-7]{20}\.\d+@127\.0\.0\.1>", names[0])


# ---- Where it goes ------------------------------------------------------------------------------------------------------------


def test_it_goes_to_the_confirmed_principal_address_of_the_moment(amina: User, server: MailServer) -> None:
    tell(amina)
    EmailAddress.objects.filter(user=amina).update(primary=False)
    EmailAddress.objects.create(user=amina, email="new@example.org", verified=True, primary=True)
    send()
    assert [letter["To"] for letter in server.mails] == ["new@example.org"]


def test_an_address_that_nobody_confirmed_gets_nothing(amina: User, server: MailServer) -> None:
    EmailAddress.objects.filter(user=amina).update(verified=False)
    tell(amina)
    assert (send().state, send().reason, server.visits) == ("SUPPRESSED", "UNCONFIRMED", 0)


def test_the_former_address_is_told_too_and_then_forgotten(amina: User, server: MailServer) -> None:
    sealed = seal_former_address(user=amina, address="before@example.org")
    tell(amina, NoticeKind.EMAIL_CHANGED, former_address=sealed)
    assert b"before" not in bytes(only("EMAIL_FORMER").address)
    assert send("EMAIL_FORMER").state == "SENT"
    assert [letter["To"] for letter in server.mails] == ["before@example.org"]
    assert bytes(only("EMAIL_FORMER").address) == b""


def test_without_a_former_address_there_is_nothing_to_send(amina: User, server: MailServer) -> None:
    tell(amina, NoticeKind.EMAIL_CHANGED)
    assert (send("EMAIL_FORMER").state, only("EMAIL_FORMER").reason, server.visits) == ("SUPPRESSED", "NO_ADDRESS", 0)


def test_an_address_sealed_for_another_person_is_not_opened(amina: User, ben: User, server: MailServer) -> None:
    tell(amina, NoticeKind.EMAIL_CHANGED, former_address=seal_former_address(user=ben, address="ben-before@example.org"))
    assert (send("EMAIL_FORMER").state, only("EMAIL_FORMER").reason, server.mails) == ("GONE", "KEY", [])


def test_a_person_whose_key_was_destroyed_has_no_former_address(amina: User, server: MailServer) -> None:
    tell(amina, NoticeKind.EMAIL_CHANGED, former_address=seal_former_address(user=amina, address="before@example.org"))
    DataKey.objects.using("keys").filter(scope=amina.scope).delete()
    sealing.forget_keys()
    assert (send("EMAIL_FORMER").state, server.mails) == ("GONE", [])


# ---- The server's moods -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "answer", "expected"),
    [
        ("RCPT", "550 no such box", ("FAILED", "ADDRESS", 550)),
        ("RCPT", "450 box is locked", ("WAITING", "ADDRESS", 450)),
        ("MAIL", "451 later", ("WAITING", "SERVER", 451)),
        ("MAIL", "554 not from you", ("WAITING", "SERVER", 554)),
        ("DATA", "452 disk is full", ("WAITING", "SERVER", 452)),
        (".", "554 looks like spam", ("WAITING", "SERVER", 554)),
        ("HELLO", "421 closing", ("WAITING", "SERVER", 421)),
        ("HELLO", "hang up", ("WAITING", "SERVER_AWAY", None)),
        (".", "hang up", ("WAITING", "SERVER_AWAY", None)),
    ],
)
def test_every_answer_has_its_end(amina: User, server: MailServer, word: str, answer: str, expected: tuple[str, str, int | None]) -> None:
    server.answers[word] = answer
    tell(amina)
    row = send()
    assert (row.state, row.reason, row.status_code) == expected
    assert server.mails == []


def test_a_server_that_is_well_again_gets_the_letter(amina: User, server: MailServer) -> None:
    server.answers["MAIL"] = "451 later"
    tell(amina)
    send()
    server.answers.clear()
    assert send(attempt=1).state == "SENT"
    assert len(server.mails) == 1


def test_a_silent_server_holds_nobody_for_long(amina: User, server: MailServer) -> None:
    server.answers["HELLO"] = "silence"
    tell(amina)
    began = time.monotonic()
    assert (send().state, only().reason) == ("WAITING", "SERVER_AWAY")
    assert time.monotonic() - began < 4


def test_a_server_that_is_away_is_asked_by_one_letter_not_by_each(amina: User, ben: User, carol: User, server: MailServer) -> None:
    server.answers["HELLO"] = "hang up"
    for person in (amina, ben, carol):
        tell(person)
    for row in Delivery.objects.filter(transport="EMAIL"):
        run_delivery(delivery_id=row.pk, attempt=0, now=NOON)
    assert server.visits == 1
    waits = Delivery.objects.filter(transport="EMAIL", state="WAITING", reason="SERVER_AWAY")
    assert set(waits.values_list("next_at", flat=True)) == {NOON + timedelta(minutes=1)}
    assert waits.count() == 3


def test_where_nobody_listens_the_letter_waits(amina: User, server: MailServer) -> None:
    server.close_doors()
    tell(amina, now=timezone.now())
    assert (send().state, only().reason) == ("WAITING", "SERVER_AWAY")


# ---- Addresses that do not exist ----------------------------------------------------------------------------------------------------


def test_an_address_that_its_server_refuses_for_good_gets_nothing_more(amina: User, ben: User, server: MailServer) -> None:
    """Not even what is owed: the pages say so instead."""
    server.answers["RCPT"] = "550 no such box"
    tell(amina)
    assert (send().state, only().reason) == ("FAILED", "ADDRESS")
    server.answers.clear()
    Delivery.objects.all().delete()
    tell(amina, key="2")
    assert (send().state, only().reason) == ("SUPPRESSED", "BOUNCED")
    assert (has_bounced(user=amina), has_bounced(user=ben), server.visits) == (True, False, 1)
    row = EmailSuppression.objects.get()
    assert (row.reason, row.category, row.status_code) == ("HARD_BOUNCE", "", 550)
    assert "amina" not in row.address_mac


@pytest.mark.parametrize(("word", "answer"), [("RCPT", "450 box is locked"), ("MAIL", "554 not from you"), (".", "554 looks like spam")])
def test_no_other_answer_says_that_an_address_does_not_exist(amina: User, server: MailServer, word: str, answer: str) -> None:
    server.answers[word] = answer
    tell(amina)
    send()
    assert not EmailSuppression.objects.exists()


def test_a_former_address_that_does_not_exist_says_nothing_about_the_present_one(amina: User, server: MailServer) -> None:
    server.answers["RCPT"] = "550 no such box"
    tell(amina, NoticeKind.EMAIL_CHANGED, former_address=seal_former_address(user=amina, address="before@example.org"))
    assert send("EMAIL_FORMER").state == "FAILED"
    assert not has_bounced(user=amina)


def test_another_address_begins_anew(amina: User, server: MailServer) -> None:
    note_bounce(address="amina@example.org", status_code=550, now=NOON)
    EmailAddress.objects.filter(user=amina).update(email="new@example.org")
    tell(amina)
    assert send().state == "SENT"


def test_it_goes_there_again_once_its_owner_says_so(amina: User, server: MailServer) -> None:
    note_bounce(address="Amina@example.org", status_code=550, now=NOON)
    note_bounce(address="amina@example.org", status_code=551, now=NOON)
    assert EmailSuppression.objects.count() == 1
    assert [trust_address(user=amina), trust_address(user=amina)] == [True, False]
    tell(amina)
    assert send().state == "SENT"
