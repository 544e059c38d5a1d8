"""One road of one notice, and how far it has come."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications.enums import DeliveryState, Transport
from notifications.models.notification import Notification
from notifications.models.subscription import PushSubscription

KEPT = timedelta(days=7)


class Delivery(models.Model):
    """`next_at` is when it is tried next while WAITING; `attempt` counts the tries begun. Of the roads to devices there is one for each
    device: `device` is the number of its row, which stays when the row has gone, and 0 on other roads."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("avis"))
    transport = models.CharField(_("voie"), max_length=12, choices=Transport.choices)
    state = models.CharField(_("état"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    reason = models.CharField(_("raison"), max_length=24, blank=True)
    attempt = models.PositiveSmallIntegerField(_("essais"), default=0)
    next_at = models.DateTimeField(_("prochain essai"))
    status_code = models.PositiveSmallIntegerField(_("réponse"), null=True, blank=True)
    # Where it goes when that is not the account's address of the day: sealed under the person's scope, emptied when it has left.
    address = models.BinaryField(_("adresse scellée"), max_length=400, blank=True, default=b"")
    subscription = models.ForeignKey(
        PushSubscription, on_delete=models.SET_NULL, null=True, blank=True, related_name="deliveries", verbose_name=_("appareil")
    )
    device = models.PositiveBigIntegerField(_("numéro de l’appareil"), default=0, db_default=0)
    created_at = models.DateTimeField(_("créée le"))
    # How often it has left: a notice that is told again leaves again, further and further apart. When it left last, or was given up.
    rounds = models.PositiveSmallIntegerField(_("départs"), default=0, db_default=0)
    ended_at = models.DateTimeField(_("partie ou finie le"), null=True, blank=True)

    class Meta:
        verbose_name = _("envoi d’un avis")
        verbose_name_plural = _("envois d’avis")
        constraints = [models.UniqueConstraint(fields=["notification", "transport", "device"], name="delivery_once")]
        indexes = [
            models.Index(fields=["state", "next_at"], name="delivery_due"),
            models.Index(fields=["created_at"], name="delivery_age"),
            models.Index(fields=["transport", "ended_at"], name="delivery_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.transport} {self.state}"
