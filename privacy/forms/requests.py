"""What people type to make use of a right over their data."""

from __future__ import annotations

from math import ceil
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.text import clean
from privacy.enums import TOPICS, RequestKind
from privacy.services.requests import LONGEST, SHORTEST


class AskForm(forms.Form):
    """What asks for something that may be refused. `wait`: the seconds after which it may be sent again."""

    wait = 0

    def refuse(self, words: str, *, wait: float = 0) -> None:
        """Say above all why it was not taken."""
        self.add_error(None, words)
        self.wait = ceil(wait)


class RightForm(AskForm):
    """A topic, and words where they are needed to answer."""

    topic = forms.ChoiceField(
        label=_("De quoi s’agit-il ?"), widget=forms.RadioSelect, error_messages={"required": _("Choisissez un sujet.")}
    )
    words = forms.CharField(
        label=_("Votre demande"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": "6", "dir": "auto"}),
        error_messages={"required": _("Écrivez votre demande."), "max_length": _("4 000 caractères au plus.")},
    )

    def __init__(self, *args: Any, kind: RequestKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worded = kind != RequestKind.RESTRICTION
        field: Any = self.fields["topic"]
        field.choices = [(topic.value, topic.label) for topic in TOPICS[kind]]
        self.fields["words"].required = self.worded

    def clean_words(self) -> str:
        words = clean(self.cleaned_data["words"])
        if self.worded and len(words) < SHORTEST:
            raise forms.ValidationError(_("Écrivez quelques mots de plus, pour que nous comprenions."))
        return words


class EraseForm(AskForm):
    """The name of the account, typed once more: nobody does that by mistake."""

    typed = forms.CharField(
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": _("Écrivez votre pseudonyme pour confirmer.")},
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.fields["typed"].label = _("Pour confirmer, écrivez votre pseudonyme : %(name)s") % {"name": name}

    def clean_typed(self) -> str:
        typed = clean(self.cleaned_data["typed"], lines=False)
        if typed.casefold() != self.name.casefold():
            raise forms.ValidationError(_("Ce n’est pas votre pseudonyme. Rien n’a été demandé."))
        return typed
