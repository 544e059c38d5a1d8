from chat.models.attachment import Attachment
from chat.models.event import DeletedBody, HiddenBody, MessageMeta, RoomEvent
from chat.models.membership import Membership
from chat.models.room import Room, RoomProposal, Theme

__all__ = ["Attachment", "DeletedBody", "HiddenBody", "Membership", "MessageMeta", "Room", "RoomEvent", "RoomProposal", "Theme"]
