"""Ending mails by the link in one (RFC 8058): without logging in, in one click, by nobody's prefetching, and back again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.signing import Signer
from django.test import Client

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.suspension import suspend
from notifications.enums import Category, Level, NoticeKind, Road, SuppressionReason
from notifications.kinds import HABITS, KINDS
from notifications.models import Delivery, EmailSuppression
from notifications.models.suppression import mac_of
from notifications.services.choosing import choices_of
from notifications.services.deliveries import run_delivery
from notifications.tests.factories import NOON, tell
from notifications.transports import email
from notifications.transports.unsubscribing import BadLink, Wish, make_token, read_token

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


def letter(user: User, kind: str = NoticeKind.AGE_PROOF_EXPIRING, *, key: str = "1") -> EmailMultiAlternatives:
    """The mail of a notice, or the last before it where none leaves."""
    tell(user, kind, key=key)
    run_delivery(delivery_id=Delivery.objects.filter(transport="EMAIL").latest("pk").pk, attempt=0, now=NOON)
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    return message


def path_in(message: EmailMultiAlternatives) -> str:
    found = re.fullmatch(r"<http://127\.0\.0\.1:8000(/unsubscribe/[^/>]+/)>", message.extra_headers["List-Unsubscribe"])
    assert found
    return found[1]


def stopped() -> list[tuple[str, str]]:
    return list(EmailSuppression.objects.order_by("pk").values_list("reason", "category"))


def test_a_mail_that_can_be_refused_says_how(amina: User) -> None:
    message = letter(amina)
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert address in message.body
    assert f'href="{address}"' in str(message.alternatives[0][0])
    assert len(address) < 300
    assert "amina" not in address.lower()


@pytest.mark.parametrize("kind", [kind for kind, row in KINDS.items() if row.owed or not HABITS[row.category].mail_free])
def test_what_is_owed_has_no_such_link(kind: str) -> None:
    assert email._unsubscribing(kind, "amina@example.org") == ""


def test_a_mail_program_ends_them_by_one_post_without_cookie_or_token(amina: User) -> None:
    """As RFC 8058 has it: the body is `List-Unsubscribe=One-Click`, and nothing may be asked."""
    path = path_in(letter(amina))
    program = Client(enforce_csrf_checks=True)
    answer = program.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, stopped()) == (200, [("UNSUBSCRIBED", "ACCOUNT")])
    assert settings.SESSION_COOKIE_NAME not in answer.cookies
    letter(amina, key="2")
    assert len(mail.outbox) == 1
    assert Delivery.objects.filter(transport="EMAIL").latest("pk").reason == "UNSUBSCRIBED"


def test_looking_ends_nothing(amina: User, client: Client) -> None:
    """Mail programs and scanners open links by themselves."""
    path = path_in(letter(amina))
    for _time in range(3):
        answer = client.get(path)
        assert answer.status_code == 200
    assert client.head(path).status_code == 200
    assert stopped() == []
    text = answer.content.decode()
    assert ("Ne plus les recevoir" in text, "Vie du compte" in text) == (True, True)
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_the_page_tells_nobody_whose_address_it_is(amina: User, client: Client) -> None:
    path = path_in(letter(amina))
    for answer in (client.get(path), client.post(path)):
        assert "amina" not in answer.content.decode().lower()


def test_twice_is_once_and_one_click_takes_it_back(amina: User, client: Client) -> None:
    path = path_in(letter(amina))
    for _time in range(2):
        text = client.post(path).content.decode()
    assert stopped() == [("UNSUBSCRIBED", "ACCOUNT")]
    assert f'action="{path}undo/"' in text
    assert "reçoit de nouveau" in client.post(f"{path}undo/").content.decode()
    assert stopped() == []
    assert client.post(f"{path}undo/").status_code == 200


def test_other_categories_and_other_people_are_left_alone(amina: User, ben: User, client: Client) -> None:
    client.post(path_in(letter(amina)))
    letter(ben, key="2")
    assert mail.outbox[-1].to == ["ben@example.org"]
    letter(amina, NoticeKind.NEW_LOGIN, key="3")
    assert mail.outbox[-1].to == ["amina@example.org"]


def test_what_is_owed_ignores_it_even_in_that_category(amina: User, client: Client) -> None:
    client.post(path_in(letter(amina)))
    message = letter(amina, NoticeKind.TERMS_CHANGED, key="2")
    assert (len(mail.outbox), "List-Unsubscribe" in message.extra_headers) == (2, False)


def test_it_belongs_to_the_address_and_another_one_begins_anew(amina: User, client: Client) -> None:
    client.post(path_in(letter(amina)))
    EmailAddress.objects.filter(user=amina).update(email="new@example.org")
    letter(amina, key="2")
    assert mail.outbox[-1].to == ["new@example.org"]


def test_the_page_of_choices_says_what_was_ended_and_takes_it_back(amina: User, client: Client, as_: LogIn) -> None:
    client.post(path_in(letter(amina)))
    assert choices_of(user=amina).levels[Category.ACCOUNT][Road.MAIL] == Level.OFF
    page = as_(amina).get("/account/notifications/settings/").content.decode()
    assert re.search(r'<select name="account-mail"[^>]*>(?:(?!</select>).)*value="OFF" selected', page, re.DOTALL)


def test_a_barred_person_can_end_them_too(amina: User, as_: LogIn) -> None:
    path = path_in(letter(amina))
    browser = as_(amina)
    suspend(user=amina, kind=SuspensionKind.SUSPENDED, decision_ref="D-1", reason="insultes", now=NOON)
    assert browser.post(path).status_code == 200
    assert stopped() == [("UNSUBSCRIBED", "ACCOUNT")]


# ---- Forgers ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "ROOMS-" + "a" * 64,
        "ROOMS-" + "a" * 64 + ".",
        "ROOMS-" + "a" * 64 + ".forged",
        Signer(salt="another").sign("ROOMS-" + "a" * 64),
        Signer(salt="notifications.unsubscribe", sep=".").sign("NOTHING-" + "a" * 64),
        "é" * 50,
        "a" * 5000,
    ],
)
def test_a_forged_link_opens_nothing_and_ends_nothing(client: Client, token: str) -> None:
    for answer in (client.get(f"/unsubscribe/{token}/"), client.post(f"/unsubscribe/{token}/"), client.post(f"/unsubscribe/{token}/undo/")):
        assert answer.status_code == 404
    assert stopped() == []
    with pytest.raises(BadLink):
        read_token(token)


def test_a_link_of_one_category_cannot_be_bent_to_another() -> None:
    token = make_token(address_mac=mac_of("amina@example.org"), category=Category.ROOMS)
    assert read_token(token) == Wish(mac_of("amina@example.org"), "ROOMS")
    with pytest.raises(BadLink):
        read_token(token.replace("ROOMS", "SECURITY"))


def test_an_address_is_known_by_a_keyed_hash_whatever_its_case(amina: User, client: Client) -> None:
    assert mac_of(" Amina@Example.ORG ") == mac_of("amina@example.org") != mac_of("ben@example.org")
    client.post(path_in(letter(amina)))
    assert EmailSuppression.objects.get().address_mac == mac_of("amina@example.org")
    assert EmailSuppression.objects.get().reason == SuppressionReason.UNSUBSCRIBED


def test_undo_wants_the_token_of_its_form(amina: User) -> None:
    """Only a mail program's own request comes without one."""
    path = path_in(letter(amina))
    browser = Client(enforce_csrf_checks=True)
    browser.post(path)
    assert browser.post(f"{path}undo/").status_code == 403
    assert stopped() == [("UNSUBSCRIBED", "ACCOUNT")]
