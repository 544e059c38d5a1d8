"""What members pay for in rooms from their wallet: a thank-you to who answers for a group, and the one paid place of the directory."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.enums import BoostSpan
from chat.models.room import Room
from core.ids import new_public_id


class RoomTip(models.Model):
    """A thank-you of one member to an owner of a group, as credit. Nobody but its giver ever sees whose it was."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+", verbose_name=_("salon"))
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("donné par"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("reçu par"))
    amount_minor = models.BigIntegerField(_("montant"))
    currency = models.CharField(_("monnaie"), max_length=3)
    client_key = models.UUIDField(editable=False)
    given_at = models.DateTimeField(_("donné le"))
    returned_at = models.DateTimeField(_("repris le"), null=True)

    class Meta:
        verbose_name = _("remerciement")
        verbose_name_plural = _("remerciements")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["giver", "given_at"], name="room_tip_of_giver")]
        constraints = [
            models.UniqueConstraint(fields=["giver", "client_key"], name="room_tip_once_a_form"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="room_tip_of_something"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def spend_key(self) -> str:
        """Its name in the ledger."""
        return f"tip:{self.public_id}"


class RoomBoost(models.Model):
    """A room in the paid place of the directory for a time. While a case about the room is open its time stands still (`paused_at`)."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="boosts", verbose_name=_("salon"))
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("payé par"))
    span = models.CharField(_("durée"), max_length=4, choices=BoostSpan.choices)
    amount_minor = models.BigIntegerField(_("montant"))
    currency = models.CharField(_("monnaie"), max_length=3)
    client_key = models.UUIDField(editable=False)
    starts_at = models.DateTimeField(_("à partir du"))
    ends_at = models.DateTimeField(_("jusqu’au"))
    paused_at = models.DateTimeField(_("suspendu depuis le"), null=True)
    refunded_at = models.DateTimeField(_("remboursé le"), null=True)

    class Meta:
        verbose_name = _("mise en avant")
        verbose_name_plural = _("mises en avant")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["ends_at"], name="room_boost_running"),
            models.Index(fields=["buyer", "starts_at"], name="room_boost_of_buyer"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["buyer", "client_key"], name="room_boost_once_a_form"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="room_boost_of_something"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def spend_key(self) -> str:
        """Its name in the ledger."""
        return f"boost:{self.public_id}"

    def is_running(self, now: datetime) -> bool:
        """Whether its time is not over and nothing ended it before."""
        return self.refunded_at is None and (self.paused_at is not None or now < self.ends_at)
