"""One target that was reported, and the evidence of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from moderation.enums import CaseState, Reason, Severity, TargetKind
from moderation.models.staff import StaffProfile


class Case(models.Model):
    """All that was reported about one target, until it is decided. One open case a target: `open_key` is unique while open.

    `version` changes with every change of the row, so that a claim or a decision made on an older sight of it changes nothing.
    """

    public_id = models.CharField(_("dossier"), max_length=20, unique=True, default=new_public_id, editable=False)
    target_kind = models.CharField(_("sorte"), max_length=12, choices=TargetKind.choices)
    target_ref = models.CharField(_("objet"), max_length=64)
    # Whom a measure would restrict: the author of the message, the owner of the profile, the owner of the room. Null: nobody any more.
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("personne visée")
    )
    open_key = models.CharField(max_length=80, unique=True, null=True, editable=False)  # noqa: DJ001  (null is what makes it unique)
    state = models.CharField(_("état"), max_length=9, choices=CaseState.choices, default=CaseState.OPEN)
    reason = models.CharField(_("motif le plus grave"), max_length=24, choices=Reason.choices)
    severity = models.PositiveSmallIntegerField(_("gravité"), choices=Severity.choices)
    score = models.FloatField(_("priorité"), default=0.0)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    child_safety = models.BooleanField(_("protection de l’enfance"), default=False)
    # When what was reported was said or made; null where that is not known of one moment.
    content_at = models.DateTimeField(_("contenu du"), null=True)
    opened_at = models.DateTimeField(_("ouvert le"))
    due_at = models.DateTimeField(_("première mesure due le"))
    overdue_told_at = models.DateTimeField(_("retard annoncé le"), null=True)
    first_action_at = models.DateTimeField(_("première mesure le"), null=True)
    claimed_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("pris par"))
    claim_expires_at = models.DateTimeField(_("pris jusqu’au"), null=True)
    # Who handed it on to a senior and why; from then on only a senior takes it, also after a claim ran out.
    escalated_at = models.DateTimeField(_("transmis le"), null=True)
    escalated_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("transmis par"))
    escalation_reason = models.CharField(_("raison de la transmission"), max_length=500, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    decided_at = models.DateTimeField(_("décidé le"), null=True)

    class Meta:
        verbose_name = _("dossier")
        verbose_name_plural = _("dossiers")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["state", "severity", "due_at"], name="case_queue"),
            models.Index(fields=["subject", "decided_at"]),
            models.Index(fields=["target_kind", "target_ref"]),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_open(self) -> bool:
        return self.open_key is not None


class Evidence(models.Model):
    """What was there when it was reported: never changed, sealed apart from its author's key, known by its digest."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence", verbose_name=_("dossier"))
    report = models.ForeignKey("moderation.Report", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("signalement"))
    kind = models.CharField(_("sorte"), max_length=12)  # SNAPSHOT (canonical JSON) or MEDIA (one file)
    content_type = models.CharField(max_length=40, default="application/json")
    # Sealed under the scope `evidence`.
    blob = models.BinaryField(_("contenu scellé"))
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("octets"))
    taken_at = models.DateTimeField(_("prise le"))

    class Meta:
        verbose_name = _("preuve")
        verbose_name_plural = _("preuves")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:12]}"

    @property
    def sealing_ad(self) -> str:
        """What the sealed content is bound to."""
        return f"moderation.Evidence.blob:{self.public_id}"
