"""What a person is told: codes and counts, never the words of anybody."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from notifications.enums import NoticeKind

KEPT = timedelta(days=30)


class Notification(models.Model):
    """One thing told to one person, once: `dedupe_key` names the fact. Its subject may be gone by the time it is read."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", verbose_name=_("personne"))
    kind = models.CharField(_("sorte"), max_length=24, choices=NoticeKind.choices)
    subject_app = models.CharField(_("application du sujet"), max_length=16)
    subject_kind = models.CharField(_("sorte de sujet"), max_length=16)
    subject_public_id = models.CharField(_("sujet"), max_length=20)
    group_key = models.CharField(_("groupe"), max_length=80)
    dedupe_key = models.CharField(_("clé d’unicité"), max_length=80)
    args = models.JSONField(_("valeurs"), default=dict)
    path = models.CharField(_("page"), max_length=200)
    created_at = models.DateTimeField(_("créé le"))
    seen_at = models.DateTimeField(_("vu le"), null=True, blank=True)
    read_at = models.DateTimeField(_("lu le"), null=True, blank=True)
    # A notice that stands for many facts (a room that talks) counts them, and says when it was brought up to date last.
    count = models.PositiveIntegerField(_("faits"), default=1, db_default=1)
    again_at = models.DateTimeField(_("dit de nouveau le"), null=True, blank=True)
    # For the pages alone: the person keeps its room silent for a while.
    hushed = models.BooleanField(_("sans bruit"), default=False, db_default=False)

    class Meta:
        verbose_name = _("avis")
        verbose_name_plural = _("avis")
        constraints = [models.UniqueConstraint(fields=["user", "dedupe_key"], name="notification_once")]
        indexes = [
            models.Index(fields=["user", "seen_at"], name="notification_unseen"),
            models.Index(fields=["created_at"], name="notification_age"),
            models.Index(fields=["user", "group_key"], name="notification_group"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def latest_at(self) -> datetime:
        """When the newest of its facts was told."""
        return self.again_at or self.created_at
