"""Wallets: the limits that people set on themselves, and the lots of credit that they were given.

The balance itself lies in the ledger, in the accounts `wallet:<user>:<cur>` (paid) and `promo:<user>:<cur>` (given).
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import GrantSource
from core.fields import KeyField
from core.money import Money


class Wallet(models.Model):
    """One person's wallet, in one currency for good. Its row is the lock under which every spend and top-up of the person is judged."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wallet", verbose_name=_("personne"))
    currency = models.CharField(_("monnaie"), max_length=3)
    # Null: what the house sets.
    daily_limit_minor = models.BigIntegerField(_("plafond par jour"), null=True)
    # A higher limit that was asked for, and from when on it holds.
    next_limit_minor = models.BigIntegerField(_("plafond demandé"), null=True)
    next_limit_at = models.DateTimeField(_("plafond demandé, à partir du"), null=True)
    paused_until = models.DateTimeField(_("dépenses en pause jusqu’au"), null=True)
    opened_at = models.DateTimeField(_("ouvert le"))

    class Meta:
        verbose_name = _("porte-monnaie")
        verbose_name_plural = _("porte-monnaie")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.user_id} {self.currency}"

    def limit_at(self, now: datetime) -> int | None:
        """The daily limit that this person has set and that holds now, in minor units; None: that of the house."""
        if self.next_limit_at is not None and self.next_limit_at <= now:
            return self.next_limit_minor
        return self.daily_limit_minor

    def is_paused(self, now: datetime) -> bool:
        """Whether the person has taken a break from spending."""
        return self.paused_until is not None and now < self.paused_until


class PromoGrant(models.Model):
    """A lot of credit that somebody was given: never paid out, gone after its day. The lots of a person sum to their `promo:` account."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("personne"))
    currency = models.CharField(_("monnaie"), max_length=3)
    source = models.CharField(_("origine"), max_length=8, choices=GrantSource.choices)
    source_key = KeyField(_("clé de l’origine"), max_length=120, unique=True)
    amount_minor = models.BigIntegerField(_("montant"))
    left_minor = models.BigIntegerField(_("reste"))
    given_at = models.DateTimeField(_("donné le"))
    expires_at = models.DateTimeField(_("expire le"))

    class Meta:
        verbose_name = _("crédit offert")
        verbose_name_plural = _("crédits offerts")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["user", "expires_at"], name="promo_grant_of_person"),
            models.Index(fields=["expires_at"], name="promo_grant_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, left_minor__gte=0, left_minor__lte=models.F("amount_minor")),
                name="promo_grant_within_amount",
            )
        ]

    def __str__(self) -> str:
        return self.source_key

    @property
    def left(self) -> Money:
        """What is unspent of it."""
        return Money(self.left_minor, self.currency)


class PromoUse(models.Model):
    """How much of a lot one spend took, so that a spend which is taken back fills the same lot again."""

    grant = models.ForeignKey(PromoGrant, on_delete=models.CASCADE, related_name="uses", verbose_name=_("crédit offert"))
    spend_key = KeyField(_("clé de la dépense"), max_length=120)
    amount_minor = models.BigIntegerField(_("montant"))

    class Meta:
        verbose_name = _("usage d’un crédit offert")
        verbose_name_plural = _("usages de crédits offerts")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["spend_key", "grant"], name="promo_use_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="promo_use_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.spend_key} {self.amount_minor}"
