"""What a person gave of their civil identity, by name, never by content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import CivilIdentity, User

_NAMES: dict[str, str | Promise] = {
    "name": _("nom et prénoms"),
    "birth_date": _("date de naissance"),
    "postal_address": _("adresse postale"),
    "phone": _("téléphone"),
    "email": _("adresse électronique"),
}


@dataclass(frozen=True, slots=True)
class GivenIdentity:
    """Which parts, in the reader's language, and when."""

    parts: list[str]
    given_at: datetime


def find_given_identity(*, user: User) -> GivenIdentity | None:
    """What this person gave; None when they gave nothing. Nothing is opened."""
    row = CivilIdentity.objects.filter(user=user).values_list("parts", "given_at").first()
    return GivenIdentity([str(_NAMES[part]) for part in row[0].split(",")], row[1]) if row else None
