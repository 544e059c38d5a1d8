"""Whether a statement may be published: the schema, what the schema cannot say, and no personal data. Each fault has its own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from jsonschema import ValidationError

from moderation.dsa.scanning import scan
from moderation.dsa.schema import make_validator

Words = str | Promise
_PUID = re.compile(r"rsk-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
# Where a person writes freely.
FREE_TEXT = (
    "decision_facts",
    "illegal_content_legal_ground",
    "illegal_content_explanation",
    "incompatible_content_ground",
    "incompatible_content_explanation",
    "decision_visibility_other",
    "decision_monetary_other",
    "content_type_other",
    "category_specification_other",
    "source_identity",
)
ENDS = ("end_date_account_restriction", "end_date_monetary_restriction", "end_date_service_restriction", "end_date_visibility_restriction")
# Said only together with a value of another field; else the server drops them without a word.
_ONLY_WITH = {
    "decision_visibility_other": ("decision_visibility", "DECISION_VISIBILITY_OTHER"),
    "decision_monetary_other": ("decision_monetary", "DECISION_MONETARY_OTHER"),
    "content_type_other": ("content_type", "CONTENT_TYPE_OTHER"),
    "category_specification_other": ("category_specification", "KEYWORD_OTHER"),
    "illegal_content_legal_ground": ("decision_ground", "DECISION_GROUND_ILLEGAL_CONTENT"),
    "illegal_content_explanation": ("decision_ground", "DECISION_GROUND_ILLEGAL_CONTENT"),
    "incompatible_content_ground": ("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT"),
    "incompatible_content_explanation": ("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT"),
    "incompatible_content_illegal": ("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT"),
}
NO_MEASURE = _("Une mesure au moins est nécessaire.")
MISSING = _("Ce champ est nécessaire.")
UNKNOWN_FIELD = _("Champ inconnu de la base européenne.")
MISPLACED = _("Ce champ n’a pas sa place à côté des autres choix.")
BAD_DATE = _("Cette date n’existe pas ou est hors limites.")
BAD_FORM = _("Cette valeur n’a pas la forme demandée.")
NULL_TEXT = _("Le mot « null » n’est pas une valeur.")
ENDS_TOO_EARLY = _("La fin vient avant le début.")
TWICE = _("La catégorie principale ne se répète pas parmi les autres.")


def check_payload(payload: Mapping[str, Any], *, pseudonyms: Iterable[str] = ()) -> dict[str, Words]:
    """What is wrong with a statement, by field; empty when it may be published. `decision` stands for a measure that is missing."""
    names = tuple(pseudonyms)
    faults: dict[str, Words] = {}
    for field, words in (*_by_schema(payload), *_by_rules(payload), *_by_scan(payload, names)):
        faults.setdefault(field, words)
    return faults


def _by_schema(payload: Mapping[str, Any]) -> Iterator[tuple[str, Words]]:
    for error in make_validator().iter_errors(dict(payload)):
        if error.path:
            yield str(error.path[0]), _words_of(error)
        elif error.validator == "required":
            yield from ((name, MISSING) for name in error.validator_value if name not in payload)
        elif error.validator == "additionalProperties":
            yield from ((name, UNKNOWN_FIELD) for name in payload if name not in error.schema["properties"])
        else:
            yield "decision", NO_MEASURE


def _words_of(error: ValidationError) -> Words:
    said = error.validator
    if error.instance == "null":
        return NULL_TEXT
    if said == "maxLength":
        return format_lazy(_("Au plus {count} caractères."), count=error.validator_value)
    if said in {"minLength", "minItems"} or (said == "pattern" and error.validator_value == "\\S"):
        return MISSING
    if "date" in str(error.path[0]):
        return BAD_DATE
    if said in {"enum", "anyOf"}:
        return format_lazy(_("Valeur inconnue : {value}."), value=str(error.instance)[:80])
    return BAD_FORM


def _by_rules(payload: Mapping[str, Any]) -> Iterator[tuple[str, Words]]:
    yield from ((name, NULL_TEXT) for name, value in payload.items() if value == "null" or (isinstance(value, list) and "null" in value))
    if not isinstance(payload.get("puid"), str) or not _PUID.match(payload["puid"]):
        yield "puid", BAD_FORM
    start = payload.get("application_date")
    for name in ENDS:
        end = payload.get(name)
        if isinstance(end, str) and isinstance(start, str) and end < start:  # both Y-m-d, so they compare as text
            yield name, ENDS_TOO_EARLY
    additions = payload.get("category_addition")
    if isinstance(additions, list) and payload.get("category") in additions:
        yield "category_addition", TWICE
    yield from (
        (name, MISPLACED) for name, (other, value) in _ONLY_WITH.items() if name in payload and not _holds(payload.get(other), value)
    )
    if payload.get("source_type") == "SOURCE_VOLUNTARY" and "source_identity" in payload:
        yield "source_identity", MISPLACED


def _holds(found: Any, value: str) -> bool:
    return value in found if isinstance(found, list) else found == value


def _by_scan(payload: Mapping[str, Any], pseudonyms: tuple[str, ...]) -> Iterator[tuple[str, Words]]:
    for name in FREE_TEXT:
        text = payload.get(name)
        if isinstance(text, str) and (found := scan(text, pseudonyms=pseudonyms)):
            listed = format_lazy("{}" + ", {}" * (len(found) - 1), *found)
            yield name, format_lazy(_("Aucune donnée personnelle ici, le texte est publié : {found}."), found=listed)
