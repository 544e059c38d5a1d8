"""What people type into pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.queries import PersonRef
from chat.converters import LARGEST_SEQ
from chat.enums import BoostSpan, History, NotifyLevel, RoomState
from chat.queries.rooms import list_themes
from chat.services.hushing import Hearing
from chat.services.messages import MAX_IMAGES
from core.forms import MoneyField
from core.ids import BadClientId, parse_client_id
from core.money import Money, format_money

LANGUAGE_CHOICES = [("fr", "Français"), ("mg", "Malagasy"), ("en", "English")]
SLOW_MODES = [
    (0, _("Désactivé")),
    (5, _("Un message toutes les 5 secondes")),
    (15, _("Un message toutes les 15 secondes")),
    (30, _("Un message toutes les 30 secondes")),
    (60, _("Un message par minute")),
    (300, _("Un message toutes les 5 minutes")),
]
VISIBLE_HOURS = [(1, _("1 heure")), (24, _("1 jour")), (72, _("3 jours")), (168, _("7 jours")), (720, _("30 jours"))]
HUSHES = [(1, _("1 heure")), (8, _("8 heures")), (24, _("1 jour")), (168, _("7 jours"))]
TOOL_HOURS = (1, 3, 6, 12, 24)
BAN_CHOICES = [("1", _("1 heure")), ("24", _("1 jour")), ("168", _("7 jours")), ("", _("Sans fin"))]


class MessageForm(forms.Form):
    """A message written in the composer."""

    body = forms.CharField(required=False, strip=False, max_length=16_000)
    cid = forms.CharField()
    reply = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_SEQ)
    attachment = forms.FileField(required=False)
    attachments = forms.CharField(required=False)
    sure = forms.BooleanField(required=False)

    def clean_cid(self) -> Any:
        try:
            return parse_client_id(self.cleaned_data["cid"])
        except BadClientId as error:
            raise forms.ValidationError(_("Rechargez la page et envoyez de nouveau.")) from error

    def clean_attachments(self) -> list[str]:
        """Ids of images uploaded before: one field with commas from the composer, one box each from a refused message."""
        said = self.data.getlist("attachments") if isinstance(self.data, QueryDict) else [self.cleaned_data["attachments"]]
        return [public_id for line in said for public_id in line.split(",") if public_id][: MAX_IMAGES + 1]


class EditForm(forms.Form):
    body = forms.CharField(required=False, strip=False, max_length=16_000, widget=forms.Textarea(attrs={"rows": 4}))


class AskedForm(forms.Form):
    """A form whose words may be asked about once: then it comes back with a box to say yes."""

    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def ask(self, words: Any) -> None:
        """Show the question, and the box that answers it; everything else stays as it was typed."""
        self.add_error(None, words)
        self.fields["sure"] = forms.BooleanField(label=_("Oui, envoyer ainsi"), required=False)


class GroupForm(AskedForm):
    """Opening a group room."""

    title = forms.CharField(label=_("Nom du groupe"), min_length=3, max_length=60)
    description = forms.CharField(label=_("De quoi parle-t-on ?"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    rules = forms.CharField(label=_("Règles du groupe"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    languages = forms.MultipleChoiceField(label=_("Langues"), choices=LANGUAGE_CHOICES, widget=forms.CheckboxSelectMultiple)


class ProposalForm(AskedForm):
    """Asking for a new theme room."""

    title = forms.CharField(label=_("Titre"), min_length=3, max_length=60)
    theme = forms.ChoiceField(label=_("Thème"))
    language = forms.ChoiceField(label=_("Langue"), choices=LANGUAGE_CHOICES)
    description = forms.CharField(label=_("De quoi parle-t-on ?"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    rules = forms.CharField(label=_("Règles du salon"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.themes = {theme.slug: theme for theme in list_themes()}
        field = self.fields["theme"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(theme.slug, theme.name) for theme in self.themes.values()]

    def clean_theme(self) -> Any:
        return self.themes[self.cleaned_data["theme"]]


class SettingsForm(AskedForm):
    """Settings of a room, for those who moderate it."""

    title = forms.CharField(label=_("Titre"), min_length=3, max_length=60)
    description = forms.CharField(label=_("Description"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    rules = forms.CharField(label=_("Règles"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 6}))
    languages = forms.MultipleChoiceField(label=_("Langues"), choices=LANGUAGE_CHOICES, widget=forms.CheckboxSelectMultiple)
    slow_mode_s = forms.TypedChoiceField(
        label=_("Mode lent"),
        coerce=int,
        choices=SLOW_MODES,
    )
    visible_hours = forms.TypedChoiceField(
        label=_("Les messages restent visibles"),
        coerce=int,
        choices=VISIBLE_HOURS,
    )
    history = forms.ChoiceField(label=_("Une nouvelle personne lit"), choices=History.choices)
    state = forms.ChoiceField(label=_("État"), choices=RoomState.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("slow_mode_s", SLOW_MODES, lambda n: ngettext("Un message par seconde", "Un message toutes les %(n)d secondes", n))
        self._offer("visible_hours", VISIBLE_HOURS, lambda n: ngettext("%(n)d heure", "%(n)d heures", n))

    def _offer(self, name: str, usual: list[tuple[int, Any]], words: Callable[[int], str]) -> None:
        """What the room has now is a choice too: REST takes any number, and a select without it would change it unasked."""
        field, now = self.fields[name], self.initial.get(name)
        assert isinstance(field, forms.ChoiceField)
        if now is not None and now not in dict(usual):
            field.choices = sorted([*usual, (now, words(now) % {"n": now})])

    def clean_languages(self) -> str:
        return ",".join(self.cleaned_data["languages"])


class ToolsForm(forms.Form):
    """The tools of a room; those that end by themselves start anew when a length is chosen, and stay as they are without one."""

    slow_mode_s = forms.TypedChoiceField(label=_("Mode lent"), coerce=int, choices=SLOW_MODES)
    state = forms.ChoiceField(
        label=_("Pause"), choices=[("ACTIVE", _("On peut écrire")), ("FROZEN", _("En pause : lire seulement"))], required=True
    )
    members_only_hours = forms.ChoiceField(label=_("Suspendre les entrées"), required=False)
    shield_hours = forms.ChoiceField(label=_("Bouclier"), required=False)
    hold_first = forms.BooleanField(label=_("Relire les trois premiers messages de chacun"), required=False)
    hold_links = forms.BooleanField(label=_("Relire les messages avec un lien"), required=False)
    hold_media = forms.BooleanField(label=_("Relire les messages avec une photo"), required=False)
    rules_pinned = forms.BooleanField(label=_("Épingler les règles en haut du salon"), required=False)
    reason = forms.CharField(label=_("Raison, lue par les membres"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, end in (("members_only_hours", "members_only_until"), ("shield_hours", "shield_until")):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = _hours(running=self.initial.get(end) is not None)

    def changes(self) -> dict[str, Any]:
        """What was said, as `chat.services.tools.timed` takes it."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        for name in ("members_only_hours", "shield_hours"):
            said[name] = int(said[name]) if said[name] else None
        return said


def _hours(*, running: bool) -> list[tuple[str, Any]]:
    lengths = [(str(n), ngettext("%(n)d heure", "%(n)d heures", n) % {"n": n}) for n in TOOL_HOURS]
    return [("", _("Laisser tel quel") if running else _("Non")), *([("0", _("Arrêter maintenant"))] if running else []), *lengths]


class RefusalForm(forms.Form):
    reason = forms.CharField(label=_("Raison, lue par l’auteur"), max_length=300)


class BanForm(forms.Form):
    reason = forms.CharField(label=_("Raison"), max_length=300, required=False)
    hours = forms.ChoiceField(label=_("Durée"), choices=BAN_CHOICES, required=False)

    def lasts(self) -> timedelta | None:
        """How long the ban lasts; None is without end."""
        return timedelta(hours=int(self.cleaned_data["hours"])) if self.cleaned_data.get("hours") else None


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=[("OWNER", ""), ("MODERATOR", ""), ("MEMBER", "")])


class PaidForm(forms.Form):
    """Something that costs credit: it counts once however often it is sent, and `sure` says that its last page was read."""

    cid = forms.CharField(widget=forms.HiddenInput)
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_cid(self) -> Any:
        try:
            return parse_client_id(self.cleaned_data["cid"])
        except BadClientId as error:
            raise forms.ValidationError(_("Rechargez la page et envoyez de nouveau.")) from error


class TipForm(PaidForm):
    """Whom to thank, and with how much; nothing is proposed."""

    owner = forms.ChoiceField(
        label=_("Qui remercier"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une personne."), "invalid_choice": _("Choisissez une personne de la liste.")},
    )

    def __init__(self, *args: Any, people: Sequence[PersonRef], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(person.public_id, person.name) for person in people]
        self.fields["amount"] = MoneyField(label=_("Montant"), currency=currency, error_messages={"required": _("Écrivez un montant.")})


class BoostForm(PaidForm):
    """For how long; each choice says its price."""

    span = forms.ChoiceField(
        label=_("Durée"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une durée."), "invalid_choice": _("Choisissez une durée de la liste.")},
    )

    def __init__(self, *args: Any, prices: Mapping[BoostSpan, Money], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["span"]
        assert isinstance(field, forms.ChoiceField)
        language = get_language() or "fr"
        field.choices = [(span.value, f"{span.label} : {format_money(price, language)}") for span, price in prices.items()]


class HearingForm(forms.Form):
    """What to be told of a room, and for how long not at all; a silence stays as it is when no length is chosen."""

    level = forms.ChoiceField(
        label=_("Être prévenu de"),
        choices=NotifyLevel.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez de quoi vous voulez être prévenu."), "invalid_choice": _("Choisissez dans la liste.")},
    )
    hush = forms.ChoiceField(label=_("Faire silence"), required=False, error_messages={"invalid_choice": _("Choisissez dans la liste.")})

    def __init__(self, *args: Any, hearing: Hearing | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {"level": hearing.level} if hearing else {}
        super().__init__(*args, **kwargs)
        running = hearing is not None and hearing.hushed_until is not None
        field = self.fields["hush"]
        assert isinstance(field, forms.ChoiceField)
        lengths = [(str(hours), label) for hours, label in HUSHES]
        field.choices = [("", _("Laisser tel quel") if running else _("Non")), ("0", _("Arrêter maintenant")), *lengths]

    def asks(self) -> tuple[NotifyLevel, timedelta | None]:
        """The level, and the silence from now: None leaves it, nothing ends it."""
        hush = self.cleaned_data["hush"]
        return NotifyLevel(self.cleaned_data["level"]), timedelta(hours=int(hush)) if hush else None


class HearingBackForm(forms.Form):
    """What held before, as the button that takes a change back sends it: the level, and the end of a silence."""

    back = forms.CharField(max_length=60)

    def clean_back(self) -> Hearing:
        level, _space, until = self.cleaned_data["back"].partition(" ")
        try:
            moment = datetime.fromisoformat(until) if until else None
        except ValueError as error:
            raise forms.ValidationError(_("Rechargez la page et envoyez de nouveau.")) from error
        if level not in NotifyLevel.values or (moment is not None and moment.tzinfo is None):
            raise forms.ValidationError(_("Rechargez la page et envoyez de nouveau."))
        return Hearing(NotifyLevel(level), moment)
