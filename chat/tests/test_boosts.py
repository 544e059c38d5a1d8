"""The one paid place of the directory: who may have it, that chance alone draws among those who paid, and how it is lost."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import GrantSource
from billing.services.promos import give_promo
from billing.services.selflimits import SpendingPaused, pause_spending
from billing.services.wallet import NotEnough
from billing.services.wallets import FormReused, WalletClosed
from billing.tests.purses import books, entitle, eur, given_of, open_wallets, paid_of, pay_in, plain
from chat.access import NotAllowed, NotMember
from chat.enums import BoostSpan, Role, RoomState
from chat.models import Room, RoomBoost
from chat.queries.paid import find_boosted, list_boosts
from chat.services.boosts import BoostRunning, CannotBoost, NotForSale, boost_room, note_case, price_of
from chat.services.restrictions import set_room
from chat.services.rooms import change_room
from chat.tests.factories import NOON, join, make_group, make_room, make_theme, reader
from core.money import Money

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = NOON + HOUR


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    open_wallets(settings)
    settings.BOOST_PRICES = {"EUR": {"DAY": 2_00, "WEEK": 9_00}, "MGA": {"DAY": 10_000, "WEEK": 45_000}}


@pytest.fixture
def keeper(room: Room, amina: User) -> User:
    """Amina, who moderates the room and has 50 €."""
    room.memberships.filter(user=amina).update(role=Role.MODERATOR)
    pay_in(amina, 50_00)
    return amina


def boost(user: User, room: Room, span: BoostSpan = BoostSpan.DAY, *, now: datetime = NOON, key: uuid.UUID | None = None) -> RoomBoost:
    return boost_room(user=user, slug=room.slug, span=span, client_key=key or uuid.uuid4(), now=now)


def drawn(now: datetime = SOON, *, viewer: User | None = None, theme: str = "", language: str = "") -> str:
    line = find_boosted(reader=reader(viewer, now=now), theme=theme, language=language, now=now)
    return line.room.slug if line else ""


def make_boosted(slug: str, name: str, **fields: Any) -> Room:
    """Another room in the paid place."""
    place, user = make_room(slug, **fields), make_user(name)
    join(user, place, role=Role.MODERATOR)
    pay_in(user, 50_00)
    boost(user, place)
    return place


@pytest.mark.parametrize(("span", "cents", "lasts"), [(BoostSpan.DAY, 2_00, DAY), (BoostSpan.WEEK, 9_00, 7 * DAY)])
def test_its_price_and_its_time(room: Room, keeper: User, span: BoostSpan, cents: int, lasts: timedelta) -> None:
    bought = boost(keeper, room, span)
    assert (bought.amount_minor, bought.currency, bought.starts_at, bought.ends_at) == (cents, "EUR", NOON, NOON + lasts)
    assert paid_of(keeper) == 50_00 - cents
    assert drawn(NOON + lasts - timedelta(seconds=1)) == room.slug
    assert drawn(NOON + lasts) == ""


def test_nobody_paid_nobody_stands_there(room: Room) -> None:
    assert drawn() == ""


def test_only_who_moderates_it_pays_for_it(room: Room, ben: User, carol: User) -> None:
    for user, refusal in ((ben, NotAllowed), (carol, NotMember)):
        pay_in(user, 50_00)
        with pytest.raises(refusal):
            boost(user, room)
        assert paid_of(user) == 50_00


@pytest.mark.parametrize(
    "fields", [{"age_gate": "SENSITIVE"}, {"age_gate": "MEETING"}, {"age_gate": "SEXUAL"}, {"state": "FROZEN"}, {"case_open_at": NOON}]
)
def test_which_rooms_cannot(room: Room, keeper: User, fields: dict[str, Any]) -> None:
    Room.objects.filter(pk=room.pk).update(**fields)
    with pytest.raises(Exception) as refusal:
        boost(keeper, room)
    assert "age_gate" in fields or isinstance(refusal.value, CannotBoost)
    assert (paid_of(keeper), RoomBoost.objects.count()) == (50_00, 0)


def test_a_group_is_in_no_directory(amina: User) -> None:
    pay_in(amina, 50_00)
    with pytest.raises(CannotBoost):
        boost(amina, make_group(amina))


def test_once_at_a_time_and_once_a_form(room: Room, keeper: User) -> None:
    key = uuid.uuid4()
    assert boost(keeper, room, key=key).pk == boost(keeper, room, key=key).pk
    with pytest.raises(FormReused):
        boost(keeper, room, BoostSpan.WEEK, key=key)
    with pytest.raises(BoostRunning):
        boost(keeper, room, now=SOON)
    assert paid_of(keeper) == 48_00
    boost(keeper, room, now=NOON + DAY)
    assert paid_of(keeper) == 46_00


def test_the_rules_of_the_wallet_hold(room: Room, keeper: User, settings: Any) -> None:
    pause_spending(user=keeper, days="1", now=NOON)
    with pytest.raises(SpendingPaused):
        boost(keeper, room)
    settings.WALLET_ENABLED = []
    with pytest.raises(WalletClosed):
        boost(keeper, room, now=NOON + DAY)
    assert (paid_of(keeper), RoomBoost.objects.count()) == (50_00, 0)


def test_without_credit_no_boost(room: Room, amina: User) -> None:
    room.memberships.filter(user=amina).update(role=Role.MODERATOR)
    with pytest.raises(NotEnough):
        boost(amina, room)
    assert RoomBoost.objects.count() == 0


def test_prices_are_of_their_currency(settings: Any) -> None:
    assert price_of(span=BoostSpan.WEEK, currency="MGA") == Money(45_000, "MGA")
    with pytest.raises(NotForSale):
        price_of(span=BoostSpan.DAY, currency="USD")


def test_chance_alone_draws(room: Room, keeper: User) -> None:
    """A room that paid more, or is larger, is not drawn more often."""
    boost(keeper, room, BoostSpan.WEEK)
    make_boosted("jardin", "Dina")
    make_boosted("musique", "Eva", members=5000)
    make_room("sans-payer")
    seen = Counter(drawn() for _turn in range(300))
    assert set(seen) == {room.slug, "jardin", "musique"}
    assert min(seen.values()) > 55  # of 100 expected: less than one run in a hundred thousand falls below


def test_the_shelf_that_is_looked_at(room: Room, keeper: User) -> None:
    boost(keeper, room)
    make_boosted("fihirana", "Dina", languages=["mg"], theme=make_theme("musique"))
    assert {drawn(theme="cuisine") for _turn in range(10)} == {room.slug}
    assert {drawn(language="mg") for _turn in range(10)} == {"fihirana"}
    assert drawn(theme="nulle-part") == ""


def test_everybody_sees_the_same_place(room: Room, keeper: User, carol: User) -> None:
    entitle(carol, "ADS", 0)
    boost(keeper, room)
    assert drawn(viewer=None) == drawn(viewer=carol) == drawn(viewer=keeper) == room.slug


@pytest.mark.parametrize("changes", [{"state": RoomState.FROZEN.value}, {"state": RoomState.CLOSED.value}, {"slow_mode_s": 60}])
def test_a_restricted_room_loses_it_and_is_refunded_whole(room: Room, keeper: User, changes: dict[str, Any]) -> None:
    before = books()
    boost(keeper, room, BoostSpan.WEEK)
    set_room(room_public_id=room.public_id, changes=changes, now=NOON + 6 * DAY)
    assert drawn(NOON + 6 * DAY) == ""
    assert books() == before
    assert RoomBoost.objects.get().refunded_at == NOON + 6 * DAY


def test_a_measure_taken_back_sells_nothing_again(room: Room, keeper: User) -> None:
    boost(keeper, room)
    frozen = {"state": RoomState.FROZEN.value}
    before = set_room(room_public_id=room.public_id, changes=frozen, now=SOON)
    set_room(room_public_id=room.public_id, changes=before, expected=frozen, now=SOON)
    assert (drawn(), paid_of(keeper)) == ("", 50_00)
    boost(keeper, room, now=SOON)
    set_room(room_public_id=room.public_id, changes={"slow_mode_s": 0}, expected={"slow_mode_s": 0}, now=SOON)  # the way back is no measure
    assert (drawn(), paid_of(keeper)) == (room.slug, 48_00)


def test_a_room_frozen_by_its_own_moderation_already_is_refunded_too(room: Room, keeper: User) -> None:
    boost(keeper, room)
    change_room(user=keeper, slug=room.slug, changes={"state": "FROZEN"}, now=SOON)
    assert (drawn(), paid_of(keeper)) == ("", 48_00)  # their own choice: not shown, not refunded
    set_room(room_public_id=room.public_id, changes={"state": "FROZEN"}, now=SOON)
    assert paid_of(keeper) == 50_00


def test_given_credit_pays_first_and_comes_back_as_given(room: Room, keeper: User) -> None:
    give_promo(user=keeper, money=eur(1_50), source=GrantSource.GOODWILL, key="gift", now=NOON)
    boost(keeper, room)
    assert (paid_of(keeper), given_of(keeper)) == (49_50, 0)
    set_room(room_public_id=room.public_id, changes={"slow_mode_s": 60}, now=SOON)
    assert (paid_of(keeper), given_of(keeper)) == (50_00, 1_50)


def test_while_a_report_is_looked_at_its_time_stands_still(room: Room, keeper: User) -> None:
    boost(keeper, room)
    note_case(room_public_id=room.public_id, is_open=True, now=NOON + 20 * HOUR)
    assert drawn(NOON + 20 * HOUR) == drawn(NOON + 30 * HOUR) == ""
    with pytest.raises(CannotBoost):
        boost(keeper, room, now=NOON + 30 * HOUR)
    note_case(room_public_id=room.public_id, is_open=False, now=NOON + 50 * HOUR)
    assert drawn(NOON + 54 * HOUR - timedelta(seconds=1)) == room.slug  # the four hours that were left
    assert drawn(NOON + 54 * HOUR) == ""
    assert paid_of(keeper) == 48_00


def test_told_twice_it_stands_still_once(room: Room, keeper: User) -> None:
    boost(keeper, room)
    for hours in (2, 4):
        note_case(room_public_id=room.public_id, is_open=True, now=NOON + hours * HOUR)
    for hours in (6, 8):
        note_case(room_public_id=room.public_id, is_open=False, now=NOON + hours * HOUR)
    assert RoomBoost.objects.get().ends_at == NOON + 28 * HOUR
    note_case(room_public_id="a" * 20, is_open=True, now=NOON)  # a room that is gone is no fault


def test_the_list_of_its_moderators(room: Room, keeper: User) -> None:
    boost(keeper, room)
    assert [(line.money, line.is_running) for line in list_boosts(room=room, now=SOON)] == [(eur(2_00), True)]
    assert [line.is_running for line in list_boosts(room=room, now=NOON + DAY)] == [False]


# ---- Pages ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def today(amina: User) -> Room:
    """A room that Amina moderates, with 50 € of hers, both of this very day."""
    place = make_room("aujourdhui", now=timezone.now())
    join(amina, place, role=Role.MODERATOR, now=timezone.now())
    pay_in(amina, 50_00, at=timezone.now())
    return place


def wish(span: str = "DAY", **more: str) -> dict[str, str]:
    return {"span": span, "cid": str(uuid.uuid4())} | more


def test_the_price_and_what_is_left_come_before_the_click(today: Room, amina: User, as_: LogIn) -> None:
    browser, path = as_(amina), f"/rooms/{today.slug}/boost/"
    form = plain(browser.get(path).content.decode())
    assert "24 heures : 2,00 €" in form
    assert "checked" not in form
    page = plain(browser.post(path, wish()).content.decode())
    assert "<dd>2,00 €</dd>" in page
    assert "<dd>48,00 €</dd>" in page
    assert RoomBoost.objects.count() == 0
    last = wish(sure="1")
    assert browser.post(path, last)["Location"] == path
    assert browser.post(path, last)["Location"] == path
    assert (RoomBoost.objects.count(), paid_of(amina)) == (1, 48_00)
    assert "en cours" in browser.get(path).content.decode()


@pytest.mark.parametrize("span", ["", "YEAR", "day", "DAY "])
def test_a_forged_length_is_refused(span: str, today: Room, amina: User, as_: LogIn) -> None:
    answer = as_(amina).post(f"/rooms/{today.slug}/boost/", wish(span, sure="1"))
    assert answer.status_code == 422
    assert RoomBoost.objects.count() == 0


def test_ben_and_carol_have_no_such_page(today: Room, ben: User, carol: User, as_: LogIn) -> None:
    join(ben, today, now=timezone.now())
    assert as_(ben).get(f"/rooms/{today.slug}/boost/").status_code == 403
    assert as_(carol).post(f"/rooms/{today.slug}/boost/", wish(sure="1")).status_code == 302
    assert RoomBoost.objects.count() == 0


def test_where_wallets_are_closed_there_is_no_page(today: Room, amina: User, as_: LogIn, settings: Any) -> None:
    settings.WALLET_ENABLED = []
    assert as_(amina).get(f"/rooms/{today.slug}/boost/").status_code == 404
    assert "/boost/" not in as_(amina).get(f"/rooms/{today.slug}/about/").content.decode()


def test_the_place_is_marked_and_the_list_below_unchanged(today: Room, amina: User, carol: User, as_: LogIn) -> None:
    make_room("vivant", members=50)

    def listed(browser: Client) -> list[str]:
        page = browser.get("/rooms/").content.decode()
        part = page[page.index('id="all-title"') :]
        return [name for name in ("vivant", "aujourdhui") if f"/rooms/{name}/" in part]

    before = {who: listed(as_(who)) for who in (None, carol)}
    boost(amina, today, now=timezone.now())
    for who in (None, carol):
        page = as_(who).get("/rooms/").content.decode()
        assert page.index("Mis en avant, payé") < page.index(f"/rooms/{today.slug}/") < page.index('id="all-title"')
        assert listed(as_(who)) == before[who]
    assert "Mis en avant" not in as_(None).get("/rooms/?q=aujourdhui").content.decode()
    assert "Mis en avant" not in as_(None).get("/rooms/?page=2").content.decode()
