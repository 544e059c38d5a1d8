"""What the check of an image found: figures, never pixels."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.enums import HashBankKind, ImageVerdict, Reason
from moderation.models.case import Case

# Of the authors of PDQ; `moderation.imaging.pdq` has the same and is too heavy to be loaded by every process.
GOOD_QUALITY = 50


class ImageCheck(models.Model):
    """One image, once. It goes with the image, unless it was acted on: then it stays a year (the retention matrix, MEDIA)."""

    target_ref = models.CharField(_("image"), max_length=64, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("personne"))
    room = models.CharField(_("salon"), max_length=20)
    # The same room by its inward number, as holds name it.
    place = models.PositiveBigIntegerField(_("numéro du salon"), null=True)
    pdq = models.CharField(_("empreinte"), max_length=64, blank=True)
    quality = models.PositiveSmallIntegerField(_("qualité"), default=0)
    nudity = models.FloatField(_("nudité"), null=True)
    model = models.CharField(_("modèle"), max_length=40, blank=True)
    verdict = models.CharField(_("résultat"), max_length=10, choices=ImageVerdict.choices)
    reason = models.CharField(_("motif"), max_length=24, choices=Reason.choices, blank=True)
    # Which bank has a picture like it, and in how many bits the two differ.
    bank = models.CharField(_("banque"), max_length=16, choices=HashBankKind.choices, blank=True)
    distance = models.PositiveSmallIntegerField(_("écart"), null=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="image_checks", verbose_name=_("dossier"))
    sealed = models.BooleanField(_("fichiers détruits"), default=False)
    checked_at = models.DateTimeField(_("vérifiée le"))
    # Null: as long as the image is there, and as long as its case is open.
    keep_until = models.DateTimeField(_("gardée jusqu’au"), null=True)

    class Meta:
        verbose_name = _("vérification d’image")
        verbose_name_plural = _("vérifications d’images")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["verdict", "case"], name="image_check_open"),
            models.Index(fields=["keep_until"], name="image_check_end"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.target_ref}"

    @property
    def is_telling(self) -> bool:
        """Whether there is enough in the picture for its hash to be compared."""
        return self.quality >= GOOD_QUALITY
