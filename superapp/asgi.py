"""The ASGI application: pages and REST through Django, `/ws/` through Channels, start and end of the process."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
_pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  (needs the apps loaded above)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from realtime.consumer import DirectSend, SocketConsumer  # noqa: E402
from superapp import routing  # noqa: E402
from superapp.lifespan import Lifespan  # noqa: E402

routing.compose()

_sockets = URLRouter([path("ws/", SocketConsumer.as_asgi())])

application = ProtocolTypeRouter(
    {
        "http": _pages,
        "websocket": DirectSend(AllowedHostsOriginValidator(AuthMiddlewareStack(_sockets))),
        "lifespan": Lifespan(),
    }
)
