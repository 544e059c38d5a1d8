"""How long each kind of data is kept, and why: one row a kind."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.enums import Clock
from privacy.retention import Rule


class RetentionRule(models.Model):
    """One row of the retention matrix; the rows come with the migrations."""

    code = models.CharField(_("code"), max_length=24, unique=True)
    clock = models.CharField(_("compté depuis"), max_length=8, choices=Clock.choices)
    keep = models.DurationField(_("durée"))
    erasable = models.BooleanField(_("effacé sur demande"))
    basis = models.CharField(_("fondement"), max_length=200)

    class Meta:
        verbose_name = _("règle de conservation")
        verbose_name_plural = _("règles de conservation")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.code

    @property
    def rule(self) -> Rule:
        """The row as the decision takes it."""
        return Rule(self.code, Clock(self.clock), self.keep, self.erasable)
