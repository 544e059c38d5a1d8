"""Who is meant by `@name` in a text."""

from __future__ import annotations

import re

from accounts.queries import list_people_by_names
from accounts.queries.relations import hidden_ids_of
from chat.enums import MemberState
from chat.models import Membership

PATTERN = re.compile(r"(?<![\w@/.])@([\w.\-]{3,24})")
_MAX = 10


def resolve_mentions(*, room_id: int, text: str, author_id: int) -> list[tuple[str, str]]:
    """(public id, name) of the members of the room that `text` names, at most 10; three queries if it names somebody, else none.

    Whoever is hidden from the author, or the author from them, is not found: a mention would tell that they are here.
    """
    if "@" not in text:
        return []
    names = list(dict.fromkeys(name.rstrip(".-_") for name in PATTERN.findall(text)))[:_MAX]
    if not names:
        return []
    people = list_people_by_names(names=names)
    members = set(
        Membership.objects.filter(room_id=room_id, state=MemberState.JOINED, user_id__in=[person.id for person in people]).values_list(
            "user_id", flat=True
        )
    )
    members -= hidden_ids_of(user_id=author_id)
    return [(person.public_id, person.name) for person in people if person.id in members]
