"""What is said about rooms. Neither their names nor anybody's words lie in a notice: both are asked for when it is shown (`subjects`)."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.words.base import Args, Words


def mention(args: Args) -> Words:
    """Somebody named the person."""
    text = _("Quelqu’un vous a mentionné dans un salon. Le message se lit dans Resaka.")
    return Words(_("Une mention pour vous"), text, _("Lire le message"))


def reply(args: Args) -> Words:
    """Somebody answered the person."""
    text = _("Quelqu’un a répondu à l’un de vos messages. La réponse se lit dans Resaka.")
    return Words(_("Une réponse pour vous"), text, _("Lire la réponse"))


def room_message(args: Args) -> Words:
    """A room that the person follows talks."""
    text = _("Un salon dont vous suivez tous les messages a parlé depuis votre dernière lecture.")
    return Words(_("Du nouveau dans un salon suivi"), text, _("Lire le salon"))


def several(count: int) -> str:
    """The line of many facts of one group that were merged into one notice."""
    return ngettext("%(n)s nouveau message vous attend", "%(n)s nouveaux messages vous attendent", count) % {"n": count}
