"""From where an account was used."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConnectionKind


class ConnectionRecord(models.Model):
    """One log-in or one socket. Address, source port and protocol lie sealed under the scope `connection`: no admin, no endpoint and no
    query shows them; `accounts.services.connections` opens them for justice, and for the archive of the person themselves.

    No foreign keys: on MariaDB the rows lie in a partition for each day of `started_at` and leave with it a year later, also those of
    accounts that are gone. `expires_at` is earlier where the law of the person's country says so.
    """

    pk = models.CompositePrimaryKey("ref", "started_at")
    ref = models.CharField(_("référence"), max_length=20)
    started_at = models.DateTimeField(_("depuis"))
    last_seen_at = models.DateTimeField(_("vue pour la dernière fois"))
    expires_at = models.DateTimeField(_("gardée jusqu’au"))
    user_id = models.BigIntegerField(_("personne"))
    kind = models.CharField(_("sorte"), max_length=6, choices=ConnectionKind.choices)
    peer = models.BinaryField(_("origine scellée"), max_length=200, editable=False)

    class Meta:
        verbose_name = _("trace de connexion")
        verbose_name_plural = _("traces de connexion")
        indexes = [
            models.Index(fields=["user_id", "started_at"], name="connection_of_user"),
            models.Index(fields=["expires_at"], name="connection_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"
