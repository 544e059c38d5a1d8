"""Tables of the ground floor. DataKey lives in the database alias `keys` alone (core.routers)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id


class DataKey(models.Model):
    """The wrapped key of one sealing scope. Losing or destroying the row makes everything sealed under it unreadable."""

    scope = models.CharField(max_length=64, unique=True)
    wrapped = models.BinaryField(max_length=40)
    # Which KEK it lies under (core.kek); empty: it was wrapped before there was more than one.
    kek_id = models.CharField(max_length=8, default="", db_default="", db_index=True)
    created_at = models.DateTimeField()
    frozen_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("clé de données")
        verbose_name_plural = _("clés de données")

    def __str__(self) -> str:
        return f"DataKey {self.pk} of {self.scope}"


class Tombstone(models.Model):
    """What must be done again when an older copy of a database is put back: a line of a journal, kept apart from what it tells of.

    It lives in the database alias `keys`; the same stands in files that only grow (core.tombstones). `ref` names an entry of its journal
    once and for all; `filed` says that the file has it.
    """

    journal = models.CharField(max_length=12)
    ref = models.CharField(max_length=64)
    at = models.DateTimeField()
    body = models.TextField()
    mac = models.CharField(max_length=64)
    filed = models.BooleanField(default=False, db_index=True)

    class Meta:
        verbose_name = _("trace d’une destruction ou d’un gel")
        verbose_name_plural = _("traces de destructions et de gels")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["journal", "ref"], name="tombstone_once")]

    def __str__(self) -> str:
        return f"{self.journal} {self.ref}"


class Restoration(models.Model):
    """A backup that was put back. Until `verified_at` no process serves anybody from it (core.backups.pending)."""

    backup = models.CharField(_("sauvegarde"), max_length=64)
    made_at = models.DateTimeField(_("faite le"))
    begun_at = models.DateTimeField(_("remise en place le"))
    replayed_at = models.DateTimeField(_("effacements refaits le"), null=True)
    verified_at = models.DateTimeField(_("vérifiée le"), null=True)
    # What was done again and what was tried, in figures.
    report = models.JSONField(_("compte rendu"), default=dict)

    class Meta:
        verbose_name = _("restauration")
        verbose_name_plural = _("restaurations")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.backup


class Lease(models.Model):
    """Who may run a periodic job now: claimed by a conditional UPDATE, so that two processes never run it at once."""

    name = models.CharField(max_length=64, primary_key=True)
    holder = models.CharField(max_length=64, blank=True)
    until_at = models.DateTimeField()

    class Meta:
        verbose_name = _("bail")
        verbose_name_plural = _("baux")

    def __str__(self) -> str:
        return f"{self.name} until {self.until_at:%H:%M:%S}"


class OutboxState(models.TextChoices):
    """Where a delivery stands."""

    PENDING = "PENDING", _("En attente")
    DONE = "DONE", _("Faite")
    PARKED = "PARKED", _("Mise de côté")


class OutboxEvent(models.Model):
    """One event for one handler: the row is the queue (core.outbox).

    `due_at` is when the next deed is due: to be handed out while PENDING (which makes it the end of the lease), to be purged when DONE.
    """

    event = models.CharField(_("événement"), max_length=64)
    handler = models.CharField(_("destinataire"), max_length=64)
    payload = models.JSONField(_("contenu"))
    state = models.CharField(_("état"), max_length=8, choices=OutboxState.choices, default=OutboxState.PENDING)
    due_at = models.DateTimeField(_("échéance"))
    lease = models.CharField(_("bail"), max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0)
    last_error = models.TextField(_("dernière erreur"), blank=True)
    created_at = models.DateTimeField(_("créée le"))

    class Meta:
        verbose_name = _("livraison")
        verbose_name_plural = _("livraisons")
        indexes = [models.Index(fields=["state", "due_at"], name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.event} → {self.handler}"


class AuditEntry(models.Model):
    """One deed of staff or of the system (core.audit). Rows are added, never changed: each MAC covers the one before."""

    seq = models.BigIntegerField(_("numéro"), primary_key=True)
    at = models.DateTimeField(_("date"))
    handle = models.CharField(_("nom de travail"), max_length=40, blank=True)
    actor_hash = models.CharField(_("empreinte de la personne"), max_length=64, blank=True)
    role = models.CharField(_("rôle"), max_length=24, blank=True)
    action = models.CharField(_("acte"), max_length=48)
    object_kind = models.CharField(_("sorte d’objet"), max_length=32)
    object_ref = models.CharField(_("objet"), max_length=64)
    reason = models.TextField(_("raison"))
    before_sha256 = models.CharField(_("empreinte avant"), max_length=64, blank=True)
    after_sha256 = models.CharField(_("empreinte après"), max_length=64, blank=True)
    prev_mac = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)
    kid = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("entrée du journal d’audit")
        verbose_name_plural = _("entrées du journal d’audit")
        indexes = [models.Index(fields=["object_kind", "object_ref"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class AuditHead(models.Model):
    """The end of the chain: one row, locked by who appends."""

    seq = models.BigIntegerField()
    mac = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("fin du journal d’audit")
        verbose_name_plural = _("fins du journal d’audit")

    def __str__(self) -> str:
        return str(self.seq)


class AuditAnchor(models.Model):
    """The end of the chain as it was at an hour; the same stands in a file elsewhere."""

    seq = models.BigIntegerField(unique=True)
    mac = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("ancre du journal d’audit")
        verbose_name_plural = _("ancres du journal d’audit")

    def __str__(self) -> str:
        return f"{self.seq} {self.at:%Y-%m-%d %H:%M}"


class SetAside(models.Model):
    """One row of a table whose partition went while the row had to stay (core.setaside): sealed, with the columns by which it is found."""

    ref = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    table = models.CharField(_("table"), max_length=64)
    owner_id = models.BigIntegerField(null=True)
    place_id = models.BigIntegerField(null=True)
    # Which entry of its place the row belongs to.
    number = models.BigIntegerField(null=True)
    at = models.DateTimeField(_("mise de côté le"))
    blob = models.BinaryField(_("ligne scellée"), editable=False)

    class Meta:
        verbose_name = _("ligne mise de côté")
        verbose_name_plural = _("lignes mises de côté")
        default_permissions = ()
        indexes = [models.Index(fields=["table", "owner_id"], name="set_aside_owner")]

    def __str__(self) -> str:
        return f"{self.table} {self.pk}"

    @property
    def sealing_ad(self) -> str:
        """What the sealed row is bound to."""
        return f"core.SetAside.blob:{self.ref}"
