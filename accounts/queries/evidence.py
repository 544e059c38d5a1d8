"""What a report about a person must keep: how they showed themselves at that moment. For moderation alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import ConnectionRecord, Profile, PseudonymHistory


@dataclass(frozen=True, slots=True)
class ProfileFact:
    """A profile as others could read it, and the names worn before. What its owner hides from others is not among it."""

    public_id: str
    pseudonym: str
    bio: str
    gender_text: str
    languages: tuple[str, ...]
    former_pseudonyms: tuple[str, ...]
    joined_at: datetime


def find_profile_fact(*, user_id: int) -> ProfileFact | None:
    """The profile of an account by its inward id; None for one that was made on the command line. Two queries."""
    profile = Profile.objects.select_related("user").filter(user_id=user_id).first()
    if profile is None:
        return None
    former = PseudonymHistory.objects.filter(user_id=user_id, to_at__isnull=False).order_by("from_at")
    return ProfileFact(
        public_id=profile.user.public_id,
        pseudonym=profile.pseudonym,
        bio=profile.bio if profile.show_bio else "",
        gender_text=profile.gender_text if profile.show_gender else "",
        languages=tuple(profile.language_list) if profile.show_languages else (),
        former_pseudonyms=tuple(former.values_list("pseudonym", flat=True)),
        joined_at=profile.user.created_at,
    )


def list_names_worn(*, user_ids: list[int]) -> set[str]:
    """Every pseudonym that these people wear or wore: what must not stand in a text that is published."""
    now = Profile.objects.filter(user_id__in=user_ids).values_list("pseudonym", flat=True)
    before = PseudonymHistory.objects.filter(user_id__in=user_ids).exclude(pseudonym="").values_list("pseudonym", flat=True)
    return {*now, *before}


def find_connection_ref(*, user_id: int, at: datetime) -> str:
    """The reference of the connection from which an account was used at a time, without anything of what lies sealed in it; empty when
    there is none on record."""
    rows = ConnectionRecord.objects.filter(user_id=user_id, started_at__lte=at, expires_at__gt=at)
    return rows.order_by("-started_at").values_list("ref", flat=True).first() or ""
