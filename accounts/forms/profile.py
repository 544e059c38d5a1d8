"""The profile as its owner edits it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import Gender, Language
from accounts.forms.fields import (
    country_field,
    gender_field,
    gender_text_field,
    offer_regions,
    offered_country,
    postal_code_field,
    region_field,
)
from accounts.models import Profile
from accounts.queries.places import has_postal_data, normalize_postal_code
from accounts.services.profiles import BIO_LENGTH, Details, NewPlace

_FLAGS = ("show_age", "show_gender", "show_region", "show_languages", "show_bio", "show_last_seen")


class ProfileForm(forms.Form):
    """Typed text only; the rules are the services'. `needs_region` asks the template to show the regions."""

    pseudonym = forms.CharField(
        label=_("Pseudonyme"),
        max_length=60,
        widget=forms.TextInput(attrs={"maxlength": "24", "autocomplete": "nickname", "spellcheck": "false"}),
    )
    gender = gender_field()
    gender_text = gender_text_field()
    bio = forms.CharField(
        label=_("À propos de vous"),
        max_length=BIO_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": "4", "dir": "auto"}),
    )
    languages = forms.MultipleChoiceField(label=_("Langues que vous parlez"), choices=Language.choices, widget=forms.CheckboxSelectMultiple)
    country = country_field()
    postal_code = postal_code_field()
    region = region_field()
    show_age = forms.BooleanField(label=_("Montrer ma tranche d’âge"), required=False)
    show_gender = forms.BooleanField(label=_("Montrer mon genre"), required=False)
    show_region = forms.BooleanField(label=_("Montrer ma région"), required=False)
    show_languages = forms.BooleanField(label=_("Montrer mes langues"), required=False)
    show_bio = forms.BooleanField(label=_("Montrer ma présentation"), required=False)
    show_last_seen = forms.BooleanField(label=_("Montrer que je suis venu aujourd’hui"), required=False)

    def __init__(self, *args: Any, profile: Profile, own_postal_code: str, **kwargs: Any) -> None:
        self.profile, self.own_postal_code = profile, own_postal_code
        self.needs_region = bool(profile.region_code and not own_postal_code)
        initial = {field: getattr(profile, field) for field in ("pseudonym", "gender", "gender_text", "bio", *_FLAGS)}
        initial |= {
            "languages": profile.language_list,
            "country": offered_country(profile.country),
            "postal_code": own_postal_code,
            "region": profile.region_code,
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        country = self.data.get("country") if self.is_bound else initial["country"]
        offer_regions(self.fields["region"], str(country or ""))

    def details(self) -> Details:
        """What was typed, apart from name and place."""
        data = self.cleaned_data
        return Details(
            gender=data["gender"] or Gender.UNDISCLOSED,
            gender_text=data["gender_text"],
            bio=data["bio"],
            languages=data["languages"],
            **{flag: data[flag] for flag in _FLAGS},
        )

    def place(self) -> NewPlace | None:
        """The place that was typed; None when it is the one that is kept."""
        data = self.cleaned_data
        # Where codes lead nowhere none is kept, so typing one again is no move.
        code = normalize_postal_code(data["postal_code"]) if has_postal_data(country=data["country"]) else ""
        region = data["region"]
        same_country = data["country"] == offered_country(self.profile.country)
        same_region = code != "" or region in ("", self.profile.region_code)
        if same_country and code == self.own_postal_code and same_region:
            return None
        return NewPlace(country=data["country"], postal_code=code, region_code=region)
