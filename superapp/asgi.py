"""The ASGI application: pages and REST through Django, `/ws/` through Channels, start and end of the process."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
_pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  (needs the apps loaded above)
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402  (once Django is set up)

from realtime.consumer import SocketConsumer  # noqa: E402  (once Django is set up)
from superapp import routing  # noqa: E402  (once Django is set up)
from superapp.lifespan import Lifespan  # noqa: E402  (once Django is set up)
from superapp.sockets import SocketLogin  # noqa: E402  (once Django is set up)

routing.compose()

application = ProtocolTypeRouter(
    {
        "http": _pages,
        "websocket": AllowedHostsOriginValidator(SocketLogin(SocketConsumer.as_asgi())),
        "lifespan": Lifespan(),
    }
)
