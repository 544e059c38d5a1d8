"""Making members without the sign-up page: the demo, the command line, the tests."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.enums import AgeMethod, Assurance, ConsentChannel, Country, Gender, UserStatus
from accounts.models import User
from accounts.queries.legal import list_agreements
from accounts.queries.places import Place
from accounts.services.ageproofs import record_proof
from accounts.services.places import resolve_place
from accounts.services.pseudonyms import check_pseudonym
from accounts.services.registration import NewPerson, register_person


@transaction.atomic
def create_confirmed_person(
    *,
    pseudonym: str,
    email: str,
    password: str | None = None,
    birth_year: int = 1990,
    country: str = Country.FR,
    postal_code: str = "",
    gender: str = Gender.UNDISCLOSED,
    language: str = "fr",
    bio: str = "",
    is_staff: bool = False,
    reserved_name: bool = False,
    age_method: AgeMethod | None = None,
    now: datetime,
) -> User:
    """An active member with a confirmed address who accepted the current texts, as if they had signed up.

    Without a postal code the place is the country alone. `reserved_name` lets the house give one of its own names (`Modo`).
    With `age_method` they have shown their age in that way; without it no room opens to them yet.

    Raises:
        PseudonymInvalid, PseudonymTaken, PostalCodeUnknown.
    """
    place = resolve_place(country=country, postal_code=postal_code) if postal_code else Place(country, "", "")
    person = NewPerson(
        pseudonym=check_pseudonym(text=pseudonym, now=now, allow_reserved=reserved_name),
        email=email.lower(),
        password=password,
        birth_year=birth_year,
        place=place,
        postal_code=postal_code,
        gender=gender,
        language=language,
        bio=bio,
        is_staff=is_staff,
    )
    documents = list_agreements(language=language, now=now)
    user = register_person(person=person, documents=documents, channel=ConsentChannel.DEMO, status=UserStatus.ACTIVE, now=now)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if age_method is not None:
        record_proof(user=user, method=age_method, assurance=Assurance.SUBSTANTIAL, now=now)
    return user


def ensure_password(*, user: User, password: str) -> None:
    """Give an account this password unless it has it; a new one ends the log-ins made with the old one."""
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
