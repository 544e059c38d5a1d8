"""Who of the house may open which list of the admin."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.services.sessions import end_all_sessions
from billing.queries.staff import GROUP as MONEY
from billing.queries.staff import SUPPORT
from moderation.access import find_staff
from moderation.enums import StaffRole
from moderation.services.noting import note
from moderation.services.staff import AuditorAlone, discharge, enlist

GROUP = "Moderation"
REVIEWERS = "Age review"
_MAY_VIEW = {
    "accounts": ("user", "profile", "legaldocument", "suspension", "evasionsignal", "trustedissuer"),
    "chat": ("theme", "room", "membership", "roomproposal"),
    "core": ("outboxevent",),
    "notifications": ("delivery", "emailsuppression"),  # how each road carries; neither addresses nor values
}


_MAY_DO = {"accounts": ("change_suspension",)}  # to lift a measure; the admin has no form that changes one


def make_staff(*, user: User, roles: Iterable[StaffRole] = (StaffRole.MODERATOR,), now: datetime) -> None:
    """Let somebody into the admin with the rights of the moderation team and these roles in it; doing it twice changes nothing."""
    group, _new = Group.objects.get_or_create(name=GROUP)
    wanted = Q()
    for app, models in _MAY_VIEW.items():
        wanted |= Q(content_type__app_label=app, codename__in=[f"view_{model}" for model in models])
    for app, codenames in _MAY_DO.items():
        wanted |= Q(content_type__app_label=app, codename__in=codenames)
    group.permissions.set(Permission.objects.filter(wanted))
    _join(user, group)
    enlist(user=user, roles=roles, now=now)


def make_reviewer(*, user: User) -> None:
    """Let somebody look at the documents by which people show their age, and at nothing else; doing it twice changes nothing."""
    group, _new = Group.objects.get_or_create(name=REVIEWERS)
    group.permissions.set(Permission.objects.filter(content_type__app_label="accounts", codename="review_document"))
    _join(user, group)


def make_money_staff(*, user: User) -> None:
    """Let somebody work on money: the desk of money, and its tables to look at; doing it twice changes nothing."""
    group, _new = Group.objects.get_or_create(name=MONEY)
    group.permissions.set(Permission.objects.filter(content_type__app_label="billing", codename__startswith="view_"))
    _join(user, group)


def make_support_staff(*, user: User) -> None:
    """Let somebody answer those who ask for help, and see nothing of the money; doing it twice changes nothing."""
    _join(user, Group.objects.get_or_create(name=SUPPORT)[0])


def make_auditor(*, user: User, days: int, now: datetime) -> None:
    """Let somebody look at how the house keeps the law, for so many days and at nothing that says who people are; they join no group.

    Raises:
        moderation.services.staff.AuditorAlone: they work here, or are a superuser; TermTooLong: not 1 to 30 days.
    """
    if user.groups.exists() or user.user_permissions.exists():
        raise AuditorAlone(user.public_id)
    enlist(user=user, roles=[StaffRole.AUDITOR], ends_at=now + timedelta(days=days), now=now)
    _open_admin(user)


def end_staff(*, user: User, reason: str, now: datetime) -> bool:
    """End somebody's work in the house, whatever it was: no page of the team opens from now on, and their log-ins end everywhere. Their
    account as a member stays. False when they had no right here."""
    profile = find_staff(user=user)
    if profile is None and not (user.is_staff or user.is_superuser or user.groups.exists() or user.user_permissions.exists()):
        return False
    with transaction.atomic():
        if profile is not None:
            discharge(profile=profile, reason=reason, now=now)
        user.groups.clear()
        user.user_permissions.clear()
        user.is_staff = user.is_superuser = False
        user.save(update_fields=["is_staff", "is_superuser"])
        end_all_sessions(user=user)
        note(action="staff.end", by=None, object_kind="account", object_ref=user.public_id, reason=reason, now=now)
    return True


def _join(user: User, group: Group) -> None:
    user.groups.add(group)
    _open_admin(user)


def _open_admin(user: User) -> None:
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
