"""What somebody told us about something."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from moderation.enums import Reason, ReportSource, ReportState, TargetKind


class TrustedFlagger(models.Model):
    """An organisation whose notices come first (DSA art. 22)."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("organisation"), max_length=200)
    areas = models.CharField(_("domaines"), max_length=500)
    contact = models.EmailField(_("adresse de contact"))
    coordinator_ref = models.CharField(_("référence du coordinateur"), max_length=200)
    # SHA-256 of the number it brings with a notice; the number itself is shown once.
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    active = models.BooleanField(_("en vigueur"), default=True)
    warned_at = models.DateTimeField(_("averti le"), null=True, blank=True)
    created_at = models.DateTimeField(_("inscrit le"))

    class Meta:
        verbose_name = _("signaleur de confiance")
        verbose_name_plural = _("signaleurs de confiance")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.name


class Report(models.Model):
    """One report of one person about one target; the answer finds them by account, or by the address and link of their receipt."""

    public_id = models.CharField(_("référence"), max_length=20, unique=True, default=new_public_id, editable=False)
    source = models.CharField(_("origine"), max_length=15, choices=ReportSource.choices)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("signalé par")
    )
    flagger = models.ForeignKey(TrustedFlagger, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("signaleur"))
    # Name and address of somebody without account, sealed under the scope `report`; empty where the law asks for none.
    contact = models.BinaryField(_("coordonnées scellées"), null=True)
    # SHA-256 of the 32 bytes in the status link.
    token_sha256 = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001  (null is what makes it unique)
    target_kind = models.CharField(_("sorte"), max_length=12, choices=TargetKind.choices)
    target_ref = models.CharField(_("objet"), max_length=64)
    reason = models.CharField(_("motif"), max_length=24, choices=Reason.choices)
    explanation = models.TextField(_("explication"), max_length=4000, blank=True)
    law_alleged = models.CharField(_("loi invoquée"), max_length=300, blank=True)
    bona_fide = models.BooleanField(_("de bonne foi"), default=False)
    danger_now = models.BooleanField(_("danger présent"), default=False)
    considers_illegal = models.BooleanField(_("tenu pour illégal"), default=False)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    case = models.ForeignKey("moderation.Case", on_delete=models.PROTECT, null=True, related_name="reports", verbose_name=_("dossier"))
    state = models.CharField(_("état"), max_length=15, choices=ReportState.choices, default=ReportState.RECEIVED)
    created_at = models.DateTimeField(_("reçu le"))
    outcome_at = models.DateTimeField(_("répondu le"), null=True)
    # One report of one person about one target in 24 hours: "<reporter>:<target>", null when the day is over.
    day_key = models.CharField(max_length=120, unique=True, null=True, editable=False)  # noqa: DJ001  (null is what makes it unique)

    class Meta:
        verbose_name = _("signalement")
        verbose_name_plural = _("signalements")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["reporter", "created_at"]),
            models.Index(fields=["target_kind", "target_ref"]),
            models.Index(fields=["created_at"]),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def contact_ad(self) -> str:
        """What the sealed contact is bound to."""
        return f"moderation.Report.contact:{self.public_id}"
