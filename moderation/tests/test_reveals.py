"""Pictures in full size: who looks, for how long, how many a day, and what is noted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections

from accounts.tests.factories import NOON
from core.images import encode
from core.models import AuditEntry
from moderation.enums import ApprovalKind, Reason, StaffRole
from moderation.models import Case, Evidence, Reveal, StaffProfile
from moderation.queries.media import find_media, list_media
from moderation.services.approvals import NotApproved, approve, ask_approval
from moderation.services.claims import CLAIM, claim_case
from moderation.services.evidence import EvidenceDamaged, unseal_evidence
from moderation.services.reveals import (
    DAILY,
    SHOWN_FOR,
    EnoughForToday,
    NoMedia,
    NotHeld,
    count_looks_today,
    daily_limit,
    open_revealed,
    reveal_media,
)
from moderation.services.wellness import LooserThanTheHouse, set_preferences
from moderation.tests.desk import make_case, make_media, noise
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def mod() -> StaffProfile:
    return make_staff_member("Modo1")


def held(case: Case, by: StaffProfile) -> Case:
    return claim_case(case_id=case.pk, version=case.version, by=by, now=NOON)


def look(case: Case, evidence: Evidence, by: StaffProfile, *, at: timedelta = timedelta(0)) -> str:
    return reveal_media(case=case, evidence_id=evidence.public_id, by=by, now=NOON + at).token


def test_a_click_opens_the_picture_for_a_minute_to_whoever_clicked(mod: StaffProfile) -> None:
    data = encode(noise(300), 80)
    case = held(make_case(), mod)
    evidence = make_media(case, data)
    token = look(case, evidence, mod)
    assert open_revealed(token=token, by=mod, now=NOON + SHOWN_FOR - timedelta(seconds=1)) == (data, "image/webp")
    other = make_staff_member("Modo2")
    for person, at, key in [(mod, SHOWN_FOR, token), (other, timedelta(0), token), (mod, timedelta(0), token[:-1])]:
        with pytest.raises(NoMedia):
            open_revealed(token=key, by=person, now=NOON + at)
    assert list(AuditEntry.objects.filter(action="media.reveal").values_list("handle", "object_ref", "reason")) == [
        (mod.handle, evidence.public_id, case.public_id)
    ]
    assert token not in str(list(Reveal.objects.values()) + list(AuditEntry.objects.values())), "only its digest is kept"


def test_without_the_case_in_hand_there_is_no_reason_to_look(mod: StaffProfile) -> None:
    free, taken = make_case(), held(make_case(), make_staff_member("Modo2"))
    mine = held(make_case(), mod)
    for case, at in [(free, 0), (taken, 0), (mine, CLAIM.total_seconds())]:
        with pytest.raises(NotHeld):
            look(case, make_media(case), mod, at=timedelta(seconds=at))
    assert (Reveal.objects.count(), AuditEntry.objects.filter(action="media.reveal").count()) == (0, 0)


def test_a_picture_of_another_case_is_not_reached_through_ones_own(mod: StaffProfile) -> None:
    mine, elsewhere = held(make_case(), mod), make_media(make_case())
    with pytest.raises(NoMedia):
        look(mine, elsewhere, mod)
    assert (find_media(case=mine, public_id=elsewhere.public_id), list_media(case=mine)) == (None, [])


def test_a_day_has_a_limit_that_one_may_lower_and_nobody_raise(mod: StaffProfile) -> None:
    set_preferences(staff=mod, greyscale=True, shortcuts=True, daily_images=2, reasons_not_taken=[], now=NOON)
    case = held(make_case(), mod)
    evidence = make_media(case)
    for _ in range(2):
        look(case, evidence, mod)
    with pytest.raises(EnoughForToday):
        look(case, evidence, mod)
    assert count_looks_today(staff=mod, now=NOON) == 2
    assert count_looks_today(staff=mod, now=NOON + timedelta(hours=12)) == 0, "the next day begins anew"
    for wrong in (DAILY + 1, -1):
        with pytest.raises(LooserThanTheHouse):
            set_preferences(staff=mod, greyscale=True, shortcuts=True, daily_images=wrong, reasons_not_taken=[], now=NOON)
    StaffProfile.objects.filter(pk=mod.pk).update(daily_images=1000)
    mod.refresh_from_db()
    assert daily_limit(mod) == DAILY


def test_presumed_abuse_of_a_child_is_looked_at_by_two(mod: StaffProfile) -> None:
    one, two = make_staff_member("Gara", StaffRole.CHILD_SAFETY), make_staff_member("Gaby", StaffRole.CHILD_SAFETY)
    case = held(make_case(reason=Reason.CHILD_ABUSE_MATERIAL, child_safety=True), one)
    evidence = make_media(case)
    with pytest.raises(NotApproved):
        look(case, evidence, one)
    asked = ask_approval(kind=ApprovalKind.VIEW_CHILD_ABUSE, object_ref=evidence.public_id, by=one, reason="identifier", now=NOON)
    with pytest.raises(NotApproved):
        look(case, evidence, one)
    approve(approval=asked, by=two, reason="nécessaire", now=NOON)
    look(case, evidence, one)
    with pytest.raises(NotApproved):  # one agreement, one look
        look(case, evidence, one)
    assert Reveal.objects.count() == 1


def test_evidence_that_was_moved_does_not_open(mod: StaffProfile) -> None:
    case = held(make_case(), mod)
    one, other = make_media(case), make_media(case)
    Evidence.objects.filter(pk=one.pk).update(blob=bytes(other.blob))
    one.refresh_from_db()
    with pytest.raises(EvidenceDamaged):
        unseal_evidence(evidence=one)


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_clicks_at_once_do_not_pass_the_limit(mod: StaffProfile) -> None:
    if connection.vendor != "mysql":
        pytest.skip("a race of threads needs a server: bin/with-servers")
    set_preferences(staff=mod, greyscale=True, shortcuts=True, daily_images=3, reasons_not_taken=[], now=NOON)
    case = held(make_case(), mod)
    evidence, start = make_media(case), Barrier(8)

    def click(_number: int) -> int:
        start.wait()
        try:
            look(case, evidence, mod)
        except EnoughForToday:
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(click, range(8))) == 3
    assert Reveal.objects.count() == 3
