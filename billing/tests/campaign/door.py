"""The door of the house at which the operators knock: HTTP on this machine, and behind it all that a request goes through.

A few workers answer, each with its own connection to the database, as a house does; the live server of the tests makes one a request.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from django.db import connections
from django.test import Client

WORKERS = 4


class _Knock(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        answer = client.generic(self.command, self.path, body, content_type=self.headers.get("Content-Type", ""))
        self.send_response(answer.status_code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST  # noqa: N815  (the name that http.server looks for)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


class Door(HTTPServer):
    """Use as a context; `url` is where it is."""

    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Knock)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._workers = ThreadPoolExecutor(WORKERS)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    def process_request(self, request: Any, client_address: Any) -> None:
        self._workers.submit(self._answer, request, client_address)

    def _answer(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        finally:
            self.shutdown_request(request)

    def __enter__(self) -> Door:
        self._thread.start()
        return self

    def __exit__(self, *_args: object) -> None:
        self.shutdown()
        together = threading.Barrier(WORKERS)
        for _worker in range(WORKERS):
            self._workers.submit(_leave, together)
        self._workers.shutdown()
        self.server_close()
        self._thread.join()


def _leave(together: threading.Barrier) -> None:
    """Each of the workers closes its own connection: they wait for one another, so that none does it twice."""
    connections.close_all()
    together.wait(timeout=30)
