"""Told in time, once, and of the last step alone; yearly renewals with a letter that proves itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test.utils import override_settings

from accounts.models import User
from billing.enums import Interval, LetterKind
from billing.models import ContractLetter, Subscription
from billing.services.reminding import announce_renewals, remind_subscribers
from billing.services.renewing import sync_provider_subscription
from billing.services.trials import start_trial
from billing.services.writing import AGAIN_AFTER, compose, read_letter, resend_letters, send_letter
from billing.tests.plans.selling import DAY, NOON, Notification, price_of, subscribe
from core.models import OutboxEvent

pytestmark = pytest.mark.django_db
END = datetime.fromisoformat("2027-11-23T12:00:00+00:00")


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def steps(user: User) -> list[str]:
    return [row.dedupe_key.rpartition(":")[2] for row in Notification.objects.filter(user=user).order_by("pk")]


# ---- Paid in advance --------------------------------------------------------------------------------------------------------------
def test_seven_three_and_one_day_before_and_on_the_day(amina: User) -> None:
    made = subscribe(amina)
    end = made.period_end
    assert end is not None
    for days in (9, 7.5, 7, 6, 5, 3, 2.5, 1, 0.5, 0, -1, -2.9, -3.1):
        remind_subscribers(now=end - days * DAY)
    assert (told(amina), steps(amina)) == (["SUBSCRIPTION_ENDING"] * 4, ["7", "3", "1", "0"])
    assert Notification.objects.first().args == {"ends_on": "2026-12-23"}  # type: ignore[union-attr]


def test_after_a_pause_the_last_step_alone_is_told(amina: User) -> None:
    end = subscribe(amina).period_end
    assert end is not None
    assert [remind_subscribers(now=end - DAY / 2) for _twice in range(2)] == [1, 0]
    assert steps(amina) == ["1"]


def test_whoever_prolongs_is_told_of_the_new_end(amina: User) -> None:
    end = subscribe(amina).period_end
    assert end is not None
    remind_subscribers(now=end - 7 * DAY)
    second = subscribe(amina, now=end - 6 * DAY)
    assert remind_subscribers(now=end - 3 * DAY) == 0
    assert second.period_end is not None
    assert remind_subscribers(now=second.period_end - 3 * DAY) == 1


def test_a_trial_is_told_once_that_it_ends_by_itself(amina: User, ben: User) -> None:
    ends_at = start_trial(user=amina, now=NOON)
    assert [remind_subscribers(now=ends_at - days * DAY) for days in (4, 3, 2, 0)] == [0, 1, 0, 0]
    assert (told(amina), told(ben)) == (["TRIAL_ENDING"], [])


# ---- Renewed by a provider ----------------------------------------------------------------------------------------------------------
def renewing(
    user: User, state: str = "active", *, interval: str = Interval.YEAR, now: datetime = NOON, cancel: bool = False
) -> Subscription:
    return sync_provider_subscription(
        user_id=user.pk,
        price_id=price_of(interval).pk,
        provider="STRIPE",
        provider_ref="sub_1",
        state=state,
        period_end=END,
        cancel_at_period_end=cancel,
        now=now,
    )


def test_an_unpaid_renewal_is_asked_for_on_four_days_and_ends_on_the_last(amina: User) -> None:
    renewing(amina, "past_due", now=NOON)
    for days in (0, 1, 2.9, 3, 4, 5, 6.9, 7, 8):
        remind_subscribers(now=NOON + days * DAY)
    assert steps(amina) == ["0", "3", "5", "7"]
    assert told(amina) == ["SUBSCRIPTION_LATE"] * 3 + ["SUBSCRIPTION_ENDED"]
    assert Notification.objects.first().args == {"ends_on": "2026-11-30"}  # type: ignore[union-attr]


# ---- The notice of a yearly renewal -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("days", "letters"), [(91, 0), (76, 0), (75, 1), (60, 1), (32, 1), (31, 0), (10, 0)])
def test_it_goes_out_between_three_months_and_one_month_before(amina: User, days: int, letters: int) -> None:
    renewing(amina)
    assert announce_renewals(now=END - days * DAY) == letters
    assert announce_renewals(now=END - days * DAY + timedelta(hours=1)) == 0


def test_it_stands_in_a_box_with_its_last_day_price_and_way_out(amina: User) -> None:
    row = renewing(amina)
    announce_renewals(now=END - 60 * DAY)
    letter = ContractLetter.objects.get(kind=LetterKind.RENEWAL)
    text = read_letter(letter)
    assert text.split("═" * 64)[1].strip() == "Dernier jour pour refuser le renouvellement\u00a0: 22 novembre 2027"
    for words in (row.reference, "49,90", "/money/cancel/", "L215-1", "23 novembre 2027"):
        assert words in text
    html = str(compose(letter).alternatives[0][0])
    assert '<table border="2"' in html
    assert "═" not in html
    assert text not in bytes(letter.body).decode("latin-1")


@pytest.mark.parametrize("change", [{"interval": Interval.MONTH}, {"cancel": True}])
def test_what_is_not_yearly_or_does_not_renew_has_none(amina: User, change: dict[str, Any]) -> None:
    renewing(amina, **change)
    assert announce_renewals(now=END - 60 * DAY) == 0


def test_one_that_nobody_could_be_told_of_wakes_the_team_a_month_before(amina: User, mod: User) -> None:
    row = renewing(amina)
    announce_renewals(now=END - 60 * DAY)
    for days in (32, 31, 30, 5):
        announce_renewals(now=END - days * DAY)
    alarm = Notification.objects.get(user=mod)
    assert alarm.args == {"what": "RENEWAL_UNPROVEN", "ref": row.reference}


def test_one_that_was_sent_wakes_nobody(amina: User, mod: User) -> None:
    renewing(amina)
    announce_renewals(now=END - 60 * DAY)
    send_letter(letter_id=ContractLetter.objects.get().pk, now=END - 60 * DAY)
    announce_renewals(now=END - 31 * DAY)
    assert told(mod) == []


# ---- Letters that do not get through ----------------------------------------------------------------------------------------------
class Refusing(EmailBackend):
    """A mail server that knows nobody there."""

    code = 550

    def send_messages(self, messages: Any) -> int:
        raise SMTPRecipientsRefused({"amina@example.org": (self.code, b"no")})


class Busy(Refusing):
    code = 450


class Away(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise SMTPServerDisconnected("gone")


def letter_of(user: User) -> ContractLetter:
    subscribe(user)
    return ContractLetter.objects.get(kind=LetterKind.ORDER)


def test_an_address_that_is_refused_for_good_counts_as_not_received(amina: User, mod: User) -> None:
    letter = letter_of(amina)
    with override_settings(EMAIL_BACKEND=f"{__name__}.Refusing"):
        send_letter(letter_id=letter.pk, now=NOON)
    letter.refresh_from_db()
    assert (letter.sent_at, letter.bounced_at, letter.next_try_at) == (None, NOON, None)
    assert Notification.objects.get(user=mod).args["what"] == "LETTER_BOUNCED"
    send_letter(letter_id=letter.pk, now=NOON)
    assert mail.outbox == []


@pytest.mark.parametrize("backend", ["Busy", "Away"])
def test_a_server_that_is_away_is_asked_again_for_a_month(amina: User, backend: str) -> None:
    letter = letter_of(amina)
    with override_settings(EMAIL_BACKEND=f"{__name__}.{backend}"), pytest.raises(OSError):
        send_letter(letter_id=letter.pk, now=NOON)
    OutboxEvent.objects.all().delete()
    assert resend_letters(now=NOON + AGAIN_AFTER - timedelta(seconds=1)) == 0
    assert [resend_letters(now=NOON + AGAIN_AFTER) for _twice in range(2)] == [1, 0]
    assert OutboxEvent.objects.get(event="billing.LetterWritten").payload == {"letter_id": letter.pk}
    assert resend_letters(now=NOON + 31 * DAY) == 0
    send_letter(letter_id=letter.pk, now=NOON + DAY)
    assert [len(mail.outbox), resend_letters(now=NOON + 2 * DAY)] == [1, 0]


def test_the_confirmation_of_an_order_holds_the_whole_contract(amina: User) -> None:
    letter = letter_of(amina)
    text = read_letter(letter)
    made = letter.subscription
    assert made is not None
    parts = (made.reference, "4,99", "dont 0,83", "23 novembre 2026, 12:00 UTC", "7 décembre 2026", "/money/withdraw/", "/money/cancel/")
    for words in (*parts, "version 1.2", "## Qui vend", "l’abonnement s’arrête de lui-même"):
        assert words in text, words
    assert (letter.language, letter.text_sha256 != "") == ("fr", True)
