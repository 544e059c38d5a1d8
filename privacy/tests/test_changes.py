"""Changing a rule: by two people, noted; a longer time for new clocks alone, a shorter one for everything."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db.models import ProtectedError
from hypothesis import given
from hypothesis import strategies as st

from accounts.tests.factories import NOON
from core import audit
from core.models import AuditEntry
from moderation.enums import StaffRole
from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove
from moderation.tests.factories import make_staff_member
from privacy.enums import Clock, DataKind, Verdict
from privacy.matrix import MATRIX
from privacy.models import DeletionRecord, RetentionChange, RetentionRule
from privacy.queries.rules import find_rule, list_waiting, say_keep, say_rule
from privacy.retention import Rule, Term, decide
from privacy.services.changes import LONGEST, ChangeInvalid, ChangeStale, RuleFixed, agree_to_change, propose_change
from privacy.services.purge import purge_due

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
MessageMeta = apps.get_model("chat", "MessageMeta")
MOMENTS = st.integers(-900, 900).map(lambda hours: NOON + timedelta(hours=hours))
KEEPS = st.integers(0, 600).map(lambda hours: timedelta(hours=hours))


def rule(ref: str = "MESSAGE_META") -> RetentionRule:
    found = find_rule(ref=ref)
    assert found is not None
    return found


def ask(by: Any, days: int, *, ref: str = "MESSAGE_META", at: datetime = NOON, **changes: Any) -> RetentionChange:
    values: dict[str, Any] = {"erasable": rule(ref).erasable, "basis": "décret 2027-1", "reason": "le décret change"} | changes
    return propose_change(rule=rule(ref), keep=days * DAY, by=by, now=at, **values)


def change(first: Any, second: Any, days: int, *, at: datetime = NOON, **changes: Any) -> None:
    agree_to_change(change=ask(first, days, at=at, **changes), by=second, reason="lu", now=at)


def write(*days_ago: float, author: int = 1, first: int = 1) -> None:
    MessageMeta.objects.bulk_create(
        MessageMeta(author_id=author, client_id=uuid.uuid4(), room_id=1, seq=seq, at=NOON - timedelta(days=days))
        for seq, days in enumerate(days_ago, start=first)
    )


# ---- Two people ---------------------------------------------------------------------------------------------------------------


def test_one_asks_and_the_second_puts_it_in_force(dora: Any, dino: Any) -> None:
    asked = ask(dora, 400)
    assert (rule().keep, asked.applied_at, [one.pk for one in list_waiting(rule=rule(), now=NOON)]) == (365 * DAY, None, [asked.pk])
    agree_to_change(change=asked, by=dino, reason="décret lu", now=NOON + SECOND)
    found = rule()
    assert (found.keep, found.erasable, found.basis) == (400 * DAY, False, "décret 2027-1")
    assert found.rule.earlier == (Term(NOON + SECOND, 365 * DAY, False),)
    assert list_waiting(rule=found, now=NOON + SECOND) == []
    entries = AuditEntry.objects.exclude(action="staff.enlist").order_by("seq").values_list("action", "object_ref", "handle", "reason")
    assert list(entries) == [
        ("approval.ask", asked.public_id, dora.handle, "le décret change"),
        ("approval.agree", asked.public_id, dino.handle, "décret lu"),
        ("retention.change", "MESSAGE_META", dino.handle, "décret lu"),
    ]
    last = AuditEntry.objects.get(action="retention.change")
    assert last.role == "data_protection"
    assert last.before_sha256 != last.after_sha256
    assert audit.verify().holds


def test_nobody_changes_a_rule_alone_and_no_other_role_does(dora: Any) -> None:
    asked = ask(dora, 30)
    for other in (dora, make_staff_member("Modo7", StaffRole.LEGAL_DESK), make_staff_member("Modo8", StaffRole.AUDITOR)):
        with pytest.raises(NotYoursToApprove):
            agree_to_change(change=asked, by=other, reason="vite", now=NOON)
    with pytest.raises(NotYoursToApprove):
        ask(make_staff_member("Modo9", StaffRole.LEGAL_DESK), 30)
    assert rule().keep == 365 * DAY
    assert RetentionChange.objects.count() == 1


def test_an_agreement_comes_within_a_day_and_counts_once(dora: Any, dino: Any) -> None:
    late = ask(dora, 30)
    with pytest.raises(ApprovalReasonMissing):
        agree_to_change(change=late, by=dino, reason=" ", now=NOON)
    with pytest.raises(NotApproved):
        agree_to_change(change=late, by=dino, reason="lu", now=NOON + DAY)
    in_time = ask(dora, 30)
    agree_to_change(change=in_time, by=dino, reason="lu", now=NOON + DAY - SECOND)
    with pytest.raises(NotApproved):
        agree_to_change(change=in_time, by=dino, reason="lu", now=NOON + DAY - SECOND)
    assert len(rule().rule.earlier) == 1


def test_what_was_asked_of_another_rule_than_stands_now_changes_nothing(dora: Any, dino: Any) -> None:
    first, second = ask(dora, 30), ask(dino, 60)
    agree_to_change(change=first, by=dino, reason="lu", now=NOON)
    with pytest.raises(ChangeStale):
        agree_to_change(change=second, by=dora, reason="lu", now=NOON)
    assert rule().keep == 30 * DAY
    second.refresh_from_db()
    assert (second.applied_at, second.approval.approved_at) == (None, None)  # all of it or nothing
    assert AuditEntry.objects.filter(action="retention.change").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"days": -1}, "keep"),
        ({"days": LONGEST.days + 1}, "keep"),
        ({"basis": " \u200b"}, "basis"),
        ({"basis": "décret 2021-1362, art. 5"}, ""),
    ],
)
def test_what_cannot_be_or_changes_nothing_is_refused(dora: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ChangeInvalid) as found:
        ask(dora, **{"days": 365} | changes)
    assert found.value.field == field
    assert RetentionChange.objects.count() == 0
    assert not AuditEntry.objects.filter(action="approval.ask").exists()


def test_where_each_row_says_its_end_there_is_nothing_to_change(dora: Any) -> None:
    fixed = {entry.rule.ref for entry in MATRIX if entry.rule.clock == Clock.EXPIRY}
    assert {"MESSAGE_BODY", "CONNECTION", "CONNECTION-MG", "MEDIA"} <= fixed
    for ref in fixed:
        with pytest.raises(RuleFixed):
            ask(dora, 9, ref=ref)


def test_what_was_promised_is_not_deleted_with_its_change(dora: Any, dino: Any) -> None:
    change(dora, dino, 400)
    with pytest.raises(ProtectedError):
        rule().delete()


# ---- What it means for what is there ------------------------------------------------------------------------------------------


def test_a_longer_time_holds_for_new_clocks_alone(dora: Any, dino: Any) -> None:
    change(dora, dino, 730, at=NOON - 300 * DAY)
    write(400, 366, 365, 364, 301, 300, 299)
    purge_due(now=NOON)
    assert sorted(MessageMeta.objects.values_list("seq", flat=True)) == [4, 5, 6, 7]
    assert DeletionRecord.objects.get(code="MESSAGE_META").kept == 365 * DAY  # under the rule that was promised to them
    purge_due(now=NOON + 65 * DAY)
    assert sorted(MessageMeta.objects.values_list("seq", flat=True)) == [6, 7]  # 300 days ago, in that second, it was in force
    purge_due(now=NOON + 430 * DAY - SECOND)
    assert MessageMeta.objects.count() == 2
    purge_due(now=NOON + 431 * DAY)
    assert MessageMeta.objects.count() == 0


def test_a_shorter_time_holds_for_everything_at_once(dora: Any, dino: Any) -> None:
    write(200, 91, 90, 89)
    assert purge_due(now=NOON) == {}
    change(dora, dino, 90)
    assert purge_due(now=NOON) == {"MESSAGE_META": 3}


def test_rows_that_keep_their_old_promise_hold_nobody_up(dora: Any, dino: Any) -> None:
    """Among many rows under the new, longer rule the few old ones are found in the first batch."""
    change(dora, dino, 730, at=NOON - 400 * DAY)
    write(*[390] * 600)
    write(401, author=2, first=9000)
    assert purge_due(now=NOON, rounds=1) == {"MESSAGE_META": 1}
    assert MessageMeta.objects.count() == 600


@given(
    now=MOMENTS,
    began=MOMENTS,
    keeps=st.lists(st.tuples(KEEPS, st.booleans()), min_size=1, max_size=5),
    turns=st.lists(MOMENTS, min_size=4, max_size=4).map(sorted),
    asked=st.booleans(),
)
def test_of_all_that_was_in_force_since_its_clock_began_the_mildest_counts(
    now: datetime, began: datetime, keeps: list[tuple[timedelta, bool]], turns: list[datetime], asked: bool
) -> None:
    *old, (keep, erasable) = keeps
    earlier = tuple(Term(until, *one) for until, one in zip(turns, old, strict=False))
    changed = Rule("X", Clock.WRITTEN, keep, erasable, earlier)
    lived = [keeps[-1], *(one for until, one in zip(turns, old, strict=False) if until > began)]
    due = now - began >= min(one for one, _erasable in lived)
    may = any(one for _keep, one in lived)
    verdict = decide(changed, {Clock.WRITTEN: began}, now, [], now if asked else None)
    assert (verdict == Verdict.DESTROY) == (due or (asked and may))
    assert (began <= changed.due_before(now)) == due  # what is listed is what is destroyed


# ---- In words -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "0 jour"), (1, "1 jour"), (30, "30 jours"), (214, "214 jours"), (365, "1 an"), (366, "1 an"), (367, "367 jours"), (730, "2 ans")],
)
def test_a_duration_is_said_in_years_where_it_is_whole_years(days: int, words: str) -> None:
    assert say_keep(days * DAY).replace("\xa0", " ") == words
    assert say_keep(1826 * DAY).replace("\xa0", " ") == "5 ans"


def test_every_kind_of_data_has_a_name_and_a_sentence(rules: None) -> None:
    assert {entry.rule.code for entry in MATRIX} <= set(DataKind.values)
    said = {row.code: say_rule(row).replace("\xa0", " ") for row in RetentionRule.objects.all()}
    assert said["MESSAGE_BODY"] == "jusqu’à sa propre date de fin"
    assert said["AGE_CHECK"] == "1 jour après sa propre date de fin"
    assert said["MESSAGE_META"] == "1 an après l’écriture"
    assert said["EVIDENCE"] == "214 jours après la clôture"
    assert rule("EVIDENCE").label == "Preuves scellées d’un dossier"
    assert RetentionRule(code="NEW").label == "NEW"
