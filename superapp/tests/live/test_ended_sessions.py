"""Whoever is logged out elsewhere loses the open page too: each way of ending a session closes its sockets at once."""

from __future__ import annotations

import asyncio
import re

import pytest
import websockets

from accounts.tests.doors import code_of, secret_on
from superapp.tests.live.server import PASSWORD, Server
from superapp.tests.live.test_socket import Listener, first_slug, logged_in, open_room
from superapp.tests.live.visitor import Visitor

NEW = "lakana-fotsy-kely-7"


def end_one(here: Visitor) -> None:
    found = re.search(r"/account/sessions/[^/]+/end/", here.get("/account/sessions/").text)
    assert found, "no other session on the list"
    here.post(found.group(), page="/account/sessions/")


def end_all(here: Visitor) -> None:
    here.post("/account/sessions/end/", page="/account/sessions/")


def add_application(here: Visitor) -> None:
    here.post("/reauthenticate/", password=PASSWORD)
    secret = secret_on(here.get("/2fa/totp/activate/").text)
    # the form of this very page is sent: asking for it anew would make another secret
    here.post("/2fa/totp/activate/", page="/account/profile/", code=code_of(secret))


def change_password(here: Visitor) -> None:
    here.post("/password/change/", oldpassword=PASSWORD, password1=NEW, password2=NEW)


@pytest.mark.parametrize("deed", [end_one, end_all, add_application, change_password])
async def test_the_sockets_of_an_ended_session_close_at_once(own_server: Server, deed: object) -> None:
    assert callable(deed)
    here, there = logged_in(own_server.origin, "ben"), logged_in(own_server.origin, "ben")
    room = open_room(here, first_slug(here))
    socket = Listener(own_server.origin, there.cookies, room["id"], room["last"])
    await socket.open()
    assert (await socket.hear())["t"] == "hello"
    await asyncio.to_thread(deed, here)
    with pytest.raises(websockets.ConnectionClosed) as closed:  # noqa: PT012
        while True:
            await socket.hear(10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4010
    assert here.get("/account/").url.endswith("/account/")  # who did it stays
    assert "/login/" in there.get("/account/").url
