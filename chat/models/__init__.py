from chat.models.attachment import Attachment
from chat.models.event import DeletedBody, MessageMeta, RoomEvent
from chat.models.membership import Membership
from chat.models.room import Room, RoomProposal, Theme

__all__ = ["Attachment", "DeletedBody", "Membership", "MessageMeta", "Room", "RoomEvent", "RoomProposal", "Theme"]
