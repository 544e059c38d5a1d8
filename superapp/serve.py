"""Starts a web process, which serves pages and sockets on RESAKA_BIND (127.0.0.1) and RESAKA_PORT.

The embedded shape has one; the server shape has as many as it likes, each on its own port behind the reverse proxy.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys

import uvicorn

from superapp.oneprocess import AlreadyRunning, claim_folder


class Server(uvicorn.Server):
    """Tells the sockets before uvicorn closes them, and spares what was loaded the garbage collector."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        set_code_apart()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        from realtime import lifecycle

        await lifecycle.drain()
        await super().shutdown(sockets)


def main() -> None:
    """Serve until Ctrl-C or SIGTERM; sockets are told, then the process drains."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
    from django.conf import settings

    if settings.EMBEDDED:
        try:
            claim_folder(settings.DATA_DIR)
        except AlreadyRunning as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(2)
    _refuse_half_restored()
    config = uvicorn.Config(
        "superapp.asgi:application",
        host=os.environ.get("RESAKA_BIND", "127.0.0.1"),
        port=settings.PORT,
        loop="uvloop",
        http="httptools",
        ws="realtime.server:SocketProtocol",
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=settings.REALTIME["PING_SECONDS"],
        ws_ping_timeout=settings.REALTIME["PING_TIMEOUT_SECONDS"],
        timeout_graceful_shutdown=10,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    signal.signal(signal.SIGTERM, _ended)
    from superapp.standins import StandIns

    with StandIns():
        Server(config).run()


def _refuse_half_restored() -> None:
    """A house that was put back from a backup says so here, in words; whatever else starts it finds out in superapp.lifespan."""
    import django

    django.setup()
    from django.db import connections

    from core.backups.pending import RestorePending, refuse_start

    try:
        refuse_start()
    except RestorePending as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(3)
    connections.close_all()


def set_code_apart() -> None:
    """Let the garbage collector look at what comes from now on: all that was loaded stays as long as the process, and walking over it
    stops every socket. New objects are looked at after 10 000 and not after 700: thousands of sockets that open make that many at once."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _ended(_number: int, _frame: object) -> None:
    """uvicorn raises the signal once more after it has drained; by then there is nothing left to end, so the process ends with 0."""


if __name__ == "__main__":
    main()
