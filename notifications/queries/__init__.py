"""What others may ask about notices."""

from notifications.counts import count_unseen
from notifications.queries.centre import PAGE, Centre, Line, list_notices, list_people_with_unread
from notifications.queries.devices import DeviceLine, get_push_key, list_devices

__all__ = [
    "PAGE",
    "Centre",
    "DeviceLine",
    "Line",
    "count_unseen",
    "get_push_key",
    "list_devices",
    "list_notices",
    "list_people_with_unread",
]
