"""The sign-up form: one page, the same with and without script."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm as BaseSignupForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConsentChannel, Gender, Language, UserStatus
from accounts.forms.fields import (
    country_field,
    gender_field,
    gender_text_field,
    offer_regions,
    postal_code_field,
    region_field,
)
from accounts.forms.messages import PersonError, explain, pseudonym_sentence
from accounts.models import LegalDocument, User
from accounts.queries import find_user_by_email, list_agreements
from accounts.queries.places import Place
from accounts.services.places import resolve_place
from accounts.services.pseudonyms import Pseudonym, PseudonymInvalid, PseudonymTaken, check_pseudonym, parse_pseudonym
from accounts.services.registration import (
    NewPerson,
    UnderAge,
    birth_year_of,
    hold_pseudonym,
    is_held,
    register_person,
)
from core.text import clean

_CONSENT_MISSING = _("Cochez cette case pour continuer.")


class SignupForm(BaseSignupForm):  # type: ignore[misc]  # allauth is untyped
    """What the old site asked, and an address, a password and two acceptances.

    After `is_valid()`: `refused` is set when the person says they are a minor (nothing may then be kept), `needs_region` when the
    postal code is unknown.
    """

    field_order = [
        "username", "email", "password1", "gender", "gender_text", "country", "postal_code", "region",
        "birth_date", "age", "charter", "terms",
    ]  # fmt: skip

    gender = gender_field()
    gender_text = gender_text_field()
    country = country_field()
    postal_code = postal_code_field()
    region = region_field()
    birth_date = forms.DateField(
        label=_("Date de naissance"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
        help_text=_("Ou seulement votre âge. Nous ne gardons que l’année, et ne la montrons à personne."),
    )
    age = forms.IntegerField(
        label=_("Âge"),
        required=False,
        min_value=0,
        max_value=200,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    charter = forms.BooleanField(label=_("J’accepte la charte"), error_messages={"required": _CONSENT_MISSING})
    terms = forms.BooleanField(label=_("J’accepte les conditions d’utilisation"), error_messages={"required": _CONSENT_MISSING})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused = False
        self.needs_region = False
        self.pseudonym: Pseudonym | None = None
        self.birth_year = 0
        self.place: Place | None = None
        self.resumes = False
        self._setup_fields()

    def _setup_fields(self) -> None:
        name, email = self.fields["username"], self.fields["email"]
        name.label = _("Pseudonyme")
        name.help_text = _("3 à 24 caractères. C’est le seul nom que les autres voient.")
        # The rules of length have their own sentence in `pseudonym_sentence`; the database form is longer than what is typed.
        name.max_length = name.min_length = None
        name.validators = []
        name.widget.attrs = {"autocomplete": "nickname", "maxlength": "24", "spellcheck": "false"}
        email.label = _("Adresse électronique")
        email.help_text = _("Elle sert à vous connecter. Personne ne la voit.")
        email.widget.attrs = {"type": "email", "autocomplete": "email", "maxlength": "254"}
        if password := self.fields.get("password1"):  # none in a sign-up by passkey
            password.label = _("Mot de passe")
            password.help_text = _("Au moins 10 caractères. Une phrase convient bien.")
            password.widget.attrs = {"autocomplete": "new-password", "minlength": "10", "maxlength": "128"}
        if self.is_bound:
            offer_regions(self.fields["region"], str(self.data.get("country", "")))

    @property
    def documents(self) -> list[LegalDocument]:
        """The texts to accept, in the reader's language."""
        return list_agreements(language=_language(), now=timezone.now())

    def clean_username(self) -> str:
        text = self.cleaned_data["username"]
        try:
            self.pseudonym = check_pseudonym(text=text, now=timezone.now())
        except PseudonymInvalid as error:
            raise ValidationError(pseudonym_sentence(error), code="invalid") from error
        except PseudonymTaken:
            # Whether it is refused depends on e-mail and password: see `_resume_or_refuse`.
            return parse_pseudonym(text).folded
        return self.pseudonym.folded

    def clean_gender_text(self) -> str:
        text = clean(self.cleaned_data["gender_text"], lines=False)
        return text if self.data.get("gender") == Gender.SELF_DESCRIBED else ""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        self._check_age(data)
        if self.refused:
            return data
        self._check_place(data)
        self._resume_or_refuse(data)
        return data

    def _check_age(self, data: dict[str, Any]) -> None:
        # A minor whose other answer cannot be read is refused all the same; a mistake alone has its own sentence already.
        legible = not {"birth_date", "age"} & set(self.errors)
        try:
            today = timezone.now().date()
            self.birth_year = birth_year_of(birth_date=data.get("birth_date"), age=data.get("age"), today=today)
        except UnderAge:
            self.refused = True
            self.add_error(None, "")
        except PersonError as error:
            if legible:
                self.add_error(*explain(error))

    def _check_place(self, data: dict[str, Any]) -> None:
        if "country" not in data or "postal_code" not in data:
            return
        try:
            self.place = resolve_place(country=data["country"], postal_code=data["postal_code"], region_code=data.get("region", ""))
        except PersonError as error:
            self.needs_region = True
            self.add_error(*explain(error))

    def _resume_or_refuse(self, data: dict[str, Any]) -> None:
        """The same form sent twice is one sign-up: the second time the name is "taken" by the person themselves."""
        if "username" in self.errors:
            return
        if self.pseudonym is not None and not is_held(pseudonym=self.pseudonym):
            return
        if self._is_own_pending(data):
            self.resumes = True
        else:
            self.add_error("username", pseudonym_sentence(PseudonymTaken()))

    def _is_own_pending(self, data: dict[str, Any]) -> bool:
        email, password = data.get("email"), data.get("password1")
        user = find_user_by_email(email=email) if email and password else None
        return bool(
            user and user.status == UserStatus.PENDING_EMAIL and user.username == data.get("username") and user.check_password(password)
        )

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The new account, or the answer that does not tell whether the address is known."""
        if self.resumes:
            return None, redirect("account_email_verification_sent")
        if self.account_already_exists:
            # The same work as for a new account, so that neither the time nor the name tells.
            make_password(self.cleaned_data.get("password1"))
            assert self.pseudonym is not None
            hold_pseudonym(pseudonym=self.pseudonym)
        result: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return result

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """Raises PseudonymTaken when somebody else was faster."""
        from allauth.account.models import EmailAddress
        from allauth.account.utils import setup_user_email

        data = self.cleaned_data
        assert self.pseudonym is not None
        assert self.place is not None
        person = NewPerson(
            pseudonym=self.pseudonym,
            email=data["email"],
            password=data.get("password1"),
            birth_year=self.birth_year,
            place=self.place,
            postal_code=data["postal_code"] if self.place.cell else "",
            gender=data["gender"] or Gender.UNDISCLOSED,
            gender_text=data["gender_text"],
            language=_language(),
        )
        documents = list_agreements(language=_language(), now=timezone.now())
        user = register_person(person=person, documents=documents, channel=ConsentChannel.SIGNUP, now=timezone.now())
        setup_user_email(request, user, [EmailAddress(email=user.email)])
        return user


def _language() -> str:
    code = (translation.get_language() or "")[:2]
    return code if code in Language.values else Language.FR
