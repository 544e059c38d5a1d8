"""What people ask the team, and what it answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import SupportState, SupportTopic
from core.ids import new_public_id


class SupportRequest(models.Model):
    """One question and its answer. What was written, the answer, and the address of somebody without account are sealed under a key of
    their own, which is destroyed with them."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="support_requests", verbose_name=_("personne")
    )
    topic = models.CharField(_("sujet"), max_length=8, choices=SupportTopic.choices)
    language = models.CharField(_("langue"), max_length=2)
    state = models.CharField(_("état"), max_length=8, choices=SupportState.choices, default=SupportState.OPEN)
    sealed = models.BinaryField(_("contenu scellé"))
    sealed_answer = models.BinaryField(_("réponse scellée"), null=True)
    # SAFETY before everything: part of the order of the queue.
    urgent = models.BooleanField(_("sécurité"))
    due_at = models.DateTimeField(_("réponse due le"))
    created_at = models.DateTimeField(_("reçue le"))
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("prise par")
    )
    claim_expires_at = models.DateTimeField(_("prise jusqu’à"), null=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("répondue par")
    )
    answered_at = models.DateTimeField(_("répondue le"), null=True, db_index=True)
    alarmed_at = models.DateTimeField(_("retard annoncé le"), null=True)

    class Meta:
        verbose_name = _("demande d’aide")
        verbose_name_plural = _("demandes d’aide")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["state", "due_at"], name="support_due")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def scope(self) -> str:
        """The sealing scope of this request alone."""
        return f"support:{self.public_id}"

    def sealing_ad(self, column: str) -> str:
        """What a sealed column is bound to."""
        return f"billing.SupportRequest.{column}:{self.public_id}"
