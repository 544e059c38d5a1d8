"""Two at once, on an engine that lets them: one confirms, one takes, one answers, one ends, and each line is booked once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from accounts.models import User
from accounts.tests.factories import NOON, make_user
from billing.models import Gap, LedgerTransaction, Match, Statement
from billing.services.reconciliation.comparing import compare_line, reconcile_statement
from billing.services.reconciliation.ending import note_gap
from billing.services.reconciliation.gaps import GapOver
from billing.services.reconciliation.importing import AlreadyThere, NotWaiting, confirm_statement, upload_file, withdraw_statement
from billing.services.support.desk import Answered, Taken, answer_request, claim_request
from billing.tests.reconciliation.books import DAY, LATER, balances, bring, file_of, line, make_payment
from billing.tests.support.test_asking import ask
from billing.tests.team import Notification, make_teller
from core.models import AuditEntry

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.servers,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time"),
]
LOST = (AlreadyThere, NotWaiting, GapOver, Taken, Answered)


def race(*deeds: Callable[[], object]) -> list[str]:
    """Do all at once, each in a thread of its own; `done`, or the name of the refusal, of each."""
    begin, ends = threading.Barrier(len(deeds)), list[str]()

    def run(deed: Callable[[], object]) -> None:
        try:
            begin.wait(30)
            deed()
            ends.append("done")
        except LOST as refusal:
            ends.append(type(refusal).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(ends) == len(deeds), "a thread ended with an error"
    return sorted(ends)


@pytest.fixture
def team() -> list[User]:
    return [make_teller(name) for name in ("Naly", "Hery", "Tovo", "Rova")]


def test_one_file_of_a_day_wins(team: list[User]) -> None:
    def bring_one(user: User) -> Callable[[], object]:
        data = file_of([line(f"MP{user.pk}")])
        return lambda: upload_file(provider="MVOLA", day=DAY, data=data, by=user, now=LATER)

    assert race(*map(bring_one, team)) == ["AlreadyThere"] * 3 + ["done"]
    assert Statement.objects.get().lines.count() == 1


def test_confirmed_or_withdrawn_and_never_both(team: list[User]) -> None:
    statement = upload_file(provider="MVOLA", day=DAY, data=file_of([line("MP1")]), by=team[0], now=LATER)
    ends = race(
        lambda: confirm_statement(statement=statement, by=team[1], now=LATER),
        lambda: confirm_statement(statement=statement, by=team[2], now=LATER),
        lambda: withdraw_statement(statement=statement, reason="faux", by=team[3], now=LATER),
    )
    assert ends == ["NotWaiting", "NotWaiting", "done"]
    assert AuditEntry.objects.exclude(action="statement.upload").count() == 1


def test_a_line_that_two_workers_compare_is_booked_once(team: list[User]) -> None:
    amina = make_user("Amina")
    make_payment(amina)
    statement = bring(team[0], team[1], line("MP1", fee=75), line("MP2", 300))
    Match.objects.all().delete()
    lines = list(statement.lines.all())
    deeds = [lambda one=one: compare_line(one, now=LATER) for one in lines for _twice in range(3)]
    assert race(*deeds) == ["done"] * 6
    assert (balances(f"wallet:{amina.pk}:MGA"), Match.objects.count(), Gap.objects.count()) == ((5000,), 1, 1)
    assert LedgerTransaction.objects.filter(key__startswith="recon:").count() == 2
    assert reconcile_statement(statement_id=statement.pk, now=LATER) == 0


def test_an_entry_ends_under_one_name(team: list[User]) -> None:
    bring(team[0], team[1], line("MP1"))
    gap = Gap.objects.get()
    ends = race(*[lambda user=user: note_gap(gap=gap, note="Vu avec lui.", by=user, now=LATER) for user in team])
    assert ends == ["GapOver"] * 3 + ["done"]
    assert AuditEntry.objects.filter(action="gap.noted").count() == 1


def test_a_request_is_taken_by_one_and_answered_once(team: list[User]) -> None:
    asked = ask(make_user("Amina"))
    ends = race(*[lambda user=user: claim_request(request_id=asked.pk, by=user, now=NOON) for user in team])
    assert ends == ["Taken"] * 3 + ["done"]
    asked.refresh_from_db()
    holder = asked.claimed_by
    assert holder is not None
    ends = race(*[lambda: answer_request(request_id=asked.pk, words="Voilà.", by=holder, now=NOON) for _twice in range(3)])
    assert ends == ["Answered"] * 2 + ["done"]
    assert Notification.objects.filter(kind="SUPPORT_ANSWERED").count() == 1
