"""Requests of authorities for tests: a requisition that asks for what it may have, about Ben."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from accounts.tests.factories import NOON
from moderation.courts.gate import Facts
from moderation.courts.terms import Channel, DataCategory, GateCase, IdentifierKind, OffenceClass, RequestKind
from moderation.enums import StaffRole
from moderation.models import LegalRequest, StaffProfile
from moderation.services.registering import Named, NewRequest, register_request
from moderation.services.requests import authenticate_request, collect_request, scope_request
from moderation.tests.factories import make_staff_member

GRAVE = Facts(
    RequestKind.CPP_60_1,
    "extorsion (CP 312-1)",
    OffenceClass.DELIT,
    penalty_months=84,
    gate_case=GateCase.GRAVE,
)
BOTH = (DataCategory.SUBSCRIBER, DataCategory.TRAFFIC)


def desk(name: str) -> StaffProfile:
    """Somebody of the legal desk."""
    return make_staff_member(name, StaffRole.LEGAL_DESK)


def named(user: User, **changes: Any) -> Named:
    """A person by their outward id, from a day before noon to a day after."""
    day = timedelta(days=1)
    return replace(Named(IdentifierKind.ACCOUNT, user.public_id, NOON - day, NOON + day), **changes)


def new(*people: User, **changes: Any) -> NewRequest:
    """A requisition about these people; `facts` and all else may be changed."""
    plain = NewRequest(
        facts=GRAVE,
        authority="Parquet de Lyon",
        agent="Capitaine N. Martin",
        file_numbers="PV 2026/1234",
        channel=Channel.PORTAL,
        legal_basis="CPP 60-1",
        received_at=NOON,
        subjects=[named(one) for one in people],
        categories=BOTH,
        phone="04 00 00 00 99",
    )
    return replace(plain, **changes)


def register(by: StaffProfile, *people: User, now: datetime = NOON, **changes: Any) -> LegalRequest:
    return register_request(new=new(*people, **changes), by=by, now=now)


def call_back(request: LegalRequest, by: StaffProfile, *, number: str = "04 72 60 70 12", now: datetime = NOON) -> LegalRequest:
    """One call to the number of a directory."""
    return authenticate_request(
        request=request, by=by, directory="annuaire.justice.fr", number=number, answered_by="greffe, Mme R.", now=now
    )


def collected(by: StaffProfile, *people: User, now: datetime = NOON, **changes: Any) -> LegalRequest:
    """A request that is ready to be agreed to."""
    request = call_back(register(by, *people, now=now, **changes), by, now=now)
    scope_request(request=request, categories=request.asked, by=by, now=now)
    return collect_request(request=request, by=by, now=now)
