"""One erasure that is under way, or over: what must outlive the account that it erases."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.models.request import DataRequest


class ErasureRun(models.Model):
    """What a request of erasure needs beside itself. `contact` is the address for the last letter, sealed under a key of its own, which is
    destroyed with it; `files` are the random names of the person's files, so that their absence can be proven when no row tells of them.
    `certificate` is the JSON as it was signed and given out.
    """

    request = models.OneToOneField(
        DataRequest, on_delete=models.CASCADE, primary_key=True, related_name="erasure", verbose_name=_("demande sur ses données")
    )
    contact = models.BinaryField(_("adresse scellée"), null=True, editable=False)
    language = models.CharField(_("langue"), max_length=2)
    files = models.JSONField(default=list, editable=False)
    begun_at = models.DateTimeField(_("commencé le"))
    # When the letter went out that says that it has begun, and the last one with the certificate.
    told_at = models.DateTimeField(_("annoncé le"), null=True)
    sent_at = models.DateTimeField(_("attestation envoyée le"), null=True)
    certificate = models.TextField(_("attestation"), blank=True, editable=False)
    certified_at = models.DateTimeField(_("attesté le"), null=True)
    # When data protection was woken because it takes too long.
    alarmed_at = models.DateTimeField(_("alarme donnée le"), null=True)

    class Meta:
        verbose_name = _("effacement")
        verbose_name_plural = _("effacements")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.request_id)

    @property
    def scope(self) -> str:
        """The sealing scope of the address alone."""
        return f"erasure:{self.request.public_id}"

    @property
    def is_over(self) -> bool:
        """Whether the certificate was made."""
        return self.certified_at is not None
