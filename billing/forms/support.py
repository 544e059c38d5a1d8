"""What somebody types to ask the team."""

from __future__ import annotations

from math import ceil
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.enums import SupportTopic
from billing.services.support.asking import LONGEST, SHORTEST, Question
from core.text import clean


class SupportForm(forms.Form):
    """A topic, words, and an address for those without account. `wait`: the seconds after which it may be sent again."""

    topic = forms.ChoiceField(
        label=_("De quoi s’agit-il ?"),
        choices=SupportTopic.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez un sujet.")},
    )
    words = forms.CharField(
        label=_("Votre demande"),
        help_text=_("N’écrivez ni mot de passe ni numéro de carte : nous ne les demandons jamais."),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": "6", "dir": "auto"}),
        error_messages={"required": _("Écrivez votre demande."), "max_length": _("4 000 caractères au plus.")},
    )
    email = forms.EmailField(
        label=_("Votre adresse électronique"),
        help_text=_("Pour la réponse, et pour rien d’autre."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Sans adresse, nous ne pouvons pas vous répondre."),
            "invalid": _("Cette adresse électronique n’est pas complète."),
        },
    )
    wait = 0

    def __init__(self, *args: Any, member: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if member:
            del self.fields["email"]

    def clean_words(self) -> str:
        words = clean(self.cleaned_data["words"])
        if len(words) < SHORTEST:
            raise forms.ValidationError(_("Écrivez quelques mots de plus, pour que nous comprenions."))
        return words

    def question(self, language: str) -> Question:
        """What was typed, once the form is valid."""
        data = self.cleaned_data
        return Question(SupportTopic(data["topic"]), data["words"], language, data.get("email", ""))

    def refuse(self, words: str, *, wait: float = 0) -> None:
        """Say above all why it was not taken."""
        self.add_error(None, words)
        self.wait = ceil(wait)


class AnswerForm(forms.Form):
    """The team's answer."""

    words = forms.CharField(
        label=_("Réponse"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": "8", "dir": "auto"}),
        error_messages={"required": _("Écrivez une réponse."), "max_length": _("4 000 caractères au plus.")},
    )
