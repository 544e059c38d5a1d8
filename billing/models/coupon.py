"""Codes that make something cheaper."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import CouponDuration
from core.fields import KeyField


class Coupon(models.Model):
    """A code: a share of the price, or an amount of one currency; for so many people, in a span of time, for some plans.

    `redeemed` only rises by a conditional UPDATE, so no crowd passes `max_redemptions`.
    """

    code = KeyField(_("code"), max_length=24, unique=True)
    percent = models.PositiveSmallIntegerField(_("pourcentage"), null=True, blank=True)
    amount_minor = models.BigIntegerField(_("montant"), null=True, blank=True)
    currency = models.CharField(_("monnaie"), max_length=3, blank=True)
    duration = models.CharField(_("combien de fois"), max_length=9, choices=CouponDuration.choices, default=CouponDuration.ONCE)
    periods = models.PositiveSmallIntegerField(_("nombre de périodes"), null=True, blank=True)
    starts_at = models.DateTimeField(_("valable du"))
    ends_at = models.DateTimeField(_("valable jusqu’au"), null=True, blank=True)
    max_redemptions = models.PositiveIntegerField(_("personnes au plus"), null=True, blank=True)
    redeemed = models.PositiveIntegerField(_("personnes"), default=0, editable=False)
    plans = models.ManyToManyField("billing.Plan", related_name="coupons", verbose_name=_("formules"), blank=True)
    first_purchase_only = models.BooleanField(_("premier achat seulement"), default=False)
    active = models.BooleanField(_("en service"), default=True)
    created_at = models.DateTimeField(_("créé le"), editable=False)

    class Meta:
        verbose_name = _("code promotionnel")
        verbose_name_plural = _("codes promotionnels")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                # a comparison with nothing is neither true nor false, and a CHECK lets that pass: so each says that there is something
                condition=models.Q(percent__isnull=False, percent__gte=1, percent__lte=100, amount_minor__isnull=True, currency="")
                | (models.Q(percent__isnull=True, amount_minor__isnull=False, amount_minor__gt=0) & ~models.Q(currency="")),
                name="coupon_share_or_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(max_redemptions__isnull=True) | models.Q(redeemed__lte=models.F("max_redemptions")),
                name="coupon_never_too_often",
            ),
            models.CheckConstraint(
                condition=models.Q(duration=CouponDuration.REPEATING, periods__isnull=False, periods__gt=0)
                | (~models.Q(duration=CouponDuration.REPEATING) & models.Q(periods__isnull=True)),
                name="coupon_periods_when_repeating",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CouponRedemption(models.Model):
    """One person used one coupon, for `times` orders so far."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="redemptions", verbose_name=_("code promotionnel"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="coupon_redemptions", verbose_name=_("personne")
    )
    times = models.PositiveSmallIntegerField(_("fois"), default=1)
    redeemed_at = models.DateTimeField(_("utilisé le"))

    class Meta:
        verbose_name = _("code utilisé")
        verbose_name_plural = _("codes utilisés")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["coupon", "user"], name="coupon_once_a_person")]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.user_id}"
