"""What an owner of a room types to have a word watched."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.enums import RuleOutcome
from moderation.services.roomwords import LONGEST, WordRefused, read_word


class RoomWordForm(forms.Form):
    """A word, what follows from it, and why."""

    word = forms.CharField(
        label=_("Mot ou expression"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"required": _("Écrivez un mot."), "max_length": _("60 signes au plus.")},
    )
    outcome = forms.ChoiceField(
        label=_("Que faire ?"),
        widget=forms.RadioSelect,
        choices=[
            (RuleOutcome.NUDGE, _("Demander à qui l’écrit s’il veut l’envoyer")),
            (RuleOutcome.HOLD, _("Garder le message jusqu’à ce que la modération du salon l’ait lu")),
        ],
        initial=RuleOutcome.NUDGE,
        error_messages={"required": _("Choisissez ce qui se passe."), "invalid_choice": _("Choisissez ce qui se passe.")},
    )
    reason = forms.CharField(label=_("Raison, lue par les membres"), max_length=300, required=False)

    def clean_word(self) -> str:
        try:
            return read_word(self.cleaned_data["word"])
        except WordRefused as error:
            raise forms.ValidationError(error.words) from error
