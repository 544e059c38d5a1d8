"""Rates of VAT are set by two: proposed with where they were read, counting once another agrees, and shown with their source."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.models import VatProposal, VatRule
from billing.queries.vat import find_rate
from billing.queries.vatrates import list_rates, list_unchecked
from billing.services.vatrates import NotYoursToSet, ProposalOpen, ProposalOver, Rate, agree_to_rate, propose_rate, refuse_rate
from billing.tests.team import browser_of, make_teller
from core.models import AuditEntry

pytestmark = pytest.mark.django_db
PAGE = "/admin/billing/vat/"
SOURCE = "CGI, article 278, lu sur legifrance.gouv.fr"
TODAY = timezone.now().date()


@pytest.fixture
def naly() -> User:
    return make_teller("Naly")


@pytest.fixture
def hery() -> User:
    return make_teller("Hery")


def rate(country: str = "FR", rate_bp: int = 2_000, *, since: date = date(2026, 1, 1), kind: str = "STANDARD") -> Rate:
    return Rate(country, kind, rate_bp, since, SOURCE, TODAY)


def propose(by: User, **fields: Any) -> VatProposal:
    return propose_rate(rate=rate(**fields), by=by, now=timezone.now())


def counts(country: str = "FR", on: date = TODAY, kind: str = "STANDARD") -> int:
    return find_rate(country=country, kind=kind, on=on)


def typed(**fields: str) -> dict[str, str]:
    values = {"country": "FR", "kind": "STANDARD", "rate": "21,5", "valid_from": "2026-10-01", "source": SOURCE, "checked_on": f"{TODAY}"}
    return values | fields


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode().replace("\xa0", " "))


# ---- By two ----------------------------------------------------------------------------------------------------------------------
def test_a_proposed_rate_does_not_count(naly: User) -> None:
    propose(naly, rate_bp=2_150)
    assert counts() == 2_000
    assert not VatRule.objects.filter(rate_bp=2_150).exists()


def test_it_counts_once_another_agrees_and_from_its_day_on(naly: User, hery: User) -> None:
    made = propose(naly, rate_bp=2_150, since=date(2026, 6, 1))
    rule = agree_to_rate(proposal_id=made.pk, by=hery, now=timezone.now())
    assert (rule.source, rule.checked_on) == (SOURCE, TODAY)
    assert (counts(on=date(2026, 5, 31)), counts(on=date(2026, 6, 1))) == (2_000, 2_150)
    made.refresh_from_db()
    assert (made.agreed, made.decided_by, made.open_key) == (True, hery, None)


def test_a_rate_for_one_kind_leaves_the_others(naly: User, hery: User) -> None:
    made = propose(naly, rate_bp=550, kind="SUBSCRIPTION")
    agree_to_rate(proposal_id=made.pk, by=hery, now=timezone.now())
    assert (counts(kind="SUBSCRIPTION"), counts(kind="AD_CAMPAIGN")) == (550, 2_000)


def test_one_that_was_looked_up_and_is_right_gets_its_source(naly: User, hery: User) -> None:
    shipped = VatRule.objects.get(country="MG", kind="STANDARD")
    assert (shipped.source, shipped.checked_on) == ("", None)
    before = len(list_unchecked(list_rates(on=TODAY)))
    made = propose(naly, country="MG", rate_bp=shipped.rate_bp, since=shipped.valid_from)
    agree_to_rate(proposal_id=made.pk, by=hery, now=timezone.now())
    shipped.refresh_from_db()
    assert (shipped.source, shipped.checked_on, shipped.rate_bp) == (SOURCE, TODAY, 2_000)
    assert len(list_unchecked(list_rates(on=TODAY))) == before - 1


def test_nobody_agrees_to_their_own(naly: User) -> None:
    made = propose(naly)
    with pytest.raises(NotYoursToSet):
        agree_to_rate(proposal_id=made.pk, by=naly, now=timezone.now())
    made.refresh_from_db()
    assert made.agreed is None


def test_one_takes_back_ones_own_and_another_refuses(naly: User, hery: User) -> None:
    for by in (naly, hery):
        made = propose(naly, rate_bp=2_150)
        refuse_rate(proposal_id=made.pk, by=by, reason="une faute de frappe", now=timezone.now())
        made.refresh_from_db()
        assert (made.agreed, made.decided_by) == (False, by)
    assert counts() == 2_000


def test_what_is_decided_stays_so(naly: User, hery: User) -> None:
    made = propose(naly, rate_bp=2_150)
    refuse_rate(proposal_id=made.pk, by=hery, reason="non", now=timezone.now())
    with pytest.raises(ProposalOver):
        agree_to_rate(proposal_id=made.pk, by=hery, now=timezone.now())
    with pytest.raises(ProposalOver):
        refuse_rate(proposal_id=made.pk, by=naly, reason="non", now=timezone.now())
    assert counts() == 2_000


def test_the_same_rate_is_proposed_once_at_a_time(naly: User, hery: User) -> None:
    made = propose(naly, rate_bp=2_150)
    with pytest.raises(ProposalOpen):
        propose(hery, rate_bp=2_200)
    refuse_rate(proposal_id=made.pk, by=hery, reason="non", now=timezone.now())
    assert propose(hery, rate_bp=2_200).agreed is None


@pytest.mark.parametrize("group", ["support", "moderation", ""])
def test_others_neither_propose_nor_decide(naly: User, group: str) -> None:
    carol = make_teller("Carol", group=group) if group else make_user("Carol")
    made = propose(naly)
    deeds = (
        lambda: propose(carol, country="DE", rate_bp=1_900),
        lambda: agree_to_rate(proposal_id=made.pk, by=carol, now=timezone.now()),
        lambda: refuse_rate(proposal_id=made.pk, by=carol, reason="non", now=timezone.now()),
    )
    for deed in deeds:
        with pytest.raises(NotYoursToSet):
            deed()
    assert VatProposal.objects.filter(agreed=None).count() == 1


def test_every_deed_stands_in_the_audit_chain(naly: User, hery: User) -> None:
    agree_to_rate(proposal_id=propose(naly, rate_bp=2_150).pk, by=hery, now=timezone.now())
    refuse_rate(proposal_id=propose(naly, rate_bp=2_200).pk, by=hery, reason="le texte dit autre chose", now=timezone.now())
    rows = list(AuditEntry.objects.filter(action__startswith="vat.").order_by("pk").values_list("action", "object_ref", "handle"))
    ref = "FR:STANDARD:2026-01-01"
    assert rows == [
        ("vat.propose", ref, "naly"),
        ("vat.agree", ref, "hery"),
        ("vat.propose", ref, "naly"),
        ("vat.refuse", ref, "hery"),
    ]


# ---- The list ----------------------------------------------------------------------------------------------------------------------
def test_the_one_that_holds_is_the_newest_that_has_begun() -> None:
    VatRule.objects.all().delete()
    for since in (TODAY - timedelta(days=400), TODAY - timedelta(days=2), TODAY + timedelta(days=2)):
        VatRule.objects.create(country="FR", rate_bp=2_000, valid_from=since)
    VatRule.objects.create(country="FR", kind="SUBSCRIPTION", rate_bp=550, valid_from=TODAY)
    rows = list_rates(on=TODAY)
    assert [(row.rule.kind, (row.rule.valid_from - TODAY).days, row.holds) for row in rows] == [
        ("STANDARD", 2, False),
        ("STANDARD", -2, True),
        ("STANDARD", -400, False),
        ("SUBSCRIPTION", 0, True),
    ]


# ---- The page ----------------------------------------------------------------------------------------------------------------------
def test_it_opens_to_the_money_team_alone(naly: User) -> None:
    made = propose(naly)
    other = make_user("Carol")
    other.is_staff = other.is_superuser = True
    other.save(update_fields=["is_staff", "is_superuser"])
    other.user_permissions.set(Permission.objects.filter(content_type__app_label="billing"))
    assert browser_of(naly).get(PAGE).status_code == 200
    assert browser_of(other).get(PAGE).status_code == 403
    assert browser_of(other).post(f"{PAGE}{made.public_id}/agree/").status_code == 403
    assert Client().get(PAGE).status_code == 302
    made.refresh_from_db()
    assert made.agreed is None


def test_each_rate_says_where_it_was_read_or_that_nobody_did(naly: User, hery: User) -> None:
    page = text_of(browser_of(naly).get(f"{PAGE}?lang=fr"))
    assert "livré avec le logiciel, de mémoire" in page
    assert "ont été vérifiés par personne" in page
    agree_to_rate(proposal_id=propose(naly).pk, by=hery, now=timezone.now())
    assert "article 278" in text_of(browser_of(naly).get(f"{PAGE}?lang=fr"))


def test_proposed_and_agreed_at_the_desk(naly: User, hery: User) -> None:
    answer = browser_of(naly).post(PAGE, typed(), follow=True)
    assert (answer.status_code, counts()) == (200, 2_000)
    made = VatProposal.objects.get()
    assert (made.rate_bp, made.valid_from, made.source) == (2_150, date(2026, 10, 1), SOURCE)
    assert f"{made.public_id}/agree/" not in answer.content.decode()  # one's own
    theirs = browser_of(hery)
    assert f"{made.public_id}/agree/" in theirs.get(PAGE).content.decode()
    theirs.post(f"{PAGE}{made.public_id}/agree/", follow=True)
    assert counts() == 2_150


def test_ones_own_is_refused_at_the_desk_too(naly: User) -> None:
    made = propose(naly, rate_bp=2_150)
    answer = browser_of(naly).post(f"{PAGE}{made.public_id}/agree/?lang=fr", follow=True)
    assert "vous l’avez proposé" in answer.content.decode()
    assert counts() == 2_000


def test_refusing_says_why(naly: User, hery: User) -> None:
    made = propose(naly, rate_bp=2_150)
    browser_of(hery).post(f"{PAGE}{made.public_id}/refuse/", {"why": " "})
    made.refresh_from_db()
    assert made.agreed is None
    browser_of(hery).post(f"{PAGE}{made.public_id}/refuse/", {"why": "le texte dit autre chose"})
    made.refresh_from_db()
    assert made.agreed is False


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rate": "31"}, "de 0 à 30"),
        ({"rate": "-1"}, "de 0 à 30"),
        ({"rate": "8,555"}, "de 0 à 30"),
        ({"rate": "1e1"}, "de 0 à 30"),
        ({"rate": "vingt"}, "de 0 à 30"),
        ({"source": "internet"}, "Dites où vous l’avez lu"),
        ({"checked_on": f"{TODAY + timedelta(days=2)}"}, "moins d’un an"),
        ({"checked_on": f"{TODAY - timedelta(days=400)}"}, "moins d’un an"),
        ({"valid_from": "1999-12-31"}, "trop loin"),
        ({"valid_from": f"{TODAY + timedelta(days=800)}"}, "trop loin"),
        ({"country": "XX"}, "XX"),
        ({"kind": "GIFT"}, "GIFT"),
    ],
)
def test_bad_input_is_told_and_kept(naly: User, fields: dict[str, str], words: str) -> None:
    answer = browser_of(naly).post(f"{PAGE}?lang=fr", typed(**fields))
    assert (answer.status_code, words in text_of(answer)) == (422, True)
    assert SOURCE in text_of(answer) or "internet" in text_of(answer)
    assert VatProposal.objects.count() == 0


@pytest.mark.parametrize(("text", "rate_bp"), [("0", 0), ("5,5", 550), ("8.5 %", 850), ("20", 2_000), ("25,50", 2_550), ("30%", 3_000)])
def test_a_rate_as_people_write_it(naly: User, text: str, rate_bp: int) -> None:
    browser_of(naly).post(PAGE, typed(rate=text))
    assert VatProposal.objects.get().rate_bp == rate_bp


def test_what_is_proposed_already_is_said(naly: User, hery: User) -> None:
    browser_of(naly).post(PAGE, typed())
    answer = browser_of(hery).post(f"{PAGE}?lang=fr", typed(rate="22"))
    assert (answer.status_code, "attend une seconde personne" in answer.content.decode()) == (422, True)
    assert VatProposal.objects.count() == 1


@pytest.mark.parametrize("path", ["x" * 20 + "/agree/", "{id}/burn/"])
def test_there_is_nothing_else(naly: User, hery: User, path: str) -> None:
    made = propose(naly)
    assert browser_of(hery).post(PAGE + path.format(id=made.public_id)).status_code == 404
    assert browser_of(hery).get(f"{PAGE}{made.public_id}/agree/").status_code == 405
