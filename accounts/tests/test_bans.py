"""A ban holds for the next account too: by its mailbox at once, by its browser for people who look; nobody innocent is judged by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.enums import SuspensionKind, UserStatus
from accounts.events import AccountSuspended
from accounts.handlers import on_account_suspended
from accounts.models import BanKey, Block, EvasionSignal, Suspension, User
from accounts.queries import find_person, hidden_actor_ids, list_hidden_public_ids
from accounts.services.bans import fold_email, look_for_evasion
from accounts.services.closure import begin_closing, finish_closings
from accounts.services.devices import mark_device, new_token
from accounts.services.relations import block_person, unblock_person
from accounts.services.suspension import lift, suspend
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import NOON, make_user
from accounts.tests.overhearing import overhear
from accounts.tests.purging import purge_ban_keys
from core import outbox
from core.models import AuditEntry
from realtime.bus import Veiled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
TERMINATED = SuspensionKind.TERMINATED


def relay() -> None:
    """Hand out what was published."""
    for claim in outbox.claim(now=timezone.now() + timedelta(seconds=1)):
        assert outbox.deliver(claim)


def ban(user: User, *, kind: SuspensionKind = TERMINATED, ends_at: datetime | None = None, ref: str = "D-5") -> Suspension:
    made = suspend(user=user, kind=kind, decision_ref=ref, reason="menaces", ends_at=ends_at, now=timezone.now())
    relay()
    return made


def come_in(user: User) -> list[tuple[str, int]]:
    """What a log-in of this account makes of it."""
    user.refresh_from_db()
    return [(signal.kind, signal.priority) for signal in look_for_evasion(user=user, now=timezone.now())]


def is_silenced(user: User) -> bool:
    user.refresh_from_db()
    return user.silenced


# ---- What is remembered -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("email", "folded"),
    [
        ("Ra.So.A+resaka@GMail.com", "rasoa@gmail.com"),
        ("rasoa@googlemail.com", "rasoa@gmail.com"),
        ("ra.soa+x@outlook.com", "ra.soa@outlook.com"),
        ("ra.soa+x@proton.me", "ra.soa@proton.me"),
        ("ra.soa+x@example.org", "ra.soa+x@example.org"),  # there it may be another person
        (" Rasoa@Example.ORG ", "rasoa@example.org"),
    ],
)
def test_an_address_is_its_mailbox_where_the_provider_says_so(email: str, folded: str) -> None:
    assert fold_email(email) == folded


def test_a_ban_leaves_hashes_that_name_nobody(amina: User) -> None:
    mark_device(user=amina, token=new_token(), now=timezone.now())
    ban(amina)
    rows = list(BanKey.objects.order_by("kind").values_list("kind", "decision_ref"))
    assert rows == [("DEVICE", "D-5"), ("EMAIL", "D-5")]
    stored = str(list(BanKey.objects.values_list()))
    assert "amina" not in stored
    assert [field for field in BanKey._meta.get_fields() if field.is_relation] == []
    for key in BanKey.objects.all():
        assert timedelta(days=729) < key.expires_at - timezone.now() <= timedelta(days=730)


def test_an_address_that_was_never_confirmed_bans_nobody(amina: User) -> None:
    """Or the banned could name others' addresses to have them held."""
    EmailAddress.objects.create(user=amina, email="victim@example.org", verified=False, primary=False)
    ban(amina)
    assert come_in(make_user("Voahangy", email="victim@example.org")) == []


@pytest.mark.parametrize("kind", [SuspensionKind.POSTING_RESTRICTED, SuspensionKind.REPORTING_SUSPENDED])
def test_milder_measures_are_not_remembered(amina: User, kind: SuspensionKind) -> None:
    ban(amina, kind=kind)
    assert BanKey.objects.count() == 0


def test_a_suspension_is_remembered_as_long_as_it_lasts(amina: User) -> None:
    ends_at = timezone.now() + timedelta(days=7)
    ban(amina, kind=SuspensionKind.SUSPENDED, ends_at=ends_at)
    assert set(BanKey.objects.values_list("expires_at", flat=True)) == {ends_at}
    assert purge_ban_keys(now=ends_at - timedelta(seconds=1)) == 0
    assert purge_ban_keys(now=ends_at) == 1


def test_told_twice_or_too_late_it_remembers_once_or_not_at_all(amina: User) -> None:
    ban(amina)
    event = AccountSuspended(user_id=amina.pk, kind=TERMINATED.value, decision_ref="D-5")
    on_account_suspended(event)
    assert BanKey.objects.count() == 1
    lift(user=amina, kind=TERMINATED, reason="erreur", now=timezone.now())
    relay()
    assert BanKey.objects.count() == 0
    on_account_suspended(event)
    assert BanKey.objects.count() == 0


# ---- The same mailbox ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def rasoa() -> User:
    return make_user("Rasoa", email="rasoa@gmail.com", password=PASSWORD)


def test_the_same_mailbox_may_not_write_before_staff_have_looked(rasoa: User) -> None:
    ban(rasoa)
    again = make_user("Lalao", email="ra.soa+2@googlemail.com")
    assert come_in(again) == [("EMAIL", 20)]
    assert is_silenced(again)
    measure = Suspension.objects.get(user=again)
    assert (measure.kind, measure.decision_ref, measure.ends_at) == ("POSTING_RESTRICTED", "BAN_KEY:D-5", None)
    assert AuditEntry.objects.filter(object_ref=again.public_id, action="account.suspend").count() == 1


def test_the_log_in_itself_looks(rasoa: User) -> None:
    ban(rasoa)
    again = make_user("Lalao", email="ra.soa@gmail.com", password=PASSWORD)
    Client().post("/login/", {"login": "ra.soa@gmail.com", "password": PASSWORD})
    assert is_silenced(again)


def test_what_staff_have_lifted_is_not_held_again_by_the_same_decision(rasoa: User) -> None:
    ban(rasoa)
    again = make_user("Lalao", email="ra.soa@gmail.com")
    come_in(again)
    lift(user=again, kind=SuspensionKind.POSTING_RESTRICTED, reason="la sœur", now=timezone.now())
    assert come_in(again) == []
    assert not is_silenced(again)
    other = make_user("Autre", email="r.asoa@gmail.com")
    ban(other, ref="D-6")
    assert come_in(again) == [("EMAIL", 20)]


def test_the_banned_account_is_not_its_own_next_one(rasoa: User) -> None:
    ban(rasoa)
    assert come_in(rasoa) == []
    assert not is_silenced(rasoa)


@pytest.mark.parametrize("how", ["lifted", "over"])
def test_when_the_ban_is_over_nobody_is_held(rasoa: User, how: str) -> None:
    if how == "lifted":
        ban(rasoa)
        lift(user=rasoa, kind=TERMINATED, reason="recours accepté", now=timezone.now())
        relay()
    else:
        ban(rasoa, kind=SuspensionKind.SUSPENDED, ends_at=timezone.now() + timedelta(days=1))
        BanKey.objects.update(expires_at=timezone.now())
    assert come_in(make_user("Lalao", email="ra.soa@gmail.com")) == []


def test_closing_the_account_does_not_shake_the_ban_off(rasoa: User) -> None:
    ban(rasoa)
    begin_closing(user=rasoa, now=NOON)
    assert finish_closings(now=NOON + timedelta(days=14)) == 1
    rasoa.refresh_from_db()
    assert rasoa.status == UserStatus.CLOSED
    again = make_user("Lalao", email="rasoa@gmail.com")  # the address is free, and remembered
    assert come_in(again) == [("EMAIL", 20)]


# ---- The same browser ---------------------------------------------------------------------------------------------------------


def share(*people: User) -> None:
    token = new_token()
    for person in people:
        mark_device(user=person, token=token, now=timezone.now())


def test_a_shared_browser_is_noted_and_changes_nothing_by_itself(amina: User, ben: User) -> None:
    share(amina, ben)
    ban(amina)
    assert come_in(ben) == [("DEVICE", 10)]
    assert come_in(ben) == []
    assert not is_silenced(ben)
    assert Suspension.objects.filter(user=ben).count() == 0
    assert EvasionSignal.objects.get().decision_ref == "D-5"


def test_a_browser_of_ones_own_is_no_signal(amina: User, ben: User) -> None:
    share(amina)
    share(ben)
    ban(amina)
    assert come_in(ben) == []


# ---- Blocks -------------------------------------------------------------------------------------------------------------------


def sees(viewer: User, person: User) -> bool:
    viewer = User.objects.get(pk=viewer.pk)
    return find_person(viewer=viewer, public_id=person.public_id, now=NOON) is not None


@pytest.fixture
def second_ben(ben: User) -> User:
    """Ben's other account."""
    other = make_user("Benoit")
    share(ben, other)
    return other


def test_who_was_blocked_sees_no_more_with_the_other_account(amina: User, ben: User, second_ben: User, carol: User) -> None:
    assert sees(second_ben, amina)
    block_person(user=amina, person=ben, now=NOON)
    assert (sees(ben, amina), sees(second_ben, amina), sees(carol, amina)) == (False, False, True)
    assert amina.pk in hidden_actor_ids(user=second_ben)
    assert list_hidden_public_ids(user=second_ben) == frozenset({amina.public_id})
    assert amina.pk not in hidden_actor_ids(user=carol)
    unblock_person(user=amina, person=ben)
    assert sees(second_ben, amina)
    assert list_hidden_public_ids(user=second_ben) == frozenset()


@pytest.mark.django_db(transaction=True)
def test_the_open_sockets_of_the_other_account_are_told_at_once() -> None:
    amina, ben, other, carol = (make_user(name) for name in ("Amina", "Ben", "Benoit", "Carol"))
    share(ben, other, amina)
    with overhear() as heard:
        block_person(user=amina, person=ben, now=NOON)
    veils = {(parcel.user, parcel.actor, parcel.hidden) for parcel in heard if isinstance(parcel, Veiled)}
    pair, hers = (amina.public_id, ben.public_id, True), {(one.public_id, amina.public_id, True) for one in (ben, other)}
    assert veils == {pair} | hers
    assert carol.public_id not in str(heard)


def test_the_link_is_shown_to_nobody(amina: User, ben: User, second_ben: User, as_: Callable[[User | None], Client]) -> None:
    block_person(user=amina, person=ben, now=NOON)
    assert sees(amina, second_ben)  # or she would learn that the two are one
    assert "Benoit" not in as_(amina).get("/account/blocks/").content.decode()
    assert "Amina" not in as_(second_ben).get("/account/blocks/").content.decode()
    assert Block.objects.count() == 1
    assert as_(second_ben).get(f"/people/{amina.public_id}/").status_code == 404
    assert as_(second_ben).put(f"/api/v1/people/{amina.public_id}/mute").status_code == 404


def test_who_blocked_somebody_of_their_own_browser_still_sees_themselves(amina: User, ben: User) -> None:
    share(amina, ben)
    block_person(user=amina, person=ben, now=NOON)
    assert sees(amina, amina)
    assert amina.pk not in hidden_actor_ids(user=amina)
    assert amina.public_id not in list_hidden_public_ids(user=amina)
