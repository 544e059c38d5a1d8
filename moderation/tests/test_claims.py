"""Whose hands a case is in."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections

from accounts.tests.factories import NOON, make_user
from core.models import AuditEntry
from moderation.access import CaseNotFound, get_case
from moderation.enums import CaseState, StaffRole
from moderation.models import Case, StaffProfile
from moderation.services.claims import (
    CLAIM,
    CaseOver,
    ClaimLost,
    ClaimTaken,
    EscalationReasonMissing,
    OnlySenior,
    claim_case,
    escalate_case,
    release_claim,
    release_claims_of,
    renew_claim,
)
from moderation.services.staff import discharge
from moderation.tests.desk import close_case, make_case, make_report
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def claim(case: Case, by: StaffProfile, *, at: timedelta = timedelta(0)) -> Case:
    case.refresh_from_db()
    return claim_case(case_id=case.pk, version=case.version, by=by, now=NOON + at)


def noted(case: Case) -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.filter(object_ref=case.public_id).order_by("seq").values_list("action", "handle", "reason"))


@pytest.fixture
def mod() -> StaffProfile:
    return make_staff_member("Modo1")


@pytest.fixture
def other() -> StaffProfile:
    return make_staff_member("Modo2")


def test_a_claim_lasts_five_minutes_and_is_told_by_handle(mod: StaffProfile, other: StaffProfile) -> None:
    case = make_case()
    held = claim(case, mod)
    assert (held.state, held.claimed_by, held.claim_expires_at, held.version) == (CaseState.CLAIMED, mod, NOON + CLAIM, 2)
    with pytest.raises(ClaimTaken) as refused:
        claim(case, other, at=CLAIM - SECOND)
    assert refused.value.handle == mod.handle
    assert claim(case, other, at=CLAIM).claimed_by == other
    assert noted(case) == [("case.claim", mod.handle, ""), ("case.claim", other.handle, "")]


def test_a_claim_on_an_older_sight_changes_nothing(mod: StaffProfile) -> None:
    case = make_case()
    Case.objects.filter(pk=case.pk).update(version=5)
    with pytest.raises(ClaimLost):
        claim_case(case_id=case.pk, version=1, by=mod, now=NOON)
    case.refresh_from_db()
    assert (case.state, case.claimed_by, case.version, noted(case)) == (CaseState.OPEN, None, 5, [])


def test_the_open_page_renews_and_says_nothing_in_the_chain(mod: StaffProfile, other: StaffProfile) -> None:
    case = make_case()
    held = claim(case, mod)
    renewed = renew_claim(case_id=case.pk, version=held.version, by=mod, now=NOON + timedelta(minutes=4))
    assert (renewed.version, renewed.claim_expires_at) == (3, NOON + timedelta(minutes=9))
    for version, by, at in [(held.version, mod, 5), (renewed.version, other, 5), (renewed.version, mod, 9)]:
        with pytest.raises(ClaimLost):
            renew_claim(case_id=case.pk, version=version, by=by, now=NOON + timedelta(minutes=at))
    assert len(noted(case)) == 1


def test_released_it_is_free_for_others(mod: StaffProfile, other: StaffProfile) -> None:
    case = make_case()
    held = claim(case, mod)
    with pytest.raises(ClaimLost):
        release_claim(case_id=case.pk, version=held.version, by=other, now=NOON)
    released = release_claim(case_id=case.pk, version=held.version, by=mod, now=NOON)
    assert (released.state, released.claimed_by, released.claim_expires_at) == (CaseState.OPEN, None, None)
    assert claim(case, other).claimed_by == other
    assert [action for action, _handle, _reason in noted(case)] == ["case.claim", "case.release", "case.claim"]


def test_handed_on_with_a_reason_only_a_senior_takes_it(mod: StaffProfile, other: StaffProfile) -> None:
    senior, case = make_staff_member("Sena", StaffRole.SENIOR), make_case()
    held = claim(case, mod)
    with pytest.raises(EscalationReasonMissing):
        escalate_case(case_id=case.pk, version=held.version, by=mod, reason=" \u200b", now=NOON)
    with pytest.raises(ClaimLost):
        escalate_case(case_id=case.pk, version=held.version, by=other, reason="je ne sais pas", now=NOON)
    handed = escalate_case(case_id=case.pk, version=held.version, by=mod, reason="menace  précise", now=NOON)
    assert (handed.state, handed.claimed_by, handed.escalated_by) == (CaseState.ESCALATED, None, mod)
    assert (handed.escalation_reason, handed.escalated_at) == ("menace précise", NOON)
    for person in (mod, other):
        with pytest.raises(OnlySenior):
            claim(case, person)
    taken = claim(case, senior)
    assert release_claim(case_id=case.pk, version=taken.version, by=senior, now=NOON).state == CaseState.ESCALATED
    taken = claim(case, senior)
    with pytest.raises(OnlySenior):  # also when the senior's claim has run out
        claim(case, mod, at=CLAIM * 2)
    assert noted(case)[1] == ("case.escalate", mod.handle, "menace précise")


def test_what_is_over_is_claimed_by_nobody(mod: StaffProfile) -> None:
    case = make_case()
    close_case(case)
    with pytest.raises(CaseOver):
        claim(case, mod)
    with pytest.raises(CaseOver):
        claim_case(case_id=10**6, version=1, by=mod, now=NOON)


def test_nobody_opens_or_claims_what_is_about_themselves_or_what_they_reported(mod: StaffProfile) -> None:
    about, reported, free = make_case(subject=mod.user), make_case(), make_case(subject=make_user("Ben"))
    make_report(reported, reporter=mod.user)
    for case in (about, reported):
        with pytest.raises(CaseNotFound):
            get_case(staff=mod, public_id=case.public_id)
        with pytest.raises(CaseOver):
            claim(case, mod)
    assert get_case(staff=mod, public_id=free.public_id) == free


def test_children_are_for_their_role_alone(mod: StaffProfile) -> None:
    senior, warden = make_staff_member("Sena", StaffRole.SENIOR), make_staff_member("Gara", StaffRole.CHILD_SAFETY)
    case, ordinary = make_case(child_safety=True), make_case()
    for person in (mod, senior):
        with pytest.raises(CaseNotFound):
            get_case(staff=person, public_id=case.public_id)
        with pytest.raises(CaseOver):
            claim(case, person)
    held = claim(case, warden)
    assert escalate_case(case_id=case.pk, version=held.version, by=warden, reason="police", now=NOON).state == CaseState.ESCALATED
    assert claim(case, warden).claimed_by == warden, "a second person of that role, or the same, may go on"
    with pytest.raises(CaseNotFound):
        get_case(staff=warden, public_id=ordinary.public_id)


@pytest.mark.parametrize(
    "role", [StaffRole.APPEALS, StaffRole.AUDITOR, StaffRole.LEGAL_DESK, StaffRole.RULE_EDITOR, StaffRole.DATA_PROTECTION]
)
def test_other_roles_open_no_case(role: StaffRole) -> None:
    person, case = make_staff_member("Elsa", role), make_case()
    with pytest.raises(CaseNotFound):
        get_case(staff=person, public_id=case.public_id)
    with pytest.raises(CaseOver):
        claim(case, person)


def test_who_left_the_team_opens_nothing(mod: StaffProfile) -> None:
    case = make_case()
    discharge(profile=mod, reason="left", now=NOON)
    mod.refresh_from_db()
    with pytest.raises(CaseNotFound):
        get_case(staff=mod, public_id=case.public_id)


# ---- Races ---------------------------------------------------------------------------------------------------------------------------
@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_a_thousand_claims_on_a_hundred_cases() -> None:
    """Ten people go for each of a hundred cases at once: a hundred claims, nobody twice, and the chain holds a line for each."""
    if connection.vendor != "mysql":
        pytest.skip("a race of threads needs a server: bin/with-servers")
    team = [make_staff_member(f"Racer{number}") for number in range(10)]
    cases = [make_case() for _ in range(100)]
    start = Barrier(len(team))

    def run(mod: StaffProfile) -> list[int]:
        start.wait()
        won = []
        for case in random.Random(mod.pk // 2).sample(cases, len(cases)):  # two by two in the same order, so that they do meet
            try:
                won.append(claim_case(case_id=case.pk, version=1, by=mod, now=NOON).pk)
            except (ClaimTaken, ClaimLost):
                continue
        connections.close_all()
        return won

    with ThreadPoolExecutor(len(team)) as pool:
        won = [pk for mine in pool.map(run, team) for pk in mine]
    assert sorted(won) == sorted(case.pk for case in cases)
    assert set(Case.objects.values_list("state", "version")) == {(CaseState.CLAIMED.value, 2)}
    assert AuditEntry.objects.filter(action="case.claim").count() == 100


def test_who_goes_puts_back_all_that_they_have_in_hand(mod: StaffProfile, other: StaffProfile) -> None:
    mine, later, theirs = make_case(), make_case(), make_case()
    for case, by in ((mine, mod), (later, mod), (theirs, other)):
        claim(case, by)
    assert release_claims_of(user=mod.user, now=NOON + SECOND) == 2
    found = {case.pk: (case.state, case.claimed_by) for case in Case.objects.all()}
    assert found == {mine.pk: ("OPEN", None), later.pk: ("OPEN", None), theirs.pk: ("CLAIMED", other)}
    assert noted(mine)[-1][:2] == ("case.release", mod.handle)
    assert release_claims_of(user=mod.user, now=NOON + SECOND) == 0
    assert release_claims_of(user=make_user("Amina"), now=NOON) == 0
