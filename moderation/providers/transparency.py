"""The Commission's Transparency Database: statements of reasons go there in batches (DSA art. 24(5)).

The contract is that of github.com/digital-services-act/transparency-database at 69e80a0 (24 June 2026): api-documentation.md,
StatementMultipleAPIController, PlatformUniqueIdService. A batch is taken whole or not at all. Never run against the live service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from core.http import Answer, OutboundError, call

BATCH = 100
_SECONDS = 30.0
_MAX_BYTES = 4 * 1024 * 1024  # it gives back what it stored
_INDEX = "statement_"


class TransparencyError(Exception):
    """A batch was not taken."""


class Unauthorized(TransparencyError):
    """The token is not, or no longer, good for this: no later try will be better."""


class TryLater(TransparencyError):
    """Not now: too many calls, a fault of theirs, or no answer that says that it was taken. `wait`: the seconds they ask for."""

    def __init__(self, words: str, *, wait: int = 0) -> None:
        super().__init__(words)
        self.wait = wait


class Refused(TransparencyError):
    """Some of the batch are wrong; `faults` says which (their place in it) and why. None named: all of it is in doubt."""

    def __init__(self, faults: Mapping[int, str], words: str) -> None:
        super().__init__(words)
        self.faults = dict(faults)


class SeenBefore(TransparencyError):
    """Some of the batch are there already."""

    def __init__(self, puids: Sequence[str]) -> None:
        super().__init__(", ".join(puids))
        self.puids = tuple(puids)


@dataclass(frozen=True, slots=True)
class Stored:
    """A statement as the database has it."""

    uuid: str
    facts: str
    category: str


def send_batch(payloads: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Send 1 to 100 statements; the number the database gave to each, by its `puid`.

    Raises:
        TransparencyError: Unauthorized, TryLater, Refused, SeenBefore. None of the batch was taken, or it is not known.
    """
    answer = _ask("POST", "/statements", {"statements": list(payloads)})
    if answer.status == 422:
        raise _read_refusal(_read(answer), len(payloads))
    if answer.status != 201:  # anything else, also 200, says nothing of a creation
        raise TryLater(f"status {answer.status}", wait=_read_wait(answer))
    made = _read(answer).get("statements")
    found = {one["puid"]: str(one.get("uuid", "")) for one in made if _is_named(one)} if isinstance(made, list) else {}
    if set(found) != {payload["puid"] for payload in payloads}:
        raise TryLater("the answer names other statements than were sent")
    return found


def find_stored(puid: str) -> Stored | None:
    """The statement of ours that has this number there, None if there is none. It is found with status 302, which leads nowhere.

    Raises:
        TransparencyError: Unauthorized, TryLater.
    """
    answer = _ask("GET", f"/statement/existing-puid/{puid}")
    if answer.status == 404:
        return None
    if answer.status != 302:
        raise TryLater(f"status {answer.status}", wait=_read_wait(answer))
    found = _read(answer)
    return Stored(str(found.get("uuid", "")), str(found.get("decision_facts", "")), str(found.get("category", "")))


def _ask(method: str, path: str, data: Mapping[str, Any] | None = None) -> Answer:
    headers = {"Authorization": f"Bearer {settings.DSA_TOKEN}"}
    try:
        address = f"{settings.DSA_URL}/api/v1{path}"
        answer = call(method, address, headers=headers, data=data, max_bytes=_MAX_BYTES, seconds=_SECONDS)
    except OutboundError as error:
        raise TryLater(f"{type(error).__name__}: {error}") from error
    if answer.status in {401, 403}:
        raise Unauthorized(f"status {answer.status}")
    return answer


def _read(answer: Answer) -> dict[str, Any]:
    try:
        return answer.read_object()
    except OutboundError as error:
        raise TryLater(f"status {answer.status}, {error}") from error


def _read_refusal(said: Mapping[str, Any], count: int) -> TransparencyError:
    errors = said.get("errors")
    errors = errors if isinstance(errors, dict) else {}
    existing = errors.get("existing_puids")
    if isinstance(existing, list) and existing:
        return SeenBefore([str(one) for one in existing])
    places = {_place_of(name): _words_of(found) for name, found in errors.items()}
    return Refused({place: words for place, words in places.items() if 0 <= place < count}, str(said)[:500])


def _place_of(name: str) -> int:
    number = name.removeprefix(_INDEX)
    return int(number) if name.startswith(_INDEX) and number.isascii() and number.isdigit() else -1


def _words_of(found: Any) -> str:
    if not isinstance(found, dict):
        return str(found)
    return "; ".join(f"{field}: {' '.join(map(str, said)) if isinstance(said, list) else said}" for field, said in found.items())


def _is_named(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("puid"), str)


def _read_wait(answer: Answer) -> int:
    said = answer.retry_after
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
