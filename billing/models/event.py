"""The inbox: what providers told us, as it came."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import EventState, Provider
from billing.models.payment import Payment
from core.fields import KeyField


class ProviderEvent(models.Model):
    """One event of a provider. It proves nothing: it says where to look. `raw` is sealed; its hash stays when it is purged."""

    provider = models.CharField(_("prestataire"), max_length=8, choices=Provider.choices)
    event_id = KeyField(_("identifiant chez le prestataire"), max_length=255)
    kind = models.CharField(_("sorte d’événement"), max_length=80, blank=True)
    payment = models.ForeignKey(Payment, on_delete=models.SET_NULL, null=True, related_name="events", verbose_name=_("paiement"))
    # Where it points, as `providers.base.Hint` read it: names alone, nothing of the payer.
    hint = models.JSONField(_("ce qu’il désigne"), default=dict)
    raw = models.BinaryField(_("contenu scellé"), null=True, editable=False)
    raw_sha256 = models.CharField(_("empreinte"), max_length=64)
    headers = models.JSONField(_("en-têtes gardés"), default=dict)
    api_version = models.CharField(_("version"), max_length=40, blank=True)
    state = models.CharField(_("état"), max_length=13, choices=EventState.choices, default=EventState.RECEIVED)
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0)
    last_error = models.CharField(_("dernière erreur"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("reçu le"), db_index=True)

    class Meta:
        verbose_name = _("événement de prestataire")
        verbose_name_plural = _("événements de prestataires")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"

    @property
    def sealing_ad(self) -> str:
        """What the sealed body is bound to."""
        return f"billing.ProviderEvent.raw:{self.provider}:{self.event_id}"
