"""What the law keeps of an account that was erased, beside the civil identity."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptAccount(models.Model):
    """The names that an erased account wore, with their days: in one blob under the scope `identity`, for a year after its end
    (décret 2021-1362, art. 3). One service opens it (`accounts.services.keeping.open_names_for_legal_request`)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="kept_account", verbose_name=_("personne")
    )
    blob = models.BinaryField(_("noms scellés"), editable=False)
    closed_at = models.DateTimeField(_("compte effacé le"), db_index=True)

    class Meta:
        verbose_name = _("compte effacé")
        verbose_name_plural = _("comptes effacés")
        default_permissions = ()

    def __str__(self) -> str:
        return "<sealed>"
