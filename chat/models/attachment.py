"""Images of messages. The picture's files have random names; the log points here by public id, never by key."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.enums import AttachmentState, ImageSight
from core.ids import new_public_id


class Attachment(models.Model):
    """One re-encoded image; `room_id` and `seq` say which message shows it (`seq` null until it is sent)."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    room_id = models.BigIntegerField()
    seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=8, default="image")
    state = models.CharField(max_length=7, choices=AttachmentState.choices, default=AttachmentState.READY)
    sight = models.CharField(max_length=8, choices=ImageSight.choices, default=ImageSight.OPEN, db_default=ImageSight.OPEN)
    # When the check of the image ended or a person of the team decided on it; null until then.
    checked_at = models.DateTimeField(null=True)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    # Empty once the image is sealed: its files are gone.
    file_name = models.CharField(max_length=80, blank=True)
    thumb_name = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("image jointe")
        verbose_name_plural = _("images jointes")
        indexes = [
            models.Index(fields=["room_id", "seq"]),
            models.Index(fields=["expires_at"]),
            models.Index(fields=["sight", "created_at"], name="attachment_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
