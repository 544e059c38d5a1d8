"""Third parties that prove an age, as programs beside a test."""

from __future__ import annotations

import http.client
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from django.test import Client
from django.utils import timezone

from accounts.age.refusals import RefusalCode
from accounts.models import AgeAssertion, AgeCheck, User
from accounts.queries import is_age_sufficient
from core.http import call

ROOT = Path(__file__).resolve().parents[3]

C = RefusalCode


@dataclass
class Other:
    """A stand-in that runs, and the hand of the person who stands before its page."""

    url: str

    def behave(self, mode: str) -> None:
        assert call("POST", self.url + "/_behave", form={"mode": mode}).status == 200

    def choose(self, link: str, **choice: str) -> str:
        """Press a button of its page; the address of ours to which it sends the person back."""
        page = urlsplit(link)
        connection = http.client.HTTPConnection(page.netloc, timeout=20)
        names = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"{page.path}?{page.query}", urlencode(choice), names)
        back = urlsplit(connection.getresponse().headers["Location"])
        connection.close()
        assert back.path == "/age/third-party/return"
        return f"{back.path}?{back.query}"


def start(name: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-m", f"accounts.simulators.{name}", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def begin(browser: Client, method: str) -> str:
    """Start an attempt; the link to the other's page."""
    page = browser.post("/age/start", {"method": method}, follow=True)
    assert page.status_code == 200, page.content
    assert page.context["elsewhere"]
    return str(page.context["link"])


def refusal_of(browser: Client, back: str) -> RefusalCode:
    answer = browser.get(back)
    assert answer.status_code == 422
    found = AgeCheck.objects.get()
    code = RefusalCode(found.refusal)
    assert answer.context["refusal"] == str(code.message)
    assert (found.held, AgeAssertion.objects.count()) == (None, 0)
    return code


def opens(user: User, gate: str) -> bool:
    return is_age_sufficient(user=User.objects.get(pk=user.pk), session=None, gate=gate, now=timezone.now())
