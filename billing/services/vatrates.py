"""Rates of VAT are set by two of the money team: one has looked a rate up and says where, another agrees. Nothing counts before.

What was sold keeps the rate that it was sold at; a rate holds for what is sold from now on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from billing.models import VatProposal, VatRule
from billing.queries.staff import is_money_staff
from billing.services.deeds import note_deed
from core import audit


class NotYoursToSet(PermissionError):
    """Not of the money team, or one's own proposal is to be judged."""


class ProposalOpen(Exception):
    """The same rate is proposed already, and waits for a second person."""


class ProposalOver(Exception):
    """Somebody was quicker: this proposal is decided."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate as somebody read it: `rate_bp` hundredths of a percent for a `kind` of sale in a country since a day, in `source`, on
    `checked_on`."""

    country: str
    kind: str
    rate_bp: int
    valid_from: date
    source: str
    checked_on: date


def propose_rate(*, rate: Rate, by: User, now: datetime) -> VatProposal:
    """Propose a rate, or that the one that counts was looked up and is right.

    Raises:
        NotYoursToSet, ProposalOpen.
    """
    _demand_staff(by)
    key = f"{rate.country}:{rate.kind}:{rate.valid_from}"
    try:
        with transaction.atomic():
            proposal = VatProposal.objects.create(
                country=rate.country,
                kind=rate.kind,
                rate_bp=rate.rate_bp,
                valid_from=rate.valid_from,
                source=rate.source,
                checked_on=rate.checked_on,
                open_key=key,
                proposed_by=by,
                proposed_at=now,
            )
            _note("vat.propose", proposal, by=by, reason=rate.source, now=now)
    except IntegrityError as error:
        if not VatProposal.objects.filter(open_key=key).exists():
            raise
        raise ProposalOpen(key) from error
    return proposal


def agree_to_rate(*, proposal_id: int, by: User, now: datetime) -> VatRule:
    """Let a proposed rate count.

    Raises:
        NotYoursToSet: one's own; ProposalOver.
    """
    with transaction.atomic():
        proposal = _decide(proposal_id, agreed=True, by=by, now=now)
        where: dict[str, Any] = {"country": proposal.country, "kind": proposal.kind, "valid_from": proposal.valid_from}
        before = VatRule.objects.select_for_update().filter(**where).first()
        values = {"rate_bp": proposal.rate_bp, "source": proposal.source, "checked_on": proposal.checked_on}
        _note("vat.agree", proposal, by=by, reason=proposal.source, before=before, now=now)
        rule, _made = VatRule.objects.update_or_create(**where, defaults=values)
    return rule


def refuse_rate(*, proposal_id: int, by: User, reason: str, now: datetime) -> None:
    """Refuse a proposed rate, or take one's own back; `reason` stands in the audit chain.

    Raises:
        NotYoursToSet, ProposalOver.
    """
    with transaction.atomic():
        proposal = _decide(proposal_id, agreed=False, by=by, now=now)
        _note("vat.refuse", proposal, by=by, reason=reason, now=now)


def _decide(proposal_id: int, *, agreed: bool, by: User, now: datetime) -> VatProposal:
    """The proposal, decided by this person and by nobody else."""
    _demand_staff(by)
    proposal = VatProposal.objects.select_for_update().get(pk=proposal_id)
    if agreed and proposal.proposed_by_id == by.pk:
        raise NotYoursToSet(proposal.public_id)
    if not VatProposal.objects.filter(pk=proposal.pk, agreed=None).update(agreed=agreed, decided_by=by, decided_at=now, open_key=None):
        raise ProposalOver(proposal.public_id)
    return proposal


def _demand_staff(by: User) -> None:
    if not is_money_staff(by):
        raise NotYoursToSet(by.public_id)


def _note(action: str, proposal: VatProposal, *, by: User, reason: str, before: VatRule | None = None, now: datetime) -> None:
    """Who did what to which rate, in the transaction that does it."""
    note_deed(
        action,
        kind="vat_rate",
        ref=f"{proposal.country}:{proposal.kind}:{proposal.valid_from}",
        reason=reason,
        by=by,
        before=_digest(before) if before else "",
        after=_digest(proposal),
        now=now,
    )


def _digest(rate: VatRule | VatProposal) -> str:
    return audit.digest_of({"rate_bp": rate.rate_bp, "source": rate.source})
