"""Devices that are really told: Debian's Firefox through a push service of this machine, and Chromium's service worker; a tap on the
notice opens the room at the message.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from superapp.tests.live.firefox import Firefox, wait_for
from superapp.tests.live.server import PASSWORD, ROOT, Server
from superapp.tests.live.test_journeys import enter_if_needed, first_slug, log_in
from superapp.tests.live.visitor import Visitor

pytestmark = pytest.mark.browser
PAGE = "/account/notifications/push/"
TEXT = "rendez-vous sous le grand baobab"


class PushService:
    """The stand-in, and its controls."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "notifications.simulators.push", "--port", "0"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.base = self._process.stdout.readline().strip()

    @property
    def entry(self) -> str:
        return self.base.removeprefix("http://")

    def ask(self, method: str = "GET", data: Any = None) -> dict[str, Any]:
        body = json.dumps(data).encode() if data is not None else None
        request = urllib.request.Request(f"{self.base}/__fake/", data=body, method=method)  # noqa: S310  (our own program)
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
        return found

    def taken(self) -> list[dict[str, Any]]:
        return [one for one in self.ask()["received"] if one["status"] == 201]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(5)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def service() -> Iterator[PushService]:
    made = PushService()
    yield made
    made.close()


@pytest.fixture
def house(template_folder: Path, tmp_path: Path, service: PushService) -> Iterator[Server]:
    """A server that works with this push service alone."""
    folder = tmp_path / "data"
    shutil.copytree(template_folder, folder)
    running = Server(folder, RESAKA_PUSH_HOSTS=service.entry, RESAKA_MESSAGES_IN_10_S="1000")
    running.start()
    yield running
    running.stop()
    assert running.tracebacks() == []


def enter(server: Server, name: str, slug: str) -> Visitor:
    """One of the demo's people without a browser, in a room."""
    visitor = Visitor(server.origin)
    visitor.log_in(f"{name}@demo.test", PASSWORD)
    if "/about/" in visitor.get(f"/rooms/{slug}/").url:
        visitor.post(f"/rooms/{slug}/join/", page=f"/rooms/{slug}/about/")
    return visitor


def mention_amina(server: Server, slug: str) -> int:
    """Ben names Amina in a room; the number of his message."""
    ben = enter(server, "ben", slug)
    room = next(one["id"] for one in ben.get("/api/v1/rooms").data["rooms"] if one["slug"] == slug)
    answer = ben.send("POST", f"/api/v1/rooms/{room}/messages", {"body": f"@Amina {TEXT}"}, Idempotency_Key=str(uuid.uuid4()))
    assert answer.status in {200, 201}, answer.text
    return int(answer.data["seq"])


def is_at_message(url: str, seq: int) -> bool:
    return re.search(rf"/rooms/[a-z0-9-]+/\?around={seq}#m{seq}$", url) is not None


# ---- Firefox ---------------------------------------------------------------------------------------------------------------------
def test_firefox_is_told_and_a_click_opens_the_room_at_the_message(house: Server, service: PushService, tmp_path: Path) -> None:
    """Acceptance 3: nothing between the message and the click is played but the push service itself."""
    slug = first_slug(house)
    enter(house, "amina", slug)
    with Firefox(tmp_path, push=service.base.replace("http", "ws", 1) + "/") as firefox:
        firefox.go(house.origin + "/login/")
        firefox.type('[name="login"]', "amina@demo.test")
        firefox.type('[name="password"]', PASSWORD)
        firefox.tap("form:has([name=login]) button.filled")
        wait_for(lambda: "/login/" not in firefox.url, "the log-in")
        firefox.go(house.origin + PAGE)
        firefox.tap("#push-on")
        firefox.find('[data-state="on"]')
        assert len(service.ask()["browsers"]) == 1
        firefox.go(house.origin + "/account/")  # not in the room, so that there is something to tell
        seq = mention_amina(house, slug)
        (title, text), *more = wait_for(firefox.shown, "a notice on the screen")
        assert more == []
        assert title
        assert "baobab" not in f"{title} {text}"  # nobody chose to have it said
        assert firefox.click_notice()
        wait_for(lambda: any(is_at_message(url, seq) for url in firefox.list_urls()), "the room at the message")
    (push,) = service.taken()
    assert (push["urgency"], push["length"]) == ("high", 743)
    assert TEXT not in json.dumps(service.ask())


def test_firefox_is_told_nothing_more_after_log_out(house: Server, service: PushService, tmp_path: Path) -> None:
    slug = first_slug(house)
    enter(house, "amina", slug)
    with Firefox(tmp_path, push=service.base.replace("http", "ws", 1) + "/") as firefox:
        firefox.go(house.origin + "/login/")
        firefox.type('[name="login"]', "amina@demo.test")
        firefox.type('[name="password"]', PASSWORD)
        firefox.tap("form:has([name=login]) button.filled")
        wait_for(lambda: "/login/" not in firefox.url, "the log-in")
        firefox.go(house.origin + PAGE)
        firefox.tap("#push-on")
        firefox.find('[data-state="on"]')
        firefox.go(house.origin + "/account/")
        firefox.tap('form[action$="/logout/"] button')
        wait_for(lambda: firefox.url in {house.origin + "/", house.origin + "/login/"}, "the log-out")
        wait_for(lambda: service.ask()["browsers"] == [], "the push service to be told")
        mention_amina(house, slug)
        assert firefox.run("return String((await (await navigator.serviceWorker.ready).getNotifications()).length)") == "0"
    assert service.taken() == []


# ---- Chromium --------------------------------------------------------------------------------------------------------------------
_MAKE = """
import json
from accounts.queries import find_user_by_email
from notifications.models import Notification
from notifications.transports.payload import build_payload
from notifications.words.base import Words
notice = Notification.objects.filter(user=find_user_by_email(email="amina@demo.test"), kind="MENTION").latest("pk")
print(build_payload(notice, words=Words("Resaka", "Nouveau message", ""), unseen=1).decode())
"""


def deliver(page: Page, origin: str, data: str) -> None:
    """What Chromium does with a push from its service, after it was opened: it fires the worker's event."""
    tool = page.context.new_cdp_session(page)
    ids: list[str] = []
    tool.on("ServiceWorker.workerRegistrationUpdated", lambda said: ids.extend(one["registrationId"] for one in said["registrations"]))
    tool.send("ServiceWorker.enable")
    page.wait_for_timeout(500)
    assert ids
    tool.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": ids[-1], "data": data})


def read_notices(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        """async () => (await (await navigator.serviceWorker.ready).getNotifications())
            .map(({title, body, tag, data}) => ({title, body, tag, path: data.p}))"""
    )
    return found


def open_chromium(server: Server, context: BrowserContext, slug: str) -> Page:
    context.grant_permissions(["notifications"], origin=server.origin)
    page = context.new_page()
    log_in(page, server, "amina")
    enter_if_needed(page, server, slug)
    page.goto(server.origin + "/account/")
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    return page


def test_chromium_shows_what_came_and_a_click_leads_an_open_window_to_the_message(
    house: Server, person: Callable[..., BrowserContext]
) -> None:
    """Its tools deliver a push to the real handler; they know no click, so that event is made."""
    slug = first_slug(house)
    page = open_chromium(house, person(), slug)
    seq = mention_amina(house, slug)
    wait_for(
        lambda: (
            "MENTION"
            in house.manage(
                "shell", "-c", "from notifications.models import Notification as N; print(list(N.objects.values_list('kind', flat=True)))"
            )
        ),
        "the notice",
    )
    data = house.manage("shell", "-c", _MAKE).strip().splitlines()[-1]
    for _twice in range(2):  # what a push service repeats is one notice
        deliver(page, house.origin, data)
    (notice,) = wait_for(lambda: read_notices(page), "a notice")
    assert (notice["title"], notice["body"]) == ("Resaka", "Nouveau message")
    assert is_at_message(notice["path"], seq)
    (worker,) = page.context.service_workers
    worker.evaluate(
        """async () => {
            const [notification] = await self.registration.getNotifications();
            const click = Object.assign(new Event("notificationclick"), { notification, waitUntil: () => undefined });
            self.dispatchEvent(click);
        }"""
    )
    page.wait_for_url(re.compile(rf"/rooms/[a-z0-9-]+/\?around={seq}#m{seq}$"))
    expect(page.locator(f"#m{seq}")).to_be_visible()
    expect(page.get_by_text(TEXT)).to_be_visible()


def test_chromium_shows_something_whatever_came_and_closes_what_was_read(house: Server, person: Callable[..., BrowserContext]) -> None:
    slug = first_slug(house)
    page = open_chromium(house, person(), slug)
    deliver(page, house.origin, "\u0000 no words of ours")
    (notice,) = wait_for(lambda: read_notices(page), "a notice")
    assert (notice["title"], notice["path"]) == ("Resaka", "/account/notifications/")
    page.goto(house.origin + "/account/notifications/")
    wait_for(lambda: read_notices(page) == [], "the notice to go")


def test_a_browser_without_a_push_service_is_told_how_it_is(house: Server, person: Callable[..., BrowserContext]) -> None:
    """Chromium reaches none here: the tap ends in words, and nothing is stored."""
    context = person()
    page = open_chromium(house, context, first_slug(house))
    page.goto(house.origin + PAGE)
    page.click("#push-on")
    expect(page.locator('[data-state="failed"]')).to_be_visible(timeout=30_000)
    assert page.locator(".rows .row form").count() == 0
