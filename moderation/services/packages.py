"""The files of packages for authorities: they go when their request is closed, and their digests stay."""

from __future__ import annotations

from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from moderation.models import LegalRelease, LegalRequest


def destroy_packages(*, request: LegalRequest) -> int:
    """Destroy the packages of a request, in the caller's transaction: the files go when it commits. How many."""
    rows = list(request.releases.exclude(file_name=""))
    for row in rows:
        LegalRelease.objects.filter(pk=row.pk).update(file_name="")
        transaction.on_commit(partial(default_storage.delete, row.file_name))
    return len(rows)
