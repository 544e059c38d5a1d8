"""Stable words of privacy: what is stored and what tests say."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Verdict(TextChoices):
    """What becomes of one record now."""

    KEEP = "KEEP", _("Garder")
    KEEP_HOLD = "KEEP_HOLD", _("Garder, gelé")
    KEEP_RESTRICTED = "KEEP_RESTRICTED", _("Garder, restreint")
    DESTROY = "DESTROY", _("Détruire")


class Clock(TextChoices):
    """From what a duration is counted. EXPIRY: the row says itself when it ends."""

    EXPIRY = "EXPIRY", _("Fin inscrite dans la ligne")
    WRITTEN = "WRITTEN", _("Écriture")
    CLOSED = "CLOSED", _("Clôture du dossier")


class DeletionReason(TextChoices):
    DUE = "DUE", _("Durée écoulée")
    HOLD_OVER = "HOLD_OVER", _("Fin du gel")
