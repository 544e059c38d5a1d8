"""Addresses that get no mail, known by their keyed hash alone."""

from __future__ import annotations

import hmac

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.sealing import mac_key
from notifications.enums import Category, SuppressionReason

_SCOPE = "mail-suppression"


def mac_of(address: str) -> str:
    """The keyed hash (64 hex digits) by which an address is known here, whatever its case."""
    return hmac.digest(mac_key(_SCOPE)[1], address.strip().lower().encode(), "sha256").hex()


class EmailSuppression(models.Model):
    """One reason not to write to an address. `category` is empty where it stands for every mail; what the law owes ignores
    UNSUBSCRIBED, and nothing goes to an address that does not exist."""

    address_mac = models.CharField(_("empreinte de l’adresse"), max_length=64, editable=False)
    reason = models.CharField(_("raison"), max_length=12, choices=SuppressionReason.choices)
    category = models.CharField(_("catégorie"), max_length=10, choices=Category.choices, blank=True)
    status_code = models.PositiveSmallIntegerField(_("réponse"), null=True, blank=True)
    created_at = models.DateTimeField(_("depuis le"))

    class Meta:
        verbose_name = _("adresse à laquelle on n’écrit pas")
        verbose_name_plural = _("adresses auxquelles on n’écrit pas")
        constraints = [models.UniqueConstraint(fields=["address_mac", "reason", "category"], name="suppression_once")]
        indexes = [models.Index(fields=["created_at"], name="suppression_age")]

    def __str__(self) -> str:
        return f"{self.reason} {self.category}"
