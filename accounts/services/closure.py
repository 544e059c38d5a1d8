"""Leaving for a while, and leaving for good.

Both make an account invisible at once and end its sessions and sockets. From a pause any log-in leads back. A closure waits
`CLOSURE_GRACE` days, in which a log-in leads to the one page where it can be taken back; then what may go goes. What the law keeps
stays out of sight (docs/decisions/0019).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.enums import UserStatus
from accounts.events import AccountActivated, AccountClosed, AccountDeactivated
from accounts.models import AgeAssertion, AgeCheck, Block, DeviceMark, LoginSession, Mute, Profile, PseudonymHistory, User
from accounts.queries.farewell import farewell_token
from accounts.services.documents import withdraw_open_document
from accounts.services.identity import keep_at_closure
from accounts.services.letters import send_letter
from accounts.services.sessions import end_all_sessions
from core import audit
from core.outages import log_failure
from core.outbox import publish

logger = logging.getLogger("resaka.accounts")
# So long a mail server may be down before an account closes without its letter.
LETTER_PATIENCE = timedelta(hours=24)
_BATCH = 100
# A page of a floor above: an account that is closed can ask there for the rest to be erased.
_ERASE_PATH = "/privacy/farewell/%s/"


class NotOpen(Exception):
    """The account is not in the state from which this leads on: it was done already, or it is too late."""


def pause_account(*, user: User, now: datetime) -> None:
    """Make an account invisible until its next log-in.

    Raises:
        NotOpen.
    """
    with transaction.atomic():
        _move(user, UserStatus.ACTIVE, UserStatus.DEACTIVATED)
        _note("account.pause", user, now)
        publish(AccountDeactivated(user_id=user.pk))
        end_all_sessions(user=user)


def resume_account(*, user: User, now: datetime) -> bool:
    """Bring a paused account back, because its owner logged in; False when it was not paused."""
    with transaction.atomic():
        try:
            _move(user, UserStatus.DEACTIVATED, UserStatus.ACTIVE)
        except NotOpen:
            return False
        _note("account.resume", user, now)
        publish(AccountActivated(user_id=user.pk))
    return True


def begin_closing(*, user: User, now: datetime) -> datetime:
    """Make an account invisible and close it when its days of grace are over; that time. A letter tells its owner.

    Raises:
        NotOpen.
    """
    closes_at = now + timedelta(days=settings.CLOSURE_GRACE)
    with transaction.atomic():
        _move(user, UserStatus.ACTIVE, UserStatus.CLOSING, closes_at=closes_at)
        _note("account.closing", user, now)
        publish(AccountDeactivated(user_id=user.pk))
        end_all_sessions(user=user)
    try:
        send_letter(user=user, name="closing", closes_at=closes_at)
    except OSError as error:  # the page has said it too
        log_failure(logger, "a letter was not sent", error, letter="closing")
    return closes_at


def keep_account(*, user: User, now: datetime) -> None:
    """Take a closure back within the days of grace.

    Raises:
        NotOpen: they are over, or there is nothing to take back.
    """
    with transaction.atomic():
        if not User.objects.select_for_update().filter(pk=user.pk, closes_at__gt=now).exists():  # as it is now: an erasure may have begun
            raise NotOpen(user.status)
        _move(user, UserStatus.CLOSING, UserStatus.ACTIVE, closes_at=None)
        _note("account.keep", user, now)
        publish(AccountActivated(user_id=user.pk))


def finish_closings(*, may_close: Callable[[int], bool] = lambda user_id: True, now: datetime) -> int:
    """Close the accounts whose days of grace are over, at most 100 a call; how many. One that fails waits for the next call.

    `may_close` is asked in the transaction of each, before anything of it: whom a legal hold names stays as they are, out of sight.
    """
    due = User.objects.filter(status=UserStatus.CLOSING, closes_at__lte=now).order_by("closes_at")
    done = 0
    for user in due[:_BATCH]:
        try:
            with transaction.atomic():
                done += may_close(user.pk) and _finish(user, now)
        except OSError as error:
            log_failure(logger, "a closing account waits for its letter", error, letter="closed")
    return done


def _finish(user: User, now: datetime) -> bool:
    with transaction.atomic():
        try:
            _move(user, UserStatus.CLOSING, UserStatus.CLOSED, closed_at=now)
        except NotOpen:  # taken back, or another process was faster
            return False
        _say_farewell(user, now)
        _let_go(user, now)
    return True


def close_for_erasure(*, user: User, now: datetime) -> bool:
    """Close an account whose erasure is under way (`accounts.services.erasure.hide_account`), without the farewell of a closure: its
    person has letters of their own. False when it is closed already."""
    with transaction.atomic():
        try:
            _move(user, UserStatus.CLOSING, UserStatus.CLOSED, closed_at=now)
        except NotOpen:
            return False
        _let_go(user, now)
    return True


def _let_go(user: User, now: datetime) -> None:
    """What the law keeps is sealed, all else goes, and the house hears of it."""
    keep_at_closure(user=user, email=user.email, now=now)
    _forget(user, now)
    _note("account.closed", user, now)
    publish(AccountClosed(user_id=user.pk))


def _say_farewell(user: User, now: datetime) -> None:
    """The letter goes out while the address is still there; a mail server that stays silent for a day no longer holds the account."""
    try:
        send_letter(user=user, name="closed", erase_path=_ERASE_PATH % farewell_token(user))
    except OSError:
        if user.closes_at is None or now < user.closes_at + LETTER_PATIENCE:
            raise


def _forget(user: User, now: datetime) -> None:
    """All that no law keeps. Names worn are kept for a year, so that nobody else wears them meanwhile."""
    PseudonymHistory.objects.filter(user=user, to_at=None).update(to_at=now)
    withdraw_open_document(user=user, now=now)
    for model in (Profile, AgeAssertion, AgeCheck, LoginSession, DeviceMark, EmailAddress, Authenticator):
        model._default_manager.filter(user=user).delete()
    Block.objects.filter(Q(blocker=user) | Q(blocked=user)).delete()
    Mute.objects.filter(Q(muter=user) | Q(muted=user)).delete()
    user.username, user.email, user.closes_at = f"~{user.public_id}", "", None
    user.last_login = user.last_active_date = None
    user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    gone = ("username", "email", "closes_at", "last_login", "last_active_date", "is_staff", "is_superuser", "password")
    user.save(update_fields=gone)


def _move(user: User, old: UserStatus, new: UserStatus, **changes: datetime | None) -> None:
    """Claim the change by the number of rows: two who try it at once do it once."""
    if not User.objects.filter(pk=user.pk, status=old).update(status=new, **changes):
        raise NotOpen(user.status)
    user.refresh_from_db(fields=["status", "closes_at", "closed_at"])


def _note(action: str, user: User, now: datetime) -> None:
    by_system = action == "account.closed"
    entry = audit.Entry(
        action=action,
        object_kind="account",
        object_ref=user.public_id,
        reason=user.status,
        actor="" if by_system else user.public_id,
        role="system" if by_system else "person",
    )
    audit.append(entry, now=now)
