"""What of an account goes when its person has it erased. `privacy` calls, step by step, and has asked what is held.

First the account is put out of sight (`hide_account`), which destroys nothing; so also whom a legal hold names is seen by nobody any
more. What the law keeps is sealed at the end (`close_account`).
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F, Q

from accounts.enums import Accent, Theme, UserStatus
from accounts.events import AccountDeactivated
from accounts.models import (
    AgeAssertion,
    AgeCheck,
    Block,
    DeviceMark,
    DocumentReview,
    EvasionSignal,
    LoginSession,
    Mute,
    Profile,
    PseudonymHistory,
    User,
    WithdrawnIdentity,
)
from accounts.services.ageproofs import destroy_checks
from accounts.services.closure import close_for_erasure
from accounts.services.documents import withdraw_open_document
from accounts.services.keeping import veil_names
from accounts.services.sessions import SESSION_REVOKED
from core import audit
from core.erasing import BATCH, Rows, add_up, delete_some, next_batch
from core.outbox import publish
from realtime import services as live

# How somebody likes their pages, as it is before anybody said so.
_PLAIN: dict[str, Any] = {
    "theme": Theme.SYSTEM,
    "accent": Accent.LEAF,
    "data_saver": False,
    "hide_presence": False,
    "enter_sends": True,
    "discreet": False,
    "tips_hidden": "",
    "restricted_at": None,
}


def hide_account(*, user_id: int, now: datetime) -> bool:
    """Put an account out of everybody's sight, with no way back, and end its sessions; False when that was done or it is closed.

    Nothing is destroyed: the list of its log-ins stays until `end_access`."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).exclude(status=UserStatus.CLOSED).first()
        if user is None or (user.closes_at is not None and user.closes_at <= now):
            return False
        was = user.status
        User.objects.filter(pk=user_id).update(status=UserStatus.CLOSING, closes_at=now, session_epoch=F("session_epoch") + 1)
        entry = audit.Entry("account.erasing", "account", user.public_id, reason=was, actor=user.public_id, role="person")
        audit.append(entry, now=now)
        publish(AccountDeactivated(user_id=user_id))
        transaction.on_commit(partial(live.close_user, user=user.public_id, code=SESSION_REVOKED))
    return True


# ---- Log-ins, devices, second factors ----------------------------------------------------------------------------------------
def end_access(*, user_id: int, now: datetime) -> Rows:
    """A batch of log-ins, marks of browsers, passkeys and the password; `{}` once nobody can come in any more."""
    return next_batch((_log_ins, _devices, _password), user_id=user_id, now=now)


def has_access(*, user_id: int) -> bool:
    """Whether there is a log-in, a known browser, a second factor or a password."""
    mine = [model._default_manager.filter(user_id=user_id) for model in (LoginSession, DeviceMark, Authenticator)]
    return any(rows.exists() for rows in [*mine, _with_password(user_id)])


def _log_ins(user_id: int, now: datetime) -> Rows:
    rows = LoginSession.objects.filter(user_id=user_id)
    keys = list(rows.order_by("pk").values_list("session_key", flat=True)[:BATCH])
    return add_up(delete_some(Session.objects.filter(session_key__in=keys)), delete_some(rows)) if keys else {}


def _devices(user_id: int, now: datetime) -> Rows:
    marks, factors = DeviceMark.objects.filter(user_id=user_id), Authenticator.objects.filter(user_id=user_id)
    return add_up(delete_some(marks), delete_some(factors))


def _password(user_id: int, now: datetime) -> Rows:
    user = _with_password(user_id).first()
    if user is None:
        return {}
    user.set_unusable_password()
    user.save(update_fields=["password"])
    transaction.on_commit(partial(live.close_user, user=user.public_id, code=SESSION_REVOKED))
    return {User._meta.db_table: 1}


def _with_password(user_id: int) -> Any:
    return User.objects.filter(pk=user_id).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


# ---- Who is kept away from whom ----------------------------------------------------------------------------------------------
def erase_relations(*, user_id: int, now: datetime) -> Rows:
    """A batch of blocks and mutes, those that they set and those that others set on them."""
    return add_up(*(delete_some(rows) for rows in _relations(user_id)))


def has_relations(*, user_id: int) -> bool:
    """Whether a block or a mute names them."""
    return any(rows.exists() for rows in _relations(user_id))


def _relations(user_id: int) -> tuple[Any, ...]:
    return (
        Block.objects.filter(Q(blocker_id=user_id) | Q(blocked_id=user_id)),
        Mute.objects.filter(Q(muter_id=user_id) | Q(muted_id=user_id)),
    )


# ---- Profile, place, proofs of age -------------------------------------------------------------------------------------------
def erase_profile(*, user_id: int, now: datetime) -> Rows:
    """A batch of what somebody told of themselves and how they showed their age, with the document that is being looked at and its key."""
    return next_batch((_document, _checks, _told), user_id=user_id, now=now)


def has_profile(*, user_id: int) -> bool:
    """Whether anything of that is still there."""
    return any(model._default_manager.filter(user_id=user_id).exists() for model in (DocumentReview, AgeCheck, *_TOLD))


_TOLD = (Profile, AgeAssertion, EvasionSignal)


def _document(user_id: int, now: datetime) -> Rows:
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        withdraw_open_document(user=user, now=now)
    return delete_some(DocumentReview.objects.filter(user_id=user_id))


def _checks(user_id: int, now: datetime) -> Rows:
    keys = list(AgeCheck.objects.filter(user_id=user_id).values_list("pk", flat=True)[:BATCH])
    return {AgeCheck._meta.db_table: destroy_checks(keys)} if keys else {}


def _told(user_id: int, now: datetime) -> Rows:
    return add_up(*(delete_some(model._default_manager.filter(user_id=user_id)) for model in _TOLD))


# ---- The account itself ------------------------------------------------------------------------------------------------------
def close_account(*, user_id: int, now: datetime) -> Rows:
    """What must be kept of who somebody is moves to the sealed rows, and the live row keeps nothing but its number."""
    return next_batch((_close, _names, _remnants, _plain, _groups, _desk_lines), user_id=user_id, now=now)


def is_closed(*, user_id: int) -> bool:
    """Whether the account is closed and its row says nothing of anybody."""
    bare = User.objects.filter(pk=user_id, status=UserStatus.CLOSED, email="", username__startswith="~", last_login=None, **_PLAIN)
    named = PseudonymHistory.objects.filter(user_id=user_id).exclude(pseudonym="")
    left = (named, *(model._default_manager.filter(user_id=user_id) for model in _REMNANTS))
    return bare.exists() and not any(rows.exists() for rows in left)


_REMNANTS = (EmailAddress, Authenticator, Profile, WithdrawnIdentity)


def _close(user_id: int, now: datetime) -> Rows:
    user = User.objects.filter(pk=user_id).exclude(status=UserStatus.CLOSED).first()
    return {User._meta.db_table: 1} if user is not None and close_for_erasure(user=user, now=now) else {}


def _names(user_id: int, now: datetime) -> Rows:
    return veil_names(user=User.objects.get(pk=user_id), now=now)


def _remnants(user_id: int, now: datetime) -> Rows:
    return add_up(*(delete_some(model._default_manager.filter(user_id=user_id)) for model in _REMNANTS))


def _plain(user_id: int, now: datetime) -> Rows:
    changed = User.objects.filter(pk=user_id).exclude(**_PLAIN).update(**_PLAIN)
    return {User._meta.db_table: changed} if changed else {}


def _groups(user_id: int, now: datetime) -> Rows:
    through = (User.groups.through, User.user_permissions.through)
    return add_up(*(delete_some(model._default_manager.filter(user_id=user_id)) for model in through))


def _desk_lines(user_id: int, now: datetime) -> Rows:
    """Django's own list of what was done in the admin writes down what a person was called."""
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user_id))
    changed = about.exclude(object_repr="~").update(object_repr="~", change_message="")
    return {LogEntry._meta.db_table: changed} if changed else {}
