"""Telling everybody that a text changes."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from django.urls import reverse

from accounts.enums import DocumentType
from accounts.queries import list_accounts_after
from core.outbox import publish
from notifications.enums import NoticeKind
from notifications.events import TermsTold
from notifications.services.notices import Subject, notify

_AT_ONCE = 200


def tell_of_text(*, told: TermsTold, now: datetime) -> int:
    """Tell the next 200 accounts after `told.after_id` of a text's new version; the outbox is asked to go on after them. How many.

    Each batch has its own transaction: a process that ends in one loses none of them, and nobody is told twice.
    """
    users = list_accounts_after(user_id=told.after_id, limit=_AT_ONCE)
    for user in users:
        notify(
            user_id=user.pk,
            kind=NoticeKind.TERMS_CHANGED,
            subject=Subject("accounts", "TEXT", told.doc_type),
            dedupe_key=f"text:{told.doc_type}:{told.version}",
            group_key="account:texts",
            args={"doc_type": told.doc_type, "version": told.version, "from_date": told.from_date, "again": told.again},
            path=_page_of(told.doc_type),
            now=now,
        )
    if len(users) == _AT_ONCE:
        publish(dataclasses.replace(told, after_id=users[-1].pk))
    return len(users)


def _page_of(doc_type: str) -> str:
    return reverse("rules") if doc_type == DocumentType.CHARTER else reverse("legal", args=[doc_type.lower()])
