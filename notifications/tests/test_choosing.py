"""The page of choices: a plain form that keeps what was chosen, refuses nonsense in words, and shows nobody else's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from core import ratelimit
from notifications import subjects
from notifications.enums import Category, Content, Level, NoticeKind, Pace, Road, SuppressionReason
from notifications.forms import SHOWN
from notifications.kinds import HABITS
from notifications.models import EmailSuppression, Notification, NotificationSettings, Preference
from notifications.models.preference import EVERY_DAY
from notifications.models.suppression import mac_of
from notifications.queries.choices import list_levels, list_own_levels
from notifications.services.choosing import TRIALS_AN_HOUR, TooManyTrials, choices_of, choose, send_trial
from notifications.services.suppressions import note_bounce
from notifications.tests.factories import NOON, deliver_all
from notifications.tests.places import APP, Places, say_to

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
PAGE = "/account/notifications/settings/"
# What the untouched page sends.
PLAIN = {
    "rooms-push": "NOW",
    "rooms-mail": "DIGEST",
    "rooms_all-push": "OFF",
    "rooms_all-mail": "DIGEST",
    "money-push": "NOW",
    "account-push": "OFF",
    "account-mail": "NOW",
    "justice-push": "OFF",
    "content": "HIDDEN",
    "digest": "WEEKLY",
    "digest_hour": "18",
    "quiet_from": "",
    "quiet_to": "",
    "days": ["0", "1", "2", "3", "4", "5", "6"],
    "zone": "Europe/Paris",
}


@pytest.fixture(autouse=True)
def _fresh_pace(amina: User) -> None:
    ratelimit.forget("notice-trial", str(amina.pk))


def send(browser: Client, **changes: Any) -> str:
    """The page after its form was sent; an answer that is not a redirect says why."""
    answer = browser.post(PAGE, PLAIN | changes, follow=True)
    return str(answer.content.decode())


def refused(browser: Client, **changes: Any) -> str:
    answer = browser.post(PAGE, PLAIN | changes)
    assert answer.status_code == 422
    return str(answer.content.decode())


def rows(user: User) -> list[tuple[str, str, str]]:
    return sorted(Preference.objects.filter(user=user).values_list("category", "transport", "level"))


# ---- What it shows ------------------------------------------------------------------------------------------------------------------


def test_a_guest_is_asked_to_log_in(client: Client) -> None:
    for answer in (client.get(PAGE), client.post(PAGE, PLAIN), client.post("/account/notifications/trial/")):
        assert (answer.status_code, answer["Location"].startswith("/login/")) == (302, True)


def test_who_chose_nothing_sees_what_the_house_does(amina: User, as_: LogIn) -> None:
    text = as_(amina).get(PAGE).content.decode()
    found = re.findall(r'<select name="([a-z_-]+)"[^>]*>(?:(?!</select>).)*?value="(\w+)" selected', text, re.DOTALL)
    chosen = dict(found)
    assert {name: chosen[name] for name in ("rooms-push", "rooms-mail", "rooms_all-push", "rooms_all-mail", "account-mail")} == {
        "rooms-push": "NOW",
        "rooms-mail": "DIGEST",
        "rooms_all-push": "OFF",
        "rooms_all-mail": "DIGEST",
        "account-mail": "NOW",
    }
    assert re.search(r'value="HIDDEN"[^>]* checked', text)


def test_it_is_a_table_with_a_place_for_every_category_and_road(amina: User, as_: LogIn) -> None:
    text = as_(amina).get(PAGE).content.decode()
    lines = re.findall(r'<tr role="row"><th scope="row" role="rowheader">(.*?)</th>(.*?)</tr>', text, re.DOTALL)
    assert [name for name, _cells in lines] == [str(category.label) for category in SHOWN]
    assert all(cells.count('<td role="cell">') == len(Road) for _name, cells in lines)
    assert all(len(re.findall(r"<label for=", cells)) == cells.count("<select") for _name, cells in lines)
    assert "id_security-mail" not in text
    assert set(HABITS) - set(SHOWN) == {Category.DUTY, Category.SUMMARY}


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_it_speaks_the_readers_language(amina: User, as_: LogIn, language: str) -> None:
    User.objects.filter(pk=amina.pk).update(language=language)
    assert f'<html lang="{language}"' in as_(amina).get(PAGE).content.decode()


# ---- Keeping ------------------------------------------------------------------------------------------------------------------------


def test_the_untouched_page_changes_nothing(amina: User, as_: LogIn) -> None:
    before = choices_of(user=amina)
    assert "Vos choix valent" in send(as_(amina))
    assert rows(amina) == []
    assert choices_of(user=amina) == before


def test_only_what_differs_from_the_houses_habit_is_kept(amina: User, ben: User, as_: LogIn) -> None:
    browser = as_(amina)
    send(browser, **{"rooms-mail": "NOW", "money-push": "OFF"})
    assert rows(amina) == [("MONEY", "PUSH", "OFF"), ("ROOMS", "MAIL", "NOW")]
    send(browser)
    assert (rows(amina), rows(ben)) == ([], [])


def test_everything_comes_back_as_it_was_chosen(amina: User, as_: LogIn) -> None:
    changes = {
        "rooms-push": "OFF",
        "content": "PREVIEW",
        "digest": "DAILY",
        "digest_hour": "7",
        "silent": "on",
        "quiet_from": "22:30",
        "quiet_to": "07:00",
        "days": ["4", "5"],
        "zone": "Indian/Reunion",
    }
    send(as_(amina), **changes)
    kept = choices_of(user=amina)
    assert (kept.content, kept.digest, kept.digest_hour, kept.zone) == (Content.PREVIEW, Pace.DAILY, 7, "Indian/Reunion")
    assert (kept.quiet, kept.days) == ((time(22, 30), time(7)), frozenset({4, 5}))
    assert list_own_levels(user=amina)[Category.ROOMS] == {Road.PUSH: Level.OFF, Road.MAIL: Level.DIGEST}
    text = as_(amina).get(PAGE).content.decode()
    assert 'value="22:30"' in text
    assert len(re.findall(r'name="days" value="\d"[^>]* checked', text)) == 2


def test_without_silence_its_hours_are_forgotten_and_its_evenings_kept(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    send(browser, silent="on", quiet_from="22:00", quiet_to="07:00", days=["4"])
    send(browser, quiet_from="22:00", quiet_to="07:00", days=["4"])
    row = NotificationSettings.objects.get(user=amina)
    assert (row.quiet_from, row.quiet_to, row.weekdays) == (None, None, frozenset({4}))


def test_a_new_hour_moves_the_digest_that_waits_and_never_ends_it(amina: User, as_: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(subjects._sources, APP, Places())
    browser = as_(amina)
    send(browser, digest="DAILY", digest_hour="7", zone="UTC")
    assert NotificationSettings.objects.get(user=amina).digest_at is None  # nothing waits
    say_to(amina, 1)
    waiting = NotificationSettings.objects.get(user=amina).digest_at
    assert waiting is not None
    send(browser, digest="DAILY", digest_hour="9", zone="UTC")
    moved = NotificationSettings.objects.get(user=amina).digest_at
    assert moved is not None
    assert moved.hour == 9
    send(browser, digest="NEVER")
    assert NotificationSettings.objects.get(user=amina).digest_at is None


def test_nobody_chooses_what_is_owed(amina: User, as_: LogIn) -> None:
    """A form may be written by hand."""
    send(as_(amina), **{"security-mail": "OFF", "security-push": "OFF", "justice-mail": "OFF", "money-mail": "OFF", "duty-mail": "OFF"})
    assert rows(amina) == []
    choices = choices_of(user=amina)
    forged: Mapping[str, Mapping[Road, Level]] = {category: dict.fromkeys(Road, Level.OFF) for category in Category}
    choose(user=amina, choices=replace(choices, levels=forged), now=NOON)
    assert list_levels(user_ids=[amina.pk], category=Category.SECURITY)[amina.pk] == {Road.PUSH: Level.NOW, Road.MAIL: Level.NOW}
    assert list_own_levels(user=amina)[Category.JUSTICE][Road.MAIL] == Level.NOW


def test_a_row_of_another_time_does_not_switch_off_what_is_owed(amina: User) -> None:
    Preference.objects.create(user=amina, category=Category.SECURITY, transport=Road.MAIL, level=Level.OFF)
    assert list_own_levels(user=amina)[Category.SECURITY][Road.MAIL] == Level.NOW
    assert list_levels(user_ids=[amina.pk], category=Category.SECURITY)[amina.pk][Road.MAIL] == Level.NOW


def test_asking_for_mails_again_takes_back_what_a_link_had_ended(amina: User, as_: LogIn) -> None:
    for category in (Category.ACCOUNT, Category.ROOMS, Category.SUMMARY):
        EmailSuppression.objects.create(
            address_mac=mac_of("amina@example.org"), reason=SuppressionReason.UNSUBSCRIBED, category=category, created_at=NOON
        )
    shown = choices_of(user=amina)
    assert (shown.levels[Category.ACCOUNT][Road.MAIL], shown.digest) == (Level.OFF, Pace.NEVER)
    send(as_(amina), **{"account-mail": "NOW", "rooms-mail": "OFF", "digest": "NEVER"})
    assert sorted(EmailSuppression.objects.values_list("category", flat=True)) == ["ROOMS", "SUMMARY"]
    send(as_(amina), **{"rooms-mail": "DIGEST", "digest": "WEEKLY"})
    assert not EmailSuppression.objects.exists()


# ---- Refusing -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"silent": "on"}, "Dites de quelle heure à quelle heure."),
        ({"silent": "on", "quiet_from": "22:00"}, "Dites de quelle heure à quelle heure."),
        ({"silent": "on", "quiet_from": "22:00", "quiet_to": "22:00"}, "Le silence doit finir à une autre heure"),
        ({"silent": "on", "quiet_from": "22:00", "quiet_to": "07:00", "days": []}, "Choisissez un soir au moins"),
        ({"quiet_from": "25:99"}, "Écrivez une heure, par exemple 22:00."),
    ],
)
def test_what_makes_no_sense_is_said_in_words_and_nothing_is_kept(amina: User, as_: LogIn, changes: dict[str, Any], words: str) -> None:
    text = refused(as_(amina), **changes | {"rooms-mail": "NOW"})
    assert words in text
    assert 'role="alert"' in text
    assert (rows(amina), NotificationSettings.objects.count()) == ([], 0)
    assert re.search(r'<select name="rooms-mail"[^>]*>(?:(?!</select>).)*value="NOW" selected', text, re.DOTALL)  # what was typed is kept


@pytest.mark.parametrize(
    "changes",
    [
        {"rooms-push": "DIGEST"},  # devices know no digest
        {"rooms-mail": "LOUD"},
        {"content": "EVERYTHING"},
        {"digest": "HOURLY"},
        {"digest_hour": "24"},
        {"digest_hour": "-1"},
        {"days": ["7"]},
        {"days": ["x"]},
        {"zone": "../../etc/passwd"},
        {"zone": ""},
        {"content": ""},
    ],
)
def test_what_no_page_sends_is_refused(amina: User, as_: LogIn, changes: dict[str, Any]) -> None:
    refused(as_(amina), **changes)
    assert (rows(amina), NotificationSettings.objects.count()) == ([], 0)


def test_a_zone_that_is_not_on_the_list_stays_when_it_was_chosen_before(amina: User, as_: LogIn) -> None:
    NotificationSettings.objects.create(user=amina, zone="Asia/Tokyo")
    send(as_(amina), zone="Asia/Tokyo")
    assert NotificationSettings.objects.get(user=amina).zone == "Asia/Tokyo"


def test_one_changes_ones_own_alone(amina: User, carol: User, as_: LogIn) -> None:
    send(as_(carol), **{"rooms-mail": "OFF", "content": "PREVIEW"})
    assert (rows(amina), NotificationSettings.objects.filter(user=amina).count()) == ([], 0)


def test_the_page_costs_the_same_whatever_was_chosen(amina: User, django_assert_max_num_queries: Any) -> None:
    for category in (Category.ROOMS, Category.ROOMS_ALL, Category.ACCOUNT):
        Preference.objects.create(user=amina, category=category, transport=Road.MAIL, level=Level.OFF)
        with django_assert_max_num_queries(4):
            choices_of(user=amina)


# ---- Trials -------------------------------------------------------------------------------------------------------------------------


def test_a_trial_goes_by_every_road_at_once_whatever_was_chosen(amina: User, as_: LogIn) -> None:
    NotificationSettings.objects.create(user=amina, quiet_from=time(0), quiet_to=time(23, 59), quiet_days=EVERY_DAY, zone="UTC")
    answer = as_(amina).post("/account/notifications/trial/", follow=True)
    assert "L’essai est parti" in answer.content.decode()
    deliver_all()
    assert Notification.objects.get().kind == NoticeKind.TRIAL
    assert [letter.subject for letter in mail.outbox] == ["Ceci est un essai"]


def test_three_trials_an_hour_are_enough(amina: User, ben: User, as_: LogIn) -> None:
    for _time in range(TRIALS_AN_HOUR):
        send_trial(user=amina, now=NOON)
    with pytest.raises(TooManyTrials):
        send_trial(user=amina, now=NOON)
    assert "Trois essais par heure" in as_(amina).post("/account/notifications/trial/", follow=True).content.decode()
    assert Notification.objects.filter(user=amina).count() == TRIALS_AN_HOUR
    ratelimit.forget("notice-trial", str(ben.pk))
    send_trial(user=ben, now=NOON)


# ---- An address that gives letters back -----------------------------------------------------------------------------------------------


def test_whose_letters_come_back_is_told_in_the_pages_and_can_say_that_it_works(amina: User, ben: User, as_: LogIn) -> None:
    note_bounce(address="amina@example.org", status_code=550, now=NOON)
    browser = as_(amina)
    assert "Vos courriels nous reviennent" in browser.get(PAGE).content.decode()
    assert "refuse nos courriels" in browser.get("/account/notifications/").content.decode()
    assert "refuse nos courriels" not in as_(ben).get("/account/notifications/").content.decode()
    as_(ben).post("/account/notifications/address/")
    assert EmailSuppression.objects.count() == 1
    assert "Nous écrivons de nouveau" in browser.post("/account/notifications/address/", follow=True).content.decode()
    assert not EmailSuppression.objects.exists()
