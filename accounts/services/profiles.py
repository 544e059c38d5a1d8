"""Changing what a person tells about themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.enums import Gender, Language
from accounts.events import AgeExpired
from accounts.models import Profile, PseudonymHistory, User
from accounts.services.places import jurisdiction_of, resolve_place, seal_postal_code
from accounts.services.pseudonyms import PseudonymTaken, check_pseudonym
from core.outbox import publish
from core.screening import Actor, Context, Outcome, screen
from core.text import clean

CHANGE_EVERY = timedelta(days=30)
BIO_LENGTH = 500
GENDER_LENGTH = 40


class TooSoon(Exception):
    """Pseudonym and place change once in 30 days; `free_at` is when the next change is possible."""

    def __init__(self, free_at: datetime) -> None:
        super().__init__(free_at.isoformat())
        self.free_at = free_at


class PseudonymTooSoon(TooSoon):
    pass


class PlaceTooSoon(TooSoon):
    pass


class DetailsInvalid(ValueError):
    """A text is too long, a gender or language unknown, or a gender's own words missing; `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class WordsScreened(ValueError):
    """What was typed into `field` would be held or refused as a message; a profile has no place where it could wait for a person."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class WordsRestricted(Exception):
    """A measure against the account lets it write nothing that others read, here as in the rooms; `field` says what it tried to change."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Details:
    """What may be changed at any time."""

    gender: str
    gender_text: str
    bio: str
    languages: Sequence[str]
    show_age: bool
    show_gender: bool
    show_region: bool
    show_languages: bool
    show_bio: bool
    show_last_seen: bool


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A typed move: country, and a postal code or a region."""

    country: str
    postal_code: str
    region_code: str = ""


def details_of(profile: Profile) -> Details:
    """The details as they are, to change some of them with `dataclasses.replace`."""
    kept = {name: getattr(profile, name) for name in Details.__dataclass_fields__ if name != "languages"}
    return Details(languages=profile.language_list, **kept)


def pseudonym_free_at(*, profile: Profile, now: datetime) -> datetime | None:
    """When the pseudonym may change again; None when it may now."""
    return _free_at(profile.pseudonym_changed_at, now)


def place_free_at(*, profile: Profile, now: datetime) -> datetime | None:
    """When the place may change again; None when it may now."""
    return _free_at(profile.place_changed_at, now)


@transaction.atomic
def change_profile(*, user: User, pseudonym: str, details: Details, place: NewPlace | None, now: datetime) -> Profile:
    """Bring a profile to what its owner typed; a pseudonym or place that is the same counts as no change.

    Raises:
        PseudonymInvalid, PseudonymTaken, PseudonymTooSoon, PlaceTooSoon, PostalCodeUnknown, RegionUnknown, DetailsInvalid,
        WordsRestricted, WordsScreened: nothing is changed.
    """
    profile = Profile.objects.select_for_update().select_related("user").get(user=user)
    before, words = profile.user.jurisdiction, _words_of(profile)
    _set_details(profile, details)
    if place is not None:
        _set_place(profile, place, now)
    if pseudonym.strip() != profile.pseudonym:
        _set_pseudonym(profile, pseudonym, now)
    _check_words(profile, words, now)
    if not (profile.bio or profile.gender_text):  # what the team hid is gone; whoever writes anew is read again
        profile.words_hidden_at = None
    try:
        with transaction.atomic():
            profile.save()
            profile.user.save(update_fields=["username", "jurisdiction"])
    except IntegrityError as error:
        raise PseudonymTaken(pseudonym) from error
    if profile.user.jurisdiction != before:  # another law may keep rooms shut that are open on their screens
        publish(AgeExpired(user_id=user.pk))
    return profile


def _words_of(profile: Profile) -> dict[str, str]:
    """What others read that its owner wrote."""
    return {"pseudonym": profile.pseudonym, "gender_text": profile.gender_text, "bio": profile.bio}


def _check_words(profile: Profile, before: dict[str, str], now: datetime) -> None:
    """Taking words back stays open to whoever may write none. The pseudonym was screened where its form was checked."""
    actor = Actor(user_id=profile.user.pk, account_age=now - profile.user.created_at)
    for field, text in _words_of(profile).items():
        if not text or text == before[field]:
            continue
        if profile.user.silenced:
            raise WordsRestricted(field)
        if field != "pseudonym" and screen("PROFILE", text, actor, Context()).outcome in (Outcome.HOLD, Outcome.REFUSE):
            raise WordsScreened(field)


def _free_at(changed_at: datetime | None, now: datetime) -> datetime | None:
    free_at = changed_at + CHANGE_EVERY if changed_at else None
    return free_at if free_at and free_at > now else None


def _set_details(profile: Profile, details: Details) -> None:
    gender_text = clean(details.gender_text, lines=False) if details.gender == Gender.SELF_DESCRIBED else ""
    bio = clean(details.bio)
    languages = [code for code in Language.values if code in set(details.languages)]
    if details.gender not in Gender.values:
        raise DetailsInvalid("gender")
    if len(gender_text) > GENDER_LENGTH:
        raise DetailsInvalid("gender_text")
    if len(bio) > BIO_LENGTH:
        raise DetailsInvalid("bio")
    if not languages or len(languages) != len(set(details.languages)):
        raise DetailsInvalid("languages")
    profile.gender, profile.gender_text, profile.bio, profile.languages = details.gender, gender_text, bio, ",".join(languages)
    for flag in ("show_age", "show_gender", "show_region", "show_languages", "show_bio", "show_last_seen"):
        setattr(profile, flag, getattr(details, flag))


def _set_place(profile: Profile, place: NewPlace, now: datetime) -> None:
    if (free_at := place_free_at(profile=profile, now=now)) is not None:
        raise PlaceTooSoon(free_at)
    found = resolve_place(country=place.country, postal_code=place.postal_code, region_code=place.region_code)
    profile.country, profile.region_code, profile.cell = found.country, found.region_code, found.cell
    profile.postal_code = seal_postal_code(profile=profile, postal_code=place.postal_code if found.cell else "")
    profile.place_changed_at = now
    profile.user.jurisdiction = jurisdiction_of(found.country)


def _set_pseudonym(profile: Profile, pseudonym: str, now: datetime) -> None:
    if (free_at := pseudonym_free_at(profile=profile, now=now)) is not None:
        raise PseudonymTooSoon(free_at)
    name = check_pseudonym(text=pseudonym, now=now, wearer=profile.user)
    PseudonymHistory.objects.filter(user=profile.user, to_at=None).update(to_at=now)
    PseudonymHistory.objects.create(user=profile.user, pseudonym=name.shown, skeleton=name.skeleton, from_at=now)
    profile.pseudonym, profile.skeleton, profile.pseudonym_changed_at = name.shown, name.skeleton, now
    profile.user.username = name.folded
