"""Coming back to a session that was left in haste."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

PASSWORD_LENGTH = 128


class UnlockForm(forms.Form):
    """The password, no longer than the hasher should be given."""

    password = forms.CharField(
        label=_("Mot de passe"),
        max_length=PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
