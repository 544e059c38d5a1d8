"""Why a request is refused, as the law has it: a coded list, each with its article and the words for its person. There are no others."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from privacy.enums import RefusalGround, RequestKind


@dataclass(frozen=True, slots=True)
class Reason:
    """A ground: the article of the GDPR, for which rights it can be named, and what its person reads."""

    article: str
    kinds: tuple[RequestKind, ...]
    words: Promise


_ANY = tuple(RequestKind)
_ERASURE = (RequestKind.ERASURE,)

REASONS: dict[str, Reason] = {
    RefusalGround.UNFOUNDED: Reason(
        "12(5)(b)", _ANY, _("La demande est manifestement sans fondement. C’est à nous de le démontrer, et la réponse le fait.")
    ),
    RefusalGround.EXCESSIVE: Reason(
        "12(5)(b)", _ANY, _("La demande est manifestement excessive, parce qu’elle se répète. La réponse dit ce qui a déjà été fait.")
    ),
    RefusalGround.UNIDENTIFIED: Reason(
        "11(2), 12(2)", _ANY, _("Nous ne pouvons pas vous reconnaître dans ces données. La réponse dit ce qui y aiderait.")
    ),
    RefusalGround.LEGAL_OBLIGATION: Reason(
        "17(3)(b)", _ERASURE, _("La loi nous oblige à conserver ces données. Elles restent scellées et ne servent à rien d’autre.")
    ),
    RefusalGround.EXPRESSION: Reason(
        "17(3)(a)", _ERASURE, _("La liberté d’expression et d’information l’emporte ici. La réponse dit pourquoi.")
    ),
    RefusalGround.PUBLIC_INTEREST: Reason(
        "17(3)(b), 21(6)",
        (RequestKind.ERASURE, RequestKind.OBJECTION),
        _("Le traitement est nécessaire à une mission d’intérêt public. La réponse dit laquelle."),
    ),
    RefusalGround.CLAIMS: Reason(
        "17(3)(e), 21(1)",
        (RequestKind.ERASURE, RequestKind.OBJECTION),
        _("Ces données sont nécessaires pour constater, exercer ou défendre un droit en justice."),
    ),
    RefusalGround.OTHERS_RIGHTS: Reason(
        "15(4), 20(4)", (RequestKind.EXPORT,), _("Vous donner ces données porterait atteinte aux droits d’autres personnes.")
    ),
    RefusalGround.ACCURATE: Reason(
        "16, 5(1)(d)", (RequestKind.RECTIFICATION,), _("Nous avons vérifié : ces données sont exactes. La réponse dit comment.")
    ),
    RefusalGround.NO_GROUND: Reason(
        "18(1)", (RequestKind.RESTRICTION,), _("Aucun des quatre cas de la loi n’est réuni, ou il ne l’est plus.")
    ),
    RefusalGround.COMPELLING: Reason(
        "21(1)", (RequestKind.OBJECTION,), _("Des motifs légitimes et impérieux l’emportent, pour la sécurité de tous. La réponse les dit.")
    ),
}


def grounds_for(kind: str) -> list[RefusalGround]:
    """The grounds on which a request of this kind can be refused, in their order."""
    return [ground for ground in RefusalGround if kind in REASONS[ground].kinds]
