"""What a person asks about their own data, and what became of it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from privacy.enums import OPEN_STATES, ExtensionGround, RefusalGround, RequestKind, RequestState, RequestTopic


class DataRequest(models.Model):
    """One right of the GDPR that somebody makes use of. `wrote` and `answer` are sealed under a key of their own, which is destroyed with
    the row: the request outlives the person's own key by the years in which we have to prove what we did with it.

    `due_at` is the legal month, `extended_until` the two months more of article 12(3), `target_at` what we promise ourselves. While
    something is still to be done `next_step`, `tries` and `next_try_at` say what, how often it failed, and when it is tried again; an
    empty `next_step` means that nothing has been done yet and the request may be taken back.
    """

    public_id = models.CharField(_("référence"), max_length=20, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="data_requests", verbose_name=_("personne"))
    kind = models.CharField(_("droit"), max_length=13, choices=RequestKind.choices)
    topic = models.CharField(_("objet"), max_length=10, choices=RequestTopic.choices, blank=True)
    state = models.CharField(_("état"), max_length=9, choices=RequestState.choices, default=RequestState.RECEIVED)
    # What is open of one person, kind and topic; null once it is closed: unique on every database.
    open_key = models.CharField(_("clé d’unicité"), max_length=50, unique=True, null=True, blank=True, editable=False)
    asked_at = models.DateTimeField(_("demandée le"))
    due_at = models.DateTimeField(_("due le"))
    target_at = models.DateTimeField(_("visée pour le"), null=True)
    extended_until = models.DateTimeField(_("prolongée jusqu’au"), null=True)
    extension_ground = models.CharField(_("raison de la prolongation"), max_length=8, choices=ExtensionGround.choices, blank=True)
    closed_at = models.DateTimeField(_("close le"), null=True)
    next_step = models.CharField(_("prochaine étape"), max_length=24, blank=True)
    tries = models.PositiveSmallIntegerField(_("essais"), default=0)
    next_try_at = models.DateTimeField(_("prochain essai le"), null=True)
    wrote = models.BinaryField(_("demande scellée"), null=True, editable=False)
    answer = models.BinaryField(_("réponse scellée"), null=True, editable=False)
    refusal_ground = models.CharField(_("motif du refus"), max_length=16, choices=RefusalGround.choices, blank=True)
    # Of a restriction in force: when it ends, which its person was told before (article 18(3)).
    ends_at = models.DateTimeField(_("la limitation cesse le"), null=True)
    handled_by = models.ForeignKey(
        "moderation.StaffProfile", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("traitée par")
    )
    # The last alarm that was given before the answer was due, in seconds before it.
    alarmed = models.PositiveIntegerField(_("dernière alarme"), null=True)

    class Meta:
        verbose_name = _("demande sur ses données")
        verbose_name_plural = _("demandes sur ses données")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["state", "due_at"], name="data_request_due"),
            models.Index(fields=["user", "asked_at"], name="data_request_of_person"),
            models.Index(fields=["kind", "state", "next_try_at"], name="data_request_work"),
            models.Index(fields=["closed_at"], name="data_request_closed"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_open(self) -> bool:
        """Whether an answer is still owed."""
        return self.state in OPEN_STATES

    @property
    def owed_by(self) -> datetime:
        """Until when the law wants an answer, the extension counted."""
        return self.extended_until or self.due_at

    @property
    def scope(self) -> str:
        """The sealing scope of this request alone."""
        return f"request:{self.public_id}"

    def sealing_ad(self, column: str) -> str:
        """What a sealed column is bound to."""
        return f"privacy.DataRequest.{column}:{self.public_id}"
