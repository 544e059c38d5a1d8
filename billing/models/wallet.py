"""Wallets: the limits that people set on themselves, and the lots of credit that they were given.

The balance itself lies in the ledger, in the accounts `wallet:<user>:<cur>` (paid) and `promo:<user>:<cur>` (given).
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import GrantSource, WalletAct
from core.fields import KeyField
from core.ids import new_public_id
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


class TopUp(models.Model):
    """A sum that somebody is about to put into their wallet: it counts against their limits from the moment it is written down, and its
    amount is never taken from a form again."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("personne"))
    amount_minor = models.BigIntegerField(_("montant"))
    currency = models.CharField(_("monnaie"), max_length=3)
    client_key = models.UUIDField(editable=False)
    created_at = models.DateTimeField(_("demandé le"))
    # Until then a way to pay may be chosen.
    expires_at = models.DateTimeField(_("expire le"))

    class Meta:
        verbose_name = _("rechargement")
        verbose_name_plural = _("rechargements")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["user", "expires_at"], name="top_up_of_person")]
        constraints = [
            models.UniqueConstraint(fields=["user", "client_key"], name="top_up_once_a_form"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="top_up_of_something"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def money(self) -> Money:
        """What is to be paid in."""
        return Money(self.amount_minor, self.currency)

    @property
    def subject_key(self) -> str:
        """How payments name it."""
        return f"topup:{self.public_id}"


class WalletSpend(models.Model):
    """One spend from a wallet: what for, to whom, and how much of it was given credit. `key` makes it happen once; `public_id` names its
    receipt (null only for what a process of the version before wrote while this one came in)."""

    public_id = KeyField(_("identifiant"), max_length=20, unique=True, null=True, default=new_public_id, editable=False)
    key = KeyField(_("clé"), max_length=100, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("personne"))
    act = models.CharField(_("sorte"), max_length=13, choices=WalletAct.choices)
    payee_key = KeyField(_("à qui"), max_length=80)
    subject_key = KeyField(_("ce qui est payé"), max_length=80)
    amount_minor = models.BigIntegerField(_("montant"))
    promo_minor = models.BigIntegerField(_("dont crédit offert"), default=0)
    currency = models.CharField(_("monnaie"), max_length=3)
    spent_at = models.DateTimeField(_("dépensé le"))
    returned_at = models.DateTimeField(_("repris le"), null=True)

    class Meta:
        verbose_name = _("dépense du porte-monnaie")
        verbose_name_plural = _("dépenses du porte-monnaie")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, promo_minor__gte=0, promo_minor__lte=models.F("amount_minor")),
                name="wallet_spend_of_something",
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def money(self) -> Money:
        """What was spent, given credit included."""
        return Money(self.amount_minor, self.currency)
