"""Advice at the moment it matters: a small table of texts, and which of them somebody still wants to see."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import Tip
from accounts.models import User


@dataclass(frozen=True, slots=True)
class Advice:
    """One tip in words. Kind, never a reproach, and never in the way."""

    tip: Tip
    title: str | Promise
    text: str | Promise


TIPS = (
    Advice(
        Tip.FIRST_PROFILE,
        _("Derrière un pseudonyme, une personne que vous ne connaissez pas encore"),
        _("Prenez votre temps. Vous pouvez masquer ou bloquer sans vous justifier, et sans que la personne en soit avertie."),
    ),
    Advice(
        Tip.FIRST_POST,
        _("Votre premier message ici"),
        _("Tous les membres du salon le lisent, et l’équipe aussi. Un détail peut vous faire reconnaître, même sous pseudonyme."),
    ),
    Advice(
        Tip.LINK,
        _("Un lien dans votre message"),
        _("Un lien vers vos autres comptes dit qui vous êtes. Un lien reçu d’ailleurs peut tromper vos lecteurs."),
    ),
    Advice(
        Tip.PHONE,
        _("Un numéro de téléphone dans votre message"),
        _("Tout le salon pourra vous appeler, et un numéro mène souvent à un nom. Gardez-le pour qui vous connaissez."),
    ),
    Advice(
        Tip.ADDRESS,
        _("Une adresse dans votre message"),
        _("Tout le salon saura où vous trouver. Pour un rendez-vous, préférez un lieu public, et un message privé."),
    ),
    Advice(
        Tip.PHOTO,
        _("Une photo pour tout le salon"),
        _("Regardez ce qu’on y reconnaît : un visage, une plaque, une vue. Nous effaçons le lieu caché dans le fichier, pas l’image."),
    ),
)


def list_tips(*, user: User, among: tuple[Tip, ...]) -> list[Advice]:
    """Those of the tips that this person did not put away; no query."""
    hidden = set(user.tips_hidden.split(","))
    return [advice for advice in TIPS if advice.tip in among and advice.tip.value not in hidden]
