"""How somebody becomes a member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.enums import ConsentChannel, Gender, UserStatus
from accounts.models import LegalDocument, Profile, PseudonymHistory, User
from accounts.queries.places import Place
from accounts.services.consents import record_consents
from accounts.services.places import jurisdiction_of, seal_postal_code
from accounts.services.pseudonyms import Pseudonym, PseudonymTaken

# Accounts whose address was never confirmed give their name and address back after this long.
UNCONFIRMED_FOR = timedelta(days=7)
_OLDEST = 120
_HOLD_SLOT = "accounts:held:"


class UnderAge(Exception):
    """The person says they are a minor."""


class AgeImplausible(ValueError):
    """A birth date in the future, an age over 120, or a date and an age that contradict each other."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """All that sign-up asks, already checked."""

    pseudonym: Pseudonym
    email: str
    password: str | None
    birth_year: int
    place: Place
    postal_code: str = ""
    gender: str = Gender.UNDISCLOSED
    gender_text: str = ""
    language: str = "fr"
    bio: str = ""
    is_staff: bool = False


def birth_year_of(*, birth_date: date | None, age: int | None, today: date) -> int:
    """The only thing kept of a birth date or an age. An age keeps the year that makes the person youngest.

    Raises:
        UnderAge, AgeImplausible.
    """
    if birth_date is not None:
        exact = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
        year = birth_date.year
    else:
        if age is None:
            raise AgeImplausible("neither a date nor an age")
        exact, year = age, today.year - age
    if not 0 <= exact <= _OLDEST or (birth_date is not None and age is not None and abs(exact - age) > 1):
        raise AgeImplausible(str(exact))
    if min(exact, age if age is not None else exact) < settings.MINIMUM_AGE:
        raise UnderAge
    return year


def register_person(
    *,
    person: NewPerson,
    documents: list[LegalDocument],
    channel: ConsentChannel,
    status: UserStatus = UserStatus.PENDING_EMAIL,
    now: datetime,
) -> User:
    """Account, profile, name and consents in one transaction; the address is still to be confirmed.

    Raises:
        PseudonymTaken: somebody else was faster with a name that looks like it.
    """
    if cache.get(_HOLD_SLOT + person.pseudonym.skeleton):
        raise PseudonymTaken(person.pseudonym.shown)
    try:
        with transaction.atomic():
            user = _make_user(person, status, now)
            _make_profile(user, person, now)
            record_consents(user=user, documents=documents, channel=channel, now=now)
    except IntegrityError as error:
        raise PseudonymTaken(person.pseudonym.shown) from error
    return user


def hold_pseudonym(*, pseudonym: Pseudonym) -> None:
    """Treat a name as taken for a day. A sign-up with a known address creates nothing; without this, trying its pseudonym again
    would tell that the address is known."""
    cache.set(_HOLD_SLOT + pseudonym.skeleton, True, 24 * 3600)


def is_held(*, pseudonym: Pseudonym) -> bool:
    """Whether `hold_pseudonym` was called for a name that looks like this one."""
    return bool(cache.get(_HOLD_SLOT + pseudonym.skeleton))


def activate_person(*, user: User) -> bool:
    """Make an account active whose address was just confirmed; False when it was not waiting for that."""
    changed = User.objects.filter(pk=user.pk, status=UserStatus.PENDING_EMAIL).update(status=UserStatus.ACTIVE)
    user.refresh_from_db(fields=["status"])
    return bool(changed)


def list_unconfirmed(now: datetime) -> QuerySet[User]:
    """The accounts that never confirmed their address."""
    return User.objects.filter(status=UserStatus.PENDING_EMAIL, last_login=None)


def destroy_unconfirmed(keys: list[int]) -> int:
    """Delete accounts that are still unconfirmed; the number of them."""
    PseudonymHistory.objects.filter(user_id__in=keys, user__status=UserStatus.PENDING_EMAIL).delete()
    User.objects.filter(pk__in=keys, status=UserStatus.PENDING_EMAIL).delete()
    return len(keys)


def _make_user(person: NewPerson, status: UserStatus, now: datetime) -> User:
    user = User(
        username=person.pseudonym.folded,
        email=person.email.lower(),
        status=status,
        jurisdiction=jurisdiction_of(person.place.country),
        language=person.language,
        created_at=now,
        is_staff=person.is_staff,
    )
    user.set_password(person.password)
    user.save(force_insert=True)
    return user


def _make_profile(user: User, person: NewPerson, now: datetime) -> None:
    profile = Profile(
        user=user,
        pseudonym=person.pseudonym.shown,
        skeleton=person.pseudonym.skeleton,
        gender=person.gender,
        gender_text=person.gender_text if person.gender == Gender.SELF_DESCRIBED else "",
        birth_year=person.birth_year,
        country=person.place.country,
        region_code=person.place.region_code,
        cell=person.place.cell,
        languages=person.language,
        bio=person.bio,
    )
    profile.postal_code = seal_postal_code(profile=profile, postal_code=person.postal_code)
    profile.save(force_insert=True)
    PseudonymHistory.objects.create(user=user, pseudonym=profile.pseudonym, skeleton=profile.skeleton, from_at=now)
