"""Breaches of personal data: the log that GDPR article 33(5) asks for, the harmless ones among them."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from privacy.enums import BreachHarm, BreachRisk, DataKind, SilenceGround

# Article 33(1): without undue delay and, where feasible, not later than 72 hours after having become aware of it.
AUTHORITY_IN = timedelta(hours=72)


class Breach(models.Model):
    """One breach, as far as it is known. Its words name nobody: whom it touches lies in `BreachPerson`."""

    public_id = models.CharField(_("référence"), max_length=20, unique=True, default=new_public_id, editable=False)
    found_at = models.DateTimeField(_("découverte le"))
    started_at = models.DateTimeField(_("commencée le"), null=True, blank=True)
    nature = models.TextField(_("ce qui est arrivé"), max_length=4000)
    # Words of BreachHarm and codes of DataKind, apart by commas: few, and always read together with the row.
    harms = models.CharField(_("atteinte à"), max_length=60)
    data_codes = models.CharField(_("sortes de données"), max_length=600)
    persons = models.PositiveIntegerField(_("personnes, environ"))
    records = models.PositiveIntegerField(_("enregistrements, environ"))
    effects = models.TextField(_("conséquences probables"), max_length=4000)
    measures = models.TextField(_("mesures prises ou prévues"), max_length=4000)
    risk = models.CharField(_("risque pour les personnes"), max_length=4, choices=BreachRisk.choices)
    authority_due_at = models.DateTimeField(_("autorité à prévenir avant le"))
    authority_told_at = models.DateTimeField(_("autorité prévenue le"), null=True)
    authority_ref = models.CharField(_("numéro donné par l’autorité"), max_length=80, blank=True)
    late_reason = models.CharField(_("raison du retard"), max_length=1000, blank=True)
    letter_fr = models.TextField(_("lettre en français"), max_length=6000, blank=True)
    letter_mg = models.TextField(_("lettre en malgache"), max_length=6000, blank=True)
    letter_en = models.TextField(_("lettre en anglais"), max_length=6000, blank=True)
    everybody = models.BooleanField(_("touche tout le monde"), default=False)
    persons_told_at = models.DateTimeField(_("personnes prévenues le"), null=True)
    silence = models.CharField(_("pourquoi elles ne le sont pas"), max_length=15, choices=SilenceGround.choices, blank=True)
    reason_not_told = models.CharField(_("explication"), max_length=1000, blank=True)
    # Hours after the discovery at which the last alarm rang, to ring each once.
    alarmed = models.PositiveSmallIntegerField(default=0, editable=False)
    logged_by = models.ForeignKey("moderation.StaffProfile", on_delete=models.PROTECT, related_name="+", verbose_name=_("inscrite par"))
    logged_at = models.DateTimeField(_("inscrite le"))
    closed_at = models.DateTimeField(_("close le"), null=True)

    class Meta:
        verbose_name = _("violation de données")
        verbose_name_plural = _("violations de données")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["closed_at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(started_at__isnull=True) | models.Q(started_at__lte=models.F("found_at")), name="breach_begins_before"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) | models.Q(risk=BreachRisk.NONE) | models.Q(authority_told_at__isnull=False),
                name="breach_closed_when_told",
            ),
            models.CheckConstraint(condition=models.Q(silence="") | ~models.Q(reason_not_told=""), name="breach_silence_has_reason"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def harm_names(self) -> str:
        """What was harmed, in the reader's language."""
        return " · ".join(str(BreachHarm(word).label) for word in self.harms.split(",") if word)

    @property
    def codes(self) -> list[str]:
        """The kinds of data it touches."""
        return [word for word in self.data_codes.split(",") if word]

    @property
    def code_names(self) -> list[str]:
        """The kinds of data it touches, in the reader's language."""
        return [str(DataKind(word).label) for word in self.codes]

    @property
    def owes_authority(self) -> bool:
        """Whether the authority has yet to be told (article 33(1))."""
        return self.risk != BreachRisk.NONE and self.authority_told_at is None

    @property
    def owes_persons(self) -> bool:
        """Whether the people have yet to be told, or the reason why not to be written (article 34)."""
        return self.risk == BreachRisk.HIGH and self.persons_told_at is None and not self.silence

    def letter(self, language: str) -> str:
        """What the people are told, in one of the languages of the house, in French where it is another."""
        return str(getattr(self, f"letter_{language}", "") or self.letter_fr)


class BreachPerson(models.Model):
    """Somebody whose data a breach touches, and when they were told."""

    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="people", verbose_name=_("violation"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="breaches", verbose_name=_("personne"))
    told_at = models.DateTimeField(_("prévenue le"), null=True)

    class Meta:
        verbose_name = _("personne touchée par une violation")
        verbose_name_plural = _("personnes touchées par des violations")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["breach", "user"], name="breach_person_once")]

    def __str__(self) -> str:
        return f"{self.breach_id} {self.user_id}"
