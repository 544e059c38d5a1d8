"""One server per worker, with the demo loaded; browsers and visitors come from outside like anybody."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from core.tests.ports import free_port
from superapp.tests.live.server import PASSWORD, ROOT, Server, ServerShape, Wire
from superapp.tests.live.visitor import Visitor

MANY = {"RESAKA_FRAMES_IN_10_S": "100000", "RESAKA_FRAMES_BURST": "100000", "RESAKA_MESSAGES_IN_10_S": "100000"}
# Where no push service answers: pages offer to tell devices, and nothing leaves. The server shape refuses push services of its own machine.
ONE_MACHINE = MANY | {"RESAKA_PUSH_HOSTS": "127.0.0.1:9"}


@pytest.fixture(scope="session")
def template_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of a freshly loaded demo, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    Server(folder).prepare()
    return folder


@pytest.fixture(scope="session")
def server(template_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with generous rate limits, shared by the tests of a worker."""
    folder = tmp_path_factory.mktemp("server") / "data"
    shutil.copytree(template_folder, folder)
    running = Server(folder, **ONE_MACHINE)
    running.start()
    yield running
    running.stop()
    assert running.tracebacks() == []


@pytest.fixture
def own_server(template_folder: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone, which it may kill."""
    folder = tmp_path / "data"
    shutil.copytree(template_folder, folder)
    running = Server(folder, **ONE_MACHINE)
    running.start()
    yield running
    running.stop()


def chosen_standins() -> dict[str, str]:
    """What bin/run would choose, on ports that are free now."""
    env = {"PATH": os.environ["PATH"], "RESAKA_STANDINS_PORT": str(free_port())}
    show = ". bin/standins; use_standins; env | grep '^RESAKA_' | sort"
    done = subprocess.run(["bash", "-euc", show], cwd=ROOT, env=env, capture_output=True, text=True, timeout=30, check=True)
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


@pytest.fixture
def house(template_folder: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone, with every provider played beside it."""
    folder = tmp_path / "data"
    shutil.copytree(template_folder, folder)
    running = Server(folder, **(ONE_MACHINE | chosen_standins()))
    running.start()
    yield running
    running.stop()
    assert running.tracebacks() == []


@pytest.fixture
def two_servers(tmp_path: Path) -> Iterator[ServerShape]:
    """Two web processes of the server shape with a MariaDB and a Redis of this test alone, which it may kill."""
    house = ServerShape(tmp_path, MANY)
    try:
        house.start(webs=2)
        yield house
    finally:
        house.stop()


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    """A wire to the shared server that can be cut."""
    made = Wire(server.port)
    yield made
    made.close()


@pytest.fixture
def log_in(server: Server) -> Callable[[str], Visitor]:
    """A visitor logged in as one of the demo's people."""

    def make(name: str) -> Visitor:
        visitor = Visitor(server.origin)
        visitor.log_in(f"{name}@demo.test", PASSWORD)
        return visitor

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without any traffic of its own."""
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=quiet)
        yield running
        running.close()


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of one's own; contexts are closed at the end."""
    made: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        context = browser.new_context(**{"locale": "fr-FR", "viewport": {"width": 390, "height": 780}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        made.append(context)
        return context

    yield open_context
    for context in made:
        context.close()
