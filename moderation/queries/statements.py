"""A statement of reasons in the words of the person whom it restricts (DSA art. 17(3)), from the same facts as the database gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from moderation.dsa.checking import ENDS
from moderation.dsa.payload import VOLUNTARY
from moderation.dsa.schema import list_values
from moderation.enums import Action, TargetKind
from moderation.models import StatementOfReasons

_DONE = {
    Action.REMOVE: gettext_lazy("Nous avons retiré ce contenu."),
    Action.DISABLE: gettext_lazy("Nous avons masqué ce contenu."),
    Action.SLOW_ROOM: gettext_lazy("Nous avons ralenti ce salon : chaque personne y attend entre deux messages."),
    Action.FREEZE_ROOM: gettext_lazy("Nous avons mis ce salon en pause : on peut le lire, pas y écrire."),
    Action.CLOSE_ROOM: gettext_lazy("Nous avons fermé ce salon."),
    Action.MUTE_IN_ROOM: gettext_lazy("Vous ne pouvez plus écrire dans ce salon."),
    Action.BAN_FROM_ROOM: gettext_lazy("Vous ne pouvez plus entrer dans ce salon."),
    Action.RESTRICT_POSTING: gettext_lazy("Vous ne pouvez plus écrire, dans aucun salon."),
    Action.SUSPEND_REPORTING: gettext_lazy("Vous ne pouvez plus envoyer de signalement."),
    Action.SUSPEND_ACCOUNT: gettext_lazy("Votre compte est suspendu."),
    Action.TERMINATE_ACCOUNT: gettext_lazy("Votre compte est fermé."),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One of the things that art. 17(3) demands: its letter, a title, and what is said."""

    letter: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatementWords:
    """The whole statement, to be shown in this order."""

    reference: str
    sections: tuple[Section, ...]


def statement_words(statement: StatementOfReasons, language: str) -> StatementWords:
    """The statement in `language` (fr, mg, en). What somebody of the team wrote stays in the words in which they wrote it; who told us,
    and who decided, is never said. Two queries, none if decision and case came along."""
    payload = statement.payload
    with override(language):
        sections = (
            Section("a", _("Ce que nous avons décidé"), tuple(_decided(statement))),
            Section("b", _("Les faits"), (payload["decision_facts"], _source(payload))),
            Section("c", _("La part des machines"), tuple(_automated(payload))),
            _ground(payload),
            Section("f", _("Si vous n’êtes pas d’accord"), tuple(_redress())),
        )
    return StatementWords(statement.decision.public_id, sections)


def _decided(statement: StatementOfReasons) -> Iterator[str]:
    decision, payload = statement.decision, statement.payload
    yield str(_DONE[Action(decision.action)])
    if "decision_visibility" in payload and ("decision_provision" in payload or "decision_account" in payload):
        yield _("Le contenu signalé est retiré aussi.")
    yield _("Objet : %(kind)s.") % {"kind": str(TargetKind(decision.case.target_kind).label).lower()}
    yield _("Depuis le %(day)s.") % {"day": _day(payload["application_date"])}
    end = next((payload[name] for name in ENDS if name in payload), None)
    yield _("Jusqu’au %(day)s.") % {"day": _day(end)} if end else _("Sans limite de durée.")
    if set(payload["territorial_scope"]) == set(list_values("EEA_COUNTRIES")):
        yield _("Partout où Resaka est ouvert.")
    else:
        yield _("Dans ces pays : %(codes)s.") % {"codes": ", ".join(payload["territorial_scope"])}
    if decision.reversed_at:
        yield _("Cette décision a été annulée le %(day)s.") % {"day": date_format(decision.reversed_at, "DATE_FORMAT")}


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "DATE_FORMAT")


def _source(payload: dict[str, Any]) -> str:
    if payload["source_type"] == VOLUNTARY:
        return _("Nous avons agi de notre propre initiative.")
    return _("Nous avons agi après un signalement. Nous ne disons pas de qui il vient.")


def _automated(payload: dict[str, Any]) -> Iterator[str]:
    if payload["automated_detection"] == "Yes":
        yield _("Un contrôle automatique a remarqué ce contenu.")
    else:
        yield _("Aucun contrôle automatique n’a joué de rôle pour trouver ce contenu.")
    if payload["automated_decision"] == "AUTOMATED_DECISION_FULLY":
        yield _("La décision a été prise automatiquement. Une personne la reverra si vous faites un recours.")
    else:
        yield _("Une personne de l’équipe a pris la décision.")


def _ground(payload: dict[str, Any]) -> Section:
    if payload["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT":
        law = _("Nous tenons ce contenu pour illégal : %(law)s.") % {"law": payload["illegal_content_legal_ground"]}
        return Section("d", _("Le texte de loi"), (law, payload["illegal_content_explanation"]))
    rule = _("Ce contenu est contraire à nos règles : %(rule)s.") % {"rule": payload["incompatible_content_ground"]}
    return Section("e", _("La règle de la maison"), (rule, payload["incompatible_content_explanation"]))


def _redress() -> Iterator[str]:
    yield _("Vous pouvez faire un recours ici pendant six mois. C’est gratuit, et une autre personne de l’équipe décide.")
    yield _("Vous pouvez aussi saisir un organisme agréé de règlement des litiges (règlement européen 2022/2065, article 21).")
    yield _("Vous pouvez dans tous les cas aller devant un tribunal.")
