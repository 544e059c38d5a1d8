"""Thanking who answers for a group: adults, with paid credit, without a list of givers, and back within fourteen days."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services.relations import block_person
from accounts.tests.factories import make_user
from billing.services.selflimits import SpendingPaused, TipTooLarge, pause_spending
from billing.services.wallet import NoPayee, NotEnough, spend
from billing.services.wallets import AdultsOnly, FormReused
from billing.tests.purses import eur, given_of, open_wallets, paid_of, pay_in, plain
from chat.access import AccessRefused, NotMember, RoomNotFound
from chat.models import Room, RoomTip
from chat.queries.paid import list_own_tips, list_thankable
from chat.services.tips import NobodyToThank, TipsClosed, TipTooOld, TipUsed, give_tip, take_back_tip
from chat.tests.factories import NOON, join, make_group
from core.money import Money

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    open_wallets(settings)


@pytest.fixture
def giver(ben: User) -> User:
    """Ben, with 50 € that he has paid in."""
    pay_in(ben, 50_00)
    return ben


def thank(user: User, room: Room, owner: User, cents: int = 2_00, *, now: datetime = NOON, key: uuid.UUID | None = None) -> RoomTip:
    return give_tip(user=user, slug=room.slug, owner_public_id=owner.public_id, money=eur(cents), client_key=key or uuid.uuid4(), now=now)


def test_the_owner_has_credit_and_the_giver_less(group: Room, amina: User, giver: User) -> None:
    tip = thank(giver, group, amina)
    assert (tip.room_id, tip.giver_id, tip.owner_id, tip.amount_minor, tip.currency) == (group.pk, giver.pk, amina.pk, 2_00, "EUR")
    assert (paid_of(giver), given_of(amina), paid_of(amina)) == (48_00, 2_00, 0)


def test_the_same_form_thanks_once(group: Room, amina: User, giver: User) -> None:
    key = uuid.uuid4()
    assert thank(giver, group, amina, key=key).pk == thank(giver, group, amina, key=key).pk
    with pytest.raises(FormReused):
        thank(giver, group, amina, 5_00, key=key)
    assert (paid_of(giver), RoomTip.objects.count()) == (48_00, 1)


def test_carol_who_is_not_in_the_group_thanks_nobody(group: Room, amina: User, carol: User) -> None:
    pay_in(carol, 50_00)
    with pytest.raises(AccessRefused):
        thank(carol, group, amina)
    assert (paid_of(carol), RoomTip.objects.count()) == (50_00, 0)


def test_only_an_owner_of_this_group_is_thanked(group: Room, room: Room, amina: User, giver: User, carol: User) -> None:
    other = make_group(carol, "Voisins")
    for owner, place in ((giver, group), (carol, group), (amina, room), (amina, other)):
        with pytest.raises((NobodyToThank, NotMember, RoomNotFound)):
            thank(giver, place, owner)
    assert paid_of(giver) == 50_00


def test_whoever_is_blocked_reaches_nobody_by_paying(group: Room, amina: User, giver: User) -> None:
    block_person(user=amina, person=giver, now=NOON)
    with pytest.raises(NobodyToThank):
        thank(giver, group, amina)
    assert paid_of(giver) == 50_00


def test_both_are_adults(group: Room, giver: User) -> None:
    young = make_user("Rado", age_method=None)
    group.memberships.filter(role="OWNER").update(user=young)
    with pytest.raises(NoPayee):
        thank(giver, group, young)
    assert (paid_of(giver), RoomTip.objects.count()) == (50_00, 0)


def test_a_minor_gives_nothing(group: Room, amina: User) -> None:
    young = make_user("Rado")
    join(young, group)
    pay_in(young, 50_00)
    User.objects.get(pk=young.pk).age_assertions.all().delete()
    with pytest.raises((AdultsOnly, AccessRefused)):
        thank(User.objects.get(pk=young.pk), group, amina)
    assert (paid_of(young), RoomTip.objects.count()) == (50_00, 0)


def test_thank_yous_have_a_switch_of_their_own(group: Room, amina: User, giver: User, settings: Any) -> None:
    settings.TIPS_ENABLED = []
    with pytest.raises(TipsClosed):
        thank(giver, group, amina)
    settings.TIPS_ENABLED, settings.WALLET_ENABLED = ["FR"], []
    with pytest.raises(TipsClosed):
        thank(giver, group, amina)


def test_an_owner_where_they_are_closed_gets_none(group: Room, amina: User, giver: User) -> None:
    User.objects.filter(pk=amina.pk).update(jurisdiction="MG")
    with pytest.raises(NobodyToThank):
        thank(giver, group, amina)


def test_the_rules_of_the_wallet_hold(group: Room, amina: User, giver: User) -> None:
    with pytest.raises(TipTooLarge):
        thank(giver, group, amina, 5_01)
    pause_spending(user=giver, days="1", now=NOON)
    with pytest.raises(SpendingPaused):
        thank(giver, group, amina)
    assert (paid_of(giver), RoomTip.objects.count()) == (50_00, 0)


def test_nothing_is_left_behind_by_a_refused_one(group: Room, amina: User, ben: User) -> None:
    with pytest.raises(NotEnough):
        thank(ben, group, amina)
    assert RoomTip.objects.count() == 0


def test_back_within_fourteen_days(group: Room, amina: User, giver: User) -> None:
    tip = thank(giver, group, amina)
    back = take_back_tip(user=giver, public_id=tip.public_id, now=NOON + 14 * DAY)
    assert back.returned_at == NOON + 14 * DAY
    assert (paid_of(giver), given_of(amina)) == (50_00, 0)
    assert take_back_tip(user=giver, public_id=tip.public_id, now=NOON + 15 * DAY).returned_at == back.returned_at
    assert paid_of(giver) == 50_00


def test_not_after_them(group: Room, amina: User, giver: User) -> None:
    tip = thank(giver, group, amina)
    with pytest.raises(TipTooOld):
        take_back_tip(user=giver, public_id=tip.public_id, now=NOON + 14 * DAY + timedelta(seconds=1))
    assert (paid_of(giver), given_of(amina)) == (48_00, 2_00)


def test_not_once_it_is_used(group: Room, amina: User, giver: User) -> None:
    tip = thank(giver, group, amina)
    later = NOON + timedelta(hours=1)
    spend(payer=amina, payee_key="revenue:ads", subject_key="room:a", money=eur(1), key="a", now=later)
    with pytest.raises(TipUsed):
        take_back_tip(user=giver, public_id=tip.public_id, now=later)
    assert (paid_of(giver), given_of(amina), RoomTip.objects.get().returned_at) == (48_00, 1_99, None)


def test_nobody_takes_back_what_another_gave(group: Room, amina: User, giver: User, carol: User) -> None:
    tip = thank(giver, group, amina)
    for other in (amina, carol):
        with pytest.raises(RoomNotFound):
            take_back_tip(user=other, public_id=tip.public_id, now=NOON)
    assert given_of(amina) == 2_00


def test_its_giver_alone_has_a_list(group: Room, amina: User, giver: User, carol: User) -> None:
    thank(giver, group, amina)
    assert [(line.money, line.room_title, line.can_be_taken_back) for line in list_own_tips(user=giver, now=NOON)] == [
        (eur(2_00), group.title, True)
    ]
    assert list_own_tips(user=amina, now=NOON) == list_own_tips(user=carol, now=NOON) == []


def test_whom_a_member_may_thank(group: Room, room: Room, amina: User, giver: User, settings: Any) -> None:
    assert [person.id for person in list_thankable(room=group, user=giver, hidden=set())] == [amina.pk]
    assert list_thankable(room=group, user=amina, hidden=set()) == []  # not oneself
    assert list_thankable(room=group, user=giver, hidden={amina.pk}) == []
    assert list_thankable(room=room, user=giver, hidden=set()) == []
    settings.TIPS_ENABLED = []
    assert list_thankable(room=group, user=giver, hidden=set()) == []


# ---- Pages ------------------------------------------------------------------------------------------------------------------


def fields(owner: User, amount: str = "2", **more: str) -> dict[str, str]:
    return {"owner": owner.public_id, "amount": amount, "cid": str(uuid.uuid4())} | more


@pytest.fixture
def now_giver(amina: User) -> tuple[User, Room]:
    """Dina, in a group of Amina's, with 50 € paid in this very day."""
    dina = make_user("Dina", now=timezone.now())
    place = make_group(amina, "Jardin", now=timezone.now())
    join(dina, place, now=timezone.now())
    pay_in(dina, 50_00, at=timezone.now())
    return dina, place


def test_the_sum_and_what_is_left_come_before_the_click(now_giver: tuple[User, Room], amina: User, as_: LogIn) -> None:
    dina, place = now_giver
    browser, path = as_(dina), f"/rooms/{place.slug}/thanks/"
    form = plain(browser.get(path).content.decode())
    assert 'name="amount" value' not in form  # nothing is proposed
    page = plain(browser.post(path, fields(amina)).content.decode())
    assert "Donner 2,00 € à Amina." in page
    assert "<dd>48,00 €</dd>" in page
    assert RoomTip.objects.count() == 0
    wish = fields(amina, sure="1")
    assert browser.post(path, wish)["Location"] == "/thanks/"
    assert browser.post(path, wish)["Location"] == "/thanks/"
    assert (RoomTip.objects.count(), given_of(amina)) == (1, 2_00)


def test_too_little_is_told_without_a_button(now_giver: tuple[User, Room], amina: User, as_: LogIn) -> None:
    dina, place = now_giver
    page = as_(dina).post(f"/rooms/{place.slug}/thanks/", fields(amina, "60")).content.decode()
    assert 'name="sure"' not in page
    assert "/money/wallet/" in page


@pytest.mark.parametrize("amount", ["", "0", "-2", "1e1", "2,001", "5,01"])
def test_bad_amounts_are_told(amount: str, now_giver: tuple[User, Room], amina: User, as_: LogIn) -> None:
    dina, place = now_giver
    answer = as_(dina).post(f"/rooms/{place.slug}/thanks/", fields(amina, amount, sure="1"))
    assert answer.status_code == 422
    assert RoomTip.objects.count() == 0


def test_a_forged_owner_is_refused(now_giver: tuple[User, Room], carol: User, as_: LogIn) -> None:
    dina, place = now_giver
    assert as_(dina).post(f"/rooms/{place.slug}/thanks/", fields(carol, sure="1")).status_code == 422
    assert RoomTip.objects.count() == 0


def test_carol_sees_no_page_of_the_group(now_giver: tuple[User, Room], amina: User, carol: User, as_: LogIn) -> None:
    _dina, place = now_giver
    assert as_(carol).get(f"/rooms/{place.slug}/thanks/").status_code == 404
    assert as_(carol).post(f"/rooms/{place.slug}/thanks/", fields(amina, sure="1")).status_code == 404


def test_taking_back_by_form(now_giver: tuple[User, Room], amina: User, carol: User, as_: LogIn) -> None:
    dina, place = now_giver
    tip = thank(dina, place, amina, now=timezone.now())
    assert as_(carol).post(f"/thanks/{tip.public_id}/back/").status_code == 404
    assert place.title not in as_(amina).get("/thanks/").content.decode().split('id="main"')[1]
    assert f"/thanks/{tip.public_id}/back/" in as_(dina).get("/thanks/").content.decode()
    assert as_(dina).post(f"/thanks/{tip.public_id}/back/")["Location"] == "/thanks/"
    assert (paid_of(dina), given_of(amina)) == (50_00, 0)


def test_the_owner_reads_of_credit_and_of_nobody(now_giver: tuple[User, Room], amina: User, as_: LogIn) -> None:
    dina, place = now_giver
    thank(dina, place, amina, now=timezone.now())
    for path in ("/money/wallet/", "/money/wallet/history/"):
        page = plain(as_(amina).get(path).content.decode())
        assert "2,00 €" in page
        assert "Dina" not in page
        assert dina.public_id not in page


def test_ariary_and_euros_do_not_meet(group: Room, amina: User, giver: User) -> None:
    with pytest.raises(Exception, match="other_currency"):
        give_tip(user=giver, slug=group.slug, owner_public_id=amina.public_id, money=Money(500, "MGA"), client_key=uuid.uuid4(), now=NOON)
