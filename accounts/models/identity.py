"""Who a person is by law, as far as they said."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CivilIdentity(models.Model):
    """What a person gave, in one blob under the scope `identity`. No admin, no search and no export reads it; one service opens it
    (`accounts.services.identity.open_for_legal_request`). `parts` says what was given, never what it says."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="civil_identity", verbose_name=_("personne")
    )
    blob = models.BinaryField(_("identité scellée"), max_length=4000, editable=False)
    parts = models.CharField(_("éléments donnés"), max_length=60)
    given_at = models.DateTimeField(_("donnée le"))

    class Meta:
        verbose_name = _("identité civile")
        verbose_name_plural = _("identités civiles")

    def __str__(self) -> str:
        return "<sealed>"


class WithdrawnIdentity(models.Model):
    """What a person took back or replaced, sealed as it was and out of everybody's sight. It lies on a shelf (`accounts.services.purge`)
    and goes within minutes; only a legal hold keeps it. Whoever it is about sees no difference."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("personne"))
    blob = models.BinaryField(_("identité scellée"), max_length=4000, editable=False)
    parts = models.CharField(_("éléments donnés"), max_length=60)
    given_at = models.DateTimeField(_("donnée le"))
    withdrawn_at = models.DateTimeField(_("retirée le"))

    class Meta:
        verbose_name = _("identité civile retirée")
        verbose_name_plural = _("identités civiles retirées")
        default_permissions = ()
        indexes = [models.Index(fields=["withdrawn_at"])]

    def __str__(self) -> str:
        return "<sealed>"
