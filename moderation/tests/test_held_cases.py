"""What the rules keep back comes before the team, goes in or stays out by its decision, and is closed when the room was quicker."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import NOON
from chat.access import get_moderator_seat, get_seat
from chat.queries.held import list_own
from chat.queries.messages import read_page
from chat.services import holding
from chat.services.held import Held
from chat.tests.factories import join, say
from chat.tests.screeners import HIT, SHADOW, Marker, marking
from core.audit import verify
from core.models import AuditEntry, OutboxEvent
from core.sealing import open_sealed
from moderation.enums import Action, AppellantKind, CaseState, Reason, ReportSource, ReportState, RuleTopic, StaffRole, TargetKind
from moderation.models import Case, Evidence, Report, Rule, RuleHit, RuleVersion, StaffProfile, StatementOfReasons
from moderation.queries.queue import Wanted, list_queue
from moderation.queries.sights import list_sights
from moderation.services.appeals import decide_appeal, file_appeal
from moderation.services.cases import share_of
from moderation.services.claims import CaseOver, ClaimLost
from moderation.services.held import close_held_case, concerns_team, open_held_case, reason_of
from moderation.targets import TargetGone, TargetNotFound, get_target
from moderation.tests.factories import make_staff_member
from moderation.tests.reporting import claim, decide, decide_claimed, report
from notifications.tests.factories import deliver_all

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
SECRET = "zanahary-mena [hold]"
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def marker() -> Iterator[Marker]:
    with marking() as marker:
        yield marker


def hold(author: User, room: Room, *, now: datetime = NOON) -> str:
    """The outward id of a message that waits."""
    with pytest.raises(Held):
        say(author, room, SECRET, cid=uuid.uuid4(), now=now)
    membership = get_seat(user=author, public_id=room.public_id, now=now).membership
    return list_own(membership=membership, now=now)[-1].public_id


def held_case(author: User, room: Room) -> tuple[str, Case]:
    ref = hold(author, room)
    case = open_held_case(held_id=ref, hits=(), now=NOON)
    assert case is not None
    return ref, case


def shown(reader: User, room: Room) -> list[str]:
    seat = get_seat(user=reader, public_id=room.public_id, now=LATER)
    page = read_page(room=seat.room, membership=seat.membership, hidden=set(), now=LATER)
    return [message.body for message in page.messages]


def test_a_rule_brings_it_before_the_team_with_what_it_says(ben: User, room: Room) -> None:
    ref, case = held_case(ben, room)
    assert (case.target_kind, case.target_ref, case.subject, case.state) == (TargetKind.HELD_MESSAGE, ref, ben, CaseState.OPEN)
    filed = Report.objects.get(case=case)
    assert (filed.source, filed.reporter) == (ReportSource.AUTOMATIC, None)
    evidence = Evidence.objects.get(case=case)
    facts = json.loads(open_sealed("evidence", bytes(evidence.blob), evidence.sealing_ad))["facts"]
    assert (facts["held"], facts["room"]["title"]) == ({"why": "RULE", "corrects": None}, room.title)
    (line,) = list_sights([{"facts": facts}])[0].lines
    assert (line.name, line.text, line.picked, line.at) == ("Ben", SECRET, True, NOON)
    again = open_held_case(held_id=ref, hits=(), now=LATER)
    assert (again, Report.objects.count()) == (case, 1)


def test_without_a_measure_it_goes_in(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    ref, case = held_case(ben, room)
    assert shown(amina, room) == []
    decide(case, mod, Action.NO_ACTION, now=LATER)
    assert shown(amina, room) == [SECRET]
    kept = apps.get_model("chat", "HeldMessage").objects.get(public_id=ref)
    assert (kept.state, bytes(kept.payload)) == ("RELEASED", b"")
    assert StatementOfReasons.objects.count() == 0


def test_removed_it_stays_out_with_reasons_and_an_appeal_lets_it_in(
    amina: User, ben: User, room: Room, mod: StaffProfile, sena: StaffProfile
) -> None:
    _ref, case = held_case(ben, room)
    decision = decide(case, mod, now=LATER)
    assert shown(amina, room) == []
    statement = StatementOfReasons.objects.get(decision=decision)
    assert statement.payload["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_REMOVED"]
    assert statement.payload["content_type"] == ["CONTENT_TYPE_TEXT"]
    assert SECRET not in json.dumps(statement.payload)
    appeal = file_appeal(decision=decision, side=AppellantKind.RESTRICTED, appellant=ben, text="C’est un proverbe.", now=LATER)
    decide_appeal(appeal=appeal, by=sena, overturn=True, answer="Relu.", now=LATER)
    assert shown(amina, room) == [SECRET]
    assert verify().holds


def test_when_the_room_was_quicker_the_case_is_closed_and_whoever_had_it_is_told(ben: User, room: Room, mod: StaffProfile) -> None:
    ref, case = held_case(ben, room)
    claimed = claim(case, mod, now=NOON)
    close_held_case(held_id=ref, state="REFUSED", now=NOON)
    close_held_case(held_id=ref, state="REFUSED", now=NOON)
    case.refresh_from_db()
    assert (case.state, case.open_key, case.claimed_by) == (CaseState.CLOSED, None, None)
    assert Report.objects.get(case=case).state == ReportState.ANSWERED
    assert AuditEntry.objects.filter(action="case.close").count() == 1
    with pytest.raises((CaseOver, ClaimLost)):
        decide_claimed(claimed, mod, now=NOON)


def test_a_decision_over_what_is_decided_already_changes_nothing(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    ref, case = held_case(ben, room)
    holding.release_held(held_id=ref, now=NOON)
    target = get_target(TargetKind.HELD_MESSAGE)
    assert target.take_away(ref=ref, now=LATER) == {"gone": True}
    target.put_back(ref=ref, effect={"gone": True}, now=LATER)
    assert shown(amina, room) == [SECRET]
    assert case.is_open


def test_nobody_reports_what_nobody_sees(amina: User, ben: User, room: Room) -> None:
    ref = hold(ben, room)
    with pytest.raises(TargetNotFound):
        report(amina, ref, TargetKind.HELD_MESSAGE)
    with pytest.raises(TargetNotFound):
        report(ben, ref, TargetKind.HELD_MESSAGE)


def test_what_is_gone_opens_no_case(ben: User, room: Room) -> None:
    ref = hold(ben, room)
    holding.release_held(held_id=ref, now=NOON)
    assert open_held_case(held_id=ref, hits=(), now=NOON) is None
    assert open_held_case(held_id="z" * 20, hits=(), now=NOON) is None
    with pytest.raises(TargetGone):
        get_target(TargetKind.HELD_MESSAGE).snapshot(ref=ref, after=0, now=NOON)
    assert Case.objects.count() == 0


def test_what_the_rules_noticed_orders_the_queue_and_changes_nothing_else(amina: User, ben: User, room: Room) -> None:
    cases = []
    for author, score in ((amina, 0.0), (ben, 9.0)):
        case = open_held_case(held_id=hold(author, room), hits=(), score=score, now=NOON)
        assert case is not None
        case.refresh_from_db()
        cases.append(case)
    mild, strong = cases
    assert strong.score - mild.score == pytest.approx(0.9)
    assert (strong.severity, strong.due_at, strong.reason) == (mild.severity, mild.due_at, mild.reason)
    rows = list_queue(staff=make_staff_member("Modo4"), wanted=Wanted(), now=LATER).rows
    assert [row.case.target_ref for row in rows] == [strong.target_ref, mild.target_ref]
    assert [share_of(value) for value in (-1.0, 0.0, 1.0, 9.0)] == [0.0, 0.0, 0.5, 0.9]
    assert share_of(1e9) <= 1.0


def test_the_score_of_the_verdict_comes_with_the_message(ben: User, room: Room) -> None:
    hold(ben, room, now=timezone.now())
    deliver_all()
    told = [row.payload for row in OutboxEvent.objects.filter(event="chat.MessageHeld")]
    assert [one["score"] for one in told] == [0.5], "what the marker of these tests says"


def test_what_only_the_words_of_its_room_hold_is_the_rooms(room: Room) -> None:
    def hit(key: str, outcome: str, room_id: int | None = None, *, kind: str = "TERMS", shadow: bool = False) -> dict[str, object]:
        rule = Rule.objects.create(key=key, title=key, kind=kind, topic=RuleTopic.ROOM, room_id=room_id, created_at=NOON)
        RuleVersion.objects.create(rule=rule, number=3, outcome=outcome, text="x", made_at=NOON)
        return {"rule_id": rule.pk, "version": 3, "shadow": shadow}

    words, house, asks = hit("mots", "HOLD", room.pk), hit("maison", "HOLD"), hit("demande", "NUDGE")
    trial, behaviour = hit("essai", "HOLD", shadow=True), hit("conduite", "SCORE", kind="BEHAVIOUR")
    assert not concerns_team(hits=[words])
    assert not concerns_team(hits=[words, asks, trial]), "what asks or is on trial holds nothing"
    assert concerns_team(hits=[words, house])
    assert concerns_team(hits=[words, behaviour])
    assert concerns_team(hits=[asks])
    assert concerns_team(hits=[])
    assert concerns_team(hits=[words | {"version": 2}]), "a wording that is gone cannot say whose it was"


def test_the_gravest_rule_that_is_in_force_gives_the_reason() -> None:
    threat = Rule.objects.create(key="menaces", title="Menaces", kind="TERMS", topic=RuleTopic.THREAT, created_at=NOON)
    insult = Rule.objects.create(key="insultes", title="Insultes", kind="TERMS", topic=RuleTopic.INSULT, created_at=NOON)
    hits = [{"rule_id": rule.pk, "shadow": False} for rule in (insult, threat)]
    assert (reason_of(hits=hits), reason_of(hits=[]), reason_of(hits=hits[:1])) == (Reason.THREAT, Reason.OTHER, Reason.HARASSMENT)
    assert reason_of(hits=[hits[0], {"rule_id": threat.pk, "shadow": True}]) == Reason.HARASSMENT


def test_rules_are_told_what_they_found_and_what_became_of_it(ben: User, room: Room, marker: Marker) -> None:
    rule = Rule.objects.create(pk=HIT.rule_id, key="essai", title="Essai", kind="TERMS", topic=RuleTopic.THREAT, created_at=NOON)
    trial = Rule.objects.create(pk=SHADOW.rule_id, key="ombre", title="Ombre", kind="TERMS", topic=RuleTopic.THREAT, created_at=NOON)
    for one, number in ((rule, HIT.version), (trial, SHADOW.version)):
        RuleVersion.objects.create(rule=one, number=number, outcome="HOLD", text="x", made_at=NOON)
    now = timezone.now()
    ref = hold(ben, room, now=now)
    sent = say(ben, room, "vu [shadow]", now=now)
    deliver_all()
    assert Case.objects.get().reason == Reason.THREAT
    rows = {hit.ref: (hit.version.rule_id, hit.held, hit.shadow, hit.fate) for hit in RuleHit.objects.select_related("version")}
    assert rows == {ref: (HIT.rule_id, True, False, ""), str(sent.seq): (SHADOW.rule_id, False, True, "")}
    holding.release_held(held_id=ref, now=now)
    deliver_all()
    assert RuleHit.objects.get(ref=ref).fate == "RELEASED"


def test_the_outbox_opens_and_closes_it(ben: User, room: Room) -> None:
    now = timezone.now()
    ref = hold(ben, room, now=now)
    deliver_all()
    case = Case.objects.get()
    assert (case.target_ref, case.state) == (ref, CaseState.OPEN)
    somebody = make_staff_member("Modo3", StaffRole.MODERATOR).user
    join(somebody, room, role="MODERATOR", now=now)
    holding.release_held(held_id=ref, by=get_moderator_seat(user=somebody, slug=room.slug, now=now), now=now)
    deliver_all()
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED


def test_what_a_tool_of_the_room_keeps_back_is_the_rooms(ben: User, room: Room) -> None:
    from chat.services.rooms import change_room

    now = timezone.now()
    head = make_staff_member("Modo3", StaffRole.MODERATOR).user
    join(head, room, role="MODERATOR", now=now)
    change_room(user=head, slug=room.slug, changes={"hold_first": True}, now=now)
    with pytest.raises(Held):
        say(ben, room, "bonjour", now=now)
    deliver_all()
    assert Case.objects.count() == 0
