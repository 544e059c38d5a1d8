"""The numbers that stand beside what is urgent, and the reasons with them."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import get_language

from accounts.models import User
from accounts.queries import find_profile
from accounts.queries.helplines import Help, Helpline, list_help

_SHOWN = 4


def numbers_for(request: HttpRequest) -> list[Helpline]:
    """The few numbers of the reader's own country that help at once: the urgent ones, then listening and children."""
    profile = find_profile(user=request.user) if isinstance(request.user, User) else None
    lines = list_help(country=profile.country if profile else "", language=get_language() or "")[0].lines
    urgent = [line for line in lines if line.kind == Help.URGENT][:_SHOWN]
    return urgent + [line for line in lines if line.kind in (Help.LISTEN, Help.CHILD)][:2]
