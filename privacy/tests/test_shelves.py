"""The shelves of the matrix that this floor added: exactly what is due goes, in the way that its kind asks for."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session

from accounts.enums import ConsentPurpose, UserStatus
from accounts.models import AgeAssertion, Consent, LoginSession, Profile, PseudonymHistory, User
from accounts.services.closure import begin_closing
from accounts.services.pseudonyms import PseudonymTaken, check_pseudonym
from accounts.tests.factories import NOON, make_user
from core.audit import verify
from core.models import AuditEntry, DataKey, OutboxEvent
from core.routers import KEYS
from privacy.enums import RequestKind
from privacy.models import DataRequest, DeletionRecord
from privacy.services.purge import close_accounts, purge_due
from privacy.services.requests import close_request
from privacy.tests.asking import asked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FIVE_YEARS = 1826 * DAY
Payment = apps.get_model("billing", "Payment")
TopUp = apps.get_model("billing", "TopUp")
KeptAccount = apps.get_model("accounts", "KeptAccount")


def close(user: User, *, law: str = "FR", at: Any = NOON) -> None:
    User.objects.filter(pk=user.pk).update(status=UserStatus.CLOSED, closed_at=at, jurisdiction=law)


def done(code: str, *, now: Any = NOON) -> int:
    return purge_due(now=now).get(code, 0)


# ---- Accounts -----------------------------------------------------------------------------------------------------------------


def test_closing_sets_the_clock_of_what_the_law_keeps(amina: User, settings: Any) -> None:
    settings.CLOSURE_GRACE = 0
    begin_closing(user=amina, now=NOON)
    assert User.objects.get(pk=amina.pk).closed_at is None
    assert close_accounts(now=NOON + SECOND) == 1
    assert User.objects.get(pk=amina.pk).closed_at == NOON + SECOND


def test_whose_a_name_was_is_forgotten_after_a_year_and_then_the_name(amina: User) -> None:
    PseudonymHistory.objects.filter(user=amina).update(to_at=NOON)
    close(amina)
    assert done("ACCOUNT_OTHER", now=NOON + 365 * DAY - SECOND) == 0
    assert done("ACCOUNT_OTHER", now=NOON + 365 * DAY) == 2  # its wearer, and in the next breath the name
    assert PseudonymHistory.objects.count() == 0


def test_under_malagasy_law_the_wearer_goes_at_once_and_the_name_stays_nobodys_for_a_year(amina: User) -> None:
    Profile.objects.filter(user=amina).delete()
    User.objects.filter(pk=amina.pk).update(username="~x")
    PseudonymHistory.objects.filter(user=amina).update(to_at=NOON)
    close(amina, law="MG")
    assert done("ACCOUNT_OTHER") == 1
    assert PseudonymHistory.objects.get().user is None
    with pytest.raises(PseudonymTaken):
        check_pseudonym(text="Amina", now=NOON + DAY)
    assert done("ACCOUNT_OTHER", now=NOON + 365 * DAY) == 1
    assert check_pseudonym(text="Amina", now=NOON + 366 * DAY).shown == "Amina"


def test_the_sealed_names_of_an_erased_account_go_after_a_year(amina: User, ben: User) -> None:
    for person, at in ((amina, NOON), (ben, NOON + DAY)):
        KeptAccount.objects.create(user=person, blob=b"x", closed_at=at)
        close(person, at=at)
    purge_due(now=NOON + 365 * DAY)
    assert list(KeptAccount.objects.values_list("user__username", flat=True)) == ["ben"]


def test_what_closing_should_have_deleted_is_found_and_deleted(amina: User, ben: User) -> None:
    close(amina)
    found = purge_due(now=NOON)
    assert (found["PROFILE"], found["AGE_ASSERTION"]) == (1, 1)
    assert list(Profile.objects.values_list("user__username", flat=True)) == ["ben"]
    assert list(AgeAssertion.objects.values_list("user__username", flat=True)) == ["ben"]


def test_sessions_that_are_over_go_with_their_log_ins(amina: User) -> None:
    for key, ends in (("over", NOON), ("alive", NOON + SECOND)):
        Session.objects.create(session_key=key, session_data="x", expire_date=ends)
        LoginSession.objects.create(user=amina, session_key=key, started_at=NOON - DAY)
    LoginSession.objects.create(user=amina, session_key="fresh", started_at=NOON - timedelta(minutes=59))  # not written yet
    assert done("SESSION") == 2
    assert set(Session.objects.values_list("session_key", flat=True)) == {"alive"}
    assert set(LoginSession.objects.values_list("session_key", flat=True)) == {"alive", "fresh"}


def consent(user: User, *, withdrawn: Any = None, purpose: str = ConsentPurpose.ART9_SENSITIVE_ROOMS) -> None:
    given = {"version": "1.0", "text_sha256": "0" * 64, "language": "fr", "given_at": NOON - 9 * DAY, "channel": "PAGE"}
    Consent.objects.create(user=user, purpose=purpose, withdrawn_at=withdrawn, **given)


def test_a_consent_is_proven_for_five_years_after_its_end_however_it_ended(amina: User, ben: User, carol: User) -> None:
    Consent.objects.all().delete()
    consent(amina, withdrawn=NOON)
    consent(ben)
    close(ben)
    consent(carol)  # stands
    assert done("CONSENT", now=NOON + FIVE_YEARS - SECOND) == 0
    assert done("CONSENT", now=NOON + FIVE_YEARS) == 2
    assert list(Consent.objects.values_list("user__username", flat=True)) == ["carol"]


# ---- Requests -----------------------------------------------------------------------------------------------------------------


def test_a_request_goes_five_years_after_its_end_with_its_key(
    amina: User, ben: User, dora: Any, django_capture_on_commit_callbacks: Any
) -> None:
    gone, open_one = asked(amina), asked(ben)
    close_request(request=gone, words="C’est corrigé.", by=dora, now=NOON)
    assert done("DATA_REQUEST", now=NOON + FIVE_YEARS - SECOND) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert done("DATA_REQUEST", now=NOON + FIVE_YEARS) == 1
    assert list(DataRequest.objects.values_list("pk", flat=True)) == [open_one.pk]
    scopes = DataKey.objects.using(KEYS).filter(scope__startswith="request:").values_list("scope", flat=True)
    assert set(scopes) == {open_one.scope}
    assert DeletionRecord.objects.get(code="DATA_REQUEST").kept == FIVE_YEARS


def test_the_request_on_which_a_restriction_rests_stays_as_long_as_it_does(amina: User, dora: Any) -> None:
    made = asked(amina, RequestKind.RESTRICTION)
    close_request(request=made, words="Entendu, jusqu’au bout.", by=dora, now=NOON)
    assert done("DATA_REQUEST", now=NOON + 2 * FIVE_YEARS) == 0
    User.objects.filter(pk=amina.pk).update(restricted_at=None)
    assert done("DATA_REQUEST", now=NOON + 2 * FIVE_YEARS) == 1


# ---- Money --------------------------------------------------------------------------------------------------------------------


def pay(user: User, *, state: str = "SUCCEEDED") -> Any:
    return Payment.objects.create(
        payer=user,
        purpose="SUBSCRIPTION",
        subject_key=f"plan_order:{user.public_id}",
        amount_minor=499,
        currency="EUR",
        provider="STRIPE",
        state=state,
        client_key=uuid.uuid4(),
        created_at=NOON - 9 * DAY,
        expires_at=NOON,
    )


def test_who_paid_is_forgotten_a_year_after_the_account_and_the_books_stay(amina: User, ben: User) -> None:
    mine, theirs, waiting = pay(amina), pay(ben), pay(amina, state="PENDING")
    close(amina)
    assert done("PAYMENT", now=NOON + 365 * DAY - SECOND) == 0
    assert done("PAYMENT", now=NOON + 365 * DAY) == 1
    for one in (mine, theirs, waiting):
        one.refresh_from_db()
    assert (mine.payer, mine.amount_minor, mine.our_reference != "") == (None, 499, True)
    assert (theirs.payer, waiting.payer) == (ben, amina)


@pytest.mark.parametrize(("state", "goes"), [("REQUESTED", 0), ("PENDING", 0), ("UNKNOWN", 0), ("SUCCEEDED", 1), ("FAILED", 1)])
def test_not_while_something_is_on_its_way_back(amina: User, state: str, goes: int) -> None:
    apps.get_model("billing", "Refund").objects.create(
        payment=pay(amina), amount_minor=100, reason="WITHDRAWAL", channel="PROVIDER", state=state, created_at=NOON
    )
    close(amina, law="MG")
    assert done("PAYMENT", now=NOON + 30 * DAY - SECOND) == 0
    assert done("PAYMENT", now=NOON + 30 * DAY) == goes


def test_what_nobody_began_to_pay_goes_after_thirty_days(amina: User) -> None:
    def top_up() -> Any:
        return TopUp.objects.create(
            user=amina, amount_minor=500, currency="EUR", client_key=uuid.uuid4(), created_at=NOON - 40 * DAY, expires_at=NOON - 30 * DAY
        )

    unpaid, paid = top_up(), top_up()
    Payment.objects.filter(pk=pay(amina).pk).update(subject_key=paid.subject_key)
    assert done("TOP_UP_DRAFT", now=NOON - SECOND) == 0
    assert done("TOP_UP_DRAFT") == 1
    assert list(TopUp.objects.values_list("pk", flat=True)) == [paid.pk]
    assert unpaid.pk != paid.pk


def test_the_audit_chain_loses_its_beginning_after_five_years_and_holds(amina: User) -> None:
    asked(amina, now=NOON - FIVE_YEARS)
    asked(amina, RequestKind.OBJECTION)
    before = AuditEntry.objects.count()
    assert done("AUDIT", now=NOON - SECOND) == 0
    assert done("AUDIT") == 1
    assert AuditEntry.objects.count() == before  # one went, and one says so
    assert AuditEntry.objects.order_by("-seq").first().action == "audit.cut"  # type: ignore[union-attr]  # it is there
    assert verify().holds


# ---- The house ----------------------------------------------------------------------------------------------------------------


def test_deliveries_that_were_done_a_week_ago_go_and_those_put_aside_stay() -> None:
    for state, due in (("DONE", NOON), ("DONE", NOON + SECOND), ("PENDING", NOON - 9 * DAY), ("PARKED", NOON - 9 * DAY)):
        OutboxEvent.objects.create(event="x", handler="y", payload={}, state=state, due_at=due, created_at=NOON - 9 * DAY)
    assert done("OUTBOX") == 1
    assert sorted(OutboxEvent.objects.values_list("state", flat=True)) == ["DONE", "PARKED", "PENDING"]


def test_everybody_who_is_there_keeps_everything() -> None:
    """A house in which nothing is due: nothing goes, whoever lives there."""
    for number, law in enumerate(("FR", "EU", "OTHER", "MG")):
        user = make_user(f"Habitante{number}")
        User.objects.filter(pk=user.pk).update(jurisdiction=law)
        asked(user)
        pay(user)
    before = {model: model.objects.count() for model in (User, Profile, AgeAssertion, PseudonymHistory, Consent, DataRequest, Payment)}
    purge_due(now=NOON)
    assert before == {model: model.objects.count() for model in before}
