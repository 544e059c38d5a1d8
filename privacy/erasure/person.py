"""Whom an erasure is about, by nothing but numbers and names that nobody chose."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from privacy.models import DataRequest


@dataclass(frozen=True, slots=True)
class Person:
    """An account and the random names of its files. `request_ref` is the request that asks for its erasure; empty when an erasure is
    done again after a backup was restored."""

    user_id: int
    public_id: str
    files: tuple[str, ...] = ()
    request_ref: str = ""

    @property
    def scope(self) -> str:
        """The sealing scope of everything that is theirs alone."""
        return f"user:{self.user_id}"


def person_of(request: DataRequest) -> Person:
    """Whom a request of erasure is about, whose run has begun."""
    return Person(request.user_id, request.user.public_id, tuple(request.erasure.files), request.public_id)


def person_again(*, user: User, files: tuple[str, ...]) -> Person:
    """Somebody who was erased before, whom an older copy has brought back."""
    return Person(user.pk, user.public_id, files)
