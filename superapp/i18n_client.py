"""The words that the script says. Their msgids stand here so that makemessages finds them; the page carries the translations."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

WORDS: tuple[str, ...] = (
    gettext_noop("Hors ligne. Vos messages partiront au retour du réseau."),
    gettext_noop("envoyé"),
    gettext_noop("lu"),
    gettext_noop("en attente"),
    gettext_noop("non envoyé"),
    gettext_noop("modifié"),
    gettext_noop("épinglé"),
    gettext_noop("Message retiré"),
    gettext_noop("Vous"),
)


def client_words() -> dict[str, str]:
    """Each msgid with its words in the language of the page; those that are the same are left out."""
    return {word: said for word in WORDS if (said := gettext(word)) != word}
