"""A request of an authority from its receipt on: every step in its order, every refusal, nobody alone, nobody in their own matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services.people import create_confirmed_person
from accounts.tests.factories import NOON, make_user
from core.models import AuditEntry
from moderation.courts.gate import Facts, Gated, Refused
from moderation.courts.terms import Channel, DataCategory, FormalReason, IdentifierKind, RequestKind, RequestState
from moderation.models import LegalHold, LegalRequest, LegalSubject, StaffProfile
from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove
from moderation.services.holds import NotOnDesk
from moderation.services.registering import ConcernsYou, RequestInvalid, open_given
from moderation.services.requests import (
    CallBackNotPublic,
    CounselMissing,
    NotPreserved,
    SamePerson,
    WrongStep,
    agree_release,
    ask_release,
    authenticate_request,
    close_request,
    collect_request,
    note_counsel,
    preserve_request,
    refusal_form,
    refuse_formal,
    ring_deadlines,
    scope_request,
)
from moderation.tests.courts import BOTH, GRAVE, call_back, collected, desk, named, new, register
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db
Notification = apps.get_model("notifications", "Notification")


def noted(request: LegalRequest) -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(object_ref=request.public_id).order_by("seq")
    return list(rows.values_list("action", "handle"))


# ---- Taken in -----------------------------------------------------------------------------------------------------------------


def test_a_request_is_taken_in_and_whom_it_names_lies_sealed(lea: StaffProfile, ben: User) -> None:
    request = register(lea, ben)
    assert (request.state, request.deadline_at, request.asked) == ("RECEIVED", NOON + timedelta(hours=72), list(BOTH))
    assert request.facts == GRAVE
    row = LegalSubject.objects.get()
    assert row.user_id == ben.pk
    assert ben.public_id.encode() not in bytes(row.given)
    assert open_given(request=request) == [(row, ben.public_id)]
    assert noted(request) == [("legal.register", lea.handle)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"authority": " \u200b"}, "authority"),
        ({"agent": ""}, "agent"),
        ({"file_numbers": ""}, "file_numbers"),
        ({"legal_basis": ""}, "legal_basis"),
        ({"received_at": NOON + timedelta(seconds=1)}, "received_at"),
        ({"subjects": []}, "subjects"),
    ],
)
def test_what_is_missing_is_named(lea: StaffProfile, ben: User, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RequestInvalid) as found:
        register(lea, ben, **changes)
    assert found.value.field == field
    assert LegalRequest.objects.count() == 0


def test_a_person_is_named_for_a_time_that_can_be(lea: StaffProfile, ben: User) -> None:
    for wrong in ({"until_at": NOON - timedelta(days=1)}, {"from_at": NOON - timedelta(days=9999)}):
        with pytest.raises(RequestInvalid) as found:
            register(lea, subjects=[named(ben, **wrong)])
        assert found.value.field == "period"
    with pytest.raises(RequestInvalid) as found:
        register(lea, subjects=[named(ben, given="  ")])
    assert found.value.field == "given"
    with pytest.raises(RequestInvalid) as found:
        register(lea, subjects=[named(ben)] * 51)
    assert found.value.field == "subjects"


def test_what_the_gate_shuts_cannot_be_asked_for(lea: StaffProfile, ben: User) -> None:
    with pytest.raises(Gated) as found:
        register(lea, ben, categories=[DataCategory.SUBSCRIBER, DataCategory.CONTENT])
    assert found.value.refusals == {DataCategory.CONTENT: Refused.NO_JUDGE}
    with pytest.raises(Gated):
        register(lea, ben, facts=replace(GRAVE, gate_case=None))
    assert LegalRequest.objects.count() == 0


def test_only_the_desk_takes_requests_in(ben: User) -> None:
    for outsider in (make_staff_member("Modo7"),):
        with pytest.raises(NotOnDesk):
            register(outsider, ben)


def test_nobody_takes_in_what_names_themselves(lea: StaffProfile) -> None:
    with pytest.raises(ConcernsYou):
        register(lea, lea.user)
    assert LegalRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "given"),
    [(IdentifierKind.PSEUDONYM, "Ben"), (IdentifierKind.EMAIL, "BEN@example.org"), (IdentifierKind.PSEUDONYM, "ben")],
)
def test_people_are_found_by_what_they_are_called(lea: StaffProfile, ben: User, kind: IdentifierKind, given: str) -> None:
    register(lea, subjects=[named(ben, kind=kind, given=given)])
    assert LegalSubject.objects.get().user_id == ben.pk


def test_nobody_is_guessed(lea: StaffProfile, ben: User) -> None:
    before = named(ben, kind=IdentifierKind.PSEUDONYM, given="Ben", from_at=NOON - timedelta(days=9), until_at=NOON - timedelta(days=8))
    nobody = named(ben, kind=IdentifierKind.EMAIL, given="nobody@example.org")
    register(lea, subjects=[before, nobody])
    assert list(LegalSubject.objects.values_list("user_id", flat=True)) == [None, None]


# ---- Authenticated ------------------------------------------------------------------------------------------------------------


def test_one_call_to_a_directory_is_enough_for_a_plain_request(lea: StaffProfile, ben: User) -> None:
    request = call_back(register(lea, ben), lea)
    assert request.state == RequestState.AUTHENTICATED
    assert request.authentication == "annuaire.justice.fr, 04 72 60 70 12, greffe, Mme R."
    with pytest.raises(WrongStep):
        call_back(request, desk("Modo3"))


@pytest.mark.parametrize("number", ["04 00 00 00 99", "+33 4 00 00 00 99", "0033-400000099"])
def test_the_number_that_the_request_gives_is_not_called(lea: StaffProfile, ben: User, number: str) -> None:
    request = register(lea, ben)
    with pytest.raises(CallBackNotPublic):
        call_back(request, lea, number=number)
    for empty in ("directory", "number", "answered_by"):
        words = {"directory": "annuaire", "number": "04 72 60 70 12", "answered_by": "greffe"} | {empty: " "}
        with pytest.raises(CallBackNotPublic):
            authenticate_request(request=request, by=lea, now=NOON, **words)
    assert LegalRequest.objects.get().state == RequestState.RECEIVED


def test_an_emergency_wakes_the_desk_and_takes_two_calls(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    """A forged emergency is how data are stolen: one person who was taken in must not be enough."""
    make_staff_member("Modo8")  # a moderator hears nothing
    request = register(lea, ben, emergency=True)
    assert request.deadline_at == NOON + timedelta(hours=1)
    told = Notification.objects.order_by("user_id").values_list("user_id", "kind")
    assert list(told) == [(lea.user_id, "LEGAL_EMERGENCY"), (sam.user_id, "LEGAL_EMERGENCY")]
    call_back(request, lea)
    assert request.state == RequestState.RECEIVED
    with pytest.raises(WrongStep):
        scope_request(request=request, categories=BOTH, by=lea, now=NOON)
    with pytest.raises(SamePerson):
        call_back(request, lea)
    with pytest.raises(IntegrityError), transaction.atomic():
        LegalRequest.objects.update(confirmed_by=lea)
    assert call_back(request, sam).state == RequestState.AUTHENTICATED
    assert noted(request) == [("legal.register", lea.handle), ("legal.authenticate", lea.handle), ("legal.confirm", sam.handle)]


@pytest.mark.parametrize(
    ("sender", "twice"),
    [
        ("n.martin@interieur.gouv.fr", False),
        ("greffe@justice.fr", False),
        ("n.martin@gmail.com", True),
        ("n.martin@interieur-gouv.fr", True),
        ("n.martin@gouv.fr.evil.example", True),
        ("n.martin@evilgouv.fr", True),
        ("", True),
    ],
)
def test_a_letter_from_elsewhere_takes_two_calls(lea: StaffProfile, sam: StaffProfile, ben: User, sender: str, twice: bool) -> None:
    request = call_back(register(lea, ben, channel=Channel.EMAIL, sender=sender), lea)
    assert (request.state == RequestState.RECEIVED) is twice
    if twice:
        assert call_back(request, sam).state == RequestState.AUTHENTICATED


# ---- Delimited and gathered ---------------------------------------------------------------------------------------------------


def test_no_more_is_answered_than_was_asked(lea: StaffProfile, ben: User) -> None:
    request = call_back(register(lea, ben, facts=replace(GRAVE, judge=True), categories=[DataCategory.SUBSCRIBER]), lea)
    for wrong in ([], [DataCategory.CONTENT], [DataCategory.SUBSCRIBER, DataCategory.TRAFFIC]):
        with pytest.raises(RequestInvalid):
            scope_request(request=request, categories=wrong, by=lea, now=NOON)
    scope_request(request=request, categories=[DataCategory.SUBSCRIBER], by=lea, now=NOON)
    assert (request.state, request.categories) == ("SCOPED", "SUBSCRIBER")


def test_steps_cannot_be_left_out(lea: StaffProfile, ben: User) -> None:
    request = register(lea, ben)
    early: list[Callable[[], object]] = [
        lambda: scope_request(request=request, categories=BOTH, by=lea, now=NOON),
        lambda: collect_request(request=request, by=lea, now=NOON),
        lambda: ask_release(request=request, by=lea, reason="vu", now=NOON),
        lambda: close_request(request=request, receipt="reçu", by=lea, now=NOON),
    ]
    for step in early:
        with pytest.raises(WrongStep):
            step()
    assert LegalRequest.objects.get().state == RequestState.RECEIVED


def test_somebody_protected_waits_for_counsel(lea: StaffProfile, ben: User) -> None:
    request = call_back(register(lea, ben, protected=True), lea)
    scope_request(request=request, categories=BOTH, by=lea, now=NOON)
    with pytest.raises(CounselMissing):
        collect_request(request=request, by=lea, now=NOON)
    with pytest.raises(RequestInvalid):
        note_counsel(request=request, by=lea, words="", now=NOON)
    note_counsel(request=request, by=lea, words="Me D. : le juge a motivé", now=NOON)
    assert collect_request(request=request, by=lea, now=NOON).state == RequestState.COLLECTED


# ---- Two persons --------------------------------------------------------------------------------------------------------------


def test_one_asks_another_agrees(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = collected(lea, ben)
    with pytest.raises(ApprovalReasonMissing):
        ask_release(request=request, by=lea, reason=" ", now=NOON)
    asked = ask_release(request=request, by=lea, reason="conforme", now=NOON)
    with pytest.raises(NotYoursToApprove):
        agree_release(request=request, approval=asked, by=lea, reason="conforme", now=NOON)
    with pytest.raises(NotApproved):
        agree_release(request=request, approval=asked, by=sam, reason="relu", now=NOON + timedelta(hours=24))
    assert LegalRequest.objects.get().state == RequestState.COLLECTED
    assert agree_release(request=request, approval=asked, by=sam, reason="relu", now=NOON).state == RequestState.APPROVED


def test_an_agreement_to_one_request_is_none_to_another(lea: StaffProfile, sam: StaffProfile, ben: User, amina: User) -> None:
    one, other = collected(lea, ben), collected(lea, amina)
    asked = ask_release(request=one, by=lea, reason="conforme", now=NOON)
    with pytest.raises(WrongStep):
        agree_release(request=other, approval=asked, by=sam, reason="relu", now=NOON)


def test_whom_a_request_names_touches_it_at_no_step(lea: StaffProfile, sam: StaffProfile) -> None:
    request = collected(lea, sam.user)
    asked = ask_release(request=request, by=lea, reason="conforme", now=NOON)
    deeds: list[Callable[[], object]] = [
        lambda: call_back(request, sam),
        lambda: scope_request(request=request, categories=BOTH, by=sam, now=NOON),
        lambda: collect_request(request=request, by=sam, now=NOON),
        lambda: note_counsel(request=request, by=sam, words="rien", now=NOON),
        lambda: ask_release(request=request, by=sam, reason="moi", now=NOON),
        lambda: agree_release(request=request, approval=asked, by=sam, reason="moi", now=NOON),
        lambda: refuse_formal(request=request, reason=FormalReason.UNCLEAR, words="non", by=sam, now=NOON),
        lambda: preserve_request(request=request, by=sam, now=NOON),
        lambda: close_request(request=request, receipt="clos", by=sam, now=NOON),
    ]
    for deed in deeds:
        with pytest.raises(ConcernsYou):
            deed()


def test_outsiders_of_the_team_touch_it_at_no_step(lea: StaffProfile, ben: User) -> None:
    request, mod = collected(lea, ben), make_staff_member("Modo9")
    asked = ask_release(request=request, by=lea, reason="conforme", now=NOON)
    deeds: list[Callable[[], object]] = [
        lambda: call_back(request, mod),
        lambda: scope_request(request=request, categories=BOTH, by=mod, now=NOON),
        lambda: collect_request(request=request, by=mod, now=NOON),
        lambda: ask_release(request=request, by=mod, reason="moi", now=NOON),
        lambda: agree_release(request=request, approval=asked, by=mod, reason="moi", now=NOON),
        lambda: refuse_formal(request=request, reason=FormalReason.UNCLEAR, words="non", by=mod, now=NOON),
        lambda: close_request(request=request, receipt="clos", by=mod, now=NOON),
    ]
    for deed in deeds:
        with pytest.raises(NotOnDesk):
            deed()


# ---- Refused, preserved, closed -----------------------------------------------------------------------------------------------


def test_a_refusal_says_why_and_ends_the_request(lea: StaffProfile, ben: User) -> None:
    request = register(lea, ben)
    with pytest.raises(RequestInvalid):
        refuse_formal(request=request, reason=FormalReason.UNCLEAR, words=" ", by=lea, now=NOON)
    refuse_formal(request=request, reason=FormalReason.UNCLEAR, words="deux personnes ont porté ce nom", by=lea, now=NOON)
    assert (request.state, request.refusal, request.answered_at) == ("REFUSED_FORMAL", "UNCLEAR", NOON)
    assert refusal_form(request=request, addressee="Resaka", now=NOON) is None
    with pytest.raises(WrongStep):
        refuse_formal(request=request, reason=FormalReason.GATE, words="encore", by=lea, now=NOON)
    with pytest.raises(WrongStep):
        call_back(request, lea)


EPOC = Facts(RequestKind.EPOC, "fraud", penalty_months=36, judge=True)


def test_a_refused_epoc_has_its_form_and_its_data_stay_frozen(lea: StaffProfile, ben: User) -> None:
    request = register(lea, ben, facts=EPOC)
    assert request.deadline_at == NOON + timedelta(days=10)
    assert LegalHold.objects.get().request == request  # before anybody has called anybody: to freeze harms nobody
    refuse_formal(request=request, reason=FormalReason.INCOMPLETE, words="section F is empty", by=lea, now=NOON)
    form = refusal_form(request=request, addressee="Resaka SAS", now=NOON)
    assert form is not None
    assert form.lines() == [
        f"A. EPOC, PV 2026/1234, received {NOON:%FT%TZ}",
        "B. Parquet de Lyon",
        "C. Resaka SAS",
        "D. incomplete",
        "E. section F is empty",
        "F. data preserved: yes",
    ]


def test_an_order_to_preserve_is_answered_by_a_hold(lea: StaffProfile, ben: User) -> None:
    request = call_back(register(lea, ben, facts=Facts(RequestKind.EPOC_PR, "fraud", judge=True), categories=[]), lea)
    hold = LegalHold.objects.get()
    assert hold.until_at == NOON + timedelta(days=60)
    assert preserve_request(request=request, by=lea, now=NOON).state == RequestState.PRESERVED
    assert close_request(request=request, receipt="AR 77", by=lea, now=NOON).closed_at == NOON


def test_nothing_is_said_to_be_preserved_that_is_not(lea: StaffProfile, ben: User) -> None:
    nobody = named(ben, kind=IdentifierKind.EMAIL, given="nobody@example.org")
    facts = Facts(RequestKind.EPOC_PR, "fraud", judge=True)
    request = call_back(register(lea, facts=facts, categories=[], subjects=[nobody]), lea)
    with pytest.raises(NotPreserved):
        preserve_request(request=request, by=lea, now=NOON)


def test_an_order_to_act_names_nobody_and_ends_with_what_was_done(lea: StaffProfile) -> None:
    request = register(lea, facts=Facts(RequestKind.ADMIN_REMOVAL), categories=[], terrorist=True)
    assert request.deadline_at == NOON + timedelta(hours=1)
    with pytest.raises(WrongStep):
        close_request(request=request, receipt="retiré", by=lea, now=NOON)
    call_back(request, lea)
    with pytest.raises(RequestInvalid):
        close_request(request=request, receipt=" ", by=lea, now=NOON)
    close_request(request=request, receipt="retiré à 12 h 10", by=lea, now=NOON)
    assert (request.state, request.answered_at) == ("CLOSED", NOON)


# ---- Alarms -------------------------------------------------------------------------------------------------------------------


def test_the_desk_is_woken_once_for_each_hour_that_counts(lea: StaffProfile, ben: User) -> None:
    register(lea, ben, facts=EPOC)
    day = timedelta(days=1)
    rung = [ring_deadlines(now=NOON + at) for at in (2 * day, 3 * day, 3 * day, 9 * day, 9 * day, 10 * day, 11 * day)]
    assert rung == [0, 1, 0, 1, 0, 1, 0]
    assert Notification.objects.filter(kind="LEGAL_DEADLINE").count() == 3


def test_an_answered_request_wakes_nobody(lea: StaffProfile, ben: User) -> None:
    refuse_formal(request=register(lea, ben), reason=FormalReason.UNCLEAR, words="flou", by=lea, now=NOON)
    assert ring_deadlines(now=NOON + timedelta(days=30)) == 0


def test_a_person_may_be_found_later(lea: StaffProfile) -> None:
    later = create_confirmed_person(pseudonym="Toky", email="toky@example.org", now=NOON)
    row = named(later, kind=IdentifierKind.EMAIL, given="vola@example.org")
    request = call_back(register(lea, subjects=[row]), lea)
    assert LegalSubject.objects.get().user_id is None
    vola = make_user("Vola", email="vola@example.org")
    scope_request(request=request, categories=BOTH, by=lea, now=NOON)
    assert LegalSubject.objects.get().user_id == vola.pk
    assert new().subjects == []
