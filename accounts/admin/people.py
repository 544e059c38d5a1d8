"""People, consents and texts, to look at. Neither addresses of places nor birth years are shown."""

from __future__ import annotations

from django.contrib import admin

from accounts.models import Block, Consent, LegalDocument, Profile, User
from core.readonly import ReadOnly, ReadOnlyAdmin


class ProfileInline(ReadOnly, admin.StackedInline[Profile, User]):
    model = Profile
    fields = ("pseudonym", "gender", "gender_text", "country", "region_code", "languages", "bio")


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("username", "status", "jurisdiction", "language", "last_active_date", "is_staff")
    list_filter = ("status", "jurisdiction", "language", "is_staff")
    search_fields = ("username", "public_id", "email")
    fields = ("public_id", "username", "email", "status", "jurisdiction", "language", "last_active_date", "created_at", "is_staff")
    inlines = (ProfileInline,)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("user", "purpose", "version", "language", "given_at", "withdrawn_at")
    list_filter = ("purpose", "version")
    list_select_related = ("user",)


@admin.register(LegalDocument)
class LegalDocumentAdmin(ReadOnlyAdmin):
    list_display = ("doc_type", "version", "language", "title", "published_at", "requires_reacceptance")


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    list_display = ("blocker", "blocked", "created_at")
    list_select_related = ("blocker", "blocked")
