"""What a member types to report something."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.text import is_blank
from moderation.enums import Reason
from moderation.forms.reasons import DOORS, Door, reason_choices
from moderation.forms.waiting import Refusable

NOTE = 4000


class ReportForm(Refusable):
    """A reason, and a note where the reason alone says nothing. `blockable` is the name of whom one may block in the same go."""

    reason = forms.ChoiceField(
        label=_("Que se passe-t-il ?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez ce qui se passe."), "invalid_choice": _("Choisissez une des raisons de la liste.")},
    )
    explanation = forms.CharField(
        label=_("Ce que l’équipe doit savoir"),
        max_length=NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": "3", "dir": "auto"}),
        error_messages={"max_length": _("4 000 caractères au plus.")},
    )
    danger_now = forms.BooleanField(label=_("Quelqu’un est en danger en ce moment"), required=False)
    considers_illegal = forms.BooleanField(label=_("Je pense que c’est contraire à la loi"), required=False)
    block = forms.BooleanField(required=False)

    def __init__(self, *args: Any, blockable: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = self.fields["reason"]
        assert isinstance(reasons, forms.ChoiceField)
        reasons.choices = reason_choices()
        self.fields["block"].label = _("Bloquer aussi %(name)s") % {"name": blockable}
        if not blockable:
            del self.fields["block"]

    @property
    def doors(self) -> list[tuple[Door, bool]]:
        """The doors, and which of them is open: the one with the reason that is chosen."""
        chosen = self["reason"].value()
        return [(door, any(plain.reason == chosen for plain in door.reasons)) for door in DOORS]

    def clean_reason(self) -> Reason:
        return Reason(self.cleaned_data["reason"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reason") == Reason.OTHER and is_blank(data.get("explanation", "")):
            self.add_error("explanation", _("Dites en quelques mots ce qui ne va pas."))
        return data
