"""Holding a ban against the next account of the same person, without fingerprints of browsers.

What a banned account used (its confirmed addresses, its browsers' marks) is remembered as keyed hashes for as long as the ban, two years
at most. An account that comes with the same address may not write until staff have looked; one that only shares a browser, which
families and cafés do, is noted for those who look, and nothing happens to it by itself.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.enums import BanKeyKind, SignalStrength, SuspensionKind
from accounts.models import BanKey, DeviceMark, EvasionSignal, Suspension, User
from accounts.services.suspension import AlreadySuspended, suspend
from core.sealing import mac_key

LONGEST = timedelta(days=730)
HELD = "BAN_KEY"
_SCOPE = "ban-key"
_STRENGTH = {BanKeyKind.EMAIL: SignalStrength.STRONG, BanKeyKind.DEVICE: SignalStrength.MEDIUM}
_DOMAINS = {"googlemail.com": "gmail.com"}
# Providers that drop what follows a plus; some of them dots as well.
_PLUS = {"gmail.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com", "proton.me", "protonmail.com", "fastmail.com"}
_DOTS = {"gmail.com"}


def fold_email(email: str) -> str:
    """The mailbox behind an address: lower case, without the dots and tags that its provider ignores."""
    local, _at, domain = email.strip().lower().rpartition("@")
    domain = _DOMAINS.get(domain, domain)
    if domain in _PLUS:
        local = local.partition("+")[0]
    if domain in _DOTS:
        local = local.replace(".", "")
    return f"{local}@{domain}"


def plant_ban_keys(*, measure: Suspension, now: datetime) -> int:
    """Remember what the account of a suspension or termination uses; how many keys. Doing it twice changes nothing."""
    ends_at = min(measure.ends_at or now + LONGEST, now + LONGEST)
    keys = [BanKey(kind=kind, mac=mac, decision_ref=measure.decision_ref, expires_at=ends_at) for kind, mac in _macs_of(measure.user, now)]
    return len(BanKey.objects.bulk_create(keys, ignore_conflicts=True))


def pull_ban_keys(*, decision_ref: str) -> None:
    """Forget what was remembered for a decision that no longer holds. Who is held because of it waits for staff as before."""
    BanKey.objects.filter(decision_ref=decision_ref).delete()


def look_for_evasion(*, user: User, now: datetime) -> list[EvasionSignal]:
    """Compare an account that comes in with what is remembered of bans; the signals that are new. Three queries when there are none.

    An account that is barred itself is none of its own next ones. Staff who lifted the restriction once are not asked again for the
    same decision.
    """
    if user.barred:
        return []
    macs = {mac: kind for kind, mac in _macs_of(user, now)}
    found = BanKey.objects.filter(mac__in=macs, expires_at__gt=now).values_list("kind", "mac", "decision_ref")
    hits = {(kind, ref) for kind, mac, ref in found if macs[mac] == kind}
    return [signal for kind, ref in sorted(hits) if (signal := _note(user, BanKeyKind(kind), ref, now)) is not None]


def _note(user: User, kind: BanKeyKind, decision_ref: str, now: datetime) -> EvasionSignal | None:
    with transaction.atomic():
        fresh = {"priority": _STRENGTH[kind], "seen_at": now}
        signal, new = EvasionSignal.objects.get_or_create(user=user, kind=kind, decision_ref=decision_ref, defaults=fresh)
        if new and signal.priority == SignalStrength.STRONG:
            _hold(user, decision_ref, now)
    return signal if new else None


def _hold(user: User, decision_ref: str, now: datetime) -> None:
    """Nothing is written to anybody before staff have looked."""
    ref = f"{HELD}:{decision_ref}"[:64]
    try:
        suspend(user=user, kind=SuspensionKind.POSTING_RESTRICTED, decision_ref=ref, reason="same mailbox as a banned account", now=now)
    except AlreadySuspended:  # by another decision, which holds as well
        return


def _macs_of(user: User, now: datetime) -> list[tuple[BanKeyKind, str]]:
    emails = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    marks = DeviceMark.objects.filter(user=user, expires_at__gt=now).values_list("mac", flat=True)
    addresses = [(BanKeyKind.EMAIL, _mac(BanKeyKind.EMAIL, fold_email(email))) for email in emails]
    return addresses + [(BanKeyKind.DEVICE, _mac(BanKeyKind.DEVICE, mark)) for mark in marks]


def _mac(kind: BanKeyKind, text: str) -> str:
    return hmac.digest(mac_key(_SCOPE)[1], f"{kind.value}:{text}".encode(), "sha256").hex()
