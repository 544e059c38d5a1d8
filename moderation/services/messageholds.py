"""Freezing single messages for a request, as the authority names them: by their links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chat.access import RoomNotFound, get_room_key
from moderation.courts.clocks import preserved_until
from moderation.courts.terms import HoldScope, RequestKind
from moderation.enums import TargetKind
from moderation.models import LegalHold, LegalRequest, StaffProfile
from moderation.queries.locating import NotOurs, locate
from moderation.services.holds import HoldInvalid, check_desk, place_hold
from moderation.services.registering import check_not_named


def hold_messages(*, request: LegalRequest, links: Sequence[str], by: StaffProfile, now: datetime) -> LegalHold:
    """Freeze the messages behind these links of ours with all that belongs to each (corrections, images, what was deleted or hidden), for
    as long as the law of the request says. All of them or none.

    Raises:
        NotOnDesk, ConcernsYou; HoldInvalid: `links` when one leads to no message, `subject_ids` when nothing is left of one or none is
        given.
    """
    check_desk(by)
    check_not_named(request, by)
    lines = {_line_of(link) for link in links}
    until = preserved_until(kind=RequestKind(request.kind), at=now)
    words = f"{request.public_id} {request.file_numbers}"
    return place_hold(scope=HoldScope.ROWS, lines=lines, by=by, reason=words, until_at=until, request=request, now=now)


def _line_of(link: str) -> tuple[int, int]:
    try:
        place = locate(url=link)
        if place.kind != TargetKind.MESSAGE:
            raise HoldInvalid("links")
        room, _colon, seq = place.ref.partition(":")
        return get_room_key(name=room)[0], int(seq)
    except (NotOurs, RoomNotFound) as error:
        raise HoldInvalid("links") from error
