"""Rooms that ask for more than a proof of the account: one of each visit, or the word of article 9."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AgeGate, AgeMethod, ConsentPurpose, Jurisdiction
from accounts.events import ConsentWithdrawn
from accounts.models import Consent, User
from accounts.queries import is_age_sufficient, open_session
from accounts.services.ageproofs import change_birth_year, end_proofs
from accounts.services.consents import give_consent, withdraw_consent
from accounts.services.visits import begin_visit, keep_visit, keep_visit_of_socket
from chat.access import AgeNotProven, ClosedHere, NotConsented, get_outlook, get_seat
from chat.enums import MemberState
from chat.handlers import on_consent_withdrawn
from chat.models import Membership, Room
from chat.services.drafts import Draft
from chat.services.memberships import join_room, leave_room, leave_sensitive_rooms
from chat.services.sending import Batch
from chat.tests.factories import make_room, say
from core.models import OutboxEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
LogIn = Callable[[User | None], Client]
HOUR = timedelta(minutes=60)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def visit(amina: User, now: datetime) -> SessionBase:
    """A session of Amina's in which she showed her age just now, as a page or a socket opens it."""
    return prove(amina, now)


@pytest.fixture
def sexual() -> Room:
    return make_room("adultes", age_gate=AgeGate.SEXUAL)


@pytest.fixture
def sensitive() -> Room:
    return make_room("croyances", age_gate=AgeGate.SENSITIVE)


def prove(user: User, now: datetime, method: str = AgeMethod.EU_AV_MDOC) -> SessionBase:
    session = open_session("")
    begin_visit(user=user, session=session, method=method, now=now)
    session.create()
    return open_session(session.session_key or "")


def passes(user: User, session: SessionBase | None, now: datetime, gate: str = AgeGate.SEXUAL) -> bool:
    return is_age_sufficient(user=User.objects.get(pk=user.pk), session=session, gate=gate, now=now)


# ---- A proof of each visit --------------------------------------------------------------------------------------------------
def test_a_proof_of_the_account_opens_no_room_that_asks_for_one_of_the_visit(amina: User, sexual: Room, now: datetime) -> None:
    assert passes(amina, None, now, AgeGate.GENERAL)
    for session in (None, open_session(""), open_session("nobody")):
        with pytest.raises(AgeNotProven) as refused:
            join_room(user=amina, session=session, slug=sexual.slug, now=now)
        assert (refused.value.code, refused.value.of_visit) == ("age", True)


def test_it_lasts_an_hour_of_rest_and_ends_with_it(amina: User, visit: SessionBase, now: datetime) -> None:
    assert passes(amina, visit, now + HOUR)
    assert not passes(amina, visit, now + HOUR + timedelta(seconds=1))


def test_being_about_begins_the_hour_anew_but_wakes_nothing_that_ended(amina: User, visit: SessionBase, now: datetime) -> None:
    assert not keep_visit(session=visit, now=now + timedelta(seconds=59))
    assert keep_visit(session=visit, now=now + timedelta(minutes=50))
    assert passes(amina, visit, now + timedelta(minutes=110))
    assert not keep_visit(session=visit, now=now + timedelta(minutes=111))
    assert not passes(amina, visit, now + timedelta(minutes=111))


def test_what_a_socket_does_keeps_the_session_of_its_log_in_awake(amina: User, visit: SessionBase, now: datetime) -> None:
    key = visit.session_key or ""
    keep_visit_of_socket(session_key=key, now=now + timedelta(minutes=30))
    keep_visit_of_socket(session_key="nobody", now=now)
    assert passes(amina, open_session(key), now + timedelta(minutes=90))
    assert not passes(amina, open_session(key), now + timedelta(minutes=91))


def test_another_persons_session_proves_nothing(ben: User, visit: SessionBase, now: datetime) -> None:
    assert not passes(ben, visit, now)


@pytest.mark.parametrize(
    "method", [AgeMethod.DEMO_WALLET, AgeMethod.STAFF_DOCUMENT_REVIEW, AgeMethod.OIDC_THIRD_PARTY, AgeMethod.DENIED, "x"]
)
def test_only_methods_that_tell_nobody_who_asks_count_here(amina: User, now: datetime, method: str) -> None:
    assert not passes(amina, prove(amina, now, method), now)
    assert passes(amina, prove(amina, now, AgeMethod.SDJWT_VC), now)


def test_who_must_show_their_age_anew_must_do_so_in_every_session(amina: User, visit: SessionBase, now: datetime) -> None:
    end_proofs(user=amina)
    assert not passes(amina, visit, now)
    assert not passes(amina, None, now, AgeGate.GENERAL)
    assert passes(amina, prove(User.objects.get(pk=amina.pk), now), now)


def test_another_year_of_birth_ends_what_was_shown_and_the_same_one_nothing(amina: User, visit: SessionBase, now: datetime) -> None:
    change_birth_year(user=amina, birth_year=1990)
    assert passes(amina, visit, now)
    change_birth_year(user=amina, birth_year=1991)
    assert not passes(amina, visit, now)
    assert list(OutboxEvent.objects.filter(event="accounts.AgeExpired").values_list("payload", flat=True)) == [{"user_id": amina.pk}]


def test_madagascar_is_closed_until_the_policy_opens_it(
    amina: User, visit: SessionBase, sexual: Room, now: datetime, settings: object
) -> None:
    User.objects.filter(pk=amina.pk).update(jurisdiction=Jurisdiction.MG)
    amina.refresh_from_db()
    with pytest.raises(ClosedHere):
        join_room(user=amina, session=visit, slug=sexual.slug, now=now)
    settings.AGE_SEXUAL_JURISDICTIONS = ["MG"]  # type: ignore[attr-defined]
    join_room(user=amina, session=visit, slug=sexual.slug, now=now)


# ---- Messages ---------------------------------------------------------------------------------------------------------------
def test_a_message_carries_the_judgement_of_its_session(amina: User, visit: SessionBase, sexual: Room, now: datetime) -> None:
    join_room(user=amina, session=visit, slug=sexual.slug, now=now)
    sent = say(amina, sexual, "avec preuve", now=now, session=visit)
    assert (sent.seq, sent.of_visit) == (1, True)
    for session, moment in ((None, now), (prove(amina, now - 2 * HOUR), now), (visit, now + 2 * HOUR)):
        with pytest.raises(AgeNotProven):
            say(amina, sexual, "sans preuve", now=moment, session=session)
    sexual.refresh_from_db()
    assert sexual.last_seq == 1


def test_in_one_batch_each_message_is_judged_by_its_own_session(
    amina: User, ben: User, visit: SessionBase, sexual: Room, now: datetime
) -> None:
    """The two sit in the same room: what one has shown helps the other nothing, and no session helps another of the same person."""
    join_room(user=amina, session=visit, slug=sexual.slug, now=now)
    join_room(user=ben, session=prove(ben, now), slug=sexual.slug, now=now)
    key = visit.session_key or ""

    def draft(user: User, session_key: str) -> Draft:
        cid = uuid.uuid4()
        return Draft(user.pk, sexual.pk, sexual.public_id, cid, str(cid), "bonjour", now, session_key=session_key)

    drafts = [draft(amina, key), draft(ben, key), draft(amina, ""), draft(amina, "nobody")]
    with transaction.atomic():
        batch = Batch(connection, drafts)
        batch.judge(find_first=False)
    assert [type(batch.outcomes[one]).__name__ for one in drafts] == ["Sent", *["AgeNotProven"] * 3]


@pytest.mark.parametrize(("gate", "more"), [(AgeGate.GENERAL, 0), (AgeGate.SEXUAL, 2), (AgeGate.SENSITIVE, 2)])
def test_only_rooms_that_ask_for_more_pay_for_it(amina: User, visit: SessionBase, now: datetime, gate: str, more: int) -> None:
    give_consent(user=amina, purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS, language="fr", now=now)
    room = make_room("mesure", age_gate=gate)
    join_room(user=amina, session=visit, slug=room.slug, now=now)
    cid = uuid.uuid4()
    one = Draft(amina.pk, room.pk, room.public_id, cid, str(cid), "bonjour", now, session_key=visit.session_key or "")

    def judge() -> int:
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            Batch(connection, [one]).judge(find_first=False)
        return len(queries) - sum("SAVEPOINT" in query["sql"] for query in queries)

    judge()
    assert judge() == (1 if connection.vendor == "mysql" else 3) + more


# ---- What a socket hears ----------------------------------------------------------------------------------------------------
def test_a_socket_hears_by_the_session_it_came_with_and_is_told_until_when(
    amina: User, visit: SessionBase, sexual: Room, room: Room, now: datetime
) -> None:
    join_room(user=amina, session=visit, slug=sexual.slug, now=now)
    asked = [sexual.public_id, room.public_id]
    with_proof = get_outlook(user_id=amina.pk, session_key=visit.session_key or "", public_ids=asked, now=now)
    assert set(with_proof.seats) == set(asked)
    assert with_proof.until == {sexual.public_id: now + HOUR}
    for key, moment in (("", now), ("nobody", now), (visit.session_key or "", now + 2 * HOUR)):
        outlook = get_outlook(user_id=amina.pk, session_key=key, public_ids=asked, now=moment)
        assert (set(outlook.seats), outlook.until) == ({room.public_id}, {})


# ---- The word of article 9 --------------------------------------------------------------------------------------------------
def test_nobody_enters_a_sensitive_room_without_the_word(amina: User, sensitive: Room, now: datetime) -> None:
    with pytest.raises(NotConsented):
        join_room(user=amina, slug=sensitive.slug, now=now)
    join_room(user=amina, slug=sensitive.slug, now=now, agrees="mg")
    given = Consent.objects.get(user=amina, purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS)
    assert (given.language, given.channel, given.withdrawn_at) == ("mg", "PAGE", None)
    assert say(amina, sensitive, "dedans", now=now).of_visit is False


def test_a_tick_at_the_door_of_another_room_is_no_word(amina: User, now: datetime) -> None:
    join_room(user=amina, slug=make_room("potager").slug, now=now, agrees="fr")
    assert not Consent.objects.filter(purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS).exists()


def test_the_word_replaces_no_proof_of_age(carol: User, sensitive: Room, now: datetime) -> None:
    end_proofs(user=carol)
    with pytest.raises(AgeNotProven):
        join_room(user=carol, slug=sensitive.slug, now=now, agrees="fr")


def test_taking_the_word_back_shuts_the_room_at_once_and_then_leaves_it(amina: User, sensitive: Room, room: Room, now: datetime) -> None:
    join_room(user=amina, slug=sensitive.slug, now=now, agrees="fr")
    assert withdraw_consent(user=amina, purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS, now=now)
    amina = User.objects.get(pk=amina.pk)
    with pytest.raises(NotConsented):
        get_seat(user=amina, slug=sensitive.slug, now=now)
    with pytest.raises(NotConsented):
        say(amina, sensitive, "encore là", now=now)
    assert sensitive.public_id not in get_outlook(user_id=amina.pk, public_ids=[sensitive.public_id], now=now).seats
    for _time in range(2):  # it may come twice
        on_consent_withdrawn(ConsentWithdrawn(user_id=amina.pk, purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS))
        sensitive.refresh_from_db()
        assert (Membership.objects.get(room=sensitive, user=amina).state, sensitive.members) == (MemberState.LEFT, 0)
    assert Membership.objects.get(room=room, user=amina).state == MemberState.JOINED


def test_taking_back_another_word_leaves_no_room(amina: User, sensitive: Room, now: datetime) -> None:
    join_room(user=amina, slug=sensitive.slug, now=now, agrees="fr")
    on_consent_withdrawn(ConsentWithdrawn(user_id=amina.pk, purpose="PUSH"))
    assert Membership.objects.get(room=sensitive, user=amina).state == MemberState.JOINED
    assert leave_sensitive_rooms(user_id=amina.pk, now=now) == 1


# ---- Pages ------------------------------------------------------------------------------------------------------------------
def test_who_may_read_no_longer_may_still_leave(amina: User, visit: SessionBase, sexual: Room, now: datetime) -> None:
    join_room(user=amina, session=visit, slug=sexual.slug, now=now)
    leave_room(user=amina, slug=sexual.slug, now=now + 2 * HOUR)
    assert Membership.objects.get(room=sexual, user=amina).state == MemberState.LEFT


def test_the_page_of_a_sensitive_room_has_its_own_box_unticked(amina: User, sensitive: Room, as_: LogIn) -> None:
    browser = as_(amina)
    page = browser.get(f"/rooms/{sensitive.slug}/about/").content.decode()
    assert '<input type="checkbox" name="art9" id="art9" required>' in page
    refused = browser.post(f"/rooms/{sensitive.slug}/join/", follow=True)
    assert refused.redirect_chain == [(f"/rooms/{sensitive.slug}/about/", 302)]
    assert str(NotConsented.words) in refused.content.decode()
    entered = browser.post(f"/rooms/{sensitive.slug}/join/", {"art9": "on"}, follow=True)
    assert entered.redirect_chain == [(f"/rooms/{sensitive.slug}/", 302)]
    assert entered.headers["Cache-Control"] == "private, no-store"
    assert 'name="art9"' not in browser.get(f"/rooms/{sensitive.slug}/about/").content.decode()


def test_the_word_can_be_given_over_rest(amina: User, sensitive: Room, as_: LogIn) -> None:
    browser, path = as_(amina), f"/api/v1/rooms/{sensitive.public_id}/join"
    refused = browser.post(path, {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "consent")
    assert browser.post(path, {"art9": True}, content_type="application/json").json()["joined"] is True


def test_the_page_sends_who_has_no_proof_of_this_visit_to_show_one(amina: User, sexual: Room, as_: LogIn) -> None:
    answer = as_(amina).post(f"/rooms/{sexual.slug}/join/")
    assert answer.status_code == 403
    assert f"/age/?next=%2Frooms%2F{sexual.slug}%2Fabout%2F&amp;visit=1" in answer.content.decode()


def test_the_pages_of_a_room_that_asks_each_time_are_kept_nowhere(amina: User, room: Room, sexual: Room, as_: LogIn, now: datetime) -> None:
    browser = as_(amina)
    session = browser.session
    begin_visit(user=amina, session=session, method=AgeMethod.EU_AV_MDOC, now=now)
    session.save()
    assert browser.post(f"/rooms/{sexual.slug}/join/").status_code == 302
    say(amina, sexual, "bonsoir", now=now, session=session)
    for path in ("", "about/", "search/?q=bonsoir", "messages/1/"):
        answer = browser.get(f"/rooms/{sexual.slug}/{path}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store"), path
    assert browser.get(f"/rooms/{room.slug}/")["Cache-Control"] == "private, no-store"  # its name stands in the list beside
    begin_visit(user=amina, session=session, method=AgeMethod.EU_AV_MDOC, now=now - 2 * HOUR)
    session.save()
    assert "no-store" not in browser.get(f"/rooms/{room.slug}/").headers.get("Cache-Control", "")


def test_a_page_keeps_the_visit_awake_and_a_script_that_reads_does_not(amina: User, as_: LogIn, now: datetime) -> None:
    browser = as_(amina)

    def seen(path: str, **headers: str) -> bool:
        session = browser.session
        begin_visit(user=amina, session=session, method=AgeMethod.EU_AV_MDOC, now=now - timedelta(minutes=30))
        session.save()
        browser.get(path, headers=headers)
        return bool(datetime.fromisoformat(browser.session["age_proof"]["seen"]) >= now)

    assert seen("/rooms/")
    assert not seen("/api/v1/rooms/mine")
    assert not seen("/rooms/", Accept="application/json")
