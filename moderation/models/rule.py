"""What the house looks for in text, each wording of it a version, and what its versions found."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from moderation.enums import RuleKind, RuleOutcome, RuleState, RuleTopic, ScreenedFate
from moderation.models.staff import StaffProfile

HITS_KEPT = timedelta(days=90)


class Rule(models.Model):
    """One thing that is looked for. What it says stands in its versions."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    key = models.SlugField(_("nom stable"), max_length=40, unique=True)
    title = models.CharField(_("titre"), max_length=120)
    kind = models.CharField(_("sorte"), max_length=9, choices=RuleKind.choices)
    topic = models.CharField(_("sujet"), max_length=13, choices=RuleTopic.choices)
    # A room whose owners wrote it, and where alone it looks; null: a rule of the house.
    room_id = models.PositiveBigIntegerField(_("salon"), null=True, db_index=True)
    created_at = models.DateTimeField(_("créée le"))

    class Meta:
        verbose_name = _("règle")
        verbose_name_plural = _("règles")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.key


class RuleVersion(models.Model):
    """One wording of a rule. Its text never changes; its state goes forward, and from ACTIVE back to SHADOW."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="versions", verbose_name=_("règle"))
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("état"), max_length=8, choices=RuleState.choices, default=RuleState.DRAFT)
    # The rule's number while this version is in force: one at a time.
    active_key = models.BigIntegerField(unique=True, null=True, editable=False)
    outcome = models.CharField(_("effet"), max_length=6, choices=RuleOutcome.choices)
    weight = models.FloatField(_("poids"), default=0.0)
    text = models.TextField(_("contenu"))
    # languages, rooms, age_gates, kinds (lists), account_age_below_h (hours), first_messages; what is missing limits nothing
    scope = models.JSONField(_("portée"), default=dict)
    why = models.CharField(_("raison"), max_length=500)
    # None: it came with a release of the house
    made_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("écrite par"))
    made_at = models.DateTimeField(_("écrite le"))
    backtest = models.JSONField(_("essai sur le passé"), null=True)
    backtested_at = models.DateTimeField(_("essayée le"), null=True)
    shadow_since = models.DateTimeField(_("à l’essai depuis le"), null=True)
    activated_at = models.DateTimeField(_("en vigueur depuis le"), null=True)
    retired_at = models.DateTimeField(_("retirée le"), null=True)

    class Meta:
        verbose_name = _("version d’une règle")
        verbose_name_plural = _("versions des règles")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["state"])]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once"),
            models.CheckConstraint(
                condition=models.Q(state=RuleState.ACTIVE, active_key__isnull=False, active_key=models.F("rule"))
                | (~models.Q(state=RuleState.ACTIVE) & models.Q(active_key__isnull=True)),
                name="rule_active_has_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule.key} v{self.number}"

    @property
    def acts_by_itself(self) -> bool:
        """Whether a hit keeps a text from others, which takes two persons to bring into force."""
        return self.outcome in (RuleOutcome.HOLD, RuleOutcome.REFUSE) or self.rule.kind == RuleKind.BEHAVIOUR


class RuleBook(models.Model):
    """One row: a number that grows with every change of what is in force or on trial. Processes look at it to know that they are behind."""

    number = models.PositiveBigIntegerField(_("numéro"), default=0)

    class Meta:
        verbose_name = _("état des règles")
        verbose_name_plural = _("états des règles")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


class RuleHit(models.Model):
    """That a version found something at a place of a text: where, and never what. Kept for 90 days."""

    version = models.ForeignKey(RuleVersion, on_delete=models.CASCADE, related_name="hits", verbose_name=_("version"))
    room_id = models.PositiveBigIntegerField(_("salon"), null=True)
    # The number of the message in its room, or the identifier of the held one.
    ref = models.CharField(_("objet"), max_length=40)
    start = models.PositiveIntegerField(_("début"))
    end = models.PositiveIntegerField(_("fin"))
    shadow = models.BooleanField(_("à l’essai"))
    held = models.BooleanField(_("retenu"))
    fate = models.CharField(_("suite"), max_length=8, choices=ScreenedFate.choices, blank=True)
    at = models.DateTimeField(_("le"))

    class Meta:
        verbose_name = _("détection")
        verbose_name_plural = _("détections")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["version", "at"]),
            models.Index(fields=["room_id", "ref"]),
            models.Index(fields=["at"]),
        ]
        # delivered twice, an event writes its rows once
        constraints = [models.UniqueConstraint(fields=["version", "room_id", "ref", "start", "end"], name="rule_hit_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.room_id}/{self.ref}"
