"""What a person tells about themselves, and the names they had."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeBand, Country, Gender

_BANDS = (
    (65, AgeBand.FROM_65),
    (55, AgeBand.FROM_55),
    (45, AgeBand.FROM_45),
    (35, AgeBand.FROM_35),
    (25, AgeBand.FROM_25),
    (18, AgeBand.FROM_18),
)


class Profile(models.Model):
    """One row per person. Birth year, cell and postal code never leave this app; `show_*` says what others may read."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="profile", verbose_name=_("personne")
    )
    pseudonym = models.CharField(_("pseudonyme"), max_length=24)
    skeleton = models.CharField(_("forme pliée"), max_length=120, unique=True)
    pseudonym_changed_at = models.DateTimeField(_("pseudonyme changé le"), null=True, blank=True)
    gender = models.CharField(_("genre"), max_length=14, choices=Gender.choices, default=Gender.UNDISCLOSED)
    gender_text = models.CharField(_("genre, en ses mots"), max_length=40, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("année de naissance"))
    country = models.CharField(_("pays"), max_length=2, choices=Country.choices)
    region_code = models.CharField(_("région"), max_length=40, blank=True)
    cell = models.CharField(_("maille"), max_length=16, blank=True)
    postal_code = models.BinaryField(_("code postal"), null=True, blank=True, max_length=120)
    place_changed_at = models.DateTimeField(_("lieu changé le"), null=True, blank=True)
    languages = models.CharField(_("langues parlées"), max_length=20, default="fr")
    bio = models.CharField(_("présentation"), max_length=500, blank=True)
    show_age = models.BooleanField(_("montre son âge"), default=True)
    show_gender = models.BooleanField(_("montre son genre"), default=False)
    show_region = models.BooleanField(_("montre sa région"), default=True)
    show_languages = models.BooleanField(_("montre ses langues"), default=True)
    show_bio = models.BooleanField(_("montre sa présentation"), default=True)
    show_last_seen = models.BooleanField(_("montre sa dernière visite"), default=True)
    # By a decision of the team: others read neither `bio` nor `gender_text`, until their owner has emptied both.
    words_hidden_at = models.DateTimeField(_("textes masqués le"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("profil")
        verbose_name_plural = _("profils")
        constraints = [
            models.CheckConstraint(condition=models.Q(birth_year__gte=1900, birth_year__lte=2100), name="profile_birth_year_is_a_year"),
            models.CheckConstraint(
                condition=models.Q(gender=Gender.SELF_DESCRIBED) | models.Q(gender_text=""), name="profile_gender_text_is_own"
            ),
        ]

    def __str__(self) -> str:
        return self.pseudonym

    @property
    def language_list(self) -> list[str]:
        return [code for code in self.languages.split(",") if code]

    @property
    def postal_code_ad(self) -> str:
        """What the sealed postal code is bound to."""
        return f"accounts.Profile.postal_code:{self.user.public_id}"

    def age_band(self, now: datetime) -> AgeBand | None:
        """The band of the age reached in the year of `now`; None below 18."""
        return band_of(now.year - self.birth_year)


def band_of(age: int) -> AgeBand | None:
    """The band that holds an age in whole years; None below 18."""
    return next((band for start, band in _BANDS if age >= start), None)


class PseudonymHistory(models.Model):
    """Names that were worn. A freed name is nobody else's for a year after `to_at`. Of an erased account `pseudonym` is empty and
    `skeleton` veiled (`accounts.queries.veiling`)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="pseudonyms")
    pseudonym = models.CharField(max_length=24)
    skeleton = models.CharField(max_length=120)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("ancien pseudonyme")
        verbose_name_plural = _("anciens pseudonymes")
        indexes = [models.Index(fields=["skeleton", "to_at"])]

    def __str__(self) -> str:
        return self.pseudonym
