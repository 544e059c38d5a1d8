"""What somebody without account types to notify us of illegal content (DSA art. 16)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.text import clean
from moderation.enums import Reason
from moderation.forms.reasons import NAMELESS, reason_choices
from moderation.forms.waiting import Refusable
from moderation.services.notices import Notice
from moderation.services.receipts import Contact

MAX_ADDRESSES = 5
WHY = 20  # fewer characters explain nothing that somebody could check
ZONES = [
    ("Indian/Antananarivo", _("Madagascar, Comores, Mayotte")),
    ("Indian/Reunion", _("La Réunion, Maurice, Seychelles")),
    ("Europe/Paris", _("France, Belgique, Luxembourg")),
    ("UTC", _("Temps universel (UTC)")),
]
_LONG = _("4 000 caractères au plus.")


class NoticeForm(Refusable):
    """Where it is, why it is illegal, and who says so: nobody is asked who they are about abuse of a child."""

    reason = forms.ChoiceField(widget=forms.HiddenInput, choices=reason_choices)
    addresses = forms.CharField(
        label=_("Adresses de ce qui est illégal"),
        help_text=_("Une par ligne, cinq au plus. Par exemple le lien d’un message, d’un profil ou d’un salon."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": "2", "spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"max_length": _LONG},
    )
    room = forms.CharField(label=_("Nom du salon"), required=False, max_length=100)
    pseudonym = forms.CharField(label=_("Pseudonyme de la personne"), required=False, max_length=60)
    at = forms.DateTimeField(
        label=_("Jour et heure du message"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Écrivez le jour et l’heure, par exemple 24/11/2026 18:30.")},
    )
    zone = forms.ChoiceField(label=_("L’heure de quel endroit ?"), choices=ZONES, required=False)
    explanation = forms.CharField(
        label=_("Pourquoi est-ce illégal ?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": "5", "dir": "auto"}),
        error_messages={"required": _("Dites pourquoi c’est illégal."), "max_length": _LONG},
    )
    law = forms.CharField(label=_("Loi ou article, si vous les connaissez"), required=False, max_length=300)
    name = forms.CharField(label=_("Votre nom"), required=False, max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Votre adresse électronique"),
        help_text=_("Pour l’accusé de réception et la réponse. Sans adresse, gardez le lien de la page suivante."),
        required=False,
        max_length=254,
        error_messages={"invalid": _("Cette adresse électronique n’est pas complète.")},
    )
    language = forms.ChoiceField(label=_("Langue de la réponse"), choices=settings.LANGUAGES)
    number = forms.CharField(
        label=_("Numéro de signaleur de confiance"),
        help_text=_("Seulement pour les organisations qui en ont un."),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    bona_fide = forms.BooleanField(
        label=_("Je crois de bonne foi que ce que j’écris ici est exact et complet."),
        error_messages={"required": _("Cochez cette case : la loi demande une notification faite de bonne foi.")},
    )

    def __init__(self, *args: Any, reason: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nameless = reason in {each.value for each in NAMELESS}
        if self.nameless:
            del self.fields["name"], self.fields["email"]

    def clean_addresses(self) -> list[str]:
        lines = list(dict.fromkeys(line.strip() for line in self.cleaned_data["addresses"].split() if line.strip()))
        if len(lines) > MAX_ADDRESSES:
            raise forms.ValidationError(_("Cinq adresses au plus par notification."))
        return lines

    def clean_explanation(self) -> str:
        words = clean(self.cleaned_data["explanation"])
        if len(words) < WHY:  # counted without what cannot be seen
            raise forms.ValidationError(_("Expliquez en vingt caractères au moins : sans raison, personne ne peut vérifier."))
        return words

    def clean_reason(self) -> Reason:
        return Reason(self.cleaned_data["reason"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("addresses"):
            self._check_place(data)
        return data

    def _check_place(self, data: dict[str, Any]) -> None:
        """Without an address the notice must say where: the room, and for a message its author and its time (art. 16(2)(b))."""
        if not data.get("room") and not data.get("pseudonym"):
            self.add_error("addresses", _("Donnez une adresse, ou le salon, l’heure et le pseudonyme."))
        elif data.get("at") and not (data.get("room") and data.get("pseudonym")):
            self.add_error("at", _("Pour retrouver un message, il faut le salon, l’heure et le pseudonyme."))

    def notice(self) -> Notice:
        """What was typed, once the form is valid."""
        data = self.cleaned_data
        return Notice(
            reason=data["reason"],
            explanation=data["explanation"],
            addresses=tuple(data["addresses"]),
            room=data["room"],
            pseudonym=data["pseudonym"],
            at=self._moment(),
            law=data["law"],
            contact=Contact(name=clean(data.get("name", ""), lines=False), email=data.get("email", "")),
            language=data["language"],
            number=data["number"],
        )

    def refuse_place(self, where: str) -> None:
        """Nothing of ours is found there; `where` is one of the addresses, empty for what was remembered."""
        if where:
            words = gettext(
                "Nous ne trouvons rien de Resaka à cette adresse : %(address)s. Copiez le lien tel que le navigateur le montre."
            )
            self.refuse(words % {"address": where[:200]}, field="addresses")
        else:
            self.refuse(gettext("Nous ne trouvons ni ce salon ni ce message. Vérifiez le nom, l’heure et le pseudonyme."), field="room")

    def _moment(self) -> datetime | None:
        """The time that was typed, in UTC."""
        at: datetime | None = self.cleaned_data.get("at")
        if at is None:
            return None
        return at.replace(tzinfo=ZoneInfo(self.cleaned_data.get("zone") or "UTC")).astimezone(UTC)
