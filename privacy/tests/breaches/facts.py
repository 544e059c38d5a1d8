"""Breaches for tests: a backup that was left on a bench."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from accounts.tests.factories import NOON
from privacy.enums import BreachRisk
from privacy.models import Breach
from privacy.services.breaches import Facts, log_breach
from privacy.services.breachletters import write_letters

if TYPE_CHECKING:
    from moderation.models import StaffProfile

LETTERS = {"fr": "Un disque a été perdu.", "mg": "Very ny kapila.", "en": "A disk was lost."}


def facts(**change: Any) -> Facts:
    """What was found at noon: some two hundred people, a high risk."""
    known = Facts(
        found_at=NOON,
        started_at=NOON - timedelta(hours=5),
        nature="Une sauvegarde est restée sur un banc.",
        harms=["CONFIDENTIALITY", "AVAILABILITY"],
        codes=["PROFILE", "MESSAGE_BODY"],
        persons=200,
        records=5000,
        effects="Quelqu’un peut lire des profils.",
        measures="La sauvegarde est chiffrée ; les clés sont changées.",
        risk=BreachRisk.HIGH,
    )
    return replace(known, **change)


def make_breach(by: StaffProfile, *, now: datetime = NOON, **change: Any) -> Breach:
    """One that is in the log."""
    return log_breach(facts=facts(**change), by=by, now=now)


def with_letters(breach: Breach, by: StaffProfile, *, now: datetime = NOON) -> Breach:
    """The same, with its letters written."""
    write_letters(breach=breach, letters=LETTERS, by=by, now=now)
    breach.refresh_from_db()
    return breach
