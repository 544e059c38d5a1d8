"""Notices in the running house: from an event of the accounts to the open page and the mailbox, through a killed server too."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from superapp.tests.live.server import Server
from superapp.tests.live.test_socket import Listener, first_slug, logged_in, open_room

MARK = "Auto-Submitted: auto-generated"
_CHANGED = """
from django.db import transaction
from accounts.events import PasswordChanged
from accounts.queries import find_user_by_email
from core.outbox import publish
with transaction.atomic():
    publish(PasswordChanged(user_id=find_user_by_email(email="amina@demo.test").pk))
"""


def letters(server: Server) -> list[str]:
    """The mails that left about a password, as the embedded shape keeps them."""
    texts = [path.read_text("utf-8") for path in Path(server.folder, "mail").glob("*.log")]
    mails = [letter for text in texts for letter in text.split("-" * 79) if MARK in letter]
    return [mail for mail in mails if "mot de passe" in str(message_from_string(mail.strip(), policy=default)["Subject"])]


async def wait_for(client: Listener, kind: str) -> dict[str, Any]:
    while True:
        frame = await client.hear(15)
        if frame["t"] == kind:
            return frame


def settle(server: Server) -> None:
    """Wait until the outbox has handed over what the demo left in it, mentions and answers among it."""
    limit = time.monotonic() + 120
    with closing(sqlite3.connect(server.folder / "resaka.sqlite3", timeout=10)) as database:
        while database.execute("SELECT 1 FROM core_outboxevent WHERE state <> 'DONE'").fetchone():
            assert time.monotonic() < limit
            time.sleep(0.2)


async def test_it_rings_on_the_open_page_of_its_person_alone(own_server: Server) -> None:
    amina, ben = logged_in(own_server.origin, "amina"), logged_in(own_server.origin, "ben")
    await asyncio.to_thread(settle, own_server)
    amina.get("/account/notifications/")  # she has seen what came before
    pages = [Listener(own_server.origin, who.cookies, open_room(who, first_slug(who))["id"], 0) for who in (amina, ben)]
    for page in pages:
        await page.open()
        await wait_for(page, "ok")
    await asyncio.to_thread(own_server.manage, "shell", "-c", _CHANGED)
    note = await wait_for(pages[0], "note")
    assert (note["n"], len(note["id"])) == (1, 20)
    assert "data-bell>1<" in amina.get("/account/").text
    centre = amina.get("/account/notifications/").text
    assert "Votre mot de passe a changé" in centre
    assert f"/account/notifications/{note['id']}/open/" in centre
    assert await wait_for(pages[0], "note") == {"t": "note", "n": 0}
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wait_for(pages[1], "note"), 2)
    for page in pages:
        await page.drop()
    assert own_server.tracebacks() == []


def test_a_killed_server_loses_and_doubles_nothing(own_server: Server) -> None:
    """The event is committed while no server runs, and a server is killed at its first work."""
    own_server.kill()
    for _each in range(3):
        own_server.manage("shell", "-c", _CHANGED)
    own_server.start()
    time.sleep(0.05)
    own_server.kill()
    own_server.start()
    amina = logged_in(own_server.origin, "amina")
    limit = time.monotonic() + 60
    while len(letters(own_server)) < 3 and time.monotonic() < limit:
        time.sleep(0.2)
    time.sleep(1)
    assert len(letters(own_server)) == 3
    assert amina.get("/account/notifications/").text.count("Votre mot de passe a changé") == 3
