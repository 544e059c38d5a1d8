"""Refusing: on a ground of the law, by two people, with an answer; and what a refused restriction becomes."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import close_old_connections, connection, connections

from accounts.models import User
from accounts.tests.factories import NOON
from core import audit
from core.models import AuditEntry
from moderation.enums import StaffRole
from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove
from moderation.tests.factories import make_staff_member
from privacy.enums import RefusalGround, RequestKind, RequestState
from privacy.models import DataRequest
from privacy.queries.requests import find_refusal
from privacy.reasons import REASONS, grounds_for
from privacy.services.desk import open_request
from privacy.services.refusals import TOLD_BEFORE, GroundUnknown, RefusalWaits, may_refuse, propose_refusal, refuse_request
from privacy.services.requests import RequestOver, WordsMissing, close_request, withdraw_request
from privacy.services.restrictions import end_restrictions
from privacy.tests.asking import asked, notices

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ANSWER = "Votre pièce et votre profil disent la même année."


def propose(request: DataRequest, by: Any, *, ground: str = "ACCURATE", words: str = ANSWER, at: Any = NOON) -> Any:
    return propose_refusal(request=request, ground=ground, words=words, by=by, reason="vérifié", now=at)


def refuse(request: DataRequest, first: Any, second: Any, *, ground: str = "ACCURATE", at: Any = NOON) -> None:
    approval = propose(request, first, ground=ground, at=at)
    refuse_request(request=request, approval=approval, by=second, reason="relu", now=at)


# ---- The list of grounds ------------------------------------------------------------------------------------------------------


def test_every_ground_has_its_article_its_words_and_a_right() -> None:
    assert set(REASONS) == set(RefusalGround)
    for reason in REASONS.values():
        assert reason.kinds
        assert reason.article[0].isdigit()
        assert str(reason.words).endswith(".")
    assert len({str(reason.words) for reason in REASONS.values()}) == len(REASONS)


@pytest.mark.parametrize("kind", list(RequestKind))
def test_every_right_can_be_refused_on_the_general_grounds_and_on_its_own(kind: RequestKind) -> None:
    general = {RefusalGround.UNFOUNDED, RefusalGround.EXCESSIVE, RefusalGround.UNIDENTIFIED}
    assert general < set(grounds_for(kind))


# ---- Two people ---------------------------------------------------------------------------------------------------------------


def test_one_proposes_the_second_refuses_and_the_person_reads_why(amina: User, dora: Any, dino: Any) -> None:
    made = asked(amina)
    approval = propose(made, dora)
    made.refresh_from_db()
    assert (made.state, made.is_open, made.refusal_ground) == (RequestState.RECEIVED, True, "ACCURATE")
    assert [kind for kind, _path in notices(amina)] == ["DATA_REQUEST_RECEIVED"]  # nothing is told before the second
    refuse_request(request=made, approval=approval, by=dino, reason="relu", now=NOON + DAY - SECOND)
    assert (made.state, made.closed_at, made.handled_by, made.open_key) == (RequestState.REFUSED, NOON + DAY - SECOND, dino, None)
    assert open_request(made).answer == ANSWER
    assert notices(amina)[-1] == ("DATA_REQUEST_ANSWERED", f"/account/data/requests/{made.public_id}/")
    rows = AuditEntry.objects.filter(object_ref=made.public_id).order_by("seq").values_list("action", "handle", "reason")
    assert list(rows) == [
        ("request.ask", "", "RECTIFICATION BIRTH_YEAR"),
        ("request.propose_refusal", dora.handle, "ACCURATE"),
        ("approval.ask", dora.handle, "vérifié"),
        ("approval.agree", dino.handle, "relu"),
        ("request.refuse", dino.handle, "ACCURATE"),
    ]
    assert audit.verify().holds


def test_nobody_refuses_alone_and_no_other_role_does(amina: User, dora: Any) -> None:
    made = asked(amina)
    approval = propose(made, dora)
    others = (dora, make_staff_member("Modo7", StaffRole.LEGAL_DESK), make_staff_member("Modo8", StaffRole.AUDITOR))
    for other in others:
        with pytest.raises(NotYoursToApprove):
            refuse_request(request=made, approval=approval, by=other, reason="vite", now=NOON)
    with pytest.raises(NotYoursToApprove):
        propose(asked(amina, RequestKind.OBJECTION), others[1], ground="COMPELLING")
    made.refresh_from_db()
    assert made.is_open
    assert DataRequest.objects.get(kind=RequestKind.OBJECTION).answer is None  # all of the proposal or nothing


def test_somebody_of_the_team_refuses_nothing_of_their_own(dora: Any, dino: Any) -> None:
    made = asked(dino.user)
    approval = propose(made, dora)
    with pytest.raises(NotYoursToApprove):
        refuse_request(request=made, approval=approval, by=dino, reason="la mienne", now=NOON)
    made.refresh_from_db()
    assert made.is_open


def test_what_waits_for_the_second_is_not_changed_under_their_eyes(amina: User, dora: Any, dino: Any) -> None:
    made = asked(amina)
    propose(made, dora)
    with pytest.raises(RefusalWaits):
        propose(made, dora, ground="UNFOUNDED", words="tout autre chose ici")
    made.refresh_from_db()
    assert (made.refusal_ground, open_request(made).answer) == ("ACCURATE", ANSWER)
    late = NOON + DAY
    assert find_refusal(request=made, now=late) is None
    second = propose(made, dino, ground="UNFOUNDED", words="après un jour, autrement", at=late)
    made.refresh_from_db()
    assert (made.refusal_ground, open_request(made).answer) == ("UNFOUNDED", "après un jour, autrement")
    refuse_request(request=made, approval=second, by=dora, reason="relu", now=late)
    assert made.state == RequestState.REFUSED


def test_an_agreement_that_is_late_or_without_a_reason_refuses_nothing(amina: User, dora: Any, dino: Any) -> None:
    made = asked(amina)
    approval = propose(made, dora)
    with pytest.raises(ApprovalReasonMissing):
        refuse_request(request=made, approval=approval, by=dino, reason=" ", now=NOON)
    with pytest.raises(NotApproved):
        refuse_request(request=made, approval=approval, by=dino, reason="relu", now=NOON + DAY)
    made.refresh_from_db()
    assert made.is_open
    approval.refresh_from_db()
    assert approval.approved_at is None


def test_what_was_answered_or_taken_back_meanwhile_is_not_refused(amina: User, ben: User, dora: Any, dino: Any) -> None:
    answered, withdrawn = asked(amina), asked(ben)
    waiting = [(one, propose(one, dora)) for one in (answered, withdrawn)]
    close_request(request=answered, words="C’était juste : corrigé.", by=dora, now=NOON)
    withdraw_request(request=withdrawn, now=NOON)
    for one, approval in waiting:
        with pytest.raises(RequestOver):
            refuse_request(request=one, approval=approval, by=dino, reason="relu", now=NOON)
        approval.refresh_from_db()
        assert approval.used_at is None
    assert set(DataRequest.objects.values_list("state", flat=True)) == {"DONE", "WITHDRAWN"}
    assert open_request(answered).answer == "C’était juste : corrigé."


@pytest.mark.parametrize("ground", ["", "NOTHING", "LEGAL_OBLIGATION", "COMPELLING"])
def test_a_ground_of_another_right_is_none(amina: User, dora: Any, ground: str) -> None:
    made = asked(amina)
    with pytest.raises(GroundUnknown):
        propose(made, dora, ground=ground)
    with pytest.raises(WordsMissing):
        propose(made, dora, words="non. ")
    made.refresh_from_db()
    assert (made.refusal_ground, made.answer) == ("", None)
    assert apps.get_model("moderation", "SecondApproval").objects.count() == 0


@pytest.mark.parametrize("kind", [RequestKind.EXPORT, RequestKind.ERASURE])
def test_what_the_house_has_begun_to_do_is_not_refused(amina: User, dora: Any, kind: RequestKind) -> None:
    made = asked(amina, kind)
    assert may_refuse(made)
    DataRequest.objects.filter(pk=made.pk).update(state=RequestState.RUNNING)
    made.refresh_from_db()
    assert not may_refuse(made)
    with pytest.raises(RequestOver):
        propose(made, dora, ground="UNFOUNDED")


def test_of_a_proposal_nothing_is_left_when_the_request_ends_otherwise(amina: User, ben: User, dora: Any) -> None:
    withdrawn, cut, answered = asked(amina), asked(amina, RequestKind.EXPORT), asked(ben)
    for one, ground in ((withdrawn, "ACCURATE"), (cut, "OTHERS_RIGHTS"), (answered, "ACCURATE")):
        propose(one, dora, ground=ground)
    withdraw_request(request=withdrawn, now=NOON)
    asked(amina, RequestKind.ERASURE)
    close_request(request=answered, words="C’était juste : corrigé.", by=dora, now=NOON)
    for one in (withdrawn, cut, answered):
        one.refresh_from_db()
    assert [(one.state, one.refusal_ground) for one in (withdrawn, cut, answered)] == [("WITHDRAWN", ""), ("WITHDRAWN", ""), ("DONE", "")]
    assert [open_request(one).answer for one in (withdrawn, cut, answered)] == ["", "", "C’était juste : corrigé."]


def test_what_begins_between_the_two_is_not_refused(amina: User, dora: Any, dino: Any) -> None:
    made = asked(amina, RequestKind.ERASURE)
    approval = propose(made, dora, ground="UNFOUNDED")
    DataRequest.objects.filter(pk=made.pk).update(state=RequestState.RUNNING, next_step="ACCESS")
    with pytest.raises(RequestOver):
        refuse_request(request=made, approval=approval, by=dino, reason="relu", now=NOON)
    made.refresh_from_db()
    assert (made.state, made.next_step) == (RequestState.RUNNING, "ACCESS")
    approval.refresh_from_db()
    assert approval.approved_at is None


@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time")
@pytest.mark.django_db(transaction=True)
def test_of_two_proposals_of_the_same_moment_one_stands(amina: User, dora: Any, dino: Any) -> None:
    made, start, found = asked(amina), threading.Barrier(2), []

    def run(by: Any, words: str) -> None:
        start.wait(10)
        try:
            propose(DataRequest.objects.get(pk=made.pk), by, words=words)
            found.append(words)
        except RefusalWaits:
            found.append("")
        connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in ((dora, "la première des réponses"), (dino, "la seconde des réponses"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    close_old_connections()
    made.refresh_from_db()
    assert sorted(found) == ["", open_request(made).answer]


# ---- A refused restriction ----------------------------------------------------------------------------------------------------


def test_a_refused_restriction_ends_a_week_after_its_person_was_told(amina: User, dora: Any, dino: Any) -> None:
    made = asked(amina, RequestKind.RESTRICTION)
    refuse(made, dora, dino, ground="NO_GROUND", at=NOON + DAY)
    end = NOON + DAY + TOLD_BEFORE
    assert made.ends_at == end
    assert [kind for kind, _path in notices(amina)][-2:] == ["DATA_REQUEST_ANSWERED", "LIMITS_ENDING"]
    assert end_restrictions(now=end - SECOND) == 0
    amina.refresh_from_db()
    assert amina.restricted_at == NOON
    assert end_restrictions(now=end) == 1
    assert User.objects.get(pk=amina.pk).restricted_at is None
    assert AuditEntry.objects.filter(object_ref=made.public_id).latest("seq").action == "request.limits_end"
    assert end_restrictions(now=end) == 0


def test_who_asked_for_another_restriction_since_keeps_it(amina: User, dora: Any, dino: Any) -> None:
    refuse(asked(amina, RequestKind.RESTRICTION), dora, dino, ground="NO_GROUND")
    asked(amina, RequestKind.RESTRICTION, now=NOON + DAY)
    assert end_restrictions(now=NOON + 60 * DAY) == 0
    amina.refresh_from_db()
    assert amina.restricted_at == NOON
