"""Banks of hashes and the checks of images in the admin: to look at, and for those of a bank to add a hash or take one out by its service.

What is known of pictures of child abuse is seen by CHILD_SAFETY alone.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.text import clean
from moderation.admin.tables import ReasonForm, RoleAdmin, acting_staff, staff_of
from moderation.enums import HashBankKind, StaffRole
from moderation.models import HashBank, HashEntry, ImageCheck
from moderation.queries.shown import DESK
from moderation.services.hashbank import LOCAL_KEPT, NotYourBank, WhyMissing, add_hash, list_own_banks, remove_hash

_MOST = 500
_WHOLE = ("value", "algorithm", "bank", "reason", "source", "case", "added_by", "added_at", "expires_at")
_READERS = (*DESK, StaffRole.AUDITOR)


def _sees_children(request: HttpRequest) -> bool:
    staff = staff_of(request)
    return staff is not None and staff.has_role(StaffRole.CHILD_SAFETY)


class NewHashForm(forms.ModelForm[HashEntry]):
    """One hash for one of the banks that this person may change; `banks` are those."""

    banks: tuple[HashBankKind, ...] = ()
    kind = forms.ChoiceField(label=_("Banque"))
    value = forms.RegexField(
        r"\A[0-9a-fA-F]{64}\Z",
        label=_("Empreinte"),
        strip=True,
        widget=forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("PDQ : 64 signes hexadécimaux."),
        error_messages={"invalid": _("Une empreinte PDQ a 64 signes, de 0 à 9 et de a à f.")},
    )
    source = forms.CharField(
        label=_("Origine"),
        max_length=120,
        help_text=_("De qui vient cette empreinte, et quand."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = HashEntry
        fields = ("value", "source")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in self.banks]  # type: ignore[attr-defined]

    def clean_source(self) -> str:
        """The words that are left when invisible signs are gone.

        Raises:
            ValidationError: none.
        """
        words = clean(self.cleaned_data["source"], lines=False)
        if not words:
            raise forms.ValidationError(_("Dites d’où vient cette empreinte."))
        return words


@admin.register(HashBank)
class HashBankAdmin(RoleAdmin):
    roles = _READERS
    list_display = ("kind", "entries_count")
    fields = list_display

    def get_queryset(self, request: HttpRequest) -> Any:
        """With how many hashes each has; without that of child abuse, for whoever has not that role."""
        rows = super().get_queryset(request).annotate(count=Count("entries"))
        return rows if _sees_children(request) else rows.exclude(kind=HashBankKind.CHILD_ABUSE)

    @admin.display(description=_("empreintes"))
    def entries_count(self, bank: HashBank) -> int:
        """How many."""
        return int(getattr(bank, "count", 0))


@admin.register(HashEntry)
class HashEntryAdmin(RoleAdmin):
    roles = _READERS
    list_display = ("short", "bank", "source", "added_by", "added_at", "expires_at")
    list_filter = ("bank",)
    list_select_related = ("bank", "added_by")
    search_fields = ("value__startswith", "source")
    ordering = ("-pk",)
    show_full_result_count = False
    action_form = ReasonForm
    actions = ("take_out",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without those of child abuse, for whoever has not that role."""
        rows = super().get_queryset(request)
        return rows if _sees_children(request) else rows.exclude(bank__kind=HashBankKind.CHILD_ABUSE)

    def get_form(self, request: HttpRequest, obj: HashEntry | None = None, change: bool = False, **kwargs: Any) -> Any:
        """What a new one needs."""
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        return type("NewHashForm", (NewHashForm,), {"banks": tuple(list_own_banks(by=acting_staff(request)))})

    def get_fields(self, request: HttpRequest, obj: HashEntry | None = None) -> Any:
        return _WHOLE if obj else ("kind", "value", "source")

    def get_readonly_fields(self, request: HttpRequest, obj: HashEntry | None = None) -> Any:
        return _WHOLE if obj else ()

    @admin.display(description=_("empreinte"), ordering="value")
    def short(self, entry: HashEntry) -> str:
        """So much of it that a row fits; all of it stands on its page."""
        return f"{entry.value[:16]}…"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may change at least one bank."""
        staff = staff_of(request)
        return staff is not None and bool(list_own_banks(by=staff))

    has_change_bank_permission = has_add_permission

    def save_model(self, request: HttpRequest, obj: HashEntry, form: ModelForm[HashEntry], change: bool) -> None:
        """Take it in; what a team remembers by itself ends after a year."""
        said, now = form.cleaned_data, timezone.now()
        kind = HashBankKind(said["kind"])
        until = now + LOCAL_KEPT if kind == HashBankKind.LOCAL_ACTIONED else None
        try:
            entry = add_hash(kind=kind, value=said["value"], source=said["source"], by=acting_staff(request), expires_at=until, now=now)
        except NotYourBank as error:
            raise PermissionDenied from error
        obj.pk, obj.bank, obj.value = entry.pk, entry.bank, entry.value

    @admin.action(description=_("Retirer de la banque, avec une raison"), permissions=["change_bank"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[HashEntry]) -> None:
        """Each by its service; those of a bank that is not theirs stay."""
        staff, now = acting_staff(request), timezone.now()
        entries = list(queryset.select_related("bank")[: _MOST + 1])
        if len(entries) > _MOST:
            messages.error(request, gettext("Cinq cents au plus à la fois."))
            return
        own = [entry for entry in entries if entry.bank.kind in list_own_banks(by=staff)]
        try:
            for entry in own:
                remove_hash(entry=entry, by=staff, reason=request.POST.get("reason", ""), now=now)
        except WhyMissing:
            messages.error(request, gettext("Écrivez la raison à côté de l’action."))
            return
        if len(own) < len(entries):
            messages.error(request, gettext("Cette banque n’est pas la vôtre : ses empreintes restent."))
        if own:
            text = ngettext("%(count)d empreinte est retirée.", "%(count)d empreintes sont retirées.", len(own))
            messages.success(request, text % {"count": len(own)})


@admin.register(ImageCheck)
class ImageCheckAdmin(RoleAdmin):
    roles = _READERS
    list_display = ("target_ref", "verdict", "reason", "bank", "distance", "nudity", "quality", "case", "sealed", "checked_at")
    list_filter = ("verdict", "bank", "reason")
    list_select_related = ("case",)
    search_fields = ("target_ref", "pdq")
    fields = ("target_ref", "pdq", *list_display[1:], "model", "keep_until")
    ordering = ("-pk",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without what is about children, for whoever has not that role, and without one's own images."""
        rows = super().get_queryset(request).exclude(owner=acting_staff(request).user_id)
        if _sees_children(request):
            return rows
        return rows.exclude(bank=HashBankKind.CHILD_ABUSE).exclude(case__child_safety=True)
