from chat.models.attachment import Attachment
from chat.models.deed import RoomDeed
from chat.models.event import DeletedBody, HiddenBody, MessageMeta, RoomEvent
from chat.models.held import HeldMessage
from chat.models.membership import Membership
from chat.models.paid import RoomBoost, RoomTip
from chat.models.room import Room, RoomProposal, Theme

__all__ = [
    "Attachment",
    "DeletedBody",
    "HeldMessage",
    "HiddenBody",
    "Membership",
    "MessageMeta",
    "Room",
    "RoomBoost",
    "RoomDeed",
    "RoomEvent",
    "RoomProposal",
    "RoomTip",
    "Theme",
]
