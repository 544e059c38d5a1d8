"""Hashes, figures and evidence of pictures: they go by the decision like everything else, and stay while a hold names them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.models import User
from chat.tests.factories import join, make_room
from moderation.courts.terms import HoldScope
from moderation.enums import AppealState, CaseState, HashBankKind, StaffRole
from moderation.services.hashbank import add_hash
from moderation.services.holds import place_hold
from moderation.services.matching import forget_banks
from moderation.services.transmissions import confirm_transmission, mark_transmitted
from moderation.tests.children import prepared, sealed_case
from moderation.tests.factories import make_staff_member
from privacy.models import DeletionRecord
from privacy.services.purge import purge_due

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
DAY = timedelta(days=1)
Appeal, Case, Decision, Evidence, HashEntry, ImageCheck, Transmission = (
    apps.get_model("moderation", name) for name in ("Appeal", "Case", "Decision", "Evidence", "HashEntry", "ImageCheck", "Transmission")
)


@pytest.fixture
def senior() -> Any:
    return make_staff_member("Modo9", StaffRole.SENIOR)


@pytest.fixture
def guards() -> list[Any]:
    return [make_staff_member(name, StaffRole.CHILD_SAFETY) for name in ("Garde1", "Garde2")]


def figures(owner: User, *, until: datetime, ref: str, **more: Any) -> Any:
    return ImageCheck.objects.create(
        target_ref=ref, owner=owner, room="r", place=7, verdict="CLEAR", checked_at=until, keep_until=until, **more
    )


def hold(lea: Any, scope: HoldScope, number: int, now: datetime, *, codes: tuple[str, ...] = ()) -> None:
    place_hold(scope=scope, subject_ids=[number], codes=codes, by=lea, reason="réquisition", until_at=now + 9 * DAY, now=now)


def decided(case: Any, now: datetime) -> None:
    Case.objects.filter(pk=case.pk).update(state=CaseState.DECIDED, open_key=None, decided_at=now)


def test_a_hash_past_its_time_goes_with_a_record_and_one_without_an_end_stays(senior: Any) -> None:
    now = timezone.now()
    add_hash(kind=HashBankKind.SCAM_PHOTO, value="ab" * 32, source="a", by=senior, expires_at=now + DAY, now=now)
    add_hash(kind=HashBankKind.SCAM_PHOTO, value="cd" * 32, source="a", by=senior, now=now)
    assert purge_due(now=now + DAY - timedelta(seconds=1)) == {}
    assert purge_due(now=now + DAY) == {"MEDIA": 1}
    assert [row.value for row in HashEntry.objects.all()] == ["cd" * 32]
    record = DeletionRecord.objects.get()
    assert (record.code, record.store, record.rows) == ("MEDIA", "moderation_hashentry", 1)


@pytest.mark.parametrize("scope", [HoldScope.USER, HoldScope.ROOM])
def test_figures_of_whom_or_where_a_hold_names_stay(amina: User, ben: User, lea: Any, scope: HoldScope) -> None:
    now = timezone.now()
    held, free = figures(amina, until=now, ref="a"), figures(ben, until=now, ref="b")
    ImageCheck.objects.filter(pk=free.pk).update(place=8)
    hold(lea, scope, amina.pk if scope == HoldScope.USER else 7, now)
    assert purge_due(now=now) == {"MEDIA": 1}
    assert list(ImageCheck.objects.all()) == [held]
    assert purge_due(now=now + 9 * DAY) == {"MEDIA": 1}, "when it is over"


def test_a_hold_on_a_case_keeps_what_was_remembered_of_it(amina: User, senior: Any, lea: Any) -> None:
    now = timezone.now()
    case = Case.objects.create(
        target_kind="ATTACHMENT", target_ref="x", reason="SCAM", severity=3, opened_at=now, due_at=now, decided_at=now, subject=amina
    )
    entry = add_hash(kind=HashBankKind.SCAM_PHOTO, value="ab" * 32, source="a", by=senior, expires_at=now, now=now)
    HashEntry.objects.update(case=case)
    figures(amina, until=now, ref="x", case=case)
    hold(lea, HoldScope.CASE, case.pk, now)
    assert purge_due(now=now) == {}
    assert (HashEntry.objects.get(), ImageCheck.objects.count()) == (entry, 1)
    assert purge_due(now=now + 9 * DAY) == {"MEDIA": 2}


# ---- Evidence of the abuse of children ------------------------------------------------------------------------------------------
@pytest.fixture
def abuse(amina: User, guards: list[Any]) -> Any:
    forget_banks()
    room = make_room()
    join(amina, room)
    return sealed_case(amina, room, guards[0])


def transmitted(case: Any, guards: list[Any], now: datetime) -> Any:
    made = prepared(case, *guards)
    mark_transmitted(transmission=made, receipt="PHAROS 1", transmitted_at=timezone.now(), by=guards[0], now=timezone.now())
    return made


def of_abuse(done: dict[str, int]) -> int:
    return done.get("CHILD_ABUSE_EVIDENCE", 0)


def test_what_no_authority_was_told_of_stays_however_old(abuse: Any, guards: list[Any]) -> None:
    now = timezone.now()
    decided(abuse, now)
    prepared(abuse, *guards)
    assert of_abuse(purge_due(now=now + 4000 * DAY)) == 0
    assert Evidence.objects.count() == 2


@pytest.mark.parametrize("told", [False, True])
def test_what_was_no_abuse_goes_as_other_evidence_does_unless_an_authority_has_a_file(abuse: Any, guards: list[Any], told: bool) -> None:
    now = timezone.now()
    decided(abuse, now)
    decision = Decision.objects.create(
        case=abuse, subject=abuse.subject, action="REMOVE", reason=abuse.reason, ground="LAW", ground_ref="x", starts_at=now
    )
    if told:
        prepared(abuse, *guards)
    assert "EVIDENCE" not in purge_due(now=now + 214 * DAY), "a decision stands"
    Decision.objects.filter(pk=decision.pk).update(reversed_at=now)
    assert "EVIDENCE" not in purge_due(now=now + 213 * DAY)
    assert purge_due(now=now + 215 * DAY).get("EVIDENCE", 0) == (0 if told else 2)


def test_a_year_after_the_transmission_it_goes_and_digest_and_receipt_stay(abuse: Any, guards: list[Any]) -> None:
    now = timezone.now()
    made = transmitted(abuse, guards, now)
    decided(abuse, now)
    assert of_abuse(purge_due(now=made.keep_until - timedelta(seconds=1))) == 0
    assert Evidence.objects.count() == 2
    assert of_abuse(purge_due(now=made.keep_until)) == 4, "snapshot, picture, figures, and the file itself"
    assert (Evidence.objects.count(), ImageCheck.objects.count()) == (0, 0)
    left = Transmission.objects.get()
    assert (left.blob, left.receipt, left.sha256) == (None, "PHAROS 1", made.sha256)


def test_the_confirmation_of_the_authority_ends_it_once_the_case_is_decided_and_no_appeal_waits(
    abuse: Any, amina: User, guards: list[Any]
) -> None:
    made, now = transmitted(abuse, guards, timezone.now()), timezone.now()
    confirm_transmission(transmission=made, words="saisi", by=guards[1], now=now)
    purge_due(now=now)
    assert Evidence.objects.count() == 2, "the case is open"
    decided(abuse, now)
    decision = Decision.objects.create(
        case=abuse, subject=amina, action="REMOVE", reason=abuse.reason, ground="LAW", ground_ref="x", starts_at=now
    )
    appeal = Appeal.objects.create(
        decision=decision, side="RESTRICTED", appellant=amina, text="Non", created_at=now, due_at=now + DAY, once_key="1"
    )
    purge_due(now=now)
    assert Evidence.objects.count() == 2, "an appeal waits"
    Appeal.objects.filter(pk=appeal.pk).update(state=AppealState.UPHELD, reviewer=guards[1], decided_at=now)
    purge_due(now=now)
    assert Evidence.objects.count() == 0


def test_of_two_authorities_the_later_one_counts(abuse: Any, guards: list[Any]) -> None:
    now = timezone.now()
    first, second = transmitted(abuse, guards, now), transmitted(abuse, guards, now)
    decided(abuse, now)
    confirm_transmission(transmission=first, words="saisi", by=guards[1], now=now)
    purge_due(now=now)
    assert Evidence.objects.count() == 2
    purge_due(now=second.keep_until)
    assert Evidence.objects.count() == 0


@pytest.mark.parametrize("codes", [(), ("CHILD_ABUSE_EVIDENCE",)])
def test_a_hold_keeps_it_beyond_the_year(abuse: Any, guards: list[Any], lea: Any, codes: tuple[str, ...]) -> None:
    now = timezone.now()
    made = transmitted(abuse, guards, now)
    decided(abuse, now)
    hold(lea, HoldScope.CASE, abuse.pk, made.keep_until, codes=codes)
    assert of_abuse(purge_due(now=made.keep_until)) == 0
    assert of_abuse(purge_due(now=made.keep_until + 9 * DAY)) == 4
