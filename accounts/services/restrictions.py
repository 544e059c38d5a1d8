"""What a decision of the team does to a profile: the words that its owner wrote are shown to nobody, until they are taken back or the
decision is."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Profile


class NothingToHide(LookupError):
    """The account has no profile, there are no words in it, or they are hidden already."""


@transaction.atomic
def hide_words(*, user_id: int, now: datetime) -> None:
    """Show presentation and own words of gender to nobody but their owner.

    Raises:
        NothingToHide.
    """
    profile = Profile.objects.select_for_update().filter(user_id=user_id).first()
    if profile is None or profile.words_hidden_at is not None or not (profile.bio or profile.gender_text):
        raise NothingToHide(user_id)
    profile.words_hidden_at = now
    profile.save(update_fields=["words_hidden_at"])


def show_words(*, user_id: int) -> bool:
    """Show the words of a profile again; False when they were not hidden any more."""
    return bool(Profile.objects.filter(user_id=user_id, words_hidden_at__isnull=False).update(words_hidden_at=None))
