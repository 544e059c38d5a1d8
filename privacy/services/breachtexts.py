"""Drafts of what is written about a breach, in the three languages: to the authority (article 33(3)) and to the people (article 34(2)).

They are texts to be read and completed by a person, made of what the log says. The templates lie in `templates/privacy/breach/`.
"""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from privacy.models import Breach


class Audience(StrEnum):
    """To whom a text goes, which names its template."""

    AUTHORITY = "authority"
    PERSON = "person"


def render_text(*, breach: Breach, audience: Audience, language: str) -> str:
    """The draft in one of the languages of the house; the words of the log stand in it as they were written, in whichever language."""
    with translation.override(language):
        context = {
            "breach": breach,
            "responsible": settings.RESPONSIBLE,
            "contact_email": settings.CONTACT_EMAIL,
            "site_name": settings.SITE_NAME,
        }
        return render_to_string(f"privacy/breach/{audience}_{language}.txt", context).strip()


def draft_letters(*, breach: Breach) -> dict[str, str]:
    """The letter to the people, by language, as it may begin."""
    return {code: render_text(breach=breach, audience=Audience.PERSON, language=code) for code, _name in settings.LANGUAGES}
