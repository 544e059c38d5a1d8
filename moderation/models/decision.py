"""What was decided about a case, what the restricted person is told, and their appeal."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from moderation.enums import Action, AppealState, AppellantKind, Ground, Reason
from moderation.models.case import Case
from moderation.models.report import Report
from moderation.models.staff import StaffProfile


class Decision(models.Model):
    """One decision. Rows are added; of a row that stands only `reversed_at` and `ended_at` are ever set."""

    public_id = models.CharField(_("référence"), max_length=20, unique=True, default=new_public_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("dossier"))
    moderator = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("décidé par"))
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("personne visée")
    )
    action = models.CharField(_("mesure"), max_length=24, choices=Action.choices)
    reason = models.CharField(_("motif"), max_length=24, choices=Reason.choices)
    ground = models.CharField(_("fondement"), max_length=5, choices=Ground.choices)
    ground_ref = models.CharField(_("texte"), max_length=500)
    explanation = models.CharField(_("explication"), max_length=2000)
    facts = models.CharField(_("faits"), max_length=5000)
    automated_detection = models.BooleanField(_("détecté automatiquement"), default=False)
    automated_decision = models.BooleanField(_("décidé automatiquement"), default=False)
    territory = models.CharField(_("territoire"), max_length=120, blank=True)
    starts_at = models.DateTimeField(_("en vigueur depuis le"))
    ends_at = models.DateTimeField(_("jusqu’au"), null=True, blank=True)
    # What `targets.restrict` gave back, for `targets.restore`.
    effect = models.JSONField(default=dict, editable=False)
    reversed_at = models.DateTimeField(_("annulée le"), null=True)
    # When a measure over a room was lifted because its day had come; seats and accounts end theirs themselves.
    ended_at = models.DateTimeField(_("arrivée à son terme le"), null=True)

    class Meta:
        verbose_name = _("décision")
        verbose_name_plural = _("décisions")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["subject", "starts_at"]), models.Index(fields=["starts_at"])]

    def __str__(self) -> str:
        return f"{self.public_id} {self.action}"


class StatementOfReasons(models.Model):
    """What the restricted person is told (DSA art. 17) and what the Commission's database gets (24(5)), the same facts in both."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="statement", verbose_name=_("décision"))
    puid = models.CharField(max_length=64, unique=True)
    payload = models.JSONField(_("contenu"))
    schema_version = models.CharField(_("version du schéma"), max_length=20)
    created_at = models.DateTimeField(_("faite le"))
    sent_at = models.DateTimeField(_("transmise le"), null=True)
    remote_uuid = models.CharField(_("numéro de la base"), max_length=64, blank=True)
    error = models.TextField(_("erreur"), blank=True)
    tries = models.PositiveSmallIntegerField(_("essais"), default=0)
    # When it is sent next. Null: it is sent, or was refused and waits for somebody of the team.
    due_at = models.DateTimeField(_("à transmettre le"), null=True)

    class Meta:
        verbose_name = _("exposé des motifs")
        verbose_name_plural = _("exposés des motifs")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["sent_at", "created_at"]), models.Index(fields=["due_at"])]

    def __str__(self) -> str:
        return self.puid

    @property
    def waits_for_staff(self) -> bool:
        """Whether the database refused it, so that nothing happens by itself."""
        return self.sent_at is None and self.due_at is None


class Appeal(models.Model):
    """Somebody does not agree; another person of the team looks again (DSA art. 20)."""

    public_id = models.CharField(_("référence"), max_length=20, unique=True, default=new_public_id, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="appeals", verbose_name=_("décision"))
    side = models.CharField(_("de la part de"), max_length=10, choices=AppellantKind.choices)
    appellant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("auteur du recours")
    )
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, related_name="appeals", verbose_name=_("signalement"))
    text = models.TextField(_("raisons"), max_length=4000)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    state = models.CharField(_("état"), max_length=10, choices=AppealState.choices, default=AppealState.PENDING)
    reviewer = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("examiné par"))
    answer = models.CharField(_("réponse"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("reçu le"))
    due_at = models.DateTimeField(_("à décider avant le"))
    decided_at = models.DateTimeField(_("décidé le"), null=True)
    # "<decision>:<side>:<who>" for ever: one appeal of one person against one decision.
    once_key = models.CharField(max_length=80, unique=True, editable=False)

    class Meta:
        verbose_name = _("recours")
        verbose_name_plural = _("recours")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["state", "due_at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=AppealState.PENDING, decided_at__isnull=True)
                | (~models.Q(state=AppealState.PENDING) & models.Q(decided_at__isnull=False, reviewer__isnull=False)),
                name="appeal_decided_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_pending(self) -> bool:
        return self.state == AppealState.PENDING

    @property
    def is_won(self) -> bool:
        return self.state == AppealState.OVERTURNED
