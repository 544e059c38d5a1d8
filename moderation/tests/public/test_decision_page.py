"""Ben reads what was decided against him, and nobody else does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.suspension import suspend
from chat.access import get_seat
from chat.queries.held import list_own
from chat.services.held import Held
from chat.tests.factories import join, make_group, say
from chat.tests.screeners import marking
from moderation.enums import Action, Reason, TargetKind
from moderation.models import Case, Decision, Report, StaffProfile
from moderation.services.held import open_held_case
from moderation.services.statements import make_statement
from moderation.tests.public.deciding import decide
from moderation.tests.reporting import report as file

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
WORDS = "Espèce de voleur"


def held(author: User, room: Room) -> Case:
    """The case of a message that a rule keeps back."""
    with marking(), pytest.raises(Held):
        say(author, room, "mot retenu [hold]", cid=uuid.uuid4(), now=timezone.now())
    membership = get_seat(user=author, public_id=room.public_id, now=timezone.now()).membership
    waiting = list_own(membership=membership, now=timezone.now())[-1].public_id
    case = open_held_case(held_id=waiting, hits=(), now=timezone.now())
    assert case is not None
    return case


@pytest.fixture
def taken(room: Room, amina: User, ben: User, mod: StaffProfile) -> Decision:
    """Ben's message is removed, with its statement."""
    now = timezone.now()
    say(amina, room, "mot d’Amina", now=now)
    made = file(amina, f"{room.public_id}:{say(ben, room, WORDS, now=now).seq}", now=now).report
    decision = decide(made, Action.REMOVE, mod, now=now)
    make_statement(decision=decision, pseudonyms=[], now=now)
    return decision


def page_of(browser: Client, decision: Decision) -> str:
    return browser.get(f"/decisions/{decision.public_id}/").content.decode()


def test_the_statement_says_all_and_shows_ones_own_words(taken: Decision, ben: User, mod: StaffProfile, as_: LogIn) -> None:
    page = page_of(as_(ben), taken)
    for words in ("retiré ce contenu", "FAITS-INTERNES", "charte, règle 6", "EXPLICATION-INTERNE", "article 21", "tribunal", WORDS):
        assert words in page, words
    for hidden in (mod.handle, "Modo1", "Amina", "mot d’Amina"):
        assert hidden not in page, hidden


def test_it_is_in_the_readers_language(taken: Decision, ben: User, as_: LogIn) -> None:
    User.objects.filter(pk=ben.pk).update(language="en")
    page = as_(User.objects.get(pk=ben.pk)).get(f"/decisions/{taken.public_id}/")
    assert page["Content-Language"] == "en"


def test_nobody_else_reads_it(taken: Decision, amina: User, carol: User, as_: LogIn) -> None:
    for who in (amina, carol):
        assert as_(who).get(f"/decisions/{taken.public_id}/").status_code == 404
        assert taken.public_id not in as_(who).get("/decisions/").content.decode()
    assert as_(None).get(f"/decisions/{taken.public_id}/")["Location"].startswith("/login/")
    assert as_(carol).get("/decisions/aaaaaaaaaaaaaaaaaaaa/").status_code == 404


def test_who_is_shut_out_still_reads_it(taken: Decision, ben: User, as_: LogIn) -> None:
    for kind in (SuspensionKind.SUSPENDED, SuspensionKind.TERMINATED):
        suspend(user=ben, kind=kind, decision_ref=taken.public_id, reason="x", now=timezone.now())
        browser = as_(User.objects.get(pk=ben.pk))
        assert "/decisions/" in browser.get("/account/standing/").content.decode()
        assert f"/decisions/{taken.public_id}/" in browser.get("/decisions/").content.decode()
        assert WORDS in page_of(browser, taken)
        assert browser.get("/rooms/").status_code == 302


def test_a_warning_says_that_nothing_is_forbidden(room: Room, amina: User, ben: User, mod: StaffProfile, as_: LogIn) -> None:
    now = timezone.now()
    made = file(amina, ben.public_id, TargetKind.PROFILE, now=now).report
    page = page_of(as_(ben), decide(made, Action.WARN, mod, now=now))
    assert "Un avertissement" in page
    assert "Rien ne vous est interdit" in page


def test_that_nothing_was_done_is_told_to_the_reporter_alone(room: Room, amina: User, ben: User, mod: StaffProfile, as_: LogIn) -> None:
    made = file(amina, ben.public_id, TargetKind.PROFILE, now=timezone.now()).report
    decision = decide(made, Action.NO_ACTION, mod, now=timezone.now())
    assert as_(ben).get(f"/decisions/{decision.public_id}/").status_code == 404
    assert "Aucune décision" in as_(ben).get("/decisions/").content.decode()


def test_what_is_over_or_reversed_is_said(taken: Decision, ben: User, as_: LogIn) -> None:
    Decision.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert "Cette mesure est finie" in page_of(as_(ben), taken)
    Decision.objects.update(reversed_at=timezone.now())
    page = page_of(as_(ben), taken)
    assert "Cette décision est annulée" in page
    assert "annulée" in as_(ben).get("/decisions/").content.decode()


def test_the_words_of_a_room_are_shown_to_who_answers_for_it_alone(amina: User, ben: User, mod: StaffProfile, as_: LogIn) -> None:
    now = timezone.now()
    group = make_group(ben, title="Groupe de Ben", now=now)
    join(amina, group, now=now)
    made = file(amina, group.public_id, TargetKind.ROOM, reason=Reason.SCAM, now=now).report
    decision = decide(made, Action.CLOSE_ROOM, mod, now=now)
    assert "Groupe de Ben" in page_of(as_(ben), decision)
    Decision.objects.update(subject=amina)
    assert "Groupe de Ben" not in page_of(as_(amina), decision)


def test_what_a_rule_kept_back_is_shown_to_its_author_alone(room: Room, ben: User, amina: User, mod: StaffProfile, as_: LogIn) -> None:
    decision = decide(Report.objects.get(case=held(ben, room)), Action.REMOVE, mod, now=timezone.now())
    assert "mot retenu" in page_of(as_(ben), decision)
    Decision.objects.update(subject=amina)
    assert "mot retenu" not in page_of(as_(amina), decision)
