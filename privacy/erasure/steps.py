"""The thirteen steps of an erasure, one for each store: what to do, and the query that proves it done.

`run` takes a batch in the caller's transaction, under the epoch of the holds, and says which rows went; it is called until it finds
nothing. `outside` is what no transaction can hold (a provider, files): it is asked first, and bears being asked again. Every step may run
any number of times, in whatever state a killed process has left it. The app `direct` joins RELATIONS when it is born.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from accounts.queries.evidence import list_names_worn
from accounts.services import erasure as accounts
from billing.services import erasure as billing
from chat.services import erasure as chat
from core.erasing import Rows
from core.sealing import destroy_key, has_key
from moderation.services import erasure as moderation
from notifications.services import erasure as notifications
from privacy.enums import ErasureStep
from privacy.erasure.certificate import has_certificate, make_certificate
from privacy.erasure.person import Person
from privacy.services.archives import cancel_exports, has_exports
from realtime import services as live


@dataclass(frozen=True, slots=True)
class Step:
    """One store. `store` is what its record says when no table is named; `code` is under which kind of data its records stand."""

    name: ErasureStep
    store: str
    code: str
    run: Callable[[Person, datetime], Rows]
    prove: Callable[[Person], bool]
    outside: Callable[[Person], Rows] | None = None
    # Whether `outside` is a store of the house: its backups bring back what it held.
    is_ours: bool = True


def _by_id(deed: Callable[..., Rows]) -> Callable[[Person, datetime], Rows]:
    """A service that takes the inward id, as a step takes the person."""
    return lambda person, now: deed(user_id=person.user_id, now=now)


def _without(question: Callable[..., bool]) -> Callable[[Person], bool]:
    """The proof that something is not there any more."""
    return lambda person: not question(user_id=person.user_id)


# ---- Caches ------------------------------------------------------------------------------------------------------------------
def _forget_caches(person: Person, now: datetime) -> Rows:
    """What processes remember is no truth of its own: it is dropped, and comes back from what is there."""
    del now
    if not notifications.has_caches(user_id=person.user_id):
        return {}
    notifications.forget_caches(user_id=person.user_id)
    return {"cache": 1}


# ---- Money -------------------------------------------------------------------------------------------------------------------
def _leave_providers(person: Person) -> Rows:
    gone = billing.leave_providers(user_id=person.user_id)
    return {"stripe": gone} if gone else {}


# ---- Moderation --------------------------------------------------------------------------------------------------------------
def _veil(person: Person, now: datetime) -> Rows:
    return moderation.veil_names(user_id=person.user_id, names=_names(person), now=now)


def _is_veiled(person: Person) -> bool:
    return not moderation.has_names(user_id=person.user_id, names=_names(person)) and not moderation.works_here(user_id=person.user_id)


def _names(person: Person) -> set[str]:
    return list_names_worn(user_ids=[person.user_id])


# ---- Files -------------------------------------------------------------------------------------------------------------------
def _delete_files(person: Person) -> Rows:
    there = [name for name in person.files if default_storage.exists(name)]
    for name in there:
        default_storage.delete(name)
    return {"media": len(there)} if there else {}


def _drop_archives(person: Person, now: datetime) -> Rows:
    """The copy that the person had made of their data. The rows of other files went with their rooms; here are the objects that they
    pointed to."""
    gone = cancel_exports(user_id=person.user_id, now=now)
    return {"privacy_exportarchive": gone} if gone else {}


def _has_no_files(person: Person) -> bool:
    return not any(default_storage.exists(name) for name in person.files) and not has_exports(user_id=person.user_id)


# ---- The key -----------------------------------------------------------------------------------------------------------------
def _destroy_key(person: Person, now: datetime) -> Rows:
    """Raises:
    core.sealing.KeyFrozen: a hold was placed in this moment.
    """
    del now
    if not has_key(person.scope):
        return {}
    destroy_key(person.scope)
    transaction.on_commit(partial(live.forget_key, scope=person.scope))
    return {"core_datakey": 1}


STEPS: tuple[Step, ...] = (
    Step(ErasureStep.SESSIONS, "sessions", "SESSION", _by_id(accounts.end_access), _without(accounts.has_access)),
    Step(ErasureStep.REACH, "reach", "DELIVERY", _by_id(notifications.drop_reach), _without(notifications.has_reach)),
    Step(ErasureStep.CACHES, "cache", "NOTIFICATION", _forget_caches, _without(notifications.has_caches)),
    Step(ErasureStep.ROOMS, "rooms", "MESSAGE_BODY", _by_id(chat.erase_words), _without(chat.has_words)),
    Step(ErasureStep.RELATIONS, "relations", "PROFILE", _by_id(accounts.erase_relations), _without(accounts.has_relations)),
    Step(ErasureStep.PROFILE, "profile", "PROFILE", _by_id(accounts.erase_profile), _without(accounts.has_profile)),
    Step(
        ErasureStep.BILLING, "billing", "PAYMENT", _by_id(billing.erase_money), _without(billing.has_money), _leave_providers, is_ours=False
    ),
    Step(ErasureStep.NOTICES, "notices", "NOTIFICATION", _by_id(notifications.erase_notices), _without(notifications.has_notices)),
    Step(ErasureStep.MODERATION, "moderation", "DECISION", _veil, _is_veiled),
    Step(ErasureStep.IDENTITY, "account", "IDENTITY", _by_id(accounts.close_account), lambda one: accounts.is_closed(user_id=one.user_id)),
    Step(ErasureStep.MEDIA, "media", "MEDIA", _drop_archives, _has_no_files, _delete_files),
    Step(ErasureStep.DATA_KEY, "keys", "IDENTITY", _destroy_key, lambda one: not has_key(one.scope)),
    Step(ErasureStep.CERTIFICATE, "certificate", "DATA_REQUEST", make_certificate, has_certificate),
)
NUMBERS: dict[str, int] = {step.name.value: number for number, step in enumerate(STEPS, start=1)}


def step_named(name: str) -> Step:
    """The step of a name, as requests keep it; the first for a request that names none yet.

    Raises:
        KeyError: there is none of that name.
    """
    return STEPS[NUMBERS[name] - 1] if name else STEPS[0]


def step_after(step: Step) -> Step | None:
    """The next one; None after the last."""
    number = NUMBERS[step.name.value]
    return STEPS[number] if number < len(STEPS) else None
