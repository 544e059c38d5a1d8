"""The archive of a person's data: how far it is, what lies in it, and how often it was fetched."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from privacy.enums import ArchiveState, EntryKind
from privacy.models.request import DataRequest


class ExportArchive(models.Model):
    """One archive of one person. Its bytes lie sealed under the person's key in the storage `exports`, for seven days after it was made.

    `place` is where its files are read on from, `lease` whose turn it is to work on it, until `lease_until`; `tries` counts turns that
    brought it no further.
    """

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    request = models.ForeignKey(DataRequest, on_delete=models.PROTECT, related_name="archives", verbose_name=_("demande"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("personne"))
    # The person's id while it is being made, null after: one at a time, on every engine.
    open_key = models.CharField(max_length=20, unique=True, null=True, editable=False)  # noqa: DJ001  (null is what makes it unique)
    state = models.CharField(_("état"), max_length=9, choices=ArchiveState.choices, default=ArchiveState.ASKED)
    language = models.CharField(_("langue"), max_length=2)
    done_rows = models.PositiveBigIntegerField(_("lignes faites"), default=0)
    # Null until they were counted.
    all_rows = models.PositiveBigIntegerField(_("lignes en tout"), null=True)
    parts = models.PositiveSmallIntegerField(_("parties"), default=0)
    bytes = models.PositiveBigIntegerField(_("octets"), default=0)
    # Of its manifest, which has those of all other files.
    sha256 = models.CharField(_("empreinte du manifeste"), max_length=64, blank=True)
    downloads = models.PositiveSmallIntegerField(_("téléchargements"), default=0)
    asked_at = models.DateTimeField(_("demandée le"))
    built_at = models.DateTimeField(_("faite le"), null=True)
    expires_at = models.DateTimeField(_("jusqu’au"), null=True)
    place = models.JSONField(default=dict, editable=False)
    lease = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(_("essais"), default=0)

    class Meta:
        verbose_name = _("archive de données")
        verbose_name_plural = _("archives de données")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["user", "asked_at"], name="export_of_person"),
            models.Index(fields=["state", "lease_until"], name="export_due"),
            models.Index(fields=["expires_at"], name="export_end"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.public_id}"

    @property
    def is_open(self) -> bool:
        """Whether it is still being made."""
        return self.open_key is not None

    @property
    def percent(self) -> int:
        """How far it is; 99 while the last steps are done, which count no rows."""
        if self.state == ArchiveState.READY:
            return 100
        return min(99, 100 * self.done_rows // self.all_rows) if self.all_rows else 0

    def is_ready(self, now: datetime) -> bool:
        """Whether it can be fetched."""
        return self.state == ArchiveState.READY and self.expires_at is not None and now < self.expires_at


class ExportEntry(models.Model):
    """One file of an archive. `pieces` are its pieces in their order, each by its name in the storage and its length as it lies in the ZIP;
    `crc` and `sha256` are of what they unpack to."""

    archive = models.ForeignKey(ExportArchive, on_delete=models.CASCADE, related_name="entries", verbose_name=_("archive"))
    number = models.PositiveIntegerField(_("rang"))
    kind = models.CharField(_("sorte"), max_length=6, choices=EntryKind.choices)
    # Of which file or which kind of files of the app (core.exporting).
    source = models.CharField(_("source"), max_length=40)
    path = models.CharField(_("chemin"), max_length=200)
    part = models.PositiveSmallIntegerField(_("partie"), default=0)
    rows = models.PositiveBigIntegerField(_("lignes"), default=0)
    size = models.PositiveBigIntegerField(_("octets"), default=0)
    crc = models.PositiveBigIntegerField(default=0, editable=False)
    sha256 = models.CharField(_("empreinte"), max_length=64, blank=True)
    deflated = models.BooleanField(_("compressé"), default=True)
    truncated = models.BooleanField(_("coupé"), default=False)
    pieces = models.JSONField(default=list, editable=False)
    # The place after which its next page begins, and whether there is none any more.
    after = models.JSONField(null=True, editable=False)
    done = models.BooleanField(_("fini"), default=False)

    class Meta:
        verbose_name = _("fichier d’une archive")
        verbose_name_plural = _("fichiers d’une archive")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["archive", "number"], name="export_entry_once"),
            models.UniqueConstraint(fields=["archive", "path"], name="export_entry_path_once"),
        ]

    def __str__(self) -> str:
        return self.path


class ExportPart(models.Model):
    """One ZIP of an archive. A download is counted when it begins; until `key_until` whoever has its address goes on with it."""

    archive = models.ForeignKey(ExportArchive, on_delete=models.CASCADE, related_name="zips", verbose_name=_("archive"))
    number = models.PositiveSmallIntegerField(_("partie"))
    bytes = models.PositiveBigIntegerField(_("octets"))
    downloads = models.PositiveSmallIntegerField(_("téléchargements"), default=0)
    # SHA-256 of what stands in the address of the download under way.
    key_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    key_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("partie d’une archive")
        verbose_name_plural = _("parties d’une archive")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["archive", "number"], name="export_part_once")]

    def __str__(self) -> str:
        return f"{self.archive_id}/{self.number}"
