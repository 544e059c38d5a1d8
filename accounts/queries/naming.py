"""Whose account an authority means: by what the account was called at the time, for the legal desk alone."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import Q

from accounts.models import PseudonymHistory, User
from accounts.queries.veiling import veil
from core.lookalikes import skeleton


def find_named(*, kind: str, given: str, since: datetime, until: datetime) -> int | None:
    """The inward id of the one account of a pseudonym worn in [since, until), of an outward id (`ACCOUNT`) or of an address (`EMAIL`).

    None when there is none, and when it was more than one: nobody is guessed. A closed account is found by its id and by the
    names that it wore, for as long as they are kept.
    """
    found = _FINDERS[kind](given, since, until)
    return found.pop() if len(found) == 1 else None


def _by_pseudonym(given: str, since: datetime, until: datetime) -> set[int]:
    """Whoever wore it for a while of that time; a name that only looks like another one's was never free beside it."""
    bones = skeleton(given)
    rows = PseudonymHistory.objects.filter(Q(to_at=None) | Q(to_at__gt=since), skeleton__in=[bones, veil(bones)], from_at__lt=until)
    return set(rows.filter(user__isnull=False).values_list("user_id", flat=True))


def _by_account(given: str, since: datetime, until: datetime) -> set[int]:
    return set(User.objects.filter(public_id=given).values_list("pk", flat=True))


def _by_email(given: str, since: datetime, until: datetime) -> set[int]:
    return set(EmailAddress.objects.filter(email__iexact=given, verified=True).values_list("user_id", flat=True))


_FINDERS = {"PSEUDONYM": _by_pseudonym, "ACCOUNT": _by_account, "EMAIL": _by_email}
