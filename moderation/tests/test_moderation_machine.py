"""Anybody reports, claims, decides, appeals and answers in any order, and what must always be true is."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.tests.factories import NOON, make_user
from chat.access import get_seat
from chat.queries.messages import find_message
from chat.services.messages import forget_pace
from chat.tests.factories import join, make_room
from core import sealing
from moderation.actions import ACTIONS
from moderation.enums import Action, AppealState, AppellantKind, CaseState, Reason, ReportState, StaffRole, TargetKind
from moderation.models import Appeal, Case, Decision, Evidence, Report, StatementOfReasons
from moderation.services.appeals import (
    AlreadyAppealed,
    AlreadyDecided,
    NotYoursToAppeal,
    NotYoursToReview,
    decide_appeal,
    file_appeal,
)
from moderation.services.claims import CaseOver, ClaimLost, ClaimTaken, claim_case
from moderation.services.reports import AlreadyReported, ReportsTooFast, SelfReport
from moderation.services.statements import BadStatement
from moderation.targets import TargetGone
from moderation.tests.factories import make_staff_member
from moderation.tests.reporting import decide_claimed, insult, report

pytestmark = pytest.mark.django_db
FEW = st.integers(0, 5)
MEASURES = st.sampled_from([Action.NO_ACTION, Action.WARN, Action.REMOVE, Action.MUTE_IN_ROOM, Action.RESTRICT_POSTING])


class Moderation(RuleBasedStateMachine):
    """Three members, four of the team, two messages and an account, and time that goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._outer = transaction.atomic()
        self._outer.__enter__()
        cache.clear()
        forget_pace()
        sealing.forget_keys()
        self.now: datetime = NOON
        self.room = make_room("machine")
        self.ben, *self.members = [make_user(name) for name in ("Ben", "Amina", "Carol", "Dera")]
        self.team = [
            make_staff_member("Modo1", StaffRole.MODERATOR),
            make_staff_member("Modo2", StaffRole.MODERATOR, StaffRole.APPEALS),
            make_staff_member("Modo3", StaffRole.MODERATOR, StaffRole.SENIOR, StaffRole.APPEALS),
            make_staff_member("Modo4", StaffRole.APPEALS),
        ]
        for user in [self.ben, *self.members, self.team[0].user, self.team[1].user]:
            join(user, self.room)
        self.messages = [insult(author, self.room, f"Tsatsa {author.pk}") for author in (self.ben, self.team[1].user)]
        self.targets = [*((TargetKind.MESSAGE, ref) for ref in self.messages), (TargetKind.ACCOUNT, self.ben.public_id)]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._outer.__exit__(None, None, None)

    # ---- Deeds ------------------------------------------------------------------------------------------------------------------
    @rule(who=FEW, what=FEW, reason=st.sampled_from([Reason.SPAM, Reason.HARASSMENT, Reason.THREAT]))
    def somebody_reports(self, who: int, what: int, reason: Reason) -> None:
        reporters = [*self.members, self.team[0].user]
        kind, ref = self.targets[what % len(self.targets)]
        with suppress(AlreadyReported, TargetGone, ReportsTooFast, SelfReport):
            report(reporters[who % len(reporters)], ref, kind, reason, now=self.now)

    @rule(who=FEW, which=FEW)
    def somebody_claims(self, who: int, which: int) -> None:
        case = self._pick(Case.objects.order_by("pk"), which)
        with suppress(ClaimTaken, ClaimLost, CaseOver):
            if case is not None:
                claim_case(case_id=case.pk, version=case.version, by=self.team[who % 4], now=self.now)

    @rule(who=FEW, which=FEW, action=MEASURES, stale=st.booleans())
    def somebody_decides(self, who: int, which: int, action: Action, stale: bool) -> None:
        case = self._pick(Case.objects.order_by("pk"), which)
        if case is None:
            return
        before = Decision.objects.count()
        more: dict[str, Any] = {"version": case.version - 1} if stale else {}
        if action in (Action.MUTE_IN_ROOM, Action.RESTRICT_POSTING):
            more["ends_at"] = self.now + timedelta(days=1)
        try:
            decide_claimed(case, self.team[who % 4], action, now=self.now, **more)
        except (ClaimLost, CaseOver, BadStatement):
            assert Decision.objects.count() == before
        else:
            assert not stale

    @rule(who=FEW, which=FEW)
    def somebody_appeals(self, who: int, which: int) -> None:
        decision = self._pick(Decision.objects.order_by("pk"), which)
        if decision is None:
            return
        appellant = [self.ben, self.team[1].user, *self.members][who % 5]
        mine = Report.objects.filter(case=decision.case_id, reporter=appellant).first()
        side = AppellantKind.REPORTER if mine is not None else AppellantKind.RESTRICTED
        with suppress(NotYoursToAppeal, AlreadyAppealed):
            file_appeal(decision=decision, side=side, appellant=appellant, report=mine, text="Relisez.", now=self.now)

    @rule(who=FEW, which=FEW, overturn=st.booleans())
    def somebody_answers(self, who: int, which: int, overturn: bool) -> None:
        appeal = self._pick(Appeal.objects.order_by("pk"), which)
        with suppress(NotYoursToReview, AlreadyDecided):
            if appeal is not None:
                decide_appeal(appeal=appeal, by=self.team[who % 4], overturn=overturn, answer="Relu.", now=self.now)

    @rule(minutes=st.sampled_from([1, 6, 90, 1500]))
    def time_goes_on(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @staticmethod
    def _pick(rows: Any, which: int) -> Any:
        found = list(rows[:12])
        return found[which % len(found)] if found else None

    # ---- What is always true --------------------------------------------------------------------------------------------------
    @invariant()
    def a_target_has_one_open_case_at_most(self) -> None:
        open_states = {CaseState.OPEN, CaseState.CLAIMED, CaseState.ESCALATED}
        for case in Case.objects.all():
            assert (case.open_key is not None) == (case.state in open_states)
            assert case.open_key in (None, f"{case.target_kind}:{case.target_ref}")
        doubled = Case.objects.filter(open_key__isnull=False).values("target_kind", "target_ref").annotate(n=Count("pk")).filter(n__gt=1)
        assert not doubled.exists()

    @invariant()
    def every_restriction_has_its_statement_and_nothing_else_has_one(self) -> None:
        for decision in Decision.objects.all():
            stated = StatementOfReasons.objects.filter(decision=decision).exists()
            assert stated == ACTIONS[Action(decision.action)].restricts

    @invariant()
    def nobody_judges_their_own_matter_or_twice(self) -> None:
        for decision in Decision.objects.select_related("moderator", "case"):
            assert decision.moderator is not None
            assert decision.moderator.user_id != decision.subject_id
            assert not Report.objects.filter(
                case=decision.case, reporter=decision.moderator.user_id, created_at__lte=decision.starts_at
            ).exists()
        twice = Decision.objects.values("case", "moderator").annotate(n=Count("pk")).filter(n__gt=1)
        assert not twice.exists()

    @invariant()
    def every_appeal_is_answered_by_another_person(self) -> None:
        for appeal in Appeal.objects.exclude(state=AppealState.PENDING).select_related("reviewer", "decision"):
            assert appeal.reviewer is not None
            assert appeal.reviewer_id != appeal.decision.moderator_id
            assert appeal.reviewer.user_id not in (appeal.appellant_id, appeal.decision.subject_id)
            assert (appeal.state == AppealState.OVERTURNED) <= (appeal.decision.reversed_at is not None)

    @invariant()
    def a_message_is_read_unless_a_decision_that_stands_took_it(self) -> None:
        seat = get_seat(user=self.members[0], public_id=self.room.public_id, now=self.now)
        for ref in self.messages:
            seq = int(ref.partition(":")[2])
            found = find_message(room=seat.room, membership=seat.membership, seq=seq, hidden=set(), now=self.now)
            standing = Decision.objects.filter(case__target_ref=ref, reversed_at__isnull=True)
            taken = any(ACTIONS[Action(one.action)].takes_content(TargetKind.MESSAGE) for one in standing)
            assert found is None or found.deleted == taken

    @invariant()
    def every_report_has_its_evidence_and_an_answer_when_its_case_is_decided(self) -> None:
        for one in Report.objects.select_related("case"):
            assert Evidence.objects.filter(report=one, kind="SNAPSHOT").count() == 1
            assert one.case is not None
            assert (one.state == ReportState.ANSWERED) == (one.case.state == CaseState.DECIDED)


def test_anything_in_any_order_keeps_what_must_be_true() -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Moderation, settings=settings(max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=quiet)
    )
