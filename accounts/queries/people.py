"""Who somebody is to others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import QuerySet

from accounts.enums import GONE, AgeBand, Gender, UserStatus
from accounts.models import Profile, User, avatar_of
from accounts.queries.places import name_of_region
from accounts.queries.relations import is_hidden_from, relation_between
from core.lookalikes import fold

_LIST_LIMIT = 500


@dataclass(frozen=True, slots=True)
class PersonRef:
    """The least that is needed to show somebody. `id` stays inside; `public_id` goes out."""

    id: int
    public_id: str
    name: str

    @property
    def av(self) -> int:
        """The colour of the letter avatar, 1 to 8."""
        return avatar_of(self.public_id)

    @property
    def letter(self) -> str:
        """What the letter avatar shows."""
        return self.name[:1].upper()


@dataclass(frozen=True, slots=True)
class PersonPage:
    """What one person may read about another (or about themselves). Empty means hidden or not given."""

    person: PersonRef
    age_band: AgeBand | None
    gender: str
    region: str
    languages: tuple[str, ...]
    bio: str
    active_today: bool
    is_me: bool
    blocked: bool
    muted: bool


class NoSuchMember(LookupError):
    """The account is gone, paused, barred or not confirmed."""


def get_user(*, user_id: int) -> User:
    """A member by the inward id, with the profile, freshly read in one query.

    Raises:
        NoSuchMember.
    """
    user = User.objects.present().select_related("profile").filter(pk=user_id).first()
    if user is None:
        raise NoSuchMember(user_id)
    return user


def find_user(*, public_id: str) -> User | None:
    """The account behind an outward id; None when there is none or it is closed."""
    return User.objects.not_gone().filter(public_id=public_id).first()


def find_account(*, user_id: int) -> User | None:
    """The account of an inward id, whatever its state short of closed; None when there is none."""
    return User.objects.not_gone().filter(pk=user_id).first()


def list_accounts_after(*, user_id: int, limit: int) -> list[User]:
    """Members in the order of their inward ids, after one of them (0: from the first), for what concerns everybody."""
    return list(User.objects.present().filter(pk__gt=user_id).order_by("pk")[:limit])


def list_reachable_after(*, user_id: int, limit: int) -> list[int]:
    """The inward ids of all accounts that are not closed, barred and paused ones too, after one of them (0: from the first): whom the law
    wants told, whatever stands between us."""
    return list(User.objects.not_gone().filter(pk__gt=user_id).order_by("pk").values_list("pk", flat=True)[:limit])


def list_named(*, words: Iterable[str]) -> dict[str, int]:
    """Inward ids of accounts that are not closed by the words that name them, public ids or pseudonyms; words that name nobody are left
    out. For the team alone: others see who is present (`list_people_by_names`). Two queries."""
    given = list(dict.fromkeys(words))
    alive = User.objects.not_gone()
    ids = dict(alive.filter(public_id__in=given).values_list("public_id", "pk"))
    names = dict(alive.filter(username__in=[fold(word) for word in given]).values_list("username", "pk"))
    found = {word: ids.get(word) or names.get(fold(word)) for word in given}
    return {word: user_id for word, user_id in found.items() if user_id is not None}


def find_confirmed_address(*, user: User) -> str:
    """The principal address to which letters of this account go; empty while none is confirmed."""
    found = EmailAddress.objects.filter(user=user, primary=True, verified=True).values_list("email", flat=True).first()
    return str(found or "")


def find_user_by_email(*, email: str) -> User | None:
    """The account of an address, for commands and demos; never for anything that answers a visitor."""
    return User.objects.not_gone().filter(email__iexact=email).order_by("id").first()


def list_people(*, user_ids: Iterable[int]) -> dict[int, PersonRef]:
    """The people behind many inward ids, one query; closed accounts are left out."""
    rows = Profile.objects.filter(user_id__in=set(user_ids)).exclude(user__status__in=GONE)
    return {person.id: person for person in _refs(rows)}


def list_present_people(*, user_ids: Iterable[int]) -> dict[int, PersonRef]:
    """Those among many whom others may still see: neither paused nor closing nor barred. One query."""
    return {person.id: person for person in _refs(_present().filter(user_id__in=set(user_ids)))}


def list_people_by_public_ids(*, public_ids: Sequence[str]) -> list[PersonRef]:
    """The people behind at most 500 outward ids, one query, in the order of their names."""
    rows = Profile.objects.filter(user__public_id__in=public_ids[:_LIST_LIMIT]).exclude(user__status__in=GONE)
    return _refs(rows.order_by("pseudonym"))


def list_people_by_names(*, names: Sequence[str]) -> list[PersonRef]:
    """The active people whose pseudonym is one of `names`, whatever the case; at most 500."""
    folded = [fold(name) for name in names[:_LIST_LIMIT]]
    return _refs(_present().filter(user__username__in=folded).order_by("pseudonym"))


def get_person_ref(*, user: User) -> PersonRef:
    """The reference of one account; one query, and none when the profile was already read.

    Raises:
        Profile.DoesNotExist: the account was made outside sign-up and has no profile.
    """
    return PersonRef(id=user.pk, public_id=user.public_id, name=user.profile.pseudonym)


def find_profile(*, user: User) -> Profile | None:
    """The profile of an account; None for one that was made on the command line."""
    return Profile.objects.select_related("user").filter(user=user).first()


def find_person(*, viewer: User | None, public_id: str, now: datetime) -> PersonPage | None:
    """The page of a person as `viewer` may read it; at most six queries.

    None when there is no such active person, when one of the two blocked the other and the viewer is the blocked one, and for
    guests: people are not shown to them. The blocker still finds the name, to be able to unblock, and nothing else.
    """
    if viewer is None or not viewer.is_member:
        return None
    profile = _active().select_related("user").filter(user__public_id=public_id).first()
    if profile is None or is_hidden_from(viewer_id=viewer.pk, person_id=profile.user_id):
        return None
    if profile.user.restricted_at is not None and profile.user_id != viewer.pk:
        return None
    return _page(viewer, profile, now)


def _active() -> QuerySet[Profile]:
    """The profiles of members (`UserQuerySet.present`)."""
    return Profile.objects.filter(user__status=UserStatus.ACTIVE, user__barred=False)


def _present() -> QuerySet[Profile]:
    """The profiles of those whom others may see: of members, but for those whose data are restricted (GDPR, article 18)."""
    return _active().filter(user__restricted_at__isnull=True)


def _page(viewer: User, profile: Profile, now: datetime) -> PersonPage:
    user, mine = profile.user, profile.user_id == viewer.pk
    relation = relation_between(viewer_id=viewer.pk, person_id=user.pk)
    person = PersonRef(id=user.pk, public_id=user.public_id, name=profile.pseudonym)
    if relation.blocked:
        return PersonPage(person, None, "", "", (), "", active_today=False, is_me=False, blocked=True, muted=relation.muted)
    return PersonPage(
        person=person,
        age_band=profile.age_band(now) if profile.show_age else None,
        gender=_gender_of(profile) if profile.show_gender else "",
        region=name_of_region(code=profile.region_code) if profile.show_region else "",
        languages=tuple(profile.language_list) if profile.show_languages else (),
        bio=profile.bio if profile.show_bio and profile.words_hidden_at is None else "",
        active_today=profile.show_last_seen and not user.hide_presence and user.last_active_date == now.date(),
        is_me=mine,
        blocked=False,
        muted=relation.muted,
    )


def _gender_of(profile: Profile) -> str:
    if profile.gender == Gender.UNDISCLOSED:
        return ""
    own_words = profile.gender_text if profile.words_hidden_at is None else ""
    return own_words or str(Gender(profile.gender).label)


def _refs(rows: QuerySet[Profile]) -> list[PersonRef]:
    found = rows.values_list("user_id", "user__public_id", "pseudonym")
    return [PersonRef(id=user_id, public_id=public_id, name=name) for user_id, public_id, name in found]
