"""Documents for review, as their person sends them."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from accounts.models import DocumentReview
from core.models import DataKey

HOUR = timedelta(hours=1)


def raw_image(review: DocumentReview) -> bytes | None:
    """What the column holds, asked past the models."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT image FROM {DocumentReview._meta.db_table} WHERE id = %s", [review.pk])
        found = cursor.fetchone()[0]
    return bytes(found) if found is not None else None


def has_key(review: DocumentReview) -> bool:
    return DataKey.objects.using("keys").filter(scope=review.scope).exists()


def send(browser: Client, page: str, data: bytes, name: str = "photo.jpg", **fields: str) -> int:
    form = {"image": SimpleUploadedFile(name, data, "image/jpeg"), "covered": "on"} | fields
    return browser.post(page, form).status_code
