"""Images of messages. The picture's files have random names; the log points here by public id, never by key."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.enums import AttachmentState
from core.ids import new_public_id


class Attachment(models.Model):
    """One re-encoded image; `room_id` and `seq` say which message shows it (`seq` null until it is sent)."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    room_id = models.BigIntegerField()
    seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=8, default="image")
    state = models.CharField(max_length=7, choices=AttachmentState.choices, default=AttachmentState.READY)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    file_name = models.CharField(max_length=80)
    thumb_name = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("image jointe")
        verbose_name_plural = _("images jointes")
        indexes = [models.Index(fields=["room_id", "seq"]), models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
