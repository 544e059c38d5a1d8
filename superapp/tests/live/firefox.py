"""Debian's Firefox, driven by its own remote protocol (Marionette): pages as a person uses them, and the notices on its screen.

Playwright drives only a Firefox of its own making, which has no push service. Every message is `<length>:<JSON>`; a command is
`[0, number, name, parameters]`, its answer `[1, number, error, result]`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox") or ""
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_PATIENCE = 60.0
# Nothing of its own accord goes out; pushes come from a service of this machine; a notice is a window of Firefox that can be clicked.
_PREFERENCES: dict[str, object] = {
    "marionette.port": 0,
    "alerts.useSystemBackend": False,
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": True,
    "dom.push.enabled": True,
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.serviceWorkers.enabled": True,
    "dom.webnotifications.enabled": True,
    "extensions.systemAddon.update.enabled": False,
    "intl.accept_languages": "fr",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "permissions.default.desktop-notification": 1,
    "privacy.resistFingerprinting": False,
    "remote.prefs.recommended": True,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
}
_SHOWN = """
const found = [];
for (const one of Services.wm.getEnumerator("alert:alert")) {
  if (!one.gIsActive) continue; // being made: its words come before it hears clicks
  const text = (id) => one.document.getElementById(id);
  found.push([text("alertTitleLabel").getAttribute("value"), text("alertTextLabel").textContent]);
}
return found;
"""
_CLICK = """
for (const one of Services.wm.getEnumerator("alert:alert")) {
  if (!one.gIsActive) continue;
  one.document.getElementById("alertTextLabel").click();
  return true;
}
return false;
"""


class Refused(Exception):
    """Firefox answered a command with an error."""


class Stale(Refused):
    """The element was of a page that has been left."""


class Firefox:
    """One Firefox with a profile of its own: use as a context. Its push service is at `push`, a ws address."""

    def __init__(self, folder: Path, *, push: str) -> None:
        self._folder = folder / "firefox"
        self._folder.mkdir()
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in {**_PREFERENCES, "dom.push.serverURL": push}.items()
        ]
        (self._folder / "user.js").write_text("\n".join(lines), "utf-8")
        self._number = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: socket.socket | None = None

    def __enter__(self) -> Firefox:
        command = [PROGRAM, "--headless", "--no-remote", "--profile", str(self._folder), "--marionette", "--remote-allow-system-access"]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen([*command, "about:blank"], stdout=log, stderr=log, env=self._environment())
        port = wait_for(self._read_port, "the port of Marionette")
        self._wire = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self._hear()  # it says what it is
        self.say("WebDriver:NewSession", capabilities={"alwaysMatch": {"unhandledPromptBehavior": "dismiss"}})
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process is not None
        if self._wire is not None:
            self._wire.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self._folder),
            "MOZ_HEADLESS": "1",
            "MOZ_CRASHREPORTER_DISABLE": "1",
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }

    def _read_port(self) -> int | None:
        file = self._folder / "MarionetteActivePort"
        return int(file.read_text()) if file.exists() and file.read_text().strip() else None

    # ---- The protocol ------------------------------------------------------------------------------------------------------------
    def say(self, name: str, **parameters: Any) -> Any:
        """The result of a command.

        Raises:
            Refused.
        """
        assert self._wire is not None
        self._number += 1
        body = json.dumps([0, self._number, name, parameters]).encode()
        self._wire.sendall(f"{len(body)}:".encode() + body)
        _kind, number, error, result = self._hear()
        assert number == self._number
        if error:
            kind = Stale if error.get("error") == "stale element reference" else Refused
            raise kind(f"{name}: {error.get('error')}: {error.get('message')}")
        return result.get("value") if isinstance(result, dict) and result.keys() == {"value"} else result

    def _hear(self) -> Any:
        assert self._wire is not None
        length = b""
        while not length.endswith(b":"):
            length += self._wire.recv(1)
        body = b""
        while len(body) < int(length[:-1]):
            body += self._wire.recv(65536)
        return json.loads(body)

    # ---- A person's hands --------------------------------------------------------------------------------------------------------
    def go(self, url: str) -> None:
        """Open a page in the tab at hand, and wait until it is there."""
        self.say("WebDriver:Navigate", url=url)

    def find(self, selector: str) -> str:
        """An element of the page that can be seen, waited for."""
        return wait_for(lambda: self._visible(selector), selector)

    def _visible(self, selector: str) -> str | None:
        for found in self.say("WebDriver:FindElements", using="css selector", value=selector):
            element = str(found[_ELEMENT])
            with contextlib.suppress(Stale):  # a page that loads itself anew is asked again
                if self.say("WebDriver:IsElementDisplayed", id=element):
                    return element
        return None

    def tap(self, selector: str) -> None:
        """A click, as a person's."""
        self.say("WebDriver:ElementClick", id=self.find(selector))

    def type(self, selector: str, text: str) -> None:
        """Keys into a field."""
        self.say("WebDriver:ElementSendKeys", id=self.find(selector), text=text)

    def run(self, script: str) -> Any:
        """What a script of the page returns; a promise is waited for."""
        body = f"const done = arguments[arguments.length - 1]; (async () => {{ {script} }})().then(done)"
        return self.say("WebDriver:ExecuteAsyncScript", script=body, args=[])

    @property
    def url(self) -> str:
        """Where the tab at hand is."""
        return str(self.say("WebDriver:GetCurrentURL"))

    def list_urls(self) -> list[str]:
        """Where all its tabs are."""
        here, found = self.say("WebDriver:GetWindowHandle"), []
        for handle in self.say("WebDriver:GetWindowHandles"):
            self.say("WebDriver:SwitchToWindow", handle=handle, focus=False)
            found.append(self.url)
        self.say("WebDriver:SwitchToWindow", handle=here, focus=False)
        return found

    # ---- The screen around the pages ---------------------------------------------------------------------------------------------
    def shown(self) -> list[list[str]]:
        """The notices on the screen: title and text of each."""
        found: list[list[str]] = self._inside(_SHOWN)
        return found

    def click_notice(self) -> bool:
        """A click on one of them."""
        return bool(self._inside(_CLICK))

    def _inside(self, script: str) -> Any:
        self.say("Marionette:SetContext", value="chrome")
        try:
            return self.say("WebDriver:ExecuteScript", script=script, args=[])
        finally:
            self.say("Marionette:SetContext", value="content")


def wait_for(look: Callable[[], T | None], what: str, seconds: float = _PATIENCE) -> T:
    """What `look` finds at last."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:.0f} s for {what}")
