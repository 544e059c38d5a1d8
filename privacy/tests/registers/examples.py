"""Small registers for tests: one activity over two tables, one transfer, one risk."""

from __future__ import annotations

from datetime import date
from typing import Any

from privacy.registers.reading import Activity, Assessment, Line, Named, Risk, Transfer, Words
from privacy.registers.words import LegalBasis, Level, Measure, Recipient, Safeguard

SAID = Words("fr", "mg", "en")
CLASSIFIED = {"app.Person": {"name": True, "colour": False}, "app.Letter": {"text": True}, "app.Theme": {"slug": False}}
TODAY = date(2026, 11, 26)


def line(*models: str, retention: Named | None = None, erasure: Named | None = None) -> Line:
    return Line(models or ("app.Person", "app.Letter"), retention or Named("PROFILE"), erasure or Named("IDENTITY"))


def activity(*data: Line, **change: Any) -> Activity:
    known: dict[str, Any] = {
        "key": "people",
        "name": SAID,
        "purpose": SAID,
        "persons": SAID,
        "basis": ((LegalBasis.CONTRACT, "RGPD 6(1)(b)"),),
        "special": False,
        "recipients": (Recipient.TEAM,),
        "transfers": (),
        "measures": (Measure.SEALED,),
        "data": data or (line(),),
    }
    return Activity(**(known | change))


def transfer(**change: Any) -> Transfer:
    known: dict[str, Any] = {
        "key": "bank",
        "recipient": "Bank",
        "country": "FR",
        "purpose": SAID,
        "data": SAID,
        "safeguard": Safeguard.UNION,
        "turned_on": "RESAKA_BANK_KEY",
        "addresses": ("BANK_URL",),
        "hosts": ("api.bank.example", "*.push.bank.example"),
        "told": SAID,
    }
    return Transfer(**(known | change))


def risk(**change: Any) -> Risk:
    known: dict[str, Any] = dict.fromkeys(("key", "title", "sources", "harm", "measures"), "x")
    known |= dict.fromkeys(("likelihood", "severity", "residual_likelihood", "residual_severity"), Level.LIMITED)
    return Risk(**(known | {"activities": ("people",), "evidence": ("manage.py",)} | change))


def assessment(*risks: Risk, **change: Any) -> Assessment:
    known: dict[str, Any] = {
        "reviewed_on": TODAY,
        "next_review": date(2027, 11, 26),
        "why": "x",
        "necessity": "x",
        "opinion": "x",
        "risks": risks or (risk(),),
    }
    return Assessment(**(known | change))
