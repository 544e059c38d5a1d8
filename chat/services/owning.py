"""For how many groups somebody may answer: what they are entitled to, asked whenever a group gets an owner."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.queries.quotas import groups_allowed, groups_owned
from chat.services.errors import ChatError


class TooManyGroups(ChatError):
    """`most` is for how many groups this person may answer."""

    code = "too_many_groups"
    words: Any = _("Vous répondez déjà de %(most)s groupes, et c’est votre maximum. Confiez-en un à quelqu’un, ou fermez-en un.")

    def __init__(self, *, most: int) -> None:
        super().__init__()
        self.words = self.words % {"most": most}


class TheirGroupsFull(ChatError):
    """Who hands a group over learns no number of the other person."""

    code, words = "their_groups_full", _("Cette personne répond déjà d’autant de groupes qu’elle peut.")


def check_groups(*, user: User, now: datetime) -> None:
    """Whether this person may answer for one group more; their row is locked by the caller, so that two at once are one after the other.

    Raises:
        TooManyGroups.
    """
    most = groups_allowed(user=user, now=now)
    if groups_owned(user=user) >= most:
        raise TooManyGroups(most=most)


def check_heir(*, user: User, now: datetime) -> None:
    """Whether a member may be made owner of a group, their row locked until then.

    Raises:
        TheirGroupsFull.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if groups_owned(user=locked) >= groups_allowed(user=locked, now=now):
        raise TheirGroupsFull
