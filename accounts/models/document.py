"""A document that two of the team look at, for as long as they need. What stands on it is written nowhere."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import DocumentVerdict, ReviewState
from accounts.models.age import AgeCheck
from core.ids import new_public_id


class DocumentReview(models.Model):
    """The image that belongs to one attempt, and where it stands. It leaves with the attempt.

    Nothing of the document may become a column, neither name nor birth date nor number; a test lists the columns.
    """

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="documents", verbose_name=_("personne"))
    attempt = models.OneToOneField(AgeCheck, on_delete=models.CASCADE, related_name="review", verbose_name=_("vérification d’âge"))
    state = models.CharField(_("état"), max_length=9, choices=ReviewState.choices, default=ReviewState.OPEN)
    # Sealed under a key of its own, which is destroyed with it.
    image = models.BinaryField(_("image scellée"), null=True)
    created_at = models.DateTimeField(_("reçue le"))
    expires_at = models.DateTimeField(_("détruite au plus tard le"), db_index=True)
    ended_at = models.DateTimeField(_("terminée le"), null=True)
    # The person's id while open, null after: one open review a person, on every engine.
    open_key = models.CharField(max_length=20, unique=True, null=True, editable=False)  # noqa: DJ001  (null is what makes it unique)

    class Meta:
        verbose_name = _("document à examiner")
        verbose_name_plural = _("documents à examiner")
        default_permissions = ("view",)
        permissions = [("review_document", "Can look at documents and say what they show")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=ReviewState.OPEN, image__isnull=False, open_key__isnull=False)
                | (~models.Q(state=ReviewState.OPEN) & models.Q(image__isnull=True, open_key__isnull=True)),
                name="document_image_only_while_open",
            )
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def scope(self) -> str:
        """The sealing scope of this image alone."""
        return f"age-document:{self.public_id}"

    @property
    def sealing_ad(self) -> str:
        """What the sealed image is bound to."""
        return f"accounts.DocumentReview.image:{self.public_id}"


class DocumentVote(models.Model):
    """That somebody of the team looked, and what they said then. Two different people: the pair is unique."""

    review = models.ForeignKey(DocumentReview, on_delete=models.CASCADE, related_name="votes", verbose_name=_("document à examiner"))
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("examinateur"))
    seen_at = models.DateTimeField(_("image vue le"))
    verdict = models.CharField(_("avis de l’examinateur"), max_length=10, choices=DocumentVerdict.choices, blank=True)
    voted_at = models.DateTimeField(_("avis donné le"), null=True)

    class Meta:
        verbose_name = _("avis sur un document")
        verbose_name_plural = _("avis sur des documents")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["review", "reviewer"], name="document_one_vote_each")]

    def __str__(self) -> str:
        return f"{self.review_id} {self.verdict}"
