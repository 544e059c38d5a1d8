"""allauth's other forms with labels of our catalogue."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as base
from django.utils.translation import gettext_lazy as _


def _relabel(form: Any, **labels: Any) -> None:
    for name, label in labels.items():
        if name in form.fields:
            field = form.fields[name]
            field.label, field.help_text = label, ""
            field.widget.attrs.pop("placeholder", None)


class LoginForm(base.LoginForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, login=_("Adresse électronique"), password=_("Mot de passe"), remember=_("Rester connecté sur cet appareil"))


class ResetPasswordForm(base.ResetPasswordForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, email=_("Adresse électronique"))


class ResetPasswordKeyForm(base.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, password1=_("Nouveau mot de passe"), password2=_("Nouveau mot de passe, encore une fois"))
        self.fields["password1"].help_text = _("Au moins 10 caractères. Une phrase convient bien.")


class ChangePasswordForm(base.ChangePasswordForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(
            self,
            oldpassword=_("Mot de passe actuel"),
            password1=_("Nouveau mot de passe"),
            password2=_("Nouveau mot de passe, encore une fois"),
        )
        self.fields["password1"].help_text = _("Au moins 10 caractères. Une phrase convient bien.")


class SetPasswordForm(base.SetPasswordForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, password1=_("Nouveau mot de passe"), password2=_("Nouveau mot de passe, encore une fois"))
        self.fields["password1"].help_text = _("Au moins 10 caractères. Une phrase convient bien.")


class ReauthenticateForm(base.ReauthenticateForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, password=_("Mot de passe"))


class AddEmailForm(base.AddEmailForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, email=_("Nouvelle adresse électronique"))


class ConfirmEmailVerificationCodeForm(base.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, code=_("Code reçu par courriel"))
        self.fields["code"].max_length = 20
        self.fields["code"].widget.attrs |= {"maxlength": "20", "autocapitalize": "characters", "spellcheck": "false"}
