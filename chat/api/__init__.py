"""The rooms over REST: the same services as the socket and the forms."""

from chat.api import moderating, talking
from chat.api.base import router

__all__ = ["moderating", "router", "talking"]  # the modules put their addresses on the router
