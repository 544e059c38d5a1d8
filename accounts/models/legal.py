"""The texts people agree to, and the proof that they did."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConsentPurpose, DocumentType, Language


class LegalDocument(models.Model):
    """One published text in one language; `version` is shared by all its languages. Never changed once published."""

    doc_type = models.CharField(_("texte"), max_length=24, choices=DocumentType.choices)
    version = models.CharField(_("version"), max_length=20)
    language = models.CharField(_("langue"), max_length=2, choices=Language.choices)
    title = models.CharField(_("titre"), max_length=120)
    body = models.TextField(_("contenu"), help_text="Markdown")
    text_sha256 = models.CharField(_("empreinte du texte"), max_length=64)
    published_at = models.DateTimeField(_("publié le"))
    requires_reacceptance = models.BooleanField(_("à accepter de nouveau"), default=False)

    class Meta:
        verbose_name = _("texte publié")
        verbose_name_plural = _("textes publiés")
        constraints = [models.UniqueConstraint(fields=["doc_type", "version", "language"], name="legal_document_once")]

    def __str__(self) -> str:
        return f"{self.doc_type} {self.version} {self.language}"


class Consent(models.Model):
    """Somebody agreed to something: coordinates of the text, never a key to one language's row. Rows are added, not changed;
    only a withdrawal fills `withdrawn_at`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents", verbose_name=_("personne"))
    purpose = models.CharField(_("objet"), max_length=24, choices=ConsentPurpose.choices)
    version = models.CharField(_("version"), max_length=20)
    text_sha256 = models.CharField(_("empreinte du texte"), max_length=64)
    language = models.CharField(_("langue"), max_length=2, choices=Language.choices)
    given_at = models.DateTimeField(_("donné le"))
    withdrawn_at = models.DateTimeField(_("retiré le"), null=True, blank=True)
    channel = models.CharField(_("voie"), max_length=8)
    # "<user>:<purpose>:<version>" while the consent stands, null after its withdrawal: unique on every database.
    open_key = models.CharField(_("clé d’unicité"), max_length=70, unique=True, null=True, blank=True)

    class Meta:
        verbose_name = _("accord")
        verbose_name_plural = _("accords")
        indexes = [models.Index(fields=["user", "purpose"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.purpose} {self.version}"
