"""Addresses of mail are changed and confirmed by their owner alone: allauth's own page of them would let the team do both without a word to
anybody, and whoever confirms an address for somebody opens their account to it. They are shown, one person's at a time or as searched."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib import admin

from core.readonly import ReadOnlyAdmin

admin.site.unregister(EmailAddress)


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ("user", "email", "primary", "verified")
    list_filter = ("primary", "verified")
    list_select_related = ("user",)
    search_fields = ("email__iexact", "user__public_id__exact")
    fields = ("user", "email", "primary", "verified")
    ordering = ("-pk",)
