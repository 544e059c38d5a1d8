"""How long each kind of data is kept, and why: one row a kind."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import Jurisdiction
from core.ids import new_public_id
from privacy.enums import Clock, DataKind
from privacy.retention import Rule, Term


class RetentionRule(models.Model):
    """One row of the retention matrix; the rows come with the migrations. A row with a jurisdiction speaks for the data of people under
    that law, in the place of the row of the same code without one."""

    code = models.CharField(_("code"), max_length=24)
    jurisdiction = models.CharField(
        _("droit applicable"), max_length=5, choices=Jurisdiction.choices, blank=True, default="", db_default=""
    )
    clock = models.CharField(_("compté depuis"), max_length=8, choices=Clock.choices)
    keep = models.DurationField(_("durée"))
    erasable = models.BooleanField(_("effacé sur demande"))
    basis = models.CharField(_("fondement"), max_length=200)

    class Meta:
        verbose_name = _("règle de conservation")
        verbose_name_plural = _("règles de conservation")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["code", "jurisdiction"], name="retention_rule_once")]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """How the row is named in addresses and in the audit chain (`privacy.retention.Rule.ref`)."""
        return f"{self.code}-{self.jurisdiction}" if self.jurisdiction else self.code

    @property
    def rule(self) -> Rule:
        """The row as the decision takes it, with what it said before (reads `changes`: prefetch them for many rows)."""
        earlier = [Term(one.applied_at, one.before_keep, one.before_erasable) for one in self.changes.all() if one.applied_at is not None]
        return Rule(self.code, Clock(self.clock), self.keep, self.erasable, tuple(earlier), self.jurisdiction)

    @property
    def is_fixed(self) -> bool:
        """Whether each row itself says when it ends: then what writes the row says for how long, and nothing is to be changed here."""
        return self.clock == Clock.EXPIRY

    @property
    def label(self) -> str:
        """The kind of data in plain words, and whose law the row speaks of where it is not everybody's."""
        return f"{self.kind_label} · {self.get_jurisdiction_display()}" if self.jurisdiction else self.kind_label

    @property
    def kind_label(self) -> str:
        """The kind of data in plain words."""
        return str(DataKind(self.code).label) if self.code in DataKind.values else self.code


class RetentionChange(models.Model):
    """What a rule is to say, asked for by one person and in force from the second's agreement on; and what it said before.

    Changes that were agreed to are kept for good: they are what was promised to the records of their time.
    """

    public_id = models.CharField(_("référence"), max_length=20, unique=True, default=new_public_id, editable=False)
    rule = models.ForeignKey(RetentionRule, on_delete=models.PROTECT, related_name="changes", verbose_name=_("règle"))
    approval = models.OneToOneField(
        "moderation.SecondApproval", on_delete=models.PROTECT, related_name="+", verbose_name=_("accord à deux")
    )
    keep = models.DurationField(_("durée"))
    erasable = models.BooleanField(_("effacé sur demande"))
    basis = models.CharField(_("fondement"), max_length=200)
    before_keep = models.DurationField(_("durée d’avant"))
    before_erasable = models.BooleanField(_("effacé sur demande, avant"))
    before_basis = models.CharField(_("fondement d’avant"), max_length=200)
    applied_at = models.DateTimeField(_("en vigueur depuis le"), null=True)

    class Meta:
        verbose_name = _("changement d’une règle de conservation")
        verbose_name_plural = _("changements de règles de conservation")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.public_id

    @property
    def shortens(self) -> bool:
        """Whether it holds for what is there already: then some of it goes at once."""
        return self.keep < self.before_keep
