"""How a person wants to be told: by category and road, and the rest of their choices."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications.enums import Category, Content, Level, Pace, Road
from notifications.zones import zone_named

EVERY_DAY = 0b1111111


class Preference(models.Model):
    """One choice that differs from the house's own (`notifications.kinds.HABITS`)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preferences", verbose_name=_("personne")
    )
    category = models.CharField(_("catégorie"), max_length=10, choices=Category.choices)
    transport = models.CharField(_("voie"), max_length=4, choices=Road.choices)
    level = models.CharField(_("niveau"), max_length=6, choices=Level.choices)

    class Meta:
        verbose_name = _("préférence de notification")
        verbose_name_plural = _("préférences de notification")
        constraints = [
            models.UniqueConstraint(fields=["user", "category", "transport"], name="preference_once"),
            models.CheckConstraint(condition=~models.Q(transport="PUSH", level="DIGEST"), name="preference_digest_is_mail"),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.transport} {self.level}"


class NotificationSettings(models.Model):
    """The row of a person who chose something, or for whom a digest waits; who has none has these defaults.

    `quiet_days` has a bit for each day on which quiet hours begin, Monday the lowest. `digest_at` is set while something waits for it.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notice_settings", verbose_name=_("personne")
    )
    content = models.CharField(_("contenu montré"), max_length=7, choices=Content.choices, default=Content.HIDDEN)
    digest = models.CharField(_("résumé"), max_length=6, choices=Pace.choices, default=Pace.WEEKLY)
    digest_hour = models.PositiveSmallIntegerField(_("heure du résumé"), default=18)
    digest_at = models.DateTimeField(_("prochain résumé"), null=True, blank=True)
    digested_at = models.DateTimeField(_("dernier résumé"), null=True, blank=True)
    quiet_from = models.TimeField(_("silence à partir de"), null=True, blank=True)
    quiet_to = models.TimeField(_("silence jusqu’à"), null=True, blank=True)
    quiet_days = models.PositiveSmallIntegerField(_("jours de silence"), default=EVERY_DAY)
    zone = models.CharField(_("fuseau horaire"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("réglages des notifications")
        verbose_name_plural = _("réglages des notifications")
        indexes = [models.Index(fields=["digest_at"], name="digest_due")]
        constraints = [
            models.CheckConstraint(condition=models.Q(digest_hour__lte=23), name="digest_hour_of_a_day"),
            models.CheckConstraint(condition=models.Q(quiet_days__lte=EVERY_DAY), name="quiet_days_of_a_week"),
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_to__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="quiet_has_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.content} {self.digest}"

    @property
    def place(self) -> ZoneInfo:
        """The person's zone: the one they chose, else that of the country whose law is theirs."""
        return zone_named(self.zone or "", jurisdiction=self.user.jurisdiction)

    @property
    def weekdays(self) -> frozenset[int]:
        """The days on which quiet hours begin, Monday 0."""
        return frozenset(day for day in range(7) if self.quiet_days >> day & 1)

    @property
    def quiet(self) -> tuple[time, time] | None:
        """From when to when, by the clock of `place`; None without quiet hours."""
        if self.quiet_from is None or self.quiet_to is None:
            return None
        return self.quiet_from, self.quiet_to
