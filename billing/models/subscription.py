"""Somebody's subscription, and what they may do because of it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import EntitlementCode, EntitlementSource, Interval, PlanCode, Provider, SubscriptionState
from billing.models.references import make_reference
from core.fields import KeyField
from core.ids import new_public_id


def new_subscription_reference() -> str:
    """As the reference of an order, which it is for whoever ordered here (billing.models.plan)."""
    return make_reference()


class Subscription(models.Model):
    """One person, one plan. `provider_ref` names it at a provider that renews it; without one it is paid in advance and then over.

    `open_key` is the person while it is open and null after: nobody has two. `due_since` is when the days of grace began.
    """

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    reference = KeyField(_("numéro de contrat"), max_length=10, unique=True, default=new_subscription_reference, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="subscriptions", verbose_name=_("personne")
    )
    price = models.ForeignKey("billing.Price", on_delete=models.PROTECT, related_name="subscriptions", verbose_name=_("prix"))
    next_price = models.ForeignKey("billing.Price", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("prix suivant"))
    provider = models.CharField(_("prestataire"), max_length=8, choices=Provider.choices, blank=True)
    provider_ref = KeyField(_("référence du prestataire"), max_length=255, null=True)
    renews = models.BooleanField(_("se renouvelle"), default=False)
    state = models.CharField(_("état"), max_length=10, choices=SubscriptionState.choices)
    period_start = models.DateTimeField(_("période depuis le"))
    period_end = models.DateTimeField(_("période jusqu’au"))
    cancel_at_period_end = models.BooleanField(_("s’arrête à la fin"), default=False)
    # The day from which a cancellation counts that was asked for later than the end of this period.
    cancel_on = models.DateField(_("à résilier le"), null=True)
    due_since = models.DateTimeField(_("en retard depuis le"), null=True)
    open_key = KeyField(max_length=20, unique=True, null=True, editable=False)
    created_at = models.DateTimeField(_("créé le"))
    canceled_at = models.DateTimeField(_("résilié le"), null=True)
    ended_at = models.DateTimeField(_("terminé le"), null=True)

    class Meta:
        verbose_name = _("abonnement")
        verbose_name_plural = _("abonnements")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["state", "period_end"], name="subscription_due")]
        constraints = [models.UniqueConstraint(fields=["provider", "provider_ref"], name="subscription_provider_ref")]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Whether it still gives something, or may again."""
        return self.open_key is not None

    @property
    def is_yearly(self) -> bool:
        """Whether the law asks for a notice before it is renewed."""
        return self.price.interval == Interval.YEAR

    @property
    def source_key(self) -> str:
        """The key of the entitlements that a renewing subscription gives."""
        return f"subscription:{self.public_id}"

    @property
    def plan_name(self) -> str:
        """The plan, as it is called."""
        return str(PlanCode(self.price.plan.code).label)


class Entitlement(models.Model):
    """Something that one may do from one moment to another; `ends_at` null is without end. Values as billing.freemium says."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="entitlements", verbose_name=_("personne"))
    code = models.CharField(_("droit"), max_length=16, choices=EntitlementCode.choices)
    value = models.BigIntegerField(_("valeur"))
    source = models.CharField(_("origine"), max_length=12, choices=EntitlementSource.choices)
    source_key = KeyField(_("clé de l’origine"), max_length=48)
    starts_at = models.DateTimeField(_("depuis le"))
    ends_at = models.DateTimeField(_("jusqu’au"), null=True)

    class Meta:
        verbose_name = _("droit")
        verbose_name_plural = _("droits")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["user", "ends_at"], name="entitlements_of_person")]
        constraints = [models.UniqueConstraint(fields=["source_key", "code"], name="entitlement_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.source_key}"

    def holds_at(self, now: datetime) -> bool:
        """Whether it counts at this moment."""
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)
