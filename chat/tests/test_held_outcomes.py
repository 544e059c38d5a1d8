"""Held messages let in, refused, given back or corrected, and who decides about them."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone

from accounts.models import User
from chat.access import HeldNotFound, NotAllowed, get_held_to_judge, get_moderator_seat, get_own_held
from chat.enums import AttachmentState, EventKind, HeldState, Role, RoomAct
from chat.models import Attachment, HeldMessage, Membership, Room, RoomDeed
from chat.queries import held as kept
from chat.queries.messages import read_page
from chat.queries.wire import read_log
from chat.services import holding, marks, messages, sights
from chat.services.attachments import store_image
from chat.services.deeds import ReasonMissing
from chat.services.held import KEPT, WAITS, Held, HeldRefused
from chat.services.screens import Nudge, Screened
from chat.tests.factories import NOON, join, make_room, say
from chat.tests.holding import SECRET, SOON, USUAL, LogIn, Notification, cost, fresh, hold, refuse
from chat.tests.screeners import Marker
from chat.tests.test_outsider import picture
from core.tests.moments import at_noon

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("marker", "texts")]


# ---- Let in -----------------------------------------------------------------------------------------------------------------
def test_released_it_stands_where_it_was_let_in_and_says_when_it_was_written(room: Room, amina: User, ben: User) -> None:
    held = hold(amina, room, "salut @Ben [hold]")
    say(ben, room, "entre-temps", now=NOON + timedelta(minutes=1))
    event = holding.release_held(held_id=held.public_id, now=SOON)
    assert (event.seq, event.n, event.at, event.kind) == (2, 2, SOON, EventKind.MESSAGE)
    assert event.expires_at == SOON + timedelta(hours=room.visible_hours)
    (body,) = [one.body for one in read_log(room_public_id=room.public_id, after=1, limit=5, now=SOON)]
    assert (body["body"], body["cid"], body["written"][:19]) == ("salut @Ben [hold]", str(held.client_id), at_noon()[:19])
    assert body["mentions"] == [ben.public_id]
    page = read_page(room=room, membership=Membership.objects.get(room=room, user=ben), hidden=set(), now=SOON)
    assert page.messages[-1].written == NOON
    held.refresh_from_db()
    assert (held.state, held.seq, bytes(held.payload), held.decided_at) == (HeldState.RELEASED, 2, b"", SOON)
    assert kept.list_own(membership=Membership.objects.get(room=room, user=amina), now=SOON) == []


def test_ones_own_released_message_is_not_unread(room: Room, amina: User, ben: User) -> None:
    held = hold(amina, room)
    holding.release_held(held_id=held.public_id, now=SOON)
    room.refresh_from_db()
    unread = {m.user_id: room.last_n - m.read_n for m in Membership.objects.filter(room=room)}
    assert unread == {amina.pk: 0, ben.pk: 1}
    assert Membership.objects.get(room=room, user=amina).sent_n == 1


def test_its_image_is_for_author_and_moderation_until_then(room: Room, amina: User, ben: User, mod: User, as_: LogIn) -> None:
    now = timezone.now()
    image = store_image(user=amina, room_public_id=room.public_id, file=BytesIO(picture().getvalue()), size=100, now=now)
    held = hold(amina, room, now=now, attachment_ids=[image.public_id])
    url = f"/media/{image.public_id}/full/"
    everybody = (amina, mod, ben)
    assert [as_(person).get(url).status_code for person in everybody] == [200, 404, 404], "whoever decides waits for the check too"
    assert sights.pass_image(public_id=image.public_id, now=now)
    assert [as_(person).get(url).status_code for person in everybody] == [200, 200, 404]
    with pytest.raises(messages.BadAttachment):
        say(amina, room, "encore", now=now, attachment_ids=[image.public_id])
    event = holding.release_held(held_id=held.public_id, now=now)
    image.refresh_from_db()
    assert (image.state, image.seq, image.expires_at) == (AttachmentState.SENT, event.seq, event.expires_at)
    assert as_(ben).get(url).status_code == 200


def test_an_answer_to_what_is_gone_is_let_in_without_it(room: Room, amina: User, ben: User) -> None:
    first = say(ben, room, "question")
    held = hold(amina, room, reply_seq=first.seq)
    messages.delete_message(user=ben, room_public_id=room.public_id, seq=first.seq, now=SOON)
    event = holding.release_held(held_id=held.public_id, now=SOON)
    (body,) = [one.body for one in read_log(room_public_id=room.public_id, after=event.seq - 1, limit=5, now=SOON)]
    assert "reply" not in body


@pytest.mark.parametrize("why", ["banned", "muted", "silenced", "closed"])
def test_who_may_write_no_longer_is_not_let_in(room: Room, amina: User, why: str) -> None:
    held = hold(amina, room)
    seat = Membership.objects.filter(room=room, user=amina)
    if why == "banned":
        seat.update(state="BANNED")
    elif why == "muted":
        seat.update(muted_until=SOON + timedelta(hours=1))
    elif why == "silenced":
        User.objects.filter(pk=amina.pk).update(silenced=True)
    else:
        Room.objects.filter(pk=room.pk).update(state="CLOSED")
    with pytest.raises(holding.NotReleasable):
        holding.release_held(held_id=held.public_id, now=SOON)
    held.refresh_from_db()
    assert held.state == HeldState.WAITING


# ---- Refused, given back ----------------------------------------------------------------------------------------------------
def test_refused_its_author_reads_why_and_keeps_the_words(room: Room, amina: User, as_: LogIn) -> None:
    now = timezone.now()
    held = hold(amina, room, now=now)
    refuse(held, "  Pas\nde menaces  ", now)
    (own,) = kept.list_own(membership=Membership.objects.get(room=room, user=amina), now=now)
    assert (own.state, own.reason, own.text) == (HeldState.REFUSED, "Pas de menaces", SECRET)
    notice = Notification.objects.get(user=amina)
    assert (notice.kind, notice.path, notice.args) == ("HELD_REFUSED", f"/rooms/{room.public_id}/kept/", {})
    page = as_(amina).get(notice.path).content.decode()
    assert ("Pas de menaces" in page, "le mot qui attend" in page) == (True, True)


def test_a_refusal_without_a_reason_is_none(room: Room, amina: User) -> None:
    held = hold(amina, room)
    with pytest.raises(ReasonMissing):
        refuse(held, " \n")
    assert Notification.objects.count() == 0


def test_after_three_days_it_is_given_back_and_after_seven_more_nobody_is_shown_it(room: Room, amina: User) -> None:
    image = store_image(user=amina, room_public_id=room.public_id, file=BytesIO(picture().getvalue()), size=100, now=NOON)
    held = hold(amina, room, attachment_ids=[image.public_id])
    end = NOON + WAITS
    membership = Membership.objects.get(room=room, user=amina)
    assert holding.return_overdue(now=end - timedelta(seconds=1)) == 0
    assert kept.list_waiting(room=room, me=0, now=end) == []  # nobody is shown it any more, job or no job
    with pytest.raises(holding.AlreadyDecided):
        holding.release_held(held_id=held.public_id, now=end)
    assert (holding.return_overdue(now=end), holding.return_overdue(now=end)) == (1, 0)
    assert [notice.kind for notice in Notification.objects.filter(user=amina)] == ["HELD_RETURNED"]
    assert Attachment.objects.get(pk=image.pk).state == AttachmentState.READY
    assert [own.state for own in kept.list_own(membership=membership, now=end)] == [HeldState.RETURNED]
    held.refresh_from_db()
    assert held.expires_at == end + KEPT
    assert kept.list_own(membership=membership, now=end + KEPT) == []


def test_the_team_refuses_and_takes_it_back(room: Room, amina: User) -> None:
    image = store_image(user=amina, room_public_id=room.public_id, file=BytesIO(picture().getvalue()), size=100, now=NOON)
    held = hold(amina, room, attachment_ids=[image.public_id])
    holding.refuse_held_by_house(held_id=held.public_id, now=SOON)
    assert Notification.objects.count() == 0  # the statement of the decision says it
    with pytest.raises(HeldRefused):
        say(amina, room, SECRET, cid=held.client_id, now=SOON)
    assert (holding.readmit_held(held_id=held.public_id, now=SOON), holding.readmit_held(held_id=held.public_id, now=SOON)) == (True, False)
    assert fresh(room) == (1, 1)
    image.refresh_from_db()
    assert (image.state, image.seq) == (AttachmentState.SENT, 1)
    assert [(deed.act, deed.role) for deed in RoomDeed.objects.order_by("pk")] == [(RoomAct.REFUSE, ""), (RoomAct.RELEASE, "")]


def test_who_was_banned_meanwhile_is_not_let_in_by_an_appeal(room: Room, amina: User) -> None:
    held = hold(amina, room)
    holding.refuse_held_by_house(held_id=held.public_id, now=SOON)
    Membership.objects.filter(room=room, user=amina).update(state="BANNED")
    assert holding.readmit_held(held_id=held.public_id, now=SOON) is False
    assert holding.readmit_held(held_id="z" * 20, now=SOON) is False
    assert fresh(room) == (0, 0)


def test_its_author_takes_it_back(room: Room, amina: User, ben: User) -> None:
    held = hold(amina, room)
    with pytest.raises(HeldNotFound):
        get_own_held(user=ben, slug=room.slug, held_id=held.public_id)
    holding.withdraw_held(held=get_own_held(user=amina, slug=room.slug, held_id=held.public_id), now=SOON)
    with pytest.raises(holding.AlreadyDecided):
        holding.release_held(held_id=held.public_id, now=SOON)
    assert fresh(room) == (0, 0)


# ---- Who decides ------------------------------------------------------------------------------------------------------------
def test_the_moderation_of_its_room_decides_and_nobody_about_their_own(room: Room, amina: User, ben: User, mod: User, carol: User) -> None:
    held, own = hold(amina, room), hold(mod, room)
    for person in (ben, amina):
        with pytest.raises(NotAllowed):
            get_held_to_judge(user=person, slug=room.slug, held_id=held.public_id, now=SOON)
    with pytest.raises(HeldNotFound):
        get_held_to_judge(user=mod, slug=room.slug, held_id=own.public_id, now=SOON)
    elsewhere = make_room("autre")
    join(mod, elsewhere, role=Role.MODERATOR)
    with pytest.raises(HeldNotFound):
        get_held_to_judge(user=mod, slug=elsewhere.slug, held_id=held.public_id, now=SOON)
    assert [one.public_id for one in kept.list_waiting(room=room, me=mod.pk, now=SOON)] == [held.public_id]


def test_of_two_who_decide_one_is_late(room: Room, amina: User, mod: User) -> None:
    held = hold(amina, room)
    seat = get_moderator_seat(user=mod, slug=room.slug, now=SOON)
    holding.refuse_held(held_id=held.public_id, reason="Non", by=seat, now=SOON)
    with pytest.raises(holding.AlreadyDecided):
        holding.release_held(held_id=held.public_id, now=SOON)
    with pytest.raises(holding.AlreadyDecided):
        refuse(held, "Encore")
    assert fresh(room) == (0, 0)
    assert [(deed.act, deed.role, deed.reason) for deed in RoomDeed.objects.all()] == [(RoomAct.REFUSE, Role.MODERATOR, "Non")]


def test_who_moderates_is_told_in_the_room_how_many_wait(room: Room, amina: User, ben: User, mod: User, as_: LogIn) -> None:
    path, words = f"/rooms/{room.slug}/", "attend votre relecture."
    assert words not in as_(mod).get(path).content.decode()
    hold(amina, room, now=timezone.now())
    assert words in as_(mod).get(path).content.decode()
    assert words not in as_(ben).get(path).content.decode()


def test_once_nothing_of_theirs_is_kept_any_more_a_message_costs_what_it_costs_all(room: Room, amina: User) -> None:
    hold(amina, room)
    say(amina, room, "réchauffe", now=NOON + WAITS + KEPT)
    assert cost(amina, room, now=NOON + WAITS + KEPT) == USUAL


def test_the_page_lets_in_and_refuses(room: Room, amina: User, mod: User, as_: LogIn) -> None:
    one, two = (hold(amina, room, now=timezone.now()) for _n in range(2))
    browser, path = as_(mod), f"/rooms/{room.slug}/held/"
    assert browser.get(path).content.decode().count("le mot qui attend") == 2
    assert browser.post(f"{path}{one.public_id}/release/")["Location"] == path
    assert browser.post(f"{path}{two.public_id}/refuse/", {"reason": "Hors sujet"})["Location"] == path
    assert [HeldMessage.objects.get(pk=held.pk).state for held in (one, two)] == [HeldState.RELEASED, HeldState.REFUSED]
    assert "le mot qui attend" not in browser.get(path).content.decode()
    assert as_(amina).post(f"{path}{two.public_id}/release/").status_code == 403


# ---- Corrections ------------------------------------------------------------------------------------------------------------
def test_a_correction_that_waits_leaves_the_message_as_it_is(room: Room, amina: User) -> None:
    first = say(amina, room, "propre")
    with pytest.raises(Held):
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=first.seq, body=SECRET, now=SOON)
    assert fresh(room) == (1, 1)
    held = HeldMessage.objects.get()
    assert (held.target_seq, kept.open_kept(held)) == (1, {"body": SECRET})
    event = holding.release_held(held_id=held.public_id, now=SOON)
    assert (event.kind, event.target_seq) == (EventKind.EDIT, 1)
    page = read_page(room=room, membership=Membership.objects.get(room=room, user=amina), hidden=set(), now=SOON)
    assert [(one.body, one.edited) for one in page.messages] == [(SECRET, True)]


def test_the_last_words_count(room: Room, amina: User) -> None:
    """What waits to replace a message is dropped by a newer correction, and by taking the message back."""
    seqs = [say(amina, room, text).seq for text in ("un", "deux", "trois")]

    def edit(seq: int, body: str) -> None:
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body=body, now=SOON)

    for seq in seqs:
        with pytest.raises(Held):
            edit(seq, SECRET)
    edit(seqs[0], "propre")
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=seqs[1], now=SOON)
    with pytest.raises(Held):
        edit(seqs[2], "autre [hold]")
    assert [(held.target_seq, kept.open_kept(held)) for held in HeldMessage.objects.all()] == [(seqs[2], {"body": "autre [hold]"})]


def test_a_correction_is_asked_about_and_refused_like_a_message(room: Room, amina: User, marker: Marker) -> None:
    seq = say(amina, room, "propre").seq
    with pytest.raises(Nudge):
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body="[nudge]", now=SOON)
    with pytest.raises(Screened):
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body="[refuse]", now=SOON, sure=True)
    messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body="[nudge]", now=SOON, sure=True)
    assert [kind for kind, _text in marker.asked] == ["MESSAGE", "EDIT", "EDIT", "EDIT"]


def test_what_waits_cannot_be_pinned_quoted_or_marked(room: Room, amina: User, ben: User, mod: User) -> None:
    hold(amina, room)
    for deed in (
        lambda: say(ben, room, "réponse", reply_seq=1),
        lambda: marks.set_pin(user=mod, room_public_id=room.public_id, seq=1, on=True, now=SOON),
        lambda: marks.set_reaction(user=ben, room_public_id=room.public_id, seq=1, emoji="👍", on=True, now=SOON),
    ):
        with pytest.raises(messages.MessageNotFound):
            deed()
