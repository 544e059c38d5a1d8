"""What Stripe's objects are called that renew somebody's subscription, and how they stood when they were last asked for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import KeyField


class StripeSubscription(models.Model):
    """A subscription at Stripe, by the ids under which it is asked for again; nothing of a card. `status` is Stripe's own word.

    `asked_at` is when the asking began that the row comes from: an answer that was asked for earlier never overwrites a later one.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="stripe_subscriptions", verbose_name=_("personne")
    )
    subscription_ref = KeyField(_("abonnement chez Stripe"), max_length=64, unique=True)
    customer_ref = KeyField(_("client chez Stripe"), max_length=64, db_index=True)
    item_ref = KeyField(_("ligne de l’abonnement chez Stripe"), max_length=64)
    latest_invoice_ref = KeyField(_("dernière facture chez Stripe"), max_length=64, blank=True)
    schedule_ref = KeyField(_("changement prévu chez Stripe"), max_length=64, blank=True)
    price_key = KeyField(_("nom du prix"), max_length=40)
    status = models.CharField(_("état chez Stripe"), max_length=20)
    period_end = models.DateTimeField(_("période jusqu’au"))
    cancel_at_period_end = models.BooleanField(_("s’arrête à la fin"), default=False)
    # The invoice that the payer has to confirm with their bank, while that is asked. Its page is asked for when they go there.
    action_invoice_ref = KeyField(_("facture à confirmer chez Stripe"), max_length=64, blank=True)
    asked_at = models.DateTimeField(_("demandé le"))

    class Meta:
        verbose_name = _("abonnement chez Stripe")
        verbose_name_plural = _("abonnements chez Stripe")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.subscription_ref
