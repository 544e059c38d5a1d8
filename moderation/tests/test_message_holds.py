"""Freezing messages by their links: all of them or none, the keys of their authors with them, lifted by two who wrote none of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from accounts.models import User
from accounts.tests.factories import NOON
from chat.tests.factories import join, make_room, say
from core import sealing
from core.models import AuditEntry
from core.sealing import KeyFrozen
from moderation.courts.gate import Facts
from moderation.courts.terms import HoldScope, RequestKind
from moderation.enums import ApprovalKind
from moderation.models import HoldSubject, LegalHold, LegalRequest, StaffProfile
from moderation.queries.holds import HoldSpan, list_held, list_holds
from moderation.services.approvals import NotYoursToApprove, approve, ask_approval
from moderation.services.holds import HoldInvalid, NotOnDesk, lift_hold
from moderation.services.messageholds import hold_messages
from moderation.services.registering import ConcernsYou
from moderation.tests.courts import register
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def request_of(lea: StaffProfile, amina: User) -> LegalRequest:
    """A request about somebody else: what is frozen are Ben's words."""
    return register(lea, amina)


@pytest.fixture
def links(ben: User) -> list[str]:
    room = make_room("marche")
    join(ben, room)
    return [f"{settings.ORIGIN}/rooms/{room.slug}/messages/{say(ben, room, words).seq}/" for words in ("Un.", "Deux.")]


def lift(hold: LegalHold, first: StaffProfile, second: StaffProfile) -> None:
    asked = ask_approval(kind=ApprovalKind.LIFT_HOLD, object_ref=hold.public_id, by=first, reason="mainlevée", now=NOON)
    approve(approval=asked, by=second, reason="lue", now=NOON)
    lift_hold(hold=hold, by=first, reason="fini", now=NOON)


def test_messages_are_frozen_with_the_keys_of_their_authors(
    request_of: LegalRequest, links: list[str], lea: StaffProfile, sam: StaffProfile, ben: User
) -> None:
    made = hold_messages(request=request_of, links=links, by=lea, now=NOON)
    room, numbers = HoldSubject.objects.first(), list(HoldSubject.objects.order_by("number").values_list("number", "owner_id"))
    assert room is not None
    assert numbers == [(numbers[0][0], ben.pk), (numbers[1][0], ben.pk)]
    held = list_held(code="MESSAGE_BODY", now=NOON)
    assert held.lines == {(room.subject_id, number): HoldSpan(NOON) for number, _owner in numbers}
    assert (held.users, held.rooms, held.cases) == ({}, {}, {})
    assert len(held.spans_of(user_id=ben.pk, room_id=room.subject_id, number=numbers[0][0])) == 1
    assert held.spans_of(user_id=ben.pk, room_id=room.subject_id, number=numbers[1][0] + 1) == []
    assert held.spans_of(room_id=room.subject_id + 1, number=numbers[0][0]) == []
    with pytest.raises(KeyFrozen):
        sealing.destroy_key(ben.scope)
    entry = AuditEntry.objects.get(action="hold.place")
    assert (entry.object_ref, entry.handle, made.request, made.until_at) == (made.public_id, lea.handle, request_of, None)
    lift(made, lea, sam)
    assert list_held(code="MESSAGE_BODY", now=NOON).lines == {}
    sealing.destroy_key(ben.scope)


def test_a_hold_on_the_person_goes_on_freezing_the_key(
    request_of: LegalRequest, links: list[str], lea: StaffProfile, sam: StaffProfile, ben: User
) -> None:
    first = hold_messages(request=request_of, links=links[:1], by=lea, now=NOON)
    second = hold_messages(request=request_of, links=links[1:], by=lea, now=NOON)
    lift(first, lea, sam)
    with pytest.raises(KeyFrozen):
        sealing.destroy_key(ben.scope)
    lift(second, lea, sam)
    sealing.destroy_key(ben.scope)


def test_it_lasts_as_long_as_the_law_of_the_request_says(links: list[str], lea: StaffProfile, amina: User) -> None:
    order = register(lea, amina, facts=Facts(RequestKind.EPOC_PR, "fraud", judge=True), categories=[])
    assert hold_messages(request=order, links=links, by=lea, now=NOON).until_at == NOON + 60 * DAY


@pytest.mark.parametrize(
    "bad",
    [
        "https://example.org/rooms/marche/messages/1/",
        "nothing at all",
        f"{settings.ORIGIN}/rooms/marche/",
        f"{settings.ORIGIN}/rooms/nulle-part/messages/1/",
        f"{settings.ORIGIN}/rules/",
    ],
)
def test_one_link_that_leads_to_no_message_freezes_nothing(request_of: LegalRequest, links: list[str], lea: StaffProfile, bad: str) -> None:
    with pytest.raises(HoldInvalid) as found:
        hold_messages(request=request_of, links=[*links, bad], by=lea, now=NOON)
    assert found.value.field == "links"
    assert LegalHold.objects.filter(scope=HoldScope.ROWS).count() == 0


def test_a_message_that_never_was_freezes_nothing(request_of: LegalRequest, links: list[str], lea: StaffProfile) -> None:
    for given in ([], [*links, links[0].replace("/messages/", "/messages/9")]):
        with pytest.raises(HoldInvalid) as found:
            hold_messages(request=request_of, links=given, by=lea, now=NOON)
        assert found.value.field == "subject_ids"
    assert LegalHold.objects.count() == 0


def test_only_the_desk_freezes_and_nobody_whom_the_request_names(links: list[str], lea: StaffProfile, sam: StaffProfile) -> None:
    about_sam = register(lea, sam.user)
    with pytest.raises(ConcernsYou):
        hold_messages(request=about_sam, links=links, by=sam, now=NOON)
    with pytest.raises(NotOnDesk):
        hold_messages(request=about_sam, links=links, by=make_staff_member("Modo8"), now=NOON)
    assert LegalHold.objects.count() == 0


def test_whose_words_are_frozen_neither_sees_nor_lifts_it(request_of: LegalRequest, lea: StaffProfile, sam: StaffProfile) -> None:
    room = make_room("equipe")
    join(sam.user, room)
    link = f"{settings.ORIGIN}/rooms/{room.slug}/messages/{say(sam.user, room, 'moi').seq}/"
    made = hold_messages(request=request_of, links=[link], by=lea, now=NOON)
    assert list_holds(hidden_from=sam.user_id, now=NOON) == []
    assert list_holds(hidden_from=lea.user_id, now=NOON) == [made]
    with pytest.raises(NotYoursToApprove):
        lift(made, lea, sam)
