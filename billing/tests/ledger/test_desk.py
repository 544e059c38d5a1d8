"""The books on the desk: shown to the money team, to nobody else, and never written to."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import log_in_staff, make_user
from billing.ledger import place_hold
from billing.models import LedgerAccount, LedgerEntry, LedgerProof, LedgerTransaction
from billing.queries.staff import GROUP
from billing.services.books import prove_books
from billing.tests.ledger.books import AMINA, BEN, MVOLA, everything, move, pay_in
from core.models import AuditEntry
from core.money import Money

pytestmark = pytest.mark.django_db
TABLES = ("ledgeraccount", "ledgertransaction", "ledgerentry", "hold", "ledgerproof")


def team(client: Client, name: str, *groups: str, is_superuser: bool = False, **fields: Any) -> Client:
    person = make_user(name, is_staff=True, **fields)
    User.objects.filter(pk=person.pk).update(language="fr", is_superuser=is_superuser)
    for group in groups:
        person.groups.add(Group.objects.get_or_create(name=group)[0])
    log_in_staff(client, person)
    return client


@pytest.fixture
def vola(client: Client) -> Client:
    return team(client, "Vola", GROUP)


@pytest.fixture(autouse=True)
def _books() -> None:
    now = timezone.now()
    pay_in(AMINA, 123_456, key="payment:1:x", now=now)
    move(AMINA, BEN, 3456, key="tip:1", now=now)
    place_hold(key="order:1", code=AMINA, money=Money(20_000, "MGA"), expires_at=now + timedelta(hours=1), now=now)


def account(code: str = AMINA) -> LedgerAccount:
    return LedgerAccount.objects.get(code=code)


def addresses() -> list[str]:
    pages = [reverse("admin:billing_ledger"), *(reverse(f"admin:billing_{table}_changelist") for table in TABLES)]
    pages += [reverse(f"admin:billing_{name}", args=[account().pk]) for name in ("statement_of", "statement_of_csv")]
    return [*pages, reverse("admin:billing_ledgeraccount_change", args=[account().pk])]


# ---- Who ------------------------------------------------------------------------------------------------------------------------
def test_the_money_team_opens_all_of_it(vola: Client) -> None:
    prove_books(now=timezone.now())
    assert [vola.get(address).status_code for address in addresses()] == [200] * 9


@pytest.mark.parametrize(("groups", "fields"), [((), {}), (("support",), {}), (("Moderation",), {}), ((), {"is_superuser": True})])
def test_others_of_the_team_do_not(client: Client, groups: tuple[str, ...], fields: dict[str, Any]) -> None:
    team(client, "Modo1", *groups, reserved_name=True, **fields)
    assert [client.get(address).status_code for address in addresses()] == [403] * 9
    assert client.post(reverse("admin:billing_ledger_prove")).status_code == 403
    assert LedgerProof.objects.count() == 0


def test_members_and_guests_do_not(client: Client) -> None:
    assert {client.get(address).status_code for address in addresses()} == {302}
    member = make_user("Amina")
    member.groups.add(Group.objects.get_or_create(name=GROUP)[0])  # in the group, and not of the staff
    client.force_login(member)
    assert {client.get(address).status_code for address in addresses()} <= {302, 403}
    assert client.post(reverse("admin:billing_ledger_prove")).status_code in (302, 403)
    assert LedgerProof.objects.count() == 0


def test_nothing_is_added_changed_or_deleted(vola: Client) -> None:
    before = everything()
    rows = {
        "ledgeraccount": account(),
        "ledgertransaction": LedgerTransaction.objects.all()[0],
        "ledgerentry": LedgerEntry.objects.all()[0],
    }
    for table, row in rows.items():
        assert vola.get(reverse(f"admin:billing_{table}_add")).status_code == 403
        assert vola.post(reverse(f"admin:billing_{table}_add"), {}).status_code == 403
        assert vola.post(reverse(f"admin:billing_{table}_change", args=[row.pk]), {"posted": 1, "amount": 1}).status_code == 403
        assert vola.post(reverse(f"admin:billing_{table}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert everything() == before


# ---- The page -------------------------------------------------------------------------------------------------------------------
def test_a_house_that_was_never_proved(vola: Client) -> None:
    page = vola.get(reverse("admin:billing_ledger")).content.decode()
    assert "Aucune preuve n’a encore été faite." in page
    assert "120\u202f000\u00a0Ar" not in page
    assert "123\u202f456\u00a0Ar" in page  # the wallets together, and what the provider owes


def test_proving_by_hand(vola: Client) -> None:
    page = vola.post(reverse("admin:billing_ledger_prove"), follow=True).content.decode()
    assert "Tout est juste." in page
    assert page.count(">juste</td>") == 10
    assert "faux" not in page
    LedgerAccount.objects.filter(code=AMINA).update(posted=120_001)
    page = vola.post(reverse("admin:billing_ledger_prove"), follow=True).content.decode()
    assert "Aucun remboursement et aucun versement ne part." in page
    assert page.count(">juste</td>") == 8
    assert AMINA in page
    assert LedgerProof.objects.count() == 2
    assert vola.get(reverse("admin:billing_ledger_prove")).status_code == 405


def test_what_waits_too_long_at_a_provider_is_shown(vola: Client) -> None:
    assert "Rien n’est en retard." in vola.get(reverse("admin:billing_ledger")).content.decode()
    pay_in(AMINA, 5000, key="old", now=timezone.now() - timedelta(days=4))
    page = vola.get(reverse("admin:billing_ledger")).content.decode()
    assert MVOLA in page
    assert "5\u202f000\u00a0Ar" in page


# ---- Tables ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("table", "asked", "found"),
    [
        ("ledgeraccount", "wallet:a", 1),
        ("ledgeraccount", "amina", 1),
        ("ledgeraccount", "wallet", 2),
        ("ledgeraccount", "mina", 0),
        ("ledgertransaction", "tip:", 1),
        ("ledgertransaction", "ip:", 0),
        ("ledgerentry", AMINA, 2),
        ("ledgerentry", "tip:1", 2),
        ("ledgerentry", "tip", 0),
        ("hold", "order", 1),
        ("hold", AMINA, 1),
        ("hold", BEN, 0),
    ],
)
def test_searching(vola: Client, table: str, asked: str, found: int) -> None:
    answer = vola.get(reverse(f"admin:billing_{table}_changelist"), {"q": asked})
    assert answer.context["cl"].result_count == found


def test_an_account_shows_what_it_has_in_money(vola: Client) -> None:
    page = vola.get(reverse("admin:billing_ledgeraccount_changelist"), {"q": AMINA}).content.decode()
    for amount in ("120\u202f000\u00a0Ar", "20\u202f000\u00a0Ar", "100\u202f000\u00a0Ar"):
        assert amount in page
    page = vola.get(reverse("admin:billing_ledgeraccount_change", args=[account().pk])).content.decode()
    assert reverse("admin:billing_statement_of", args=[account().pk]) in page


def test_a_posting_shows_its_lines(vola: Client) -> None:
    row = LedgerTransaction.objects.get(key="tip:1")
    page = vola.get(reverse("admin:billing_ledgertransaction_change", args=[row.pk])).content.decode()
    for words in (AMINA, BEN, "-3\u202f456\u00a0Ar", "120\u202f000\u00a0Ar", row.fingerprint):
        assert words in page


def test_a_proof_shows_where(vola: Client) -> None:
    LedgerAccount.objects.filter(code=AMINA).update(held=19_999)
    proof = prove_books(now=timezone.now())
    page = vola.get(reverse("admin:billing_ledgerproof_changelist")).content.decode()
    assert "I6" in page
    page = vola.get(reverse("admin:billing_ledgerproof_change", args=[proof.pk])).content.decode()
    assert f"<b>I6</b> {AMINA}" in page


# ---- Statements -----------------------------------------------------------------------------------------------------------------
def test_a_statement(vola: Client) -> None:
    answer = vola.get(reverse("admin:billing_statement_of", args=[account().pk]))
    page = answer.content.decode()
    for words in ("payment:1:x", "tip:1", "123\u202f456\u00a0Ar", "-3\u202f456\u00a0Ar", "120\u202f000\u00a0Ar"):
        assert words in page
    entry = AuditEntry.objects.get(action="ledger.read")
    assert entry.object_ref == str(account().pk)


def test_a_statement_of_days_without_anything(vola: Client) -> None:
    page = vola.get(reverse("admin:billing_statement_of", args=[account().pk]), {"since": "2020-01-01", "until": "2020-01-31"})
    assert "Rien ne s’est passé pendant ces jours." in page.content.decode()


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2026-02-01", "2026-01-01", "Le premier jour vient après le dernier."),
        ("1990-01-01", "2026-01-01", "Dix ans au plus à la fois."),
        ("hier", "", "errorlist"),
        ("2026-02-30", "", "errorlist"),
    ],
)
def test_days_that_are_none(vola: Client, since: str, until: str, words: str) -> None:
    answer = vola.get(reverse("admin:billing_statement_of", args=[account().pk]), {"since": since, "until": until})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert vola.get(reverse("admin:billing_statement_of_csv", args=[account().pk]), {"since": since, "until": until}).status_code == 302
    assert not AuditEntry.objects.filter(action="ledger.read").exists()


def test_the_same_as_a_file(vola: Client) -> None:
    answer = vola.get(reverse("admin:billing_statement_of_csv", args=[account().pk]))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="wallet-amina-MGA.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert [(row["key"], row["amount"], row["balance"], row["currency"]) for row in rows] == [
        ("payment:1:x", "123456", "123456", "MGA"),
        ("tip:1", "-3456", "120000", "MGA"),
    ]


def test_an_account_that_is_not_there(vola: Client) -> None:
    assert vola.get(reverse("admin:billing_statement_of", args=[0])).status_code == 404
