"""The team under its handles, and one's own preferences."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation.admin.desk import render_page
from moderation.enums import Reason
from moderation.models import StaffProfile
from moderation.queries.team import list_team
from moderation.services.reveals import DAILY, count_looks_today, daily_limit
from moderation.services.wellness import set_preferences


class PreferencesForm(forms.Form):
    """What somebody asks for themselves; stricter than the house, never looser."""

    greyscale = forms.BooleanField(label=gettext_lazy("Montrer les images en gris"), required=False)
    shortcuts = forms.BooleanField(label=gettext_lazy("Touches du clavier (une seule lettre)"), required=False)
    daily_images = forms.IntegerField(label=gettext_lazy("Images regardées par jour, au plus"), min_value=0, max_value=DAILY)
    reasons_not_taken = forms.MultipleChoiceField(
        label=gettext_lazy("Motifs que je laisse aux autres"), choices=Reason.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


def show_team(request: HttpRequest, staff: StaffProfile, **kwargs: Any) -> HttpResponse:
    """The team and one's own preferences; posted, they are kept."""
    form = PreferencesForm(request.POST or None, initial=_initial(staff))
    if request.method == "POST" and form.is_valid():
        set_preferences(staff=staff, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Vos préférences sont enregistrées."))
        return redirect("admin:moderation_team")
    now = timezone.now()
    looks = count_looks_today(staff=staff, now=now)
    return render_page(
        request, staff, "team.html", _("Équipe"), now=now, here="team", team=list_team(), form=form, looks=looks, limit=daily_limit(staff)
    )


def _initial(staff: StaffProfile) -> dict[str, Any]:
    return {
        "greyscale": staff.greyscale,
        "shortcuts": staff.shortcuts,
        "daily_images": daily_limit(staff),
        "reasons_not_taken": sorted(staff.skipped_reasons),
    }
