"""What the desk does when somebody is erased: their names leave its papers, their work goes to others, evidence and decisions stay."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.enums import UserStatus
from accounts.models import User
from accounts.tests.factories import NOON
from core import sealing
from core.audit import verify
from moderation.courts.terms import HoldScope
from moderation.enums import CaseState
from moderation.models import Appeal, Case, Decision, Evidence, Report, StaffProfile, StatementOfReasons
from moderation.queries.holds import is_person_held, list_held_rooms
from moderation.services.erasure import VEIL, has_names, release_work, veil_names, works_here
from moderation.services.holds import place_hold
from moderation.tests.courts import desk
from moderation.tests.desk import make_case, make_report
from moderation.tests.reporting import case_of, claim, decide, insult, report

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
NAMES = {"Ben", "Ben-Joly"}


def veil(user: User, names: set[str] = NAMES) -> int:
    batches = 0
    while veil_names(user_id=user.pk, names=names, now=NOON):
        batches += 1
    return batches


@pytest.fixture
def decided(amina: User, ben: User, room: Room, mod: StaffProfile) -> Decision:
    """A message of Ben's that was removed; the texts name him."""
    decision = decide(case_of(report(amina, insult(ben, room))), mod)
    Decision.objects.filter(pk=decision.pk).update(facts="Ben a insulté Amina. Ben-Joly aussi. Benedict, non.", explanation="ben, encore")
    statement = StatementOfReasons.objects.get(decision=decision)
    statement.payload |= {"decision_facts": "Ce que Ben a écrit", "category": "Ben", "list": ["un mot de Ben", {"in": "chez Ben ici"}]}
    statement.save(update_fields=["payload"])
    Report.objects.update(explanation="C’est BEN qui l’a écrit.")
    decision.refresh_from_db()
    return decision


def test_names_leave_every_text_as_whole_words_and_nothing_else_does(decided: Decision, ben: User) -> None:
    assert has_names(user_id=ben.pk, names=NAMES) is True
    veil(ben)
    decided.refresh_from_db()
    assert decided.facts == f"{VEIL} a insulté Amina. {VEIL} aussi. Benedict, non."
    assert decided.explanation == f"{VEIL}, encore"
    assert Report.objects.get().explanation == f"C’est {VEIL} qui l’a écrit."
    payload = StatementOfReasons.objects.get().payload
    assert (payload["decision_facts"], payload["list"]) == (f"Ce que {VEIL} a écrit", [f"un mot de {VEIL}", {"in": f"chez {VEIL} ici"}])
    assert payload["category"] == "Ben"  # one word is a code of the Commission's database
    assert has_names(user_id=ben.pk, names=NAMES) is False
    assert veil(ben) == 0


def test_papers_about_somebody_else_keep_their_words(decided: Decision, amina: User, ben: User) -> None:
    other = make_case(subject=amina)
    filed = make_report(other)
    Report.objects.filter(pk=filed.pk).update(explanation="Ben l’a vu, et Amina l’a dit.")
    veil(ben)
    assert Report.objects.get(pk=filed.pk).explanation == "Ben l’a vu, et Amina l’a dit."


def test_decision_and_evidence_stay_and_still_say_about_which_number(decided: Decision, ben: User) -> None:
    evidence = list(Evidence.objects.values_list("sha256", flat=True))
    veil(ben)
    decided.refresh_from_db()
    assert (decided.subject, Case.objects.get().subject) == (ben, ben)
    assert list(Evidence.objects.values_list("sha256", flat=True)) == evidence != []


def test_an_appeal_keeps_what_it_says_but_for_the_name(decided: Decision, ben: User) -> None:
    times = {"created_at": NOON, "due_at": NOON + timedelta(days=14)}
    Appeal.objects.create(decision=decided, side="RESTRICTED", appellant=ben, text="Moi, Ben, je conteste.", once_key="x", **times)
    veil(ben)
    assert Appeal.objects.get().text == f"Moi, {VEIL}, je conteste."


def test_without_a_name_nothing_is_looked_for(decided: Decision, ben: User) -> None:
    assert (veil(ben, set()), has_names(user_id=ben.pk, names=set())) == (0, False)


def test_signs_of_a_name_are_no_pattern(decided: Decision, ben: User) -> None:
    Decision.objects.filter(pk=decided.pk).update(facts="a.b a+b axb")
    veil(ben, {"a.b"})
    decided.refresh_from_db()
    assert decided.facts == f"{VEIL} a+b axb"


def test_a_name_with_accents_is_found_in_any_case(decided: Decision, ben: User) -> None:
    Decision.objects.filter(pk=decided.pk).update(facts="Élodie, élodie et ÉLODIE ont écrit ; Élodienne, non.", explanation="élodie")
    assert has_names(user_id=ben.pk, names={"Élodie"}) is True
    veil(ben, {"Élodie"})
    decided.refresh_from_db()
    assert decided.facts == f"{VEIL}, {VEIL} et {VEIL} ont écrit ; Élodienne, non."
    assert decided.explanation == VEIL
    assert has_names(user_id=ben.pk, names={"Élodie"}) is False


# ---- Work in the team ---------------------------------------------------------------------------------------------------------
def test_cases_in_hand_go_back_and_the_role_ends(mod: StaffProfile) -> None:
    case = make_case()
    claim(case, mod)
    assert works_here(user_id=mod.user_id) is True
    assert release_work(user_id=mod.user_id, now=NOON) is True
    case.refresh_from_db()
    mod.refresh_from_db()
    assert (case.state, case.claimed_by, mod.active) == (CaseState.OPEN, None, False)
    assert works_here(user_id=mod.user_id) is False
    assert verify().holds


def test_cases_of_others_stay_in_their_hands(mod: StaffProfile) -> None:
    other, case = desk("Modo2"), make_case()
    claim(case, mod)
    release_work(user_id=other.user_id, now=NOON)
    case.refresh_from_db()
    assert case.claimed_by == mod


def test_who_is_not_of_the_team_has_nothing_to_put_down(carol: User) -> None:
    assert (release_work(user_id=carol.pk, now=NOON), works_here(user_id=carol.pk)) == (False, False)


def test_putting_down_twice_changes_nothing(mod: StaffProfile) -> None:
    assert [release_work(user_id=mod.user_id, now=NOON) for _time in "ab"] == [True, True]
    mod.refresh_from_db()
    assert mod.active is False


# ---- Who is held ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("codes", [(), ("INVOICE",)])
def test_a_hold_on_the_account_holds_the_person_whatever_it_names(ben: User, carol: User, codes: tuple[str, ...]) -> None:
    place_hold(scope=HoldScope.USER, subject_ids=[ben.pk], codes=codes, by=desk("Modo3"), reason="réquisition", now=NOON)
    assert [is_person_held(user_id=one.pk, now=NOON) for one in (ben, carol)] == [True, False]


def test_a_hold_on_a_message_holds_who_wrote_it(ben: User, amina: User, room: Room) -> None:
    seq = int(insult(ben, room).partition(":")[2])
    place_hold(scope=HoldScope.ROWS, lines=[(room.pk, seq)], by=desk("Modo3"), reason="réquisition", now=NOON)
    assert [is_person_held(user_id=one.pk, now=NOON) for one in (ben, amina)] == [True, False]


def test_a_hold_on_a_case_holds_whom_it_is_about(ben: User, amina: User) -> None:
    case = make_case(subject=ben)
    place_hold(scope=HoldScope.CASE, subject_ids=[case.pk], by=desk("Modo3"), reason="réquisition", now=NOON)
    assert [is_person_held(user_id=one.pk, now=NOON) for one in (ben, amina)] == [True, False]


def test_a_hold_that_is_over_or_not_begun_holds_nobody(ben: User, room: Room) -> None:
    day, by = timedelta(days=1), desk("Modo3")
    place_hold(scope=HoldScope.USER, subject_ids=[ben.pk], by=by, reason="réquisition", until_at=NOON + day, now=NOON)
    place_hold(scope=HoldScope.ROOM, subject_ids=[room.pk], by=by, reason="réquisition", until_at=NOON + day, now=NOON)
    moments = (NOON - day, NOON, NOON + day)
    assert [is_person_held(user_id=ben.pk, now=at) for at in moments] == [False, True, False]
    assert [list_held_rooms(now=at) for at in moments] == [set(), {room.pk}, set()]


def test_a_hold_on_somebody_erased_makes_no_new_key(ben: User, amina: User) -> None:
    sealing.destroy_key(f"user:{ben.pk}")
    User.objects.filter(pk__in=[ben.pk, amina.pk]).update(status=UserStatus.CLOSED)
    sealing.seal(f"user:{amina.pk}", b"closed, and kept", "a")
    place_hold(scope=HoldScope.USER, subject_ids=[ben.pk, amina.pk], by=desk("Modo3"), reason="réquisition", now=NOON)
    assert sealing.has_key(f"user:{ben.pk}") is False
    with pytest.raises(sealing.KeyFrozen):
        sealing.destroy_key(f"user:{amina.pk}")
