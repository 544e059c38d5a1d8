"""Staff's view of the rooms: read by default; buttons call services. Messages are not shown here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Membership, Room, RoomBoost, RoomProposal, Theme
from chat.services.rooms import AlreadyDecided, accept_proposal, refuse_proposal
from core.readonly import ReadOnlyAdmin


@admin.register(Theme)
class ThemeAdmin(admin.ModelAdmin[Theme]):
    list_display = ("slug", "name_fr", "name_mg", "name_en", "order")


@admin.register(Room)
class RoomAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "theme", "languages", "state", "age_gate", "members", "last_at")
    list_filter = ("kind", "state", "theme", "age_gate")
    search_fields = ("title", "slug", "public_id")
    list_select_related = ("theme",)
    exclude = ("invite_code",)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("room", "user", "state", "role", "joined_at", "ban_until")
    list_filter = ("state", "role")
    list_select_related = ("room", "user")
    search_fields = ("room__title", "user__username", "user__public_id")


@admin.register(RoomProposal)
class RoomProposalAdmin(ReadOnlyAdmin):
    list_display = ("title", "theme", "language", "proposer", "state", "created_at", "decided_at")
    list_filter = ("state", "language")
    list_select_related = ("theme", "proposer")
    actions = ("accept", "refuse")

    @admin.action(description=_("Accepter et ouvrir le salon"), permissions=["view"])
    def accept(self, request: HttpRequest, queryset: QuerySet[RoomProposal]) -> None:
        for proposal in queryset:
            self._tell(request, proposal, lambda p=proposal: accept_proposal(proposal=p, now=timezone.now()))

    @admin.action(description=_("Refuser (le salon existe déjà ou ne convient pas aux règles)"), permissions=["view"])
    def refuse(self, request: HttpRequest, queryset: QuerySet[RoomProposal]) -> None:
        reason = str(_("Un salon proche existe déjà, ou la proposition ne convient pas aux règles."))
        for proposal in queryset:
            self._tell(request, proposal, lambda p=proposal: refuse_proposal(proposal=p, reason=reason, now=timezone.now()))

    @staticmethod
    def _tell(request: HttpRequest, proposal: RoomProposal, act: Any) -> None:
        try:
            act()
        except AlreadyDecided as error:
            messages.warning(request, f"{proposal.title} : {error.words}")
        else:
            messages.success(request, proposal.title)


@admin.register(RoomBoost)
class RoomBoostAdmin(ReadOnlyAdmin):
    list_display = ("room", "buyer", "span", "amount_minor", "currency", "starts_at", "ends_at", "paused_at", "refunded_at")
    list_filter = ("span", "currency")
    list_select_related = ("room", "buyer")
    search_fields = ("room__title", "room__public_id", "public_id")
