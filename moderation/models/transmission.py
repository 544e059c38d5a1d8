"""What was told to an authority about the abuse of a child."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from moderation.enums import Hotline
from moderation.models.approval import SecondApproval
from moderation.models.case import Case
from moderation.models.staff import StaffProfile


class Transmission(models.Model):
    """One file for one authority, made by two; sent by a person, who writes down the receipt. The house sends nothing by itself."""

    public_id = models.CharField(_("référence"), max_length=20, unique=True, default=new_public_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="transmissions", verbose_name=_("dossier"))
    hotline = models.CharField(_("destinataire"), max_length=16, choices=Hotline.choices)
    approval = models.OneToOneField(SecondApproval, on_delete=models.PROTECT, related_name="+", verbose_name=_("accord à deux"))
    made_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, related_name="+", verbose_name=_("préparée par"))
    made_at = models.DateTimeField(_("préparée le"))
    # Sealed under the scope `child-safety`; null when its time is over.
    blob = models.BinaryField(_("contenu scellé"), null=True)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("octets"))
    transmitted_at = models.DateTimeField(_("transmise le"), null=True)
    receipt = models.CharField(_("accusé de réception"), max_length=200, blank=True)
    marked_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("notée par"))
    # That the authority has what it needs: from then on nothing is kept here for its sake.
    confirmed_at = models.DateTimeField(_("confirmée le"), null=True)
    confirmation = models.CharField(_("confirmation"), max_length=200, blank=True)
    keep_until = models.DateTimeField(_("gardée jusqu’au"), null=True)

    class Meta:
        verbose_name = _("transmission")
        verbose_name_plural = _("transmissions")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["keep_until"], name="transmission_end")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(transmitted_at__isnull=True, receipt="", keep_until__isnull=True)
                | (models.Q(transmitted_at__isnull=False, keep_until__isnull=False) & ~models.Q(receipt="")),
                name="transmission_has_receipt",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hotline} {self.public_id}"

    @property
    def sealing_ad(self) -> str:
        """What the sealed file is bound to."""
        return f"moderation.Transmission.blob:{self.public_id}"
