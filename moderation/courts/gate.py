"""What may be asked for at all: a pure function of what the request says, before anybody looks for data.

Article 60-1-2 of the French code of criminal procedure opens the source of a connection and traffic data in four cases, on pain of
nullity; Regulation (EU) 2023/1543, article 5, has its own two thresholds; Malagasy law 2014-006, article 31, never opens content. Content
under the French code is opened here on the order of a judge alone, which is stricter than some read the code (docs/decisions/0028).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from moderation.courts.terms import BY_JUDGE, FRENCH, DataCategory, GateCase, MissingArticle, OffenceClass, RequestKind

_THREE_YEARS = 36
_ONE_YEAR = 12


class Refused(TextChoices):
    """Why a category cannot be ticked, in words for the desk and for the answer."""

    NO_OFFENCE = "NO_OFFENCE", _("La demande ne nomme pas l’infraction.")
    NO_PENALTY = "NO_PENALTY", _("La demande ne donne pas la peine encourue.")
    NO_CASE = "NO_CASE", _("Aucun des quatre cas de l’article 60-1-2 n’est indiqué.")
    NOT_GRAVE = "NOT_GRAVE", _("Cas 1° : il faut un crime, ou un délit puni de trois ans au moins.")
    NOT_ONE_YEAR = "NOT_ONE_YEAR", _("Cas 2° : il faut un délit puni d’un an au moins.")
    NOT_NETWORK = "NOT_NETWORK", _("Cas 2° : l’infraction n’est pas commise par un réseau de communication.")
    NOT_ONLY_AUTHOR = "NOT_ONLY_AUTHOR", _("Cas 2° : la demande n’a pas pour seul objet d’identifier l’auteur.")
    BEYOND_IDENTITY = "BEYOND_IDENTITY", _("Cas 2° : seules les données qui identifient l’auteur peuvent être remises.")
    NOT_VICTIM = "NOT_VICTIM", _("Cas 3° : la demande ne vient pas de la victime, ou ne porte pas sur son propre terminal.")
    NO_PRISON = "NO_PRISON", _("Cas 3° : le délit n’est pas puni d’emprisonnement.")
    NO_ARTICLE = "NO_ARTICLE", _("Cas 4° : l’article de la disparition (74-1, 80-4, 706-106-4) n’est pas indiqué.")
    NO_JUDGE = "NO_JUDGE", _("Il faut l’ordonnance d’un juge.")
    BELOW_THREE_YEARS = "BELOW_THREE_YEARS", _("Règlement 2023/1543 : il faut trois ans au moins, ou une infraction de sa liste.")
    NO_DANGER = "NO_DANGER", _("Le danger pour une vie n’est pas décrit.")
    ONLY_PRESERVED = "ONLY_PRESERVED", _("Cette demande fait conserver ; elle ne fait rien remettre.")
    NEVER_CONTENT = "NEVER_CONTENT", _("Loi malgache 2014-006, article 31 : jamais de contenu.")
    ACTS_ONLY = "ACTS_ONLY", _("Cette demande fait agir ; elle ne fait remettre aucune donnée.")
    INFORMS_ONLY = "INFORMS_ONLY", _("DSA, article 10 : seulement l’identité et le compte déjà connus.")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the request itself says. `penalty_months` is the maximum of imprisonment, None where it says nothing; `judge`: issued or
    validated by a judge or court; `listed`: an offence of article 5(4)(b) to (d) of Regulation 2023/1543."""

    kind: RequestKind
    offence: str = ""
    offence_class: OffenceClass = OffenceClass.NONE
    penalty_months: int | None = None
    gate_case: GateCase | None = None
    network: bool = False
    only_author: bool = False
    victim_asks: bool = False
    missing_article: MissingArticle | None = None
    judge: bool = False
    listed: bool = False
    danger: str = ""


class Gated(ValueError):
    """Something was asked for that this request cannot have: `refusals` says for each category why."""

    def __init__(self, refusals: dict[DataCategory, Refused]) -> None:
        super().__init__(", ".join(f"{category}: {why}" for category, why in refusals.items()))
        self.refusals = refusals


def refusals_of(facts: Facts) -> dict[DataCategory, Refused]:
    """For each category that cannot be ticked the first reason why; the others may be."""
    found = {category: _refusal(facts, category) for category in DataCategory}
    return {category: why for category, why in found.items() if why is not None}


def check_gate(facts: Facts, asked: Iterable[DataCategory]) -> None:
    """Let through what is asked for if every category is open.

    Raises:
        Gated.
    """
    shut = refusals_of(facts)
    wrong = {category: shut[category] for category in asked if category in shut}
    if wrong:
        raise Gated(wrong)


def _refusal(facts: Facts, category: DataCategory) -> Refused | None:
    if facts.kind in FRENCH:
        return _french(facts, category)
    if facts.kind == RequestKind.EPOC:
        return _european(facts, category)
    if facts.kind == RequestKind.MG_JUDICIAL:
        return _malagasy(facts, category)
    if facts.kind == RequestKind.EMERGENCY_DISCLOSURE:
        return None if facts.danger.strip() else Refused.NO_DANGER
    if facts.kind == RequestKind.DSA_10:
        return None if category == DataCategory.SUBSCRIBER else Refused.INFORMS_ONLY
    return Refused.ONLY_PRESERVED if facts.kind == RequestKind.EPOC_PR else Refused.ACTS_ONLY


def _french(facts: Facts, category: DataCategory) -> Refused | None:
    """Who subscribed is outside of the gate; content needs a judge beside it."""
    if category == DataCategory.SUBSCRIBER:
        return None
    if category == DataCategory.CONTENT:
        if facts.kind not in BY_JUDGE and not facts.judge:
            return Refused.NO_JUDGE
        return None if facts.offence.strip() or facts.gate_case == GateCase.MISSING else Refused.NO_OFFENCE
    if facts.gate_case is None:
        return Refused.NO_CASE
    if facts.gate_case == GateCase.MISSING:
        return None if facts.missing_article else Refused.NO_ARTICLE
    if not facts.offence.strip():
        return Refused.NO_OFFENCE
    return _CASES[facts.gate_case](facts, category)


def _grave(facts: Facts, category: DataCategory) -> Refused | None:
    if facts.offence_class == OffenceClass.CRIME:
        return None
    if facts.penalty_months is None:
        return Refused.NO_PENALTY
    return None if _is_delit(facts, _THREE_YEARS) else Refused.NOT_GRAVE


def _network(facts: Facts, category: DataCategory) -> Refused | None:
    if facts.penalty_months is None:
        return Refused.NO_PENALTY
    if not _is_delit(facts, _ONE_YEAR):
        return Refused.NOT_ONE_YEAR
    if not facts.network:
        return Refused.NOT_NETWORK
    if not facts.only_author:
        return Refused.NOT_ONLY_AUTHOR
    return Refused.BEYOND_IDENTITY if category == DataCategory.TRAFFIC else None


def _victim(facts: Facts, category: DataCategory) -> Refused | None:
    if not facts.victim_asks:
        return Refused.NOT_VICTIM
    if facts.penalty_months is None:
        return Refused.NO_PENALTY
    return None if _is_delit(facts, 1) else Refused.NO_PRISON


_CASES = {GateCase.GRAVE: _grave, GateCase.NETWORK: _network, GateCase.VICTIM: _victim}


def _is_delit(facts: Facts, months: int) -> bool:
    return facts.offence_class == OffenceClass.DELIT and (facts.penalty_months or 0) >= months


def _european(facts: Facts, category: DataCategory) -> Refused | None:
    """Article 5(3): who somebody is, for any offence; 5(4) and 4: the rest by a judge alone, from three years on or for listed ones."""
    if not facts.offence.strip():
        return Refused.NO_OFFENCE
    if category in {DataCategory.SUBSCRIBER, DataCategory.IDENTIFY_ONLY}:
        return None
    if not facts.judge:
        return Refused.NO_JUDGE
    return None if facts.listed or (facts.penalty_months or 0) >= _THREE_YEARS else Refused.BELOW_THREE_YEARS


def _malagasy(facts: Facts, category: DataCategory) -> Refused | None:
    if category == DataCategory.CONTENT:
        return Refused.NEVER_CONTENT
    return None if facts.offence.strip() else Refused.NO_OFFENCE
