"""The team: under which name each works, and in which roles."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.enums import StaffRole


class StaffProfile(models.Model):
    """One member of the team. Only the handle ever leaves the house, and the name of the account stands on no page of moderation."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_profile", verbose_name=_("compte"))
    handle = models.CharField(_("nom de travail"), max_length=12, unique=True, help_text="Mod-7K")
    # Roles of StaffRole, apart by commas: few, and always read together with the row.
    roles = models.CharField(_("rôles"), max_length=120, blank=True)
    active = models.BooleanField(_("en service"), default=True)
    # Until when somebody works here; of an auditor always set (`services.staff`), of others where they come for a time.
    ends_at = models.DateTimeField(_("en service jusqu’au"), null=True, blank=True)
    # Wellness: stricter than the team's defaults, never looser.
    greyscale = models.BooleanField(_("images en gris"), default=True)
    shortcuts = models.BooleanField(_("touches du clavier"), default=True)
    # How many pictures this person takes in a day; at most what `services.reveals` allows anybody.
    daily_images = models.PositiveSmallIntegerField(_("images par jour"), default=40)
    reasons_not_taken = models.CharField(_("motifs que je ne prends pas"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("dans l’équipe depuis le"))

    class Meta:
        verbose_name = _("membre de l’équipe")
        verbose_name_plural = _("membres de l’équipe")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.handle

    @property
    def role_set(self) -> frozenset[StaffRole]:
        return frozenset(StaffRole(word) for word in self.roles.split(",") if word)

    @property
    def is_auditor(self) -> bool:
        """Whether this person only looks (`services.staff`: an auditor has no other role)."""
        return StaffRole.AUDITOR in self.role_set

    @property
    def role_names(self) -> str:
        """The roles in the reader's language, one after the other."""
        return " · ".join(sorted(str(role.label) for role in self.role_set))

    @property
    def skipped_reasons(self) -> frozenset[str]:
        return frozenset(word for word in self.reasons_not_taken.split(",") if word)

    def has_role(self, *roles: StaffRole) -> bool:
        """Whether this person is in service and has at least one of the roles."""
        return self.active and bool(self.role_set.intersection(roles))
