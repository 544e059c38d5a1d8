"""The settings of a server that waits three seconds for a slow client instead of thirty."""

from superapp.settings import *  # noqa: F403
from superapp.settings import REALTIME

REALTIME = {**REALTIME, "SLOW_SECONDS": 3}
