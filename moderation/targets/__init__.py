"""Everything that can be reported and acted on: one entry a kind."""

from moderation.enums import TargetKind
from moderation.targets.base import Media, NothingToDo, Snapshot, Target, TargetGone, TargetNotFound
from moderation.targets.held import HeldTarget
from moderation.targets.people import AccountTarget, ProfileTarget
from moderation.targets.rooms import ImageTarget, MessageTarget, RoomTarget

TARGETS: dict[TargetKind, Target] = {
    TargetKind.MESSAGE: MessageTarget(),
    TargetKind.ATTACHMENT: ImageTarget(),
    TargetKind.PROFILE: ProfileTarget(),
    TargetKind.ROOM: RoomTarget(),
    TargetKind.ACCOUNT: AccountTarget(),
    TargetKind.HELD_MESSAGE: HeldTarget(),
}


def get_target(kind: str) -> Target:
    """The entry of a kind."""
    return TARGETS[TargetKind(kind)]


__all__ = ["TARGETS", "Media", "NothingToDo", "Snapshot", "Target", "TargetGone", "TargetNotFound", "get_target"]
