"""The memory of client ids: whoever sends again what was sent gets the first answer."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from chat.models import MessageMeta
from chat.services.drafts import Draft, Sent
from chat.services.errors import ChatError
from core.sql import Statement, fetch_all, literal, moment, uuid_literal


class ClientIdTaken(ChatError):
    code, words = "duplicate_conflict", _("Ce message a déjà servi ailleurs. Envoyez-le de nouveau.")


def find_sent(connection: BaseDatabaseWrapper, drafts: Sequence[Draft]) -> dict[Draft, Sent | Exception]:
    """Those of the drafts whose client id was used before, with the first answer, or the refusal if that was in another room."""
    if not drafts:
        return {}
    by_id: dict[tuple[int, uuid.UUID], list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_id[draft.user_id, draft.client_id].append(draft)
    wanted = " OR ".join(
        [f"(author_id = {literal(user_id)} AND client_id = {uuid_literal(client_id, connection)})" for user_id, client_id in by_id]
    )
    query = Statement(f"SELECT author_id, client_id, room_id, seq, at FROM {MessageMeta._meta.db_table} WHERE {wanted}")  # noqa: S608  (numbers and ids)
    found: dict[Draft, Sent | Exception] = {}
    for author_id, client_id, room_id, seq, at in fetch_all(connection, [query])[0]:
        sent_at = moment(at)
        assert sent_at is not None, "every message has its time"
        for draft in by_id[author_id, uuid.UUID(str(client_id))]:
            found[draft] = Sent(draft.room_public_id, seq, sent_at, replayed=True) if room_id == draft.room_id else ClientIdTaken()
    return found
