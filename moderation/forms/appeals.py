"""Why somebody does not agree."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.text import clean
from moderation.forms.waiting import Refusable
from moderation.services.appeals import AlreadyAppealed, AppealEmpty, AppealTooLate, AppealTooLong, NotYoursToAppeal

MIN_APPEAL = 20
LONGEST = 4000


class AppealForm(Refusable):
    """The reasons of an appeal, from either side."""

    text = forms.CharField(
        label=_("Pourquoi la décision vous semble fausse"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": "5", "dir": "auto"}),
        error_messages={
            "required": _("Dites pourquoi la décision vous semble fausse."),
            "max_length": _("4 000 caractères au plus."),
        },
    )

    def clean_text(self) -> str:
        words = clean(self.cleaned_data["text"])
        if len(words) < MIN_APPEAL:
            raise forms.ValidationError(_("Écrivez vingt caractères au moins, pour que l’on sache ce qu’il faut relire."))
        return words


REFUSED_APPEAL = (NotYoursToAppeal, AppealTooLate, AlreadyAppealed, AppealEmpty, AppealTooLong)


def words_for_appeal(error: Exception) -> str:
    """One of `REFUSED_APPEAL` in the reader's language."""
    match error:
        case AppealTooLate():
            return gettext("Le délai de six mois pour faire un recours est passé.")
        case AlreadyAppealed():
            return gettext("Vous avez déjà fait un recours contre cette décision.")
        case AppealEmpty():
            return gettext("Dites pourquoi la décision vous semble fausse.")
        case AppealTooLong():
            return gettext("4 000 caractères au plus.")
    return gettext("Il n’y a rien ici contre quoi faire un recours, ou plus rien.")
