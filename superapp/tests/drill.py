"""A house with people in it, for tests that copy it, lose it and put it back: one deed a line, as in superapp.tests.outbox_process.

python -m superapp.tests.drill migrate | people 50 | newcomer 51 | say ID TEXT | erase ID | hold ID | texts | state | scrub
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.services.identity import Identity, give_identity  # noqa: E402
from accounts.tests.factories import make_user  # noqa: E402
from chat.queries.legible import try_texts  # noqa: E402
from chat.tests.factories import join, make_room, say  # noqa: E402
from core.backups.pending import find_pending  # noqa: E402
from core.models import DataKey, Restoration, Tombstone  # noqa: E402
from core.scrubbing import scrub_journals  # noqa: E402
from moderation.courts.terms import HoldScope  # noqa: E402
from moderation.enums import StaffRole  # noqa: E402
from moderation.queries.holds import is_held  # noqa: E402
from moderation.services.holds import place_hold  # noqa: E402
from moderation.tests.factories import make_staff_member  # noqa: E402
from privacy.enums import RequestKind  # noqa: E402
from privacy.erasure.saga import run_erasure  # noqa: E402
from privacy.models import DeletionRecord  # noqa: E402
from privacy.services.purge import purge_due  # noqa: E402
from privacy.services.recordcheck import verify_records  # noqa: E402
from privacy.services.requests import ask  # noqa: E402

_ROOM = "drill"
Room = apps.get_model("chat", "Room")
LegalHold = apps.get_model("moderation", "LegalHold")
StaffProfile = apps.get_model("moderation", "StaffProfile")


def text_of(number: int) -> str:
    """What person `number` says, and nobody else; in letters that look the same in every encoding."""
    return f"canari {number:03} raconte son dimanche sur la rive du lac"


def address_of(number: int) -> str:
    """Where they get their letters."""
    return f"canari-{number:03}@ailleurs.example"


def birth_date_of(number: int) -> str:
    """When they were born, as they told it for the law."""
    return (date(1951, 3, 2) + timedelta(days=97 * number)).isoformat()


def _migrate() -> Any:
    call_command("migrate", verbosity=0)
    call_command("migrate", database="keys", verbosity=0)


def _people(count: str) -> Any:
    """Their inward numbers."""
    now = timezone.now()
    room = make_room(slug=_ROOM, now=now)
    make_staff_member("Modo1", StaffRole.LEGAL_DESK, now=now)
    default_storage.save("drill/photo.webp", ContentFile(bytes(range(256)) * 400))
    return [_person(number, room, now) for number in range(int(count))]


def _person(number: int, room: Any, now: Any) -> int:
    user = make_user(f"Canari{number:03}", email=address_of(number), now=now)
    give_identity(user=user, identity=Identity(birth_date=birth_date_of(number), email=address_of(number)), now=now)
    join(user, room, now=now)
    say(user, room, text_of(number), now=now)
    return user.pk


def _newcomer(number: str) -> Any:
    """One more of them, after the others; their inward number."""
    return _person(int(number), Room.objects.get(slug=_ROOM), timezone.now())


def _say(user_id: str, text: str) -> Any:
    say(User.objects.get(pk=user_id), Room.objects.get(slug=_ROOM), text, now=timezone.now())


def _erase(user_id: str) -> Any:
    """The state that the erasure comes to."""
    now = timezone.now()
    request = ask(user=User.objects.get(pk=user_id), kind=RequestKind.ERASURE, now=now)
    return run_erasure(request_id=request.pk, now=now)


def _hold(user_id: str) -> Any:
    by = StaffProfile.objects.get(roles__contains=StaffRole.LEGAL_DESK)
    place_hold(scope=HoldScope.USER, subject_ids=[int(user_id)], by=by, reason="réquisition", now=timezone.now())


def _texts() -> Any:
    """By number of the account: how many texts are stored, and how many of them open."""
    people = User.objects.filter(username__startswith="canari") | User.objects.filter(username__startswith="~")
    return {user_id: asdict(try_texts(user_id=user_id)) for user_id in people.values_list("pk", flat=True)}


def _state() -> Any:
    """What the house says of itself."""
    pending, now = find_pending(), timezone.now()
    return {
        "pending": pending.backup if pending else None,
        "restored": list(Restoration.objects.exclude(verified_at=None).values_list("backup", flat=True)),
        "records": DeletionRecord.objects.count(),
        "chain": verify_records().holds,
        "holds": LegalHold.objects.count(),
        "held": [pk for pk in User.objects.values_list("pk", flat=True) if _is_held(pk, now)],
        "addresses": list(User.objects.exclude(email="").filter(email__startswith="canari").order_by("pk").values_list("email", flat=True)),
        "keys": sorted(DataKey.objects.using("keys").filter(scope__startswith="user:").values_list("scope", flat=True)),
        "tombstones": Tombstone.objects.using("keys").count(),
        "photo": default_storage.exists("drill/photo.webp") and default_storage.size("drill/photo.webp"),
    }


def _is_held(user_id: int, now: Any) -> bool:
    return is_held(scope=HoldScope.USER, subject_id=user_id, code="MESSAGE_BODY", now=now)


def _scrub() -> Any:
    """What jobs do every few minutes."""
    purge_due(now=timezone.now())
    for connection in connections.all():
        connection.close()
    return scrub_journals()


_DEEDS = {deed.__name__.lstrip("_"): deed for deed in (_migrate, _people, _newcomer, _say, _erase, _hold, _texts, _state, _scrub)}


def main(line: list[str]) -> None:
    sys.stdout.write(json.dumps(_DEEDS[line[0]](*line[1:])) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for given in sys.stdin:
        main(given.strip().split(maxsplit=2))
