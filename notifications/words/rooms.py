"""What is said about rooms. Neither their names nor anybody's words lie in a notice: both are asked for when it is shown (`subjects`)."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.enums import NoticeKind
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


def hidden(words: Words, *, count: int) -> Words:
    """A notice that names neither a room nor a person: its own line, or for many facts how many there are."""
    return replace(words, title=_several(count)) if count > 1 else words


def named(kind: str, words: Words, *, place: str, sender: str, count: int) -> Words:
    """A notice that says who and where, as far as these are known; never what."""
    if count > 1:
        return replace(words, title=_several_in(place, count) if place else _several(count))
    titles = {
        NoticeKind.MENTION.value: _("%(name)s vous a mentionné"),
        NoticeKind.REPLY.value: _("%(name)s vous a répondu"),
    }
    title = titles[kind] % {"name": sender} if sender and kind in titles else words.title
    return replace(words, title=title, text=_("Salon : %(room)s") % {"room": place} if place else words.text)


def named_in_pages(kind: str, words: Words, *, place: str, count: int) -> Words:
    """The same on the person's own pages, which say where and leave who to the room itself."""
    return named(kind, words, place=place, sender="", count=count)


def _several(count: int) -> str:
    return ngettext("%(n)s nouveau message vous attend", "%(n)s nouveaux messages vous attendent", count) % {"n": count}


def _several_in(place: str, count: int) -> str:
    return ngettext("%(n)s message dans %(room)s", "%(n)s messages dans %(room)s", count) % {"n": count, "room": place}
