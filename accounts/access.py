"""The door: the only way from an outside id to a person."""

from __future__ import annotations

from accounts.models import AgeCheck, User
from accounts.queries.relations import is_hidden_from


class PersonNotFound(LookupError):
    """No such person, or none that this viewer may know of: a block, a pause and a closed account look the same."""


def get_person_for_member(*, user: User, public_id: str) -> User:
    """The person behind an outward id, as far as this member may deal with them: present, and not one who blocked them.

    Raises:
        PersonNotFound.
    """
    person = User.objects.present().filter(public_id=public_id).first()
    if person is None or is_hidden_from(viewer_id=user.pk, person_id=person.pk):
        raise PersonNotFound(public_id)
    return person


def get_person_to_release(*, user: User, public_id: str) -> User:
    """The person behind an outward id on whom this member set a block or a mute, whatever became of them since.

    Raises:
        PersonNotFound: no such person, or nothing was set on them.
    """
    made = User.objects.filter(blocks_received__blocker=user) | User.objects.filter(mutes_received__muter=user)
    person = made.filter(public_id=public_id).distinct().first()
    if person is None:
        raise PersonNotFound(public_id)
    return person


class CheckNotFound(LookupError):
    """Not an attempt of this person."""


def get_check_for_member(*, user: User, public_id: str) -> AgeCheck:
    """An attempt of this person to show their age.

    Raises:
        CheckNotFound.
    """
    check = AgeCheck.objects.select_related("user").filter(user=user, public_id=public_id).first()
    if check is None:
        raise CheckNotFound(public_id)
    return check
